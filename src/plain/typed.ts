/** What a typed line means, as the intents that keys on the full screen would have given. Pure. */
import type { Intent } from "../core/wizard/actions.ts";
import { choicesOf, findQuestion, questionState } from "../core/wizard/assess.ts";
import { currentItem, currentQuestion } from "../core/wizard/cursor.ts";
import { reviewRows } from "../core/wizard/review.ts";
import { itemsOf } from "../core/wizard/route.ts";
import { searchHits } from "../core/wizard/search.ts";
import { fileKinds, type Overlay, type WizardState } from "../core/wizard/state.ts";
import { editableText, oneLine } from "../core/wizard/words.ts";
import { reduce } from "../core/wizard.ts";
import type { AnyQuestion } from "../model/question.ts";
import { letterFor } from "./commands.ts";
import type { Line } from "./lines.ts";
import { hitsShown } from "./pages/overlays.ts";
import { rowLines } from "./pages/review.ts";
import { pageOf } from "./pages.ts";

export type Reading = {
  readonly intents: readonly Intent[];
  /** Said at once: why nothing was done, or what was asked to be shown. */
  readonly lines?: readonly Line[];
};

const doing = (...intents: readonly Intent[]): Reading => ({ intents });
const saying = (...lines: readonly Line[]): Reading => ({ intents: [], lines });
const notUnderstood = saying("That is not an answer here; ? lists what is.");

/** Whether the first line of an answer of several lines is the whole answer. */
export const isWhole = (state: WizardState, first: string): boolean =>
  first === "" || first === "none" || isLetter(state, first.trim());

const isLetter = (state: WizardState, typed: string): boolean => {
  const screen = state.overlay?.name === "edit" ? reduce(state, { type: "back" }) : state;
  return readLetter(screen, typed) !== undefined;
};

/** `typed` holds several lines only where the page asks for several. */
export const read = (state: WizardState, typed: string): Reading => {
  const { overlay, screen } = state;
  if (overlay !== null) return readOverlay(state, overlay, typed);
  const text = typed.trim();
  const letter = readLetter(state, text);
  if (letter !== undefined) return letter;
  switch (screen.name) {
    case "step":
      return screen.pane === "list" ? readList(state, text) : readStep(state, typed);
    case "review":
      return readReview(state, text);
    case "entry":
    case "hub":
    case "category":
      return readRows(state, text, screen.cursor);
    case "inspecting":
    case "applying":
    case "result":
      return text === "" ? doing({ type: "enter" }) : notUnderstood;
  }
};

const readLetter = (state: WizardState, text: string): Reading | undefined => {
  // Where a path may be the answer, only "/ words" is a search: "/health" is what it looks like.
  const kind = currentQuestion(state)?.kind;
  const takesText = kind === "text" || kind === "list" || kind === "secret";
  const search = (takesText ? /^\/\s+(.+)$/u : /^\/\s*(.+)$/u).exec(text)?.[1];
  if (search !== undefined && letterFor(state, "/") !== undefined)
    return doing({ type: "search" }, { type: "write", text: search });
  const letter = letterFor(state, text);
  if (letter === undefined) return undefined;
  if (letter.intent !== null) return doing(letter.intent);
  const { section, lines } = pageOf(state);
  return saying(...(section?.lines ?? []), ...lines);
};

/** A number from 1 as an index; undefined for anything else. */
const indexOf = (text: string, length: number): number | undefined => {
  if (!/^\d{1,4}\.?$/u.test(text)) return undefined;
  const index = Number.parseInt(text, 10) - 1;
  return index >= 0 && index < length ? index : undefined;
};

const farUp: Intent = { type: "move", by: -1_000_000 };

/** Puts the cursor on a row, wherever it was. */
const moveTo = (index: number): readonly Intent[] => [
  farUp,
  ...(index === 0 ? [] : [{ type: "move", by: index } as const]),
];

/** How many rows a screen has: the reducer stops the cursor at the last. */
const lastRow = (state: WizardState): number => {
  const end = reduce(state, { type: "move", by: 1_000_000 });
  return "cursor" in end.screen ? end.screen.cursor : 0;
};

const readRows = (state: WizardState, text: string, cursor: number): Reading => {
  if (text === "") return doing({ type: "enter" });
  const [, letter = "", number = text] = /^([a-z])\s*(\d+)$/u.exec(text) ?? [];
  const index = indexOf(number, lastRow(state) + 1);
  if (index === undefined) return notUnderstood;
  const move = index === cursor ? [] : moveTo(index);
  if (letter === "") return doing(...move, { type: "enter" });
  return letter === "e" && state.screen.name !== "entry" ? doing(...move, { type: "explain" }) : notUnderstood;
};

const readReview = (state: WizardState, text: string): Reading => {
  if (text === "") return doing({ type: "enter" });
  const rows = reviewRows(state);
  const [, letter = "", number = text] = /^([a-z])\s*(\d+)$/u.exec(text) ?? [];
  const index = indexOf(number, rows.length);
  const row = index === undefined ? undefined : rows[index];
  if (index === undefined || row === undefined || state.mode === "templates") return notUnderstood;
  if (letter === "") return { intents: moveTo(index), lines: rowLines(row, index) };
  const command = letterFor(state, letter);
  const about =
    command?.intent?.type === "leaveOut" || command?.intent?.type === "explain" ? command.intent : undefined;
  return about === undefined ? notUnderstood : doing(...moveTo(index), about);
};

