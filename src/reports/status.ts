import { counted } from "../core/wizard/words.ts";
import type { TransactionState, TransactionStatus } from "../model/transaction.ts";
import { singleLines } from "./printable.ts";
import type { TextStyle } from "./text.ts";

/** Builds the command line, ready to be pasted, that does `words` on the same machine. */
type Command = (...words: readonly string[]) => string;

/** What was applied to a machine: one paragraph a transaction, newest last, each with what to do about it. */
export const statusText = (
  label: string,
  found: readonly TransactionStatus[],
  command: Command,
  { paint }: TextStyle,
): string => {
  const { transactions, name } = singleLines({ transactions: found, name: label });
  if (transactions.length === 0) return `${name}: nothing was ever applied here\n`;
  const lines = transactions.flatMap((transaction) => {
    const { id, state, startedAt, changes, left } = transaction;
    const head = `${paint("bold", id)}   ${paint(styles[state], stateWords(transaction))}   ${counted(changes.length, "step")}, begun ${when(startedAt)}`;
    return [
      head,
      ...nextSteps(transaction, command).map((step) => `    ${step}`),
      ...left.map(({ path, reason }) => `    left as it is: ${path} (${reason})`),
    ];
  });
  return `${lines.join("\n")}\n`;
};

const styles: Readonly<Record<TransactionState, "red" | "yellow" | "green" | "dim">> = {
  staged: "dim",
  armed: "dim",
  committing: "red",
  pending: "yellow",
  confirmed: "green",
  reverting: "red",
  reverted: "dim",
  failed: "red",
};

const stateWords = ({ state, running }: TransactionStatus): string => {
  switch (state) {
    case "staged":
      return "staged: nothing was changed";
    case "armed":
      return "armed: nothing was changed yet";
    case "committing":
      return running ? "changing right now" : "cut off in the middle of the changes";
    case "pending":
      return "applied, waiting for a new login to confirm it";
    case "confirmed":
      return "in force";
    case "reverting":
      return running ? "going back right now" : "cut off while going back";
    case "reverted":
      return "undone: everything is as it was before";
    case "failed":
      return "not everything could be put back";
  }
};

const nextSteps = ({ id, state, running, secondsLeft }: TransactionStatus, command: Command): readonly string[] => {
  const goesBack = secondsLeft === null ? [] : [`goes back by itself in ${secondsLeft} s`];
  if (running) return goesBack;
  switch (state) {
    case "staged":
    case "armed":
      return [...goesBack, `clear it away: ${command("undo", id)}`];
    case "committing":
      return [...goesBack, `put everything back: ${command("undo", id)}`, `or finish it: ${command("resume", id)}`];
    case "pending":
      return [
        ...goesBack,
        `keep it, from a new login: ${command("confirm", id)}`,
        `or put it back: ${command("undo", id)}`,
      ];
    case "confirmed":
      return [`put it back: ${command("undo", id)}`];
    case "reverting":
      return [`finish going back: ${command("undo", id)}`];
    case "reverted":
      return [];
    case "failed":
      return [`try again: ${command("undo", id)}`];
  }
};

/** "2026-11-22T07:31:05Z" as "2026-11-22 07:31 UTC"; what is no time is not made one. */
const when = (startedAt: string): string => {
  const match = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d)/u.exec(startedAt);
  return match === null ? "at an unknown time" : `${match[1]} ${match[2]} UTC`;
};
