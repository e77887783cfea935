import { call, runtimeExit } from "../backends/transaction/run.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { failure } from "../failure.ts";
import { eventLine } from "../reports/events.ts";
import type { OptionsOf } from "./options.ts";
import { say } from "./output.ts";
import { listTransactions, pickTransaction } from "./pick-transaction.ts";
import type { Streams } from "./streams.ts";
import { withSession } from "./with-session.ts";

export const run = (options: OptionsOf<"resume">, streams: Streams): Promise<ExitCode> =>
  withSession(options, streams, async ({ target }) => {
    const { id } = await pickTransaction(
      target,
      options.arguments.id,
      ["committing", "armed", "staged", "reverting", "failed"],
      "resume",
    );
    let reason = "the runtime did not say why";
    const { exitCode } = await call(target, id, "resume", (event) => {
      if (event.kind === "error") reason = event.text;
      const line = eventLine(event, undefined);
      if (line !== undefined && event.kind !== "change") say(streams, line);
    });
    const after = (await listTransactions(target)).find((transaction) => transaction.id === id);
    switch (exitCode) {
      case runtimeExit.fine:
        streams.output.write(
          `${id}: ${after?.state ?? "finished"}${after?.state === "pending" ? "; now run drawbridge confirm from a new login" : ""}\n`,
        );
        return exitCodes.fine;
      case runtimeExit.reverted:
        throw failure("reverted", `${id}: ${reason}; everything was put back`);
      case runtimeExit.refused:
      case runtimeExit.malformed:
        throw failure("refused", `${id}: ${reason}`);
      default:
        throw failure("notReverted", `${id}: ${reason}; drawbridge status names what is left`);
    }
  });