const readList = (state: WizardState, text: string): Reading => {
  const { screen, setting } = state;
  if (text === "") return doing({ type: "pane", pane: "question" });
  const step = screen.name === "step" ? setting.steps.find(({ id }) => id === screen.step) : undefined;
  const items = step === undefined ? [] : itemsOf(state, step);
  const item = items[indexOf(text, items.length) ?? -1];
  return item === undefined ? notUnderstood : doing({ type: "goTo", item });
};

const readStep = (state: WizardState, typed: string): Reading => {
  const item = currentItem(state);
  if (typed.trim() === "") return doing({ type: "enter" });
  const question = currentQuestion(state);
  if (item === undefined || question === undefined) return notUnderstood;
  if (question.kind === "secret")
    return typed.trim() === "1" ? doing({ type: "edit", question: question.id }) : notUnderstood;
  if (choicesOf(state, question).length > 0) return readChoice(state, question, typed.trim());
  return accepting(state, [{ type: "edit", question: question.id }, ...written(state, question, typed)]);
};

/** The answer was typed to be taken: what is right is accepted at once, what is wrong stays open. */
const accepting = (state: WizardState, intents: readonly Intent[]): Reading => {
  const after = intents.reduce(reduce, state);
  return doing(...intents, ...(after.overlay === null ? [{ type: "enter" } as const] : []));
};

/** Typed text in the place of what the editor holds. */
const written = (state: WizardState, question: AnyQuestion, typed: string): readonly Intent[] => [
  { type: "write", text: textOf(state, question, typed) },
  { type: "submit" },
];

const textOf = (state: WizardState, question: AnyQuestion, typed: string): string => {
  if (question.kind === "list") {
    if (typed.trim() === "none") return "";
    const [first = "", ...rest] = typed.split("\n");
    return first.trim() === "+"
      ? editableText(question, questionState(state, question).value) + rest.join("\n")
      : typed;
  }
  if (question.multiline === true) return typed === "none" ? "" : `${typed}\n`;
  return typed.startsWith("=") ? typed.slice(1) : typed;
};

const readChoice = (state: WizardState, question: AnyQuestion, text: string): Reading => {
  const choices = choicesOf(state, question);
  const words =
    text === "none" && question.kind === "multiselect" ? [] : text.split(/[\s,]+/u).filter((word) => word !== "");
  const found = (question.kind === "multiselect" ? words : [text]).map((word) => {
    const wanted = word.toLowerCase();
    const index =
      indexOf(word, choices.length) ??
      choices.findIndex(
        ({ value, label }) =>
          value.toLowerCase() === wanted ||
          label.toLowerCase() === wanted ||
          (question.kind === "confirm" && value.startsWith(wanted)),
      );
    return { word, choice: choices[index] };
  });
  const strange = found.find(({ choice }) => choice === undefined);
  if (strange !== undefined) {
    return saying(
      `${oneLine(strange.word)} is none of the choices, which go from 1 to ${choices.length}; ? lists what else works.`,
    );
  }
  const chosen = found.flatMap(({ choice }) => (choice === undefined ? [] : [choice]));
  const barred = chosen.find(({ disabled }) => disabled !== undefined);
  if (barred !== undefined)
    return saying(`${oneLine(barred.label)} is not possible: ${oneLine(barred.disabled ?? "")}`);
  const take = (value: unknown): Reading => accepting(state, [{ type: "answer", question: question.id, value }]);
  const [first] = chosen;
  if (question.kind === "confirm") return take(first?.value === "yes");
  if (question.kind === "select") return take(first?.value);
  const { value } = questionState(state, question);
  const wanted = new Set(chosen.map((choice) => choice.value));
  const offered = choices.map((choice) => choice.value);
  // What is in force and cannot be chosen here is not taken away unseen.
  const others = Array.isArray(value) ? (value as string[]).filter((option) => !offered.includes(option)) : [];
  return take([...offered.filter((option) => wanted.has(option)), ...others]);
};

// --- overlays

const back = doing({ type: "back" });

const readOverlay = (state: WizardState, overlay: Overlay, typed: string): Reading => {
  const text = typed.trim();
  const submit = (value: string): Reading => doing({ type: "write", text: value }, { type: "submit" });
  switch (overlay.name) {
    case "explain":
    case "keys":
    case "command":
      return back;
    case "undo":
      return text === "" ? back : text === "y" ? doing({ type: "undo" }) : notUnderstood;
    case "host":
    case "reason":
      return text === "" ? back : submit(text);
    case "sudo":
      return typed === "" ? back : submit(typed);
    case "path":
      return text === "" ? doing({ type: "submit" }) : text === "b" ? back : submit(text);
    case "save": {
      if (text === "") return doing({ type: "enter" });
      if (text === "b") return back;
      const index = indexOf(text, fileKinds.length);
      return index === undefined ? notUnderstood : doing(...moveTo(index), { type: "enter" });
    }
    case "search": {
      if (text === "") return back;
      const hits = searchHits(state, overlay.draft.text).slice(0, hitsShown);
      const index = indexOf(text, hits.length);
      return index === undefined
        ? doing({ type: "write", text: text.replace(/^\/\s*/u, "") })
        : doing(...moveTo(index), { type: "enter" });
    }
    case "edit": {
      const question = findQuestion(state.setting.steps, overlay.question);
      if (question === undefined) return back;
      if (question.kind === "secret")
        return typed === "" ? back : accepting(state, [{ type: "write", text: typed }, { type: "submit" }]);
      if (text === "") return doing({ type: "back" }, { type: "propose", question: question.id });
      const behind = reduce(state, { type: "back" });
      const letter = readLetter(behind, text);
      if (letter !== undefined) return doing({ type: "back" }, ...letter.intents);
      return accepting(state, written(state, question, typed));
    }
  }
};
