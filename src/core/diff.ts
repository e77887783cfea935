import { diffArrays, diffWordsWithSpace } from "diff";

/** A stretch of a line; `changed` in a word diff marks what differs from the line's counterpart. */
export type DiffSegment = { readonly text: string; readonly changed: boolean };

export type DiffLine =
  | { readonly kind: "same" | "added" | "removed"; readonly segments: readonly DiffSegment[] }
  /** Unchanged lines that are not shown. */
  | { readonly kind: "gap"; readonly lines: number };

export type Diff = { readonly lines: readonly DiffLine[]; readonly added: number; readonly removed: number };

export type DiffOptions = {
  /** Unchanged lines kept around a change. */
  readonly context?: number;
  /** Marks the words that differ where a removed line stands against an added one. */
  readonly words?: boolean;
  /** Values are shown as dots: the content may hold secrets. */
  readonly masked?: boolean;
};

/** Beyond this many edits a comparison says nothing any more, and would take seconds. */
const longestEdit = 1000;

const linesOf = (text: string | null): readonly string[] => {
  if (text === null || text === "") return [];
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines;
};

/** What changes from one text to another, line by line; null stands for "no file". */
export const diffText = (before: string | null, after: string | null, options: DiffOptions = {}): Diff => {
  const { context = 3, words = false, masked = false } = options;
  const old = linesOf(before);
  const young = linesOf(after);
  const parts = diffArrays([...old], [...young], { maxEditLength: longestEdit }) ?? [
    { value: [...old], removed: true, added: false },
    { value: [...young], removed: false, added: true },
  ];
  const show = masked ? mask : (line: string) => line;
  const whole = (kind: "same" | "added" | "removed", text: string): DiffLine => ({
    kind,
    segments: [{ text: show(text), changed: false }],
  });
  const lines: DiffLine[] = [];
  let added = 0;
  let removed = 0;
  for (const [index, part] of parts.entries()) {
    if (part.removed) {
      removed += part.value.length;
      const next = parts[index + 1];
      const pairs = words && !masked && next?.added === true ? pairWords(part.value, next.value) : undefined;
      lines.push(...(pairs?.removed ?? part.value.map((line) => whole("removed", line))));
      if (pairs !== undefined) lines.push(...pairs.added);
      else if (next?.added === true) lines.push(...next.value.map((line) => whole("added", line)));
      if (next?.added === true) added += next.value.length;
    } else if (part.added) {
      if (parts[index - 1]?.removed === true) continue;
      added += part.value.length;
      lines.push(...part.value.map((line) => whole("added", line)));
    } else {
      const head = index === 0 ? 0 : context;
      const tail = index === parts.length - 1 ? 0 : context;
      const hidden = part.value.length - head - tail;
      if (hidden <= 1) lines.push(...part.value.map((line) => whole("same", line)));
      else {
        lines.push(...part.value.slice(0, head).map((line) => whole("same", line)));
        lines.push({ kind: "gap", lines: hidden });
        lines.push(...part.value.slice(part.value.length - tail).map((line) => whole("same", line)));
      }
    }
  }
  return { lines, added, removed };
};

/** Lines of a replaced block against each other, first with first; what is left over stands alone. */
const pairWords = (removed: readonly string[], added: readonly string[]) => {
  const pairs = Math.min(removed.length, added.length);
  const compared = Array.from({ length: pairs }, (_, index) =>
    diffWordsWithSpace(removed[index] as string, added[index] as string),
  );
  const side = (kind: "removed" | "added", lines: readonly string[]): DiffLine[] =>
    lines.map((line, index) => {
      const parts = compared[index];
      if (parts === undefined) return { kind, segments: [{ text: line, changed: false }] };
      const other = kind === "removed" ? "added" : "removed";
      return {
        kind,
        segments: parts.filter((part) => !part[other]).map((part) => ({ text: part.value, changed: part[kind] })),
      };
    });
  return { removed: side("removed", removed), added: side("added", added) };
};

const dots = "••••••••";

/** Keeps what a line is about and hides what it says: "password = ••••••••". */
export const mask = (line: string): string => {
  if (line.trim() === "" || /^\s*[#;]?\s*\[[^\]]*\]\s*$/u.test(line) || /^-----(?:BEGIN|END) /u.test(line)) return line;
  const [, key] = /^(\s*[A-Za-z0-9_."-]+\s*[=:]\s*)\S/u.exec(line) ?? [];
  return `${key ?? /^\s*/u.exec(line)?.[0] ?? ""}${dots}`;
};
