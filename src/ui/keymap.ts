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

/** What a key press means now; undefined for keys that do nothing here. */
export const intentFor = (state: WizardState, input: string, key: InkKey): Intent | undefined => {
  const name = keyName(input, key);
  const isText = !key.ctrl && !key.meta && input !== "" && (input.length > 1 || name === input || name === "space");
  if (isTyping(state) && isText && name !== "enter") return { type: "type", text: input };
  return available(state).find(({ keys }) => keys.includes(name))?.intent;
};

const shown = (theme: Theme, { keys, shows }: Command): string =>
  shows === undefined
    ? keyText(theme, keys[0] ?? "")
    : shows.map((key) => keyText(theme, key)).join(theme.keys.up === "↑" ? "" : "/");

/** The row of keys that work now: as many as fill, the way back and `?` always among them. */
export const keyLine = (state: WizardState, theme: Theme, columns: number): Line => {
  const commands = available(state).filter(({ quiet }) => quiet !== true);
  const always = commands.filter(({ keys }) => keys.includes("escape") || keys.includes("?") || keys.includes("q"));
  const others = commands.filter((command) => !always.includes(command));
  const draw = (command: Command): readonly Span[] => [
    span("  "),
    bold(shown(theme, command)),
    dim(` ${command.label} `),
  ];
  let room = columns - lineWidth(always.flatMap(draw));
  const fitting: Span[] = [];
  for (const spans of others.map(draw)) {
    room -= lineWidth(spans);
    if (room < 0) break;
    fitting.push(...spans);
  }
  return [...fitting, ...always.flatMap(draw)].slice(1).toSpliced(0, 0, span(" "));
};
