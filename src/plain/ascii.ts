import { themeFor, themes } from "../ui/theme.ts";

/** Signs that the texts use, written out: nothing is laid out in columns here, so they may be wider than what they stand for. */
const inAscii: Readonly<Record<string, string>> = {
  "→": "->",
  "›": ">",
  "·": ",",
  "…": "...",
  "•": "*",
  "✓": "+",
  "✗": "x",
  "–": "-",
  "—": "-",
  "“": '"',
  "”": '"',
  "„": '"',
  "‘": "'",
  "’": "'",
};

/** Letters lose their accents, known signs are written out, the rest is a question mark. */
export const asciiText = (text: string): string =>
  text
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .replace(/[^\x20-\x7e]/gu, (sign) => inAscii[sign] ?? "?");

/** Rewrites a row of text for what the terminal can show. */
export const plainTextFor = (environment: Readonly<Record<string, string | undefined>>): ((text: string) => string) =>
  themeFor(environment) === themes.unicode ? (text) => text : asciiText;
