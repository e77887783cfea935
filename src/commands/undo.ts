import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { failure } from "../failure.ts";
import { eventLine } from "../reports/events.ts";
import type { OptionsOf } from "./options.ts";
import { say } from "./output.ts";
import { pickTransaction } from "./pick-transaction.ts";
import type { Streams } from "./streams.ts";
import { drawbridgeCommand } from "./target-words.ts";
import { untilInterrupted } from "./with-session.ts";

const undoable = ["staged", "armed", "committing", "pending", "confirmed", "reverting", "failed"] as const;

export const run = (options: OptionsOf<"undo">, streams: Streams): Promise<ExitCode> =>
  untilInterrupted(options, streams, async ({ session, target }, interruption) => {
    const { id, state } = await pickTransaction(target, options.arguments.id, undoable, "undo");
    if (state === "reverted") {
      streams.output.write(`${id}: was undone already; everything is as it was before\n`);
      return exitCodes.fine;
    }
    if (!options.yes) await demandConsent(id, streams);
    const status = drawbridgeCommand(["status"], options.target);
    interruption.line = `interrupted, but the machine goes on putting everything back; see how it ended: ${status}`;
    const outcome = await session.undo(id, (event) => {
      const line = eventLine(event, undefined);
      if (line !== undefined && event.kind !== "change") say(streams, line);
    });
    switch (outcome.state) {
      case "reverted":
        streams.output.write(`${id}: undone; everything is as it was before\n`);
        return exitCodes.fine;
      case "refused":
        throw failure("refused", `${id}: ${outcome.reason}`);
      default:
        throw failure(
          "notReverted",
          `${id}: not everything could be put back: ${outcome.reason}; what is left: ${status}`,
        );
    }
  });

const demandConsent = async (id: string, { input }: Streams): Promise<void> => {
  if (!input.isTTY) throw failure("usage", `there is no terminal to ask on: add --yes to undo ${id} without questions`);
  const { askToType } = await import("../plain/prompts.ts");
  if (await askToType(`Type undo to put back everything that ${id} changed`, "undo")) return;
  throw failure("refused", "that is not the word undo: nothing was changed");
};
