import type { Intent } from "../core/wizard/actions.ts";
import { currentItem } from "../core/wizard/cursor.ts";
import { available } from "../core/wizard/intents.ts";
import { itemsOf, previousItem } from "../core/wizard/route.ts";
import type { WizardState } from "../core/wizard/state.ts";

/** A letter that does something now, instead of answering. */
export type Letter = {
  readonly letter: string;
  readonly label: string;
  /** null: read the page again. */
  readonly intent: Intent | null;
};

/** Arrows, editing and panes are how a full screen is used; here a number or a line of text does the same. */
const withoutKeys: readonly Intent["type"][] = [
  "move",
  "enter",
  "words",
  "expand",
  "log",
  "pane",
  "toggle",
  "openCategory",
];

/** Every letter that works on a screen, from what the wizard offers there; none where every text is an answer. */
export const letters = (state: WizardState): readonly Letter[] => {
  const offered = available(state);
  const isText = state.overlay !== null && "draft" in state.overlay;
  if (isText || offered.length === 0) return [];
  const wayBack = offered.find(({ keys }) => keys.includes("escape"));
  const found: Letter[] = [];
  const add = (letter: string, label: string, intent: Intent | null): void => {
    if (!found.some((known) => known.letter === letter)) found.push({ letter, label, intent });
  };
  const { screen } = state;
  if (state.overlay === null && screen.name === "step") {
    const item = currentItem(state);
    if (item !== undefined && previousItem(state, item) !== undefined)
      add("b", "back to the question before", { type: "previous" });
    add("h", "the hub, an overview of everything", { type: "back" });
    const step = state.setting.steps.find(({ id }) => id === screen.step);
    if (screen.pane === "question" && step !== undefined && itemsOf(state, step).length > 1) {
      add("l", "list of this step", { type: "pane", pane: "list" });
    }
    if (screen.pane === "list") add("b", "back to the question", { type: "pane", pane: "question" });
  }
  if (wayBack !== undefined) {
    const { label } = wayBack;
    add("b", label === "hub" || label === "entry menu" ? `back to the ${label}` : label, wayBack.intent);
  }
  for (const { keys, label, intent } of offered) {
    if (withoutKeys.includes(intent.type)) continue;
    const letter = keys.find((key) => /^[a-z?/]$/u.test(key));
    if (letter !== undefined) add(letter, letter === "?" ? "this list" : label, intent);
  }
  if (state.overlay === null) add(".", "read this again", null);
  return found;
};

export const letterFor = (state: WizardState, typed: string): Letter | undefined =>
  letters(state).find(({ letter }) => letter === typed);
