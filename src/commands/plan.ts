import { planFor } from "../core/judge.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { planText } from "../reports/text.ts";
import { version } from "../version.ts";
import { inspectMachine } from "./inspect-machine.ts";
import type { OptionsOf } from "./options.ts";
import { deliver, say, textStyle } from "./output.ts";
import type { Streams } from "./streams.ts";
import { withSession } from "./with-session.ts";

export const run = (options: OptionsOf<"plan">, streams: Streams): Promise<ExitCode> =>
  withSession(options, streams, async (opened) => {
    const { inspection, choices, ...judgement } = await inspectMachine(opened, options, streams);
    const { plan, refusals } = planFor(
      opened.steps,
      inspection.facts,
      choices.answers,
      choices.excluded,
      version,
      judgement,
    );
    // A file that is to be applied later is always the document, whatever the screen shows.
    const asJson = options.format === "json" || options.output !== undefined;
    deliver(
      asJson ? `${JSON.stringify(plan, null, 2)}\n` : planText(plan, refusals, textStyle(streams)),
      options.output,
      streams,
    );
    if (asJson) {
      for (const { reason, remedy } of refusals) say(streams, `drawbridge: apply would refuse: ${reason}; ${remedy}`);
    }
    if (!inspection.rights.root)
      say(streams, `drawbridge: ${inspection.rights.reason}: what is unknown is not in the plan`);
    return exitCodes.fine;
  });
