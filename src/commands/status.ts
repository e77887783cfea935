import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { documentText } from "../reports/json.ts";
import { statusText } from "../reports/status.ts";
import type { OptionsOf } from "./options.ts";
import { deliver, textStyle } from "./output.ts";
import { listTransactions } from "./pick-transaction.ts";
import type { Streams } from "./streams.ts";
import { drawbridgeCommand } from "./target-words.ts";
import { untilInterrupted } from "./with-session.ts";

export const run = (options: OptionsOf<"status">, streams: Streams): Promise<ExitCode> =>
  untilInterrupted(options, streams, async ({ target }) => {
    const transactions = [...(await listTransactions(target))];
    const command = (...words: readonly string[]) => drawbridgeCommand(words, options.target);
    deliver(
      options.format === "json"
        ? documentText("status", { transactions })
        : statusText(target.label, transactions, command, textStyle(streams)),
      undefined,
      streams,
    );
    return exitCodes.fine;
  });
