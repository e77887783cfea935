import { z } from "zod";
import { sha256 } from "../core/assemble-plan.ts";

/**
 * A log of configuration changes in which no line can be edited, taken out or put elsewhere unseen: every entry holds the hash
 * of the one before it (docs/adr/0015). One JSON object a line; entries are only ever added at the end.
 */

const hash = z.string().regex(/^[0-9a-f]{64}$/u, "must be a SHA-256 in hexadecimal");
/** Twice a path at its longest (PATH_MAX), in UTF-8: a command with one in it. */
const words = z.string().max(8192);

export const deeds = ["applied", "promoted", "endpoints promoted", "undone", "rolled back", "failed"] as const;

export const loggedFileSchema = z.strictObject({
  path: words,
  /** SHA-256 of the content; null: there was, or is, no such file. */
  before: hash.nullable(),
  after: hash.nullable(),
});
export type LoggedFile = z.infer<typeof loggedFileSchema>;

export const logEntrySchema = z.strictObject({
  schemaVersion: z.literal(1),
  /** From 1, without gaps. */
  sequence: z.number().int().min(1),
  /** UTC, ISO 8601. */
  when: z.iso.datetime(),
  /** The account on the machine, and who gave the order from where. */
  who: words,
  what: z.enum(deeds),
  /** Of the transaction or promotion that it is about. */
  id: z.string().regex(/^[0-9a-z-]{1,80}$/u),
  from: words,
  to: words,
  /** The command that takes it back; empty where there is nothing to take back. */
  rollback: words,
  files: z.array(loggedFileSchema).max(1000),
  /** SHA-256 over the transaction's own records, where it has some: they cannot be rewritten either. */
  record: hash.nullable(),
  /** Hash of the entry before; 64 zeros in the first. */
  previous: hash,
  /** SHA-256 over all the rest of this entry. */
  hash,
});
export type LogEntry = z.infer<typeof logEntrySchema>;
/** What an entry says of the change itself. */
export const logDeedSchema = logEntrySchema.omit({ schemaVersion: true, sequence: true, previous: true, hash: true });
export type LogDeed = z.infer<typeof logDeedSchema>;

/** What is kept apart from the log: without it nobody would miss lines from its end. */
export const logHeadSchema = z.strictObject({ entries: z.number().int().nonnegative(), hash });
export type LogHead = z.infer<typeof logHeadSchema>;

export const noEntry = "0".repeat(64);

const hashOf = ({ hash: _, ...rest }: LogEntry): string =>
  sha256(JSON.stringify(Object.entries(rest).toSorted(([a], [b]) => (a < b ? -1 : 1))));

/** The next line of a log that ends as `head` says, with its line feed, and the head that belongs to it. */
export const nextEntry = (head: LogHead, deed: LogDeed): { readonly line: string; readonly head: LogHead } => {
  const entry = logEntrySchema.parse({
    schemaVersion: 1,
    sequence: head.entries + 1,
    ...deed,
    previous: head.hash,
    hash: noEntry,
  });
  const sealed = { ...entry, hash: hashOf(entry) };
  return { line: `${JSON.stringify(sealed)}\n`, head: { entries: sealed.sequence, hash: sealed.hash } };
};

export type ReadLog = {
  /** Every line that is an entry, whether the chain holds or not. */
  readonly entries: readonly LogEntry[];
  /** "line 3: …": where the log is not as it was written; empty when it is. */
  readonly problems: readonly string[];
  /** How the log ends by its own lines: what the next entry has to follow. */
  readonly head: LogHead;
};

/** Reads a log and follows its chain. `head`: what was noted apart from it; undefined where nothing was. */
export const readLog = (text: string, head?: LogHead): ReadLog => {
  const lines = text.split("\n");
  const problems: string[] = [];
  const entries: LogEntry[] = [];
  // The last line ends with a line feed too: what follows the last one was cut off in the middle.
  if (lines.at(-1) === "") lines.pop();
  else if (lines.length > 0) problems.push(`line ${lines.length}: it is cut off`);
  let before: LogEntry | undefined;
  for (const [index, line] of lines.entries()) {
    const at = `line ${index + 1}`;
    const entry = entryOf(line);
    if (entry === undefined) {
      problems.push(`${at}: it is no entry of this log`);
      continue;
    }
    if (entry.hash !== hashOf(entry)) problems.push(`${at}: it was changed after it was written`);
    if (entry.previous !== (before?.hash ?? noEntry) || entry.sequence !== (before?.sequence ?? 0) + 1)
      problems.push(
        before === undefined
          ? `${at}: it is entry ${entry.sequence}, and what came before it is gone`
          : `${at}: entry ${entry.sequence} does not follow entry ${before.sequence}: lines were taken out, put in or moved`,
      );
    entries.push(entry);
    before = entry;
  }
  const end: LogHead = { entries: before?.sequence ?? 0, hash: before?.hash ?? noEntry };
  if (head !== undefined && head.entries > end.entries)
    problems.push(`entries ${end.entries + 1} to ${head.entries} are gone from the end`);
  // An entry more than the head knows is one whose writer was cut off before it could note it.
  if (head !== undefined && head.entries <= end.entries && head.entries > 0) {
    const noted = entries.find(({ sequence }) => sequence === head.entries);
    if (noted !== undefined && noted.hash !== head.hash)
      problems.push(`entry ${head.entries} is not the one that was noted apart from the log`);
  }
  return { entries, problems, head: end };
};

const entryOf = (line: string): LogEntry | undefined => {
  try {
    const parsed = logEntrySchema.safeParse(JSON.parse(line));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
};

/** The head as it was noted; undefined when it is none. */
export const readHead = (text: string | undefined): LogHead | undefined => {
  try {
    const parsed = logHeadSchema.safeParse(JSON.parse(text ?? ""));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
};
