import { call, runtimeExit } from "../backends/transaction/run.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { failure } from "../failure.ts";
import type { TransactionState } from "../model/transaction.ts";
import { eventLine } from "../reports/events.ts";
import type { OptionsOf } from "./options.ts";
import { say } from "./output.ts";
import { listTransactions, pickTransaction } from "./pick-transaction.ts";
import type { Streams } from "./streams.ts";
import { drawbridgeCommand } from "./target-words.ts";
import { untilInterrupted } from "./with-session.ts";

const resumable = ["committing", "armed", "reverting", "failed"] as const;

export const run = (options: OptionsOf<"resume">, streams: Streams): Promise<ExitCode> =>
  untilInterrupted(options, streams, async ({ target }, interruption) => {
    const { id } = await pickTransaction(target, options.arguments.id, resumable, "resume");
    const command = (...words: readonly string[]) => drawbridgeCommand(words, options.target);
    interruption.line = `interrupted, but the machine goes on with ${id} by itself; see how it ended: ${command("status")}`;
    let reason = "the runtime did not say why";
    const { exitCode } = await call(target, id, "resume", (event) => {
      if (event.kind === "error") reason = event.text;
      const line = eventLine(event, undefined);
      if (line !== undefined && event.kind !== "change") say(streams, line);
    });
    const after = (await listTransactions(target)).find((transaction) => transaction.id === id);
    switch (exitCode) {
      case runtimeExit.fine:
        streams.output.write(`${id}: ${ending(id, after?.state, command)}\n`);
        return exitCodes.fine;
      case runtimeExit.reverted:
        throw failure("reverted", `${id}: ${reason}; everything was put back`);
      case runtimeExit.refused:
      case runtimeExit.malformed:
        throw failure("refused", `${id}: ${reason}`);
      default:
        throw failure("notReverted", `${id}: ${reason}; what is left: ${command("status")}`);
    }
  });

const ending = (id: string, state: TransactionState | undefined, command: (...words: string[]) => string): string => {
  switch (state) {
    case "pending":
      return `finished, and goes back by itself unless a new login confirms it: ${command("confirm", id)}`;
    case "confirmed":
      return `finished and in force. Undo it any time: ${command("undo", id)}`;
    case "reverted":
      return "everything is as it was before";
    default:
      return `finished; see ${command("status")}`;
  }
};
