import { Box, Text } from "ink";
import { memo } from "react";
import type { WizardState } from "../core/wizard/state.ts";
import { headline } from "../core/wizard/views.ts";
import { printable } from "../core/wizard/words.ts";
import { keyLines } from "./keymap.ts";
import { blank, bold, dim, fill, type Line, type Span, sides, span } from "./lines.ts";
import { colours, type Theme } from "./theme.ts";

export type Size = { readonly columns: number; readonly rows: number };

/** What every screen is drawn from. */
export type Drawing = {
  readonly state: WizardState;
  readonly theme: Theme;
  readonly columns: number;
  /** Rows between the title's rule and the message line. */
  readonly height: number;
  /** Counts the pictures of a spinner. */
  readonly beat: number;
};

/** A screen: where we are, beside the host's name, and the rows below the rule. */
export type Screenful = {
  readonly where?: Line;
  /** Flush right in the title line. */
  readonly aside?: Line;
  readonly lines: readonly Line[];
};

const Stretch = ({ text, tone = "plain", bold = false, dim = false, inverse = false, underline = false }: Span) => (
  <Text
    {...(colours[tone] !== undefined && { color: colours[tone] })}
    bold={bold}
    dimColor={dim || tone === "dim"}
    inverse={inverse}
    underline={underline}
  >
    {text}
  </Text>
);

/** A row is drawn again only when something in it changed. */
const Row = memo(
  ({ line, theme }: { readonly line: Line; readonly theme: Theme }) => (
    <Text wrap="truncate">
      {line.length === 0
        ? " "
        : line.map((part, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a row's stretches have no identity beyond their place.
            <Stretch key={index} {...part} text={theme.plainText(part.text)} />
          ))}
    </Text>
  ),
  (before, after) => before.theme === after.theme && sameLine(before.line, after.line),
);

const sameLine = (a: Line, b: Line): boolean =>
  a === b ||
  (a.length === b.length &&
    a.every((part, index) => {
      const other = b[index] as Span;
      return (
        part.text === other.text &&
        part.tone === other.tone &&
        part.bold === other.bold &&
        part.dim === other.dim &&
        part.inverse === other.inverse &&
        part.underline === other.underline
      );
    }));

/** Exactly as many rows as the terminal has: one more would scroll, one less leaves a hole. */
export const Lines = ({ lines, theme }: { readonly lines: readonly Line[]; readonly theme: Theme }) => (
  <Box flexDirection="column">
    {lines.map((line, index) => (
      // biome-ignore lint/suspicious/noArrayIndexKey: rows of the terminal are their index.
      <Row key={index} line={line} theme={theme} />
    ))}
  </Box>
);

/** Rows that the frame itself takes besides the keys: title, rule and the message line. */
const fixedRows = 3;

/** From this height on, keys that do not fit in one row get a second. */
const twoKeyRowsFrom = 22;

const keysFor = (state: WizardState, theme: Theme, { columns, rows }: Size): readonly Line[] =>
  keyLines(state, theme, columns, rows >= twoKeyRowsFrom ? 2 : 1);

/** Rows that are left for a screen. */
export const contentRows = (state: WizardState, theme: Theme, size: Size): number =>
  Math.max(size.rows - fixedRows - keysFor(state, theme, size).length, 1);

/** Title, rule, content, one line for what just happened, keys. */
export const frame = (state: WizardState, theme: Theme, size: Size, screen: Screenful): readonly Line[] => {
  const { columns } = size;
  const height = contentRows(state, theme, size);
  const { host, release, promise } = headline(state);
  const where = screen.where ?? [];
  const identity: Line = [
    span(" "),
    bold("drawbridge", "accent"),
    span("   "),
    bold(host),
    ...(where.length > 0 ? [span("   "), ...where] : release === "" ? [] : [span("   "), dim(release)]),
  ];
  const aside = screen.aside ?? [dim(columns < 76 ? (promise.split(":")[0] ?? "") : promise)];
  const body = screen.lines.slice(0, height);
  const filler = Array.from({ length: Math.max(height - body.length, 0) }, () => blank);
  return [
    sides(identity, [...aside, span(" ")], columns),
    [dim(theme.rule.repeat(columns))],
    ...body,
    ...filler,
    noticeLine(state, theme, columns),
    ...keysFor(state, theme, size),
  ].map((line) => (line.length === 0 ? line : fill(harmless(line), columns, theme.ellipsis)));
};

/** The last gate before the terminal: whatever a name holds, nothing but what prints gets through. */
const harmless = (line: Line): Line =>
  line.some(({ text }) => /[\p{Cc}\p{Cf}]/u.test(text))
    ? line.map((part) => ({ ...part, text: printable(part.text).replaceAll("\n", " ") }))
    : line;

const noticeLine = ({ notice }: WizardState, theme: Theme, columns: number): Line => {
  if (notice === null) return blank;
  const { tone, text } = notice;
  const mark = tone === "note" ? " " : theme.marks[tone];
  const look = tone === "note" ? "accent" : tone;
  return fill([span(" "), bold(mark, look), span(` ${text}`, look)], columns, theme.ellipsis);
};
