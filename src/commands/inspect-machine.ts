import { steps as registeredSteps } from "../../steps/index.ts";
import { type Judgement, judge } from "../core/judge.ts";
import type { AnswersFile } from "../model/plan.ts";
import type { Inspection } from "../model/session.ts";
import { demandFittingAnswers, demandKnownControls, givenChoices } from "./choices.ts";
import type { Options } from "./options.ts";
import type { Streams } from "./streams.ts";
import type { Opened } from "./with-session.ts";

export type Inspected = Judgement & {
  readonly inspection: Inspection;
  /** What the machine remembers, under what was given now. */
  readonly choices: AnswersFile;
};

/** One round trip, then judgement by the answers: recorded ones first, given ones over them. */
export const inspectMachine = async (
  { session, steps }: Opened,
  options: Options,
  streams: Streams,
): Promise<Inspected> => {
  const given = givenChoices(steps, options);
  const waiting = streams.error.isTTY && options.format === "text";
  const inspection = await session.inspect((doing) => {
    if (waiting) streams.error.write(`\r\u001b[K${doing} …`);
  });
  if (waiting) streams.error.write("\r\u001b[K");
  const answers = { ...inspection.recorded, ...given.answers };
  demandFittingAnswers(steps, given.answers, inspection.facts);
  demandKnownControls(registeredSteps, given.excluded);
  return { inspection, choices: { ...given, answers }, ...judge(steps, inspection.facts, answers) };
};
