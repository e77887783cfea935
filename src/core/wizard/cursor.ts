/** What stands at the cursor, on every screen that has one. */

import { categories } from "../../model/finding.ts";
import type { AnyQuestion } from "../../model/question.ts";
import { findControl, findQuestion } from "./assess.ts";
import { entryRows } from "./entry.ts";
import { reviewRows } from "./review.ts";
import { itemForControl, itemsOf, leavable, openItems, stepsIn, urgentItems } from "./route.ts";
import type { Item, WizardState } from "./state.ts";

export const clamp = (value: number, length: number): number => Math.max(0, Math.min(value, length - 1));

/** Rows that a page key moves. */
export const page = 10;

/** Rows of the hub before its urgent findings: the categories and the review. */
export const hubUrgent = categories.length + 1;

/** How many urgent findings the hub lists. */
export const urgentShown = 5;

export const rowsOf = (state: WizardState): number => {
  const { screen } = state;
  switch (screen.name) {
    case "entry":
      return entryRows(state).length;
    case "hub":
      return hubUrgent + Math.min(urgentItems(state).length, urgentShown);
    case "category":
      return stepsIn(state.setting.steps, screen.category).length;
    case "review":
      return reviewRows(state).length;
    default:
      return 0;
  }
};

export const stepOf = (state: WizardState, id: string) => state.setting.steps.find((step) => step.id === id);

/** The item at the cursor of a step; the first one when the item at the cursor no longer applies. */
export const currentItem = (state: WizardState): Item | undefined => {
  if (state.screen.name !== "step") return undefined;
  const { step: id, item } = state.screen;
  const step = stepOf(state, id);
  if (step === undefined) return undefined;
  const items = itemsOf(state, step);
  return items.find((candidate) => candidate.id === item) ?? items[0];
};

export const currentQuestion = (state: WizardState): AnyQuestion | undefined => {
  const item = currentItem(state);
  return item?.kind === "question" ? findQuestion(state.setting.steps, item.id) : undefined;
};

export const choiceValue = (question: AnyQuestion, value: string): unknown =>
  question.kind === "confirm" ? value === "yes" : value;

/** The controls that "leave out" is about at the cursor: those that fail, or would be changed. */
export const controlsAtCursor = (
  state: WizardState,
): { readonly controls: readonly string[]; readonly title: string } => {
  const { screen } = state;
  if (screen.name === "review") {
    const row = reviewRows(state)[screen.cursor];
    if (row === undefined) return { controls: [], title: "" };
    return row.kind === "excluded"
      ? { controls: [row.control], title: row.title }
      : { controls: row.change.because, title: row.subject };
  }
  const item = currentItem(state);
  if (item === undefined) return { controls: [], title: "" };
  const controls = leavable(state, item);
  const title =
    item.kind === "question"
      ? (findQuestion(state.setting.steps, item.id)?.label ?? item.id)
      : (findControl(state.setting.steps, item.id)?.title ?? item.id);
  return { controls, title };
};

/** What `e` explains on each screen. */
export const itemAtCursor = (state: WizardState): Item | undefined => {
  const { screen } = state;
  switch (screen.name) {
    case "hub":
      return urgentItems(state)[Math.max(screen.cursor - hubUrgent, 0)]?.item;
    case "category": {
      const step = stepsIn(state.setting.steps, screen.category)[screen.cursor];
      return step === undefined ? undefined : (openItems(state, step)[0] ?? itemsOf(state, step)[0]);
    }
    case "step":
      return currentItem(state);
    case "review": {
      const row = reviewRows(state)[screen.cursor];
      const control = row?.kind === "excluded" ? row.control : row?.change.because[0];
      return control === undefined ? undefined : itemForControl(state, control);
    }
    default:
      return undefined;
  }
};
