import { steps as registeredSteps } from "../../steps/index.ts";
import type { Assembled } from "../core/assemble-plan.ts";
import { waive } from "../core/inspect.ts";
import { type Judgement, judge, planFor } from "../core/judge.ts";
import type { AnswersFile } from "../model/plan.ts";
import type { Inspection } from "../model/session.ts";
import { outside } from "../probes/outside.ts";
import { version } from "../version.ts";
import { demandFittingAnswers, demandKnownControls, givenChoices } from "./choices.ts";
import { lookFromOutside } from "./look-from-outside.ts";
import type { Options } from "./options.ts";
import type { Streams } from "./streams.ts";
import type { Opened } from "./with-session.ts";

export type Inspected = Judgement & {
  readonly inspection: Inspection;
  /** What the machine remembers, under what was given now. */
  readonly choices: AnswersFile;
};

/** What the machine remembers as left out; naming a control with --control takes it in again. */
const stillExcluded = ({ excluded }: Inspection, { controls }: Options): AnswersFile["excluded"] =>
  Object.fromEntries(Object.entries(excluded).filter(([id]) => !controls.includes(id)));

/**
 * All rounds of questions, then judgement by the answers: recorded ones first, given ones over them. `last`: nothing else is wanted of
 * the machine, and the connection is closed while the answers are judged.
 */
export const inspectMachine = async (
  { session, target, steps }: Opened,
  options: Options,
  streams: Streams,
  last = false,
): Promise<Inspected> => {
  const given = givenChoices(steps, options);
  const waiting = streams.error.isTTY && options.format === "text";
  const progress = (doing: string) => {
    if (waiting) streams.error.write(`\r\u001b[K${doing} …`);
  };
  const seen = await session.inspect(progress, given.answers);
  if (options.outside) progress("looking from outside with nmap");
  const inspection = options.outside
    ? { ...seen, facts: new Map(seen.facts).set(outside.id, await lookFromOutside(target, seen.facts)) }
    : seen;
  // Whoever opened it closes it too, and hears there what went wrong.
  if (last) session.close().catch(() => {});
  if (waiting) streams.error.write("\r\u001b[K");
  const answers = { ...inspection.recorded, ...given.answers };
  demandFittingAnswers(steps, given.answers, inspection.facts);
  demandKnownControls(registeredSteps, given.excluded);
  const excluded = options.answers === undefined ? stillExcluded(inspection, options) : given.excluded;
  const { reader, findings } = judge(steps, inspection.facts, answers);
  return {
    inspection,
    choices: { ...given, answers, excluded },
    reader,
    findings: findings.map((finding) => waive(finding, excluded)),
  };
};

/** `inspectMachine`, and the plan that its answers call for. */
export const planMachine = async (
  opened: Opened,
  options: Options,
  streams: Streams,
): Promise<Inspected & Assembled> => {
  const inspected = await inspectMachine(opened, options, streams);
  const { inspection, choices } = inspected;
  return {
    ...inspected,
    ...planFor(opened.steps, inspection.facts, choices.answers, choices.excluded, version, inspected),
  };
};
