import { type ExitCode, exitCodes } from "../exit-codes.ts";
import type { TransactionStatus } from "../model/transaction.ts";
import type { OptionsOf } from "./options.ts";
import { deliver, json } from "./output.ts";
import { listTransactions } from "./pick-transaction.ts";
import type { Streams } from "./streams.ts";
import { withSession } from "./with-session.ts";

export const run = (options: OptionsOf<"status">, streams: Streams): Promise<ExitCode> =>
  withSession(options, streams, async ({ target }) => {
    const transactions = await listTransactions(target);
    deliver(
      options.format === "json" ? json({ transactions }) : statusText(target.label, transactions),
      undefined,
      streams,
    );
    return exitCodes.fine;
  });

const advice: Readonly<Record<TransactionStatus["state"], string>> = {
  staged: "nothing changed yet; undo clears it away",
  armed: "nothing changed yet; undo clears it away",
  committing: "cut off in the middle: drawbridge undo, or drawbridge resume",
  pending: "waiting for drawbridge confirm from a new login",
  confirmed: "in force",
  reverting: "cut off while going back: drawbridge undo, or drawbridge resume",
  reverted: "undone",
  failed: "not everything could be put back",
};

const statusText = (label: string, transactions: readonly TransactionStatus[]): string => {
  if (transactions.length === 0) return `${label}: nothing was ever applied here\n`;
  const lines = transactions.flatMap(({ id, state, secondsLeft, left }) => [
    `${id}  ${state.padEnd(10)}  ${advice[state]}${secondsLeft === null ? "" : `; everything goes back in ${secondsLeft} s`}`,
    ...left.map(({ path, reason }) => `    left: ${path} (${reason})`),
  ]);
  return `${lines.join("\n")}\n`;
};
