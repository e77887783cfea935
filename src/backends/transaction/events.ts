import { type ApplyEvent, type TransactionState, transactionStates } from "../../model/transaction.ts";

/** One line of the runtime's event stream (docs/transaction.md); undefined for what this version does not know. */
export const parseEvent = (line: string, indexOf: ReadonlyMap<string, number>): ApplyEvent | undefined => {
  const [kind = "", first = "", second = "", ...rest] = line.split("\t");
  switch (kind) {
    case "state":
      return isState(first) ? { kind, state: first } : undefined;
    case "check":
    case "verify":
      return withoutSystem(first, { kind, ok: first === "ok", text: [second, ...rest].join(" ").trim() });
    case "change": {
      const change = indexOf.get(first);
      if (change === undefined || !isProgress(second)) return undefined;
      return { kind, change, progress: second };
    }
    case "health":
      if (!/^\d\d$/u.test(first) || !isHealthProgress(second)) return undefined;
      return { kind, check: Number(first) - 1, progress: second, text: rest.join(" ").trim() };
    case "armed":
      return { kind, seconds: Number(first) };
    case "unit":
      return withoutSystem(rest[0], { kind, unit: first, action: second, ok: rest[0] === "ok" });
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

const isHealthProgress = (word: string): word is "waiting" | "ok" | "failed" | "skipped" =>
  word === "waiting" || word === "ok" || word === "failed" || word === "skipped";

/** What only a running system can do is passed over without one, and said so: neither done nor failed. */
const withoutSystem = (outcome: string | undefined, event: ApplyEvent): ApplyEvent => {
  if (outcome !== "skipped") return event;
  const what = event.kind === "unit" ? `${event.unit} ${event.action}` : "text" in event ? event.text : "";
  return { kind: "note", text: `passed over, there is no running system: ${what}` };
};
