import type { Key } from "../core/wizard/intents.ts";
import type { Mark } from "../core/wizard/words.ts";

/** What a stretch of text means; only the theme knows how that looks. */
export type Tone = "fail" | "warn" | "pass" | "unknown" | "accent" | "dim" | "plain";

/** Sixteen-colour names: every terminal has them, and they follow the operator's own palette. */
export const colours: Readonly<Record<Tone, string | undefined>> = {
  fail: "red",
  warn: "yellow",
  pass: "green",
  unknown: "blue",
  accent: "cyan",
  dim: undefined,
  plain: undefined,
};

export type Theme = {
  readonly marks: Readonly<Record<Mark, string>>;
  readonly rule: string;
  readonly pane: string;
  readonly cursor: string;
  /** Stands at the caret where nothing can be shown inverse. */
  readonly caret: string;
  /** Whether bold, inverse and colours reach the screen; if not, signs say what they would. */
  readonly styled: boolean;
  readonly barFull: string;
  readonly barNext: string;
  readonly barEmpty: string;
  readonly spinner: readonly string[];
  readonly ellipsis: string;
  readonly on: string;
  readonly off: string;
  readonly chosen: string;
  readonly unchosen: string;
  /** Rewrites the few signs that the texts themselves use. */
  readonly plainText: (text: string) => string;
  readonly keys: Readonly<Record<string, string>>;
};

const unicode: Theme = {
  marks: { fail: "✗", warn: "!", unknown: "?", pass: "✓", none: "–", waived: "~" },
  rule: "─",
  pane: "│",
  cursor: "❯",
  caret: "█",
  styled: true,
  barFull: "━",
  barNext: "╍",
  barEmpty: "╌",
  spinner: ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"],
  ellipsis: "…",
  on: "[x]",
  off: "[ ]",
  chosen: "(•)",
  unchosen: "( )",
  plainText: (text) => text,
  keys: { up: "↑", down: "↓", left: "←", right: "→", enter: "⏎", escape: "Esc", tab: "⇥", backspace: "⌫" },
};

/** Each as wide as what it stands for: rows are laid out before they are rewritten. */
const inAscii: Readonly<Record<string, string>> = {
  "→": ">",
  "›": ">",
  "·": "|",
  "…": ".",
  "•": "*",
  "✓": "+",
  "✗": "x",
  "–": "-",
  "—": "-",
  "“": '"',
  "”": '"',
  "’": "'",
};

const ascii: Theme = {
  marks: { fail: "x", warn: "!", unknown: "?", pass: "+", none: "-", waived: "~" },
  rule: "-",
  pane: "|",
  cursor: ">",
  caret: "_",
  styled: true,
  barFull: "#",
  barNext: "+",
  barEmpty: ".",
  spinner: ["|", "/", "-", "\\"],
  ellipsis: "..",
  on: "[x]",
  off: "[ ]",
  chosen: "(*)",
  unchosen: "( )",
  plainText: (text) => text.replace(/[^\x20-\x7e]/gu, (sign) => inAscii[sign] ?? (/\p{M}/u.test(sign) ? "" : "?")),
  keys: {
    up: "Up",
    down: "Down",
    left: "Left",
    right: "Right",
    enter: "Enter",
    escape: "Esc",
    tab: "Tab",
    backspace: "Backspace",
  },
};

export const themes = { unicode, ascii };

/** Whether a terminal can show more than ASCII: by locale(7)'s order of precedence, and by the kind of terminal. */
export const themeFor = (environment: Readonly<Record<string, string | undefined>>): Theme => {
  const locale = environment.LC_ALL || environment.LC_CTYPE || environment.LANG || "";
  const able = !["dumb", "linux", "vt100", "vt102", "vt220"].includes(environment.TERM ?? "");
  const theme = able && /utf-?8/iu.test(locale) ? unicode : ascii;
  // The command line has settled FORCE_COLOR by now; NO_COLOR counts where it has not.
  const plain =
    environment.FORCE_COLOR === "0" || (environment.FORCE_COLOR === undefined && Boolean(environment.NO_COLOR));
  return plain ? { ...theme, styled: false } : theme;
};

export const keyText = (theme: Theme, key: Key): string =>
  theme.keys[key] ?? (key.startsWith("ctrl-") ? `^${key.slice(5).toUpperCase()}` : key);
