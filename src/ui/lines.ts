import type { Tone } from "./theme.ts";

/** A stretch of text with one look. */
export type Span = {
  readonly text: string;
  readonly tone?: Tone | undefined;
  readonly bold?: boolean | undefined;
  readonly dim?: boolean | undefined;
  readonly inverse?: boolean | undefined;
  readonly underline?: boolean | undefined;
};

/** One row of the screen. Screens are lists of these, so that nothing ever wraps, overflows or moves by itself. */
export type Line = readonly Span[];

export const span = (text: string, tone?: Tone, look: Omit<Span, "text" | "tone"> = {}): Span => ({
  text,
  tone,
  ...look,
});
export const dim = (text: string): Span => ({ text, dim: true });
export const bold = (text: string, tone?: Tone): Span => ({ text, tone, bold: true });
export const blank: Line = [];

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** Unicode's East Asian Wide and Fullwidth blocks, and pictographs that terminals draw in two cells (UAX #11). */
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;

const cells = (grapheme: string): number => (wide.test(grapheme) ? 2 : /^\p{M}+$/u.test(grapheme) ? 0 : 1);

const isSimple = (text: string): boolean => !/[^\x20-\u02ff\u2010-\u2bff]/u.test(text);

/** Terminal cells a text takes. */
export const width = (text: string): number => {
  if (isSimple(text)) return text.length;
  let sum = 0;
  for (const { segment } of graphemes.segment(text)) sum += cells(segment);
  return sum;
};

export const lineWidth = (line: Line): number => line.reduce((sum, { text }) => sum + width(text), 0);

/** The longest beginning of a text that takes no more than `columns`. */
const beginning = (text: string, columns: number): string => {
  if (isSimple(text)) return text.slice(0, Math.max(columns, 0));
  let kept = "";
  let used = 0;
  for (const { segment } of graphemes.segment(text)) {
    used += cells(segment);
    if (used > columns) break;
    kept += segment;
  }
  return kept;
};

/** The longest end of a text that takes no more than `columns`. */
const ending = (text: string, columns: number): string => {
  if (isSimple(text)) return text.slice(-columns);
  let kept = "";
  let used = 0;
  for (const { segment } of [...graphemes.segment(text)].toReversed()) {
    used += cells(segment);
    if (used > columns) break;
    kept = segment + kept;
  }
  return kept;
};

/** Cuts at the end, with an ellipsis. */
export const cut = (text: string, columns: number, ellipsis = "…"): string => {
  if (width(text) <= columns) return text;
  return columns <= ellipsis.length ? beginning(text, columns) : beginning(text, columns - ellipsis.length) + ellipsis;
};

/** Shortens in the middle: the beginning of a path says where, its end says what. */
export const cutMiddle = (text: string, columns: number, ellipsis = "…"): string => {
  if (width(text) <= columns) return text;
  const room = columns - ellipsis.length;
  if (room < 4) return cut(text, columns, ellipsis);
  const tail = Math.ceil(room * 0.6);
  return `${beginning(text, room - tail)}${ellipsis}${ending(text, tail)}`;
};

export const pad = (text: string, columns: number): string => text + " ".repeat(Math.max(columns - width(text), 0));
export const padStart = (text: string, columns: number): string =>
  " ".repeat(Math.max(columns - width(text), 0)) + text;

/** Exactly `columns` wide: what is too long is cut, what is too short is filled. */
export const fill = (line: Line, columns: number, ellipsis = "…"): Line => {
  const total = lineWidth(line);
  if (total === columns) return line;
  if (total < columns) return [...line, span(" ".repeat(columns - total))];
  const fitted: Span[] = [];
  let left = columns;
  for (const [index, part] of line.entries()) {
    const needed = width(part.text);
    const more = index < line.length - 1;
    if (needed < left || (needed === left && !more)) {
      fitted.push(part);
      left -= needed;
      continue;
    }
    const text = cut(`${part.text}${more ? " " : ""}`, left, ellipsis);
    fitted.push({ ...part, text: pad(text, left) });
    break;
  }
  return fitted;
};

/** Left and right part of a row, the right one flush with the edge; the left one gives way. */
export const sides = (left: Line, right: Line, columns: number): Line => {
  const rightWidth = lineWidth(right);
  return rightWidth + 2 > columns ? fill(left, columns) : [...fill(left, columns - rightWidth), ...right];
};

/** Breaks text at spaces; a word that is longer than a row is cut in the middle rather than broken. */
export const wrap = (text: string, columns: number): readonly string[] =>
  text.split("\n").flatMap((paragraph) => {
    const indent = /^\s*/u.exec(paragraph)?.[0] ?? "";
    const rows: string[] = [];
    let row = indent;
    for (const word of paragraph.trim().split(/\s+/u)) {
      const fits = width(row) + (row.trim() === "" ? 0 : 1) + width(word) <= columns;
      if (row.trim() === "") row = indent + cutMiddle(word, Math.max(columns - indent.length, 4));
      else if (fits) row = `${row} ${word}`;
      else {
        rows.push(row);
        row = indent + cutMiddle(word, Math.max(columns - indent.length, 4));
      }
    }
    return [...rows, row];
  });

/** First row shown of `total`, so that the row at `cursor` (and `after` rows below it) is in a window of `height`. */
export const windowStart = (total: number, cursor: number, height: number, after = 0): number => {
  if (total <= height) return 0;
  const ideal = cursor - Math.floor(height / 2);
  const withTail = Math.max(ideal, Math.min(cursor, cursor + after + 1 - height));
  return Math.max(0, Math.min(withTail, total - height));
};

/** Panes side by side: each a list of rows and its width. */
export const beside = (
  panes: readonly { readonly lines: readonly Line[]; readonly columns: number }[],
  separator: Span,
  height: number,
): Line[] =>
  Array.from({ length: height }, (_, row) =>
    panes.flatMap(
      ({ lines, columns }, index): Line => [...(index === 0 ? [] : [separator]), ...fill(lines[row] ?? blank, columns)],
    ),
  );
