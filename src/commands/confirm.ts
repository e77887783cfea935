import { call, runtimeExit } from "../backends/transaction/run.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { failure } from "../failure.ts";
import type { OptionsOf } from "./options.ts";
import { pickTransaction } from "./pick-transaction.ts";
import type { Streams } from "./streams.ts";
import { drawbridgeCommand } from "./target-words.ts";
import { untilInterrupted } from "./with-session.ts";

export const run = (options: OptionsOf<"confirm">, streams: Streams): Promise<ExitCode> =>
  untilInterrupted(options, streams, async ({ target }) => {
    const { id, state } = await pickTransaction(target, options.arguments.id, ["pending"], "confirm");
    const undo = drawbridgeCommand(["undo", id], options.target);
    if (state === "confirmed") {
      streams.output.write(`${id}: was confirmed already and is in force. Undo it any time: ${undo}\n`);
      return exitCodes.fine;
    }
    let reason = "the runtime did not say why";
    const { exitCode } = await call(target, id, "confirm", (event) => {
      if (event.kind === "error") reason = event.text;
    });
    if (exitCode !== runtimeExit.fine) throw failure("refused", `${id} is not confirmed: ${reason}`);
    streams.output.write(`${id}: confirmed, the changes stay. Undo them any time: ${undo}\n`);
    return exitCodes.fine;
  });
