import { type ApplyEvent, type TransactionState, transactionStates } from "../../model/transaction.ts";

/** One line of the runtime's event stream (docs/transaction.md); undefined for what this version does not know. */
export const parseEvent = (line: string, indexOf: ReadonlyMap<string, number>): ApplyEvent | undefined => {
  const [kind = "", first = "", second = "", ...rest] = line.split("\t");
  switch (kind) {
    case "state":
      return isState(first) ? { kind, state: first } : undefined;
    case "check":
    case "verify":
      return { kind, ok: first === "ok", text: [second, ...rest].join(" ").trim() };
    case "change": {
      const change = indexOf.get(first);
      if (change === undefined || !isProgress(second)) return undefined;
      return { kind, change, progress: second };
    }
    case "armed":
      return { kind, seconds: Number(first) };
    case "unit":
      return { kind, unit: first, action: second, ok: rest[0] === "ok" };
    case "left":
    case "merged":
    case "kept":
      return { kind, path: first, text: [second, ...rest].join(" ") };
    case "error":
      return { kind, text: [first, second, ...rest].join(" ").trim() };
    default:
      return undefined;
  }
};

const isState = (word: string): word is TransactionState => (transactionStates as readonly string[]).includes(word);

const isProgress = (word: string): word is "begin" | "done" | "failed" | "undone" =>
  word === "begin" || word === "done" || word === "failed" || word === "undone";
