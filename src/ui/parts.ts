/** Small pieces that several screens are made of. */
import type { Draft } from "../core/wizard/draft.ts";
import type { Counts, Mark } from "../core/wizard/words.ts";
import { bold, dim, type Line, pad, padStart, type Span, span, width, windowStart, wrap } from "./lines.ts";
import type { Theme, Tone } from "./theme.ts";

export const markTone: Readonly<Record<Mark, Tone>> = {
  fail: "fail",
  warn: "warn",
  unknown: "unknown",
  pass: "pass",
  none: "dim",
  waived: "dim",
};

export const markSpan = (theme: Theme, mark: Mark): Span => span(theme.marks[mark], markTone[mark]);

export const cursorSpan = (theme: Theme, here: boolean): Span =>
  here ? bold(` ${theme.cursor} `, "accent") : span("   ");

/** "✗  9   !  3   ?  1   ✓ 12": numbers right-aligned, zeroes dim. */
export const countSpans = (theme: Theme, counts: Counts): Line =>
  (["fail", "warn", "unknown", "pass"] as const).flatMap((mark, index) => {
    const count = counts[mark];
    const look = count === 0 ? dim : (text: string) => span(text, markTone[mark]);
    return [look(theme.marks[mark]), look(padStart(String(count), 3)), span(index === 3 ? " " : "   ")];
  });

/** The score now, what it would be, and the way between. */
export const scoreLine = (theme: Theme, now: number, then: number, columns: number): Line => {
  const ending = then === now ? "" : `   ${then} with what is chosen`;
  const room = Math.max(columns - width(ending) - 12, 8);
  const full = Math.round((room * now) / 100);
  const next = Math.max(Math.round((room * then) / 100) - full, 0);
  return [
    span(" Score "),
    bold(padStart(String(now), 3)),
    span(" "),
    span(theme.barFull.repeat(full), scoreTone(now)),
    span(theme.barNext.repeat(next), "accent"),
    dim(theme.barEmpty.repeat(Math.max(room - full - next, 0))),
    ...(ending === "" ? [] : [span("   "), bold(String(then), "accent"), dim(" with what is chosen")]),
  ];
};

const scoreTone = (score: number): Tone => (score >= 90 ? "pass" : score >= 60 ? "warn" : "fail");

/** "62 → 71 with this". */
export const scoreAside = (now: number, then: number): Line =>
  now === then
    ? [dim("score "), bold(String(now))]
    : [dim("score "), bold(String(now)), dim(" → "), bold(String(then), "accent")];

export const paragraph = (
  text: string,
  columns: number,
  look: (row: string) => Span = (row) => span(row),
  indent = 1,
): Line[] => wrap(text, columns - indent - 1).map((row) => [span(" ".repeat(indent)), look(row)]);

/** Text being typed with its caret, in no more than `height` rows. */
export const draftLines = (
  theme: Theme,
  draft: Draft,
  columns: number,
  height: number,
  hidden: boolean,
  indent: string,
): Line[] => {
  const text = hidden ? "•".repeat([...draft.text].length) : draft.text;
  const caret = hidden ? text.length : draft.caret;
  const rows = text.split("\n");
  const before = text.slice(0, caret);
  const row = before.split("\n").length - 1;
  const column = caret - (before.lastIndexOf("\n") + 1);
  const room = columns - indent.length - 3;
  const first = windowStart(rows.length, row, height);
  return rows.slice(first, first + height).map((content, index): Line => {
    const isHere = first + index === row;
    const shift = isHere ? Math.max(column - room + 2, 0) : 0;
    const shown = content.slice(shift, shift + room);
    if (!isHere) return [span(indent), span(shown)];
    const at = column - shift;
    if (!theme.styled) return [span(indent), span(shown.slice(0, at) + theme.caret + shown.slice(at))];
    return [
      span(indent),
      span(shown.slice(0, at)),
      span(at < shown.length ? (shown[at] as string) : " ", "accent", { inverse: true }),
      span(shown.slice(at + 1)),
    ];
  });
};

export const spinner = (theme: Theme, now: number): string =>
  theme.spinner[Math.floor(now / 1000) % theme.spinner.length] as string;

export const column = (text: string, columns: number): string => `${pad(text, columns)} `;
