/** From screen to screen: the hub, the walk, the review. */

import { type Category, categories } from "../../model/finding.ts";
import { choicesOf, findQuestion, questionState } from "./assess.ts";
import { choiceValue, clamp, currentItem, hubUrgent, page, stepOf } from "./cursor.ts";
import { explain } from "./explain.ts";
import { answersInForce } from "./files.ts";
import { changeDetails, changeDiff, reviewRows } from "./review.ts";
import { itemsOf, nextPlace, openItems, type Place, previousItem, progressOf, stepsIn, urgentItems } from "./route.ts";
import { searchHits } from "./search.ts";
import { fileKinds, type Item, type Overlay, type Screen, type WizardState } from "./state.ts";
import { isBusy, mayLeave, note } from "./transition.ts";

export const moveInOverlay = (state: WizardState, overlay: Overlay, by: number): WizardState => {
  switch (overlay.name) {
    case "explain":
      return {
        ...state,
        overlay: { ...overlay, scroll: clamp(overlay.scroll + by, explanationRows(state, overlay.item)) },
      };
    case "search": {
      const hits = searchHits(state, overlay.draft.text).length;
      return { ...state, overlay: { ...overlay, cursor: clamp(overlay.cursor + by, hits) } };
    }
    case "save":
      return { ...state, overlay: { ...overlay, cursor: clamp(overlay.cursor + by, fileKinds.length) } };
    default:
      return state;
  }
};

/** Rows that an explanation takes at most, on the narrowest terminal. */
const explanationRows = (state: WizardState, item: Item): number => {
  const columns = 50;
  return explain(state, item)
    .sections.flatMap(({ heading, lines }) => [heading, ...lines])
    .reduce((rows, line) => rows + Math.ceil((line.length + 1) / columns) + 1, 0);
};

export const moveInReview = (
  state: WizardState,
  screen: Extract<Screen, { name: "review" }>,
  by: number,
): WizardState => {
  if (state.mode === "templates") {
    const answers = Object.keys(answersInForce(state)).length;
    return { ...state, screen: { ...screen, cursor: clamp(screen.cursor + by, answers) } };
  }
  const rows = reviewRows(state);
  const row = rows[screen.cursor];
  // A page moves within the content of an open change, a row from change to change.
  if (Math.abs(by) === page && row?.kind === "change" && screen.expanded.includes(row.key)) {
    const length = (changeDiff(row.change, false)?.lines.length ?? 0) + changeDetails(row.change).length;
    return { ...state, screen: { ...screen, scroll: clamp(screen.scroll + by, length) } };
  }
  const cursor = clamp(screen.cursor + by, rows.length);
  return { ...state, screen: { ...screen, cursor, scroll: 0 } };
};

/** Puts the cursor on an item, and on the choice that is in force. */
export const standAt = (state: WizardState, item: Item, pane: "list" | "question"): WizardState => {
  const question = item.kind === "question" ? findQuestion(state.setting.steps, item.id) : undefined;
  let choice = 0;
  if (question !== undefined && question.kind !== "multiselect") {
    const { value } = questionState(state, question);
    choice = Math.max(
      choicesOf(state, question).findIndex((option) => choiceValue(question, option.value) === value),
      0,
    );
  }
  return {
    ...state,
    place: { step: item.step, item: item.id },
    screen: { name: "step", step: item.step, item: item.id, pane, choice },
  };
};

export const goToItem = (state: WizardState, item: Item): WizardState =>
  mayLeave(state) || state.screen.name === "inspecting" || state.screen.name === "entry"
    ? standAt(state, item, "question")
    : state;

export const goToPlace = (state: WizardState, place: Place): WizardState => {
  switch (place.kind) {
    case "category": {
      const opened = openCategory(state, place.category);
      return opened.screen.name === "category"
        ? { ...opened, screen: { ...opened.screen, passing: isCategoryDone(opened, place.category) } }
        : opened;
    }
    case "item":
      return goToItem(state, place.item);
    case "review":
      return toReview(state);
  }
};

export const openCategory = (state: WizardState, category: Category | undefined): WizardState => {
  if (category === undefined || state.mode === null || isBusy(state)) return state;
  const steps = stepsIn(state.setting.steps, category);
  if (steps.length === 0) return note(state, "note", "There is nothing to look at in this category yet.");
  const here = steps.findIndex(({ id }) => id === state.place?.step);
  const open = steps.findIndex((step) => openItems(state, step).length > 0);
  const cursor = Math.max(here === -1 ? open : here, 0);
  return { ...state, overlay: null, screen: { name: "category", category, cursor, passing: false } };
};

const isCategoryDone = (state: WizardState, category: Category): boolean => {
  const { done, total } = progressOf(state, category);
  return done === total;
};

export const toReview = (state: WizardState): WizardState => ({
  ...state,
  overlay: null,
  screen: { name: "review", cursor: 0, expanded: [], scroll: 0, words: true },
});

export const resumeWalk = (state: WizardState): WizardState => {
  if (!mayLeave(state)) return state;
  const step = state.place === null ? undefined : stepOf(state, state.place.step);
  const item = step === undefined ? undefined : itemsOf(state, step).find(({ id }) => id === state.place?.item);
  return item === undefined ? goToPlace(state, nextPlace(state, null)) : goToItem(state, item);
};

export const previous = (state: WizardState): WizardState => {
  const item = currentItem(state);
  const earlier = item === undefined ? undefined : previousItem(state, item);
  return earlier === undefined ? state : goToItem(state, earlier);
};

export const toHub = (state: WizardState, cursor: number): WizardState => ({
  ...state,
  overlay: null,
  screen: { name: "hub", cursor: Math.max(cursor, 0) },
});

export const enterHub = (state: WizardState, cursor: number): WizardState => {
  if (cursor < categories.length) return openCategory(state, categories[cursor]);
  if (cursor === categories.length) return toReview(state);
  const urgent = urgentItems(state)[cursor - hubUrgent];
  return urgent === undefined ? state : goToItem({ ...state, route: "urgent" }, urgent.item);
};

export const enterCategory = (before: WizardState, category: Category, cursor: number): WizardState => {
  const state: WizardState = { ...before, route: "walk" };
  const step = stepsIn(state.setting.steps, category)[cursor];
  if (step === undefined) return state;
  if (state.place?.step === step.id && openItems(state, step).some(({ id }) => id === state.place?.item)) {
    return resumeWalk(state);
  }
  const item = openItems(state, step)[0] ?? itemsOf(state, step)[0];
  return item === undefined ? goToPlace(state, nextPlace(state, category)) : goToItem(state, item);
};

export const goOn = (state: WizardState, from: Item): WizardState => goToPlace(state, nextPlace(state, from));

export const toResult = (state: WizardState): WizardState => ({
  ...state,
  waiting: null,
  overlay: null,
  screen: { name: "result" },
  run: state.run === null ? null : { ...state.run, phase: "done" },
});
