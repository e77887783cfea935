import { styleText } from "node:util";
import type { Result } from "../model/finding.ts";

export type Paint = (style: Parameters<typeof styleText>[0], text: string) => string;

/** Paints when `colourful`; colour never carries meaning alone: a glyph and a word stand beside it. */
export const painter =
  (colourful: boolean): Paint =>
  (style, text) =>
    colourful ? styleText(style, text, { validateStream: false }) : text;

/** The same marks on every surface: glyph, its ASCII form, word and colour. */
export const resultMarks: Readonly<
  Record<Result, { glyph: string; ascii: string; word: string; style: "red" | "yellow" | "green" | "blue" | "dim" }>
> = {
  fail: { glyph: "✗", ascii: "x", word: "fail", style: "red" },
  error: { glyph: "✗", ascii: "x", word: "error", style: "red" },
  unknown: { glyph: "?", ascii: "?", word: "unknown", style: "blue" },
  pass: { glyph: "✓", ascii: "+", word: "pass", style: "green" },
  notapplicable: { glyph: "–", ascii: "-", word: "n/a", style: "dim" },
  waived: { glyph: "~", ascii: "~", word: "waived", style: "dim" },
  attested: { glyph: "✓", ascii: "+", word: "attested", style: "green" },
};

/** Whether the terminal's locale shows more than ASCII (locale(7): LC_ALL, then LC_CTYPE, then LANG). */
export const showsUnicode = (env: Readonly<Record<string, string | undefined>>): boolean =>
  /utf-?8/iu.test(env.LC_ALL || env.LC_CTYPE || env.LANG || "") && env.TERM !== "linux";
