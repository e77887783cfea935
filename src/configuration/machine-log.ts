import type { ChangeHistory, RecordedTransaction } from "../probes/change-history.ts";
import { type LogDeed, type LogEntry, type LogHead, nextEntry } from "./audit-log.ts";

/** What the log of a machine says of its transactions, and what it still has to. Pure. */

type Told = LogEntry["what"];

/** What became of a transaction, in the log's words; undefined while nothing has, or nothing ever will. */
const deedOf = ({ state }: Pick<RecordedTransaction, "state">): Told | undefined => {
  if (state === "pending" || state === "confirmed") return "applied";
  if (state === "reverted") return "undone";
  return state === "failed" ? "failed" : undefined;
};

const applied: ReadonlySet<Told> = new Set(["applied", "promoted", "endpoints promoted"]);
const undone: ReadonlySet<Told> = new Set(["undone", "rolled back"]);

const saysSo = (what: Told, entries: readonly LogEntry[]): boolean => {
  const last = entries.at(-1)?.what;
  if (last === undefined) return false;
  return applied.has(what) ? applied.has(last) : undone.has(what) ? undone.has(last) : last === what;
};

/** Transactions of which the log does not say how they stand, oldest first. */
export const unlogged = ({ log, transactions }: ChangeHistory) =>
  transactions.flatMap((transaction) => {
    const what = deedOf(transaction);
    const entries = log.entries.filter(({ id }) => id === transaction.id);
    return what === undefined || saysSo(what, entries) ? [] : [{ transaction, what }];
  });

export type Telling = {
  /** Who gives the order now, and the transaction that this order is about. */
  readonly who: string;
  readonly id: string | undefined;
  readonly host: string;
  readonly tool: string;
  /** Instead of what the transaction's state says: a promotion is one, too. */
  readonly deed?: Partial<Pick<LogDeed, "what" | "from" | "to">> | undefined;
};

/** The lines that bring the log up to date, and its head after them; undefined when nothing is missing. */
export const missingLines = (
  history: ChangeHistory,
  { who, id, host, tool, deed }: Telling,
): { readonly lines: string; readonly head: LogHead } | undefined => {
  let { head } = history.log;
  // What was cut off in the middle of a line must not take the next one along.
  const start = history.text === "" || history.text.endsWith("\n") ? "" : "\n";
  let lines = start;
  for (const { transaction, what } of unlogged(history)) {
    const own = transaction.id === id;
    const goesBack = undone.has(what);
    const next = nextEntry(head, {
      when: timeOf(transaction.since),
      // Who it was that confirmed on the machine itself, or whether its own timer took it back, the records do not say.
      who: own ? who : "not known: found in the machine's records afterwards",
      what: own && !goesBack && what === "applied" ? (deed?.what ?? what) : what,
      id: transaction.id,
      from: (own ? deed?.from : undefined) ?? tool,
      to: (own ? deed?.to : undefined) ?? host,
      rollback: goesBack ? "" : `drawbridge undo ${transaction.id}`,
      files: transaction.files
        .slice(0, 1000)
        .map(({ path, before, after }) =>
          goesBack ? { path, before: after ?? null, after: before } : { path, before, after: after ?? null },
        ),
      record: transaction.record ?? null,
    });
    lines += next.line;
    head = next.head;
  }
  return lines === start ? undefined : { lines, head };
};

const timeOf = (since: string): string =>
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/u.test(since) ? since : "1970-01-01T00:00:00Z";

/** Where the log and the transactions' own records contradict each other. */
export const contradictions = ({ log, transactions }: ChangeHistory): readonly string[] =>
  transactions.flatMap(({ id, record }) => {
    const logged = log.entries.findLast((entry) => entry.id === id && entry.record !== null);
    return logged === undefined || logged.record === record
      ? []
      : [`entry ${logged.sequence}: the records of ${id} were changed since`];
  });

/** SHA-256 of every file as the changes that are in force have left it; null: removed. Newest last word. */
export const expectedFiles = (
  { transactions, accepted }: ChangeHistory,
  acceptedAt: string,
): ReadonlyMap<string, string | null> => {
  const expected = new Map<string, string | null>();
  const inForce = transactions.filter((transaction) => deedOf(transaction) === "applied");
  const writer = inForce.findLast(({ files }) => files.some(({ path }) => path === acceptedAt));
  const accept = () => {
    for (const { path, sha256 } of accepted?.files ?? []) expected.set(path, sha256);
  };
  if (writer === undefined) accept();
  for (const transaction of inForce) {
    // What was accepted is what was there before the other changes of the same transaction.
    if (transaction === writer) accept();
    for (const { path, after } of transaction.files) if (after !== undefined) expected.set(path, after);
  }
  return expected;
};
