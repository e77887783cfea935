import { readLog } from "../configuration/audit-log.ts";
import { contradictions, missingLines, unlogged } from "../configuration/machine-log.ts";
import type { ExitCode } from "../exit-codes.ts";
import { failure } from "../failure.ts";
import { version } from "../version.ts";
import { tellLog } from "./log.ts";
import { machineHistory } from "./logged-session.ts";
import type { OptionsOf } from "./options.ts";
import { say } from "./output.ts";
import { listTransactions } from "./pick-transaction.ts";
import type { Streams } from "./streams.ts";
import { untilInterrupted } from "./with-session.ts";

/** The log of a machine, with what its transactions' own records add to it. Changes nothing over there. */
export const run = (options: OptionsOf<"log">, streams: Streams): Promise<ExitCode> =>
  untilInterrupted(options, streams, async ({ target }) => {
    const { directory } = options.arguments;
    if (directory !== undefined)
      throw failure("usage", "promotions to a machine are in its own log: leave the folder out, or --host");
    const history = await machineHistory(target);
    if (history === undefined) {
      // Says in its own words why the machine does not let us.
      await listTransactions(target);
      throw failure(
        "usage",
        `cannot read the records of ${target.label}: log in as root, and look at /var/lib/drawbridge`,
      );
    }
    const behind = unlogged(history);
    // As they will be logged at the next change: who it was is not known then either.
    const missing = missingLines(history, {
      who: "",
      id: undefined,
      host: target.label,
      tool: `drawbridge ${version}`,
    });
    const after = readLog(history.text + (missing?.lines ?? ""));
    if (behind.length > 0)
      say(
        streams,
        `${behind.length} of them ${behind.length === 1 ? "is" : "are"} known from the machine's records only, and logged with the next change`,
      );
    const problems = [...history.log.problems, ...contradictions(history)];
    return tellLog({ ...after, problems }, target.label, options, streams);
  });
