import type { Key as InkKey } from "ink";
import type { Intent } from "../core/wizard/actions.ts";
import { available, type Command, isTyping, type Key } from "../core/wizard/intents.ts";
import type { WizardState } from "../core/wizard/state.ts";
import { bold, dim, type Line, lineWidth, type Span, span } from "./lines.ts";
import { keyText, type Theme } from "./theme.ts";

/** What Ink says of a key press, as the name the wizard's commands use. */
export const keyName = (input: string, key: InkKey): Key => {
  if (key.upArrow) return "up";
  if (key.downArrow) return "down";
  if (key.leftArrow) return "left";
  if (key.rightArrow) return "right";
  if (key.return) return "enter";
  if (key.escape) return "escape";
  if (key.tab) return "tab";
  if (key.backspace) return "backspace";
  if (key.delete) return "delete";
  if (key.pageUp) return "pageup";
  if (key.pageDown) return "pagedown";
  if (key.home) return "home";
  if (key.end) return "end";
  if (key.ctrl) return `ctrl-${input}`;
  return input === " " ? "space" : input;
};

/** Characters that a terminal sends for keys when they arrive among others. */
const controls: Readonly<Record<string, Key>> = {
  "\r": "enter",
  "\n": "enter",
  "\t": "tab",
  " ": "space",
  "\u007f": "backspace",
  "\b": "backspace",
};

/** A key by its name, and the text it would type. */
type Stroke = { readonly name: Key; readonly text: string };

/**
 * The keys behind one input of Ink's. A quick typist or a slow line delivers several at once ("/port" and Enter): each of them is
 * a key of its own, and means what it means once those before it are done.
 */
export const strokes = (input: string, key: InkKey): readonly Stroke[] => {
  const name = keyName(input, key);
  if ([...input].length <= 1 || key.ctrl || key.meta) {
    return [{ name, text: key.ctrl || key.meta || name === "enter" || name === "tab" ? "" : input }];
  }
  return [...input].map((character) => {
    const code = character.charCodeAt(0);
    const control = controls[character] ?? (code < 32 ? `ctrl-${String.fromCharCode(code + 96)}` : undefined);
    return { name: control ?? character, text: code < 32 || code === 127 ? "" : character };
  });
};

/** So many characters at once are no typing: a terminal without bracketed paste hands over a pasted text like this. */
const pastedFrom = 24;

/** Text that was pasted where no editor is open; undefined for keys. */
export const unbracketedPaste = (state: WizardState, input: string, key: InkKey): string | undefined =>
  input.length >= pastedFrom && !key.ctrl && !key.meta && !isTyping(state) ? input.replace(/\r/gu, "\n") : undefined;

/** What a key means now; undefined for keys that do nothing here. */
export const intentFor = (state: WizardState, { name, text }: Stroke): Intent | undefined => {
  if (isTyping(state) && text !== "") return { type: "type", text };
  return available(state).find(({ keys }) => keys.includes(name))?.intent;
};

const shown = (theme: Theme, { keys, shows }: Command): string =>
  shows === undefined
    ? keyText(theme, keys[0] ?? "")
    : shows.map((key) => keyText(theme, key)).join(theme.keys.up === "↑" ? "" : "/");

/** The rows of keys that work now: as many as fit, the way back and `?` always among them. */
export const keyLines = (state: WizardState, theme: Theme, columns: number, mostRows: number): readonly Line[] => {
  const commands = available(state).filter(({ quiet }) => quiet !== true);
  const always = commands.filter(({ keys }) => keys.includes("escape") || keys.includes("?") || keys.includes("q"));
  const others = commands.filter((command) => !always.includes(command));
  const draw = (command: Command): Line => [bold(shown(theme, command)), dim(` ${command.label}`)];
  const rows: Span[][] = [[]];
  const room = (spans: Line): boolean => {
    const row = rows.at(-1) ?? [];
    // The last row has to hold what is always shown.
    const kept = rows.length === mostRows ? lineWidth(always.flatMap((command) => [...draw(command), span("   ")])) : 0;
    return lineWidth(row) + 3 + lineWidth(spans) <= columns - kept - 1;
  };
  const add = (spans: Line): void => {
    const row = rows.at(-1) as Span[];
    row.push(span(row.length === 0 ? " " : "   "), ...spans);
  };
  for (const spans of others.map(draw)) {
    if (!room(spans)) {
      if (rows.length === mostRows) break;
      rows.push([]);
    }
    add(spans);
  }
  const ending = always.flatMap((command) => [span("   "), ...draw(command)]);
  if (rows.length < mostRows && lineWidth(rows.at(-1) ?? []) + lineWidth(ending) > columns) rows.push([]);
  for (const command of always) add(draw(command));
  return rows;
};
