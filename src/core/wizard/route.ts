import { type Category, categories, type Finding } from "../../model/finding.ts";
import type { AnyQuestion } from "../../model/question.ts";
import type { Step } from "../../model/step.ts";
import type { Item, WizardState } from "./state.ts";

/** A category's steps, as registered. One whose controls were all filtered away stays for its guards, and is not walked through. */
export const stepsIn = (steps: readonly Step[], category: Category): readonly Step[] =>
  steps.filter((step) => step.category === category && step.controls.length > 0);

/** The steps in the order of the walk: by category, then as registered. */
export const walkOrder = (steps: readonly Step[]): readonly Step[] =>
  categories.flatMap((category) => stepsIn(steps, category));

export const categoriesOf = (steps: readonly Step[]): readonly Category[] =>
  categories.filter((category) => stepsIn(steps, category).length > 0);

export const questionsOf = (state: WizardState, step: string): readonly AnyQuestion[] =>
  state.assessment.questions.get(step) ?? [];

/** The rows of a step: its questions that apply, then its controls. */
export const itemsOf = (state: WizardState, step: Step): readonly Item[] => [
  ...questionsOf(state, step.id).map(({ id }): Item => ({ kind: "question", step: step.id, id })),
  ...(state.mode === "templates" ? [] : step.controls).map(({ id }): Item => ({ kind: "control", step: step.id, id })),
];

/** The controls that a question decides, within its step. */
export const controlsOf = (state: WizardState, item: Item): readonly string[] => {
  if (item.kind === "control") return [item.id];
  const step = state.setting.steps.find(({ id }) => id === item.step);
  return (step?.controls ?? [])
    .map(({ id }) => id)
    .filter((id) => state.assessment.links.get(id)?.includes(item.id) === true);
};

/** Whether the operator should look at an item: something is open, and nobody has decided yet. */
export const isOpen = (state: WizardState, item: Item): boolean => {
  if (state.decided.has(item.id)) return state.assessment.problems.has(item.id);
  const { assessment, machine } = state;
  if (item.kind === "question") {
    if (state.mode === "templates" || assessment.problems.has(item.id) || state.drafts.has(item.id)) return true;
    const controls = controlsOf(state, item);
    if (controls.some((id) => isAmiss(state, id))) return true;
    // A question that decides nothing visible is asked once as well; what was applied before need not be asked again.
    const asked = questionsOf(state, item.step).find(({ id }) => id === item.id);
    return (controls.length === 0 || asked?.askedOnce === true) && machine !== null && !(item.id in machine.recorded);
  }
  const judgedByQuestion = (assessment.links.get(item.id) ?? []).length > 0;
  return !judgedByQuestion && assessment.byControl.get(item.id)?.result === "fail";
};

const isAmiss = ({ assessment }: WizardState, control: string): boolean => {
  const result = assessment.byControl.get(control)?.result;
  return result === "fail" || result === "unknown" || result === "error";
};

/** The controls behind an item that can be left out or are: what passes or does not apply needs no reason. */
export const leavable = (state: WizardState, item: Item): readonly string[] =>
  controlsOf(state, item).filter((id) => id in state.excluded || isAmiss(state, id));

export const openItems = (state: WizardState, step: Step): readonly Item[] =>
  itemsOf(state, step).filter((item) => isOpen(state, item));

export const isStepDone = (state: WizardState, step: Step): boolean => openItems(state, step).length === 0;

/** How many of a category's steps need no more decisions. */
export const progressOf = (
  state: WizardState,
  category: Category,
): { readonly done: number; readonly total: number } => {
  const steps = stepsIn(state.setting.steps, category);
  return { done: steps.filter((step) => isStepDone(state, step)).length, total: steps.length };
};

export type Place =
  | { readonly kind: "category"; readonly category: Category }
  | { readonly kind: "item"; readonly item: Item }
  | { readonly kind: "review" };

/** The item that stands for a control: the first question that decides it, else the control itself. */
export const itemForControl = ({ assessment }: WizardState, control: string): Item | undefined => {
  const step = assessment.byControl.get(control)?.step;
  if (step === undefined) return undefined;
  const [question] = assessment.links.get(control) ?? [];
  return question === undefined ? { kind: "control", step, id: control } : { kind: "question", step, id: question };
};

/** An item with the gravest finding behind it; none when only an answer is wanting. */
export type Urgent = { readonly item: Item; readonly finding: Finding | undefined };

/** What needs attention, most urgent first, each item once. */
export const urgentItems = (state: WizardState): readonly Urgent[] => {
  const urgent = new Map<string, Urgent>();
  for (const finding of state.mode === "templates" ? [] : state.assessment.byUrgency) {
    const item = isAmiss(state, finding.controlId) ? itemForControl(state, finding.controlId) : undefined;
    if (item !== undefined && !urgent.has(item.id)) urgent.set(item.id, { item, finding });
  }
  for (const step of state.assessment.problems.size === 0 ? [] : walkOrder(state.setting.steps)) {
    for (const item of itemsOf(state, step)) {
      if (state.assessment.problems.has(item.id) && !urgent.has(item.id))
        urgent.set(item.id, { item, finding: undefined });
    }
  }
  return [...urgent.values()];
};

/** Where the operator is led from an item (or from a category's opening): the next thing that needs a decision. */
export const nextPlace = (state: WizardState, from: Item | Category | null): Place => {
  if (state.route === "urgent") {
    const next = urgentItems(state).find(({ item }) => isUndecided(state, item));
    return next === undefined ? { kind: "review" } : { kind: "item", item: next.item };
  }
  const order = walk(state);
  const at = order.findIndex((place) =>
    typeof from === "string"
      ? place.kind === "category" && place.category === from
      : place.kind === "item" && from !== null && place.item.id === from.id && place.item.step === from.step,
  );
  return (
    order
      .slice(at + 1)
      .find((place) => place.kind === "category" || (place.kind === "item" && isOpen(state, place.item))) ?? {
      kind: "review",
    }
  );
};

const isUndecided = (state: WizardState, item: Item): boolean =>
  !state.decided.has(item.id) || state.assessment.problems.has(item.id);

/** The item before this one in the walk, whether or not it is open; undefined at the first. */
export const previousItem = (state: WizardState, from: Item): Item | undefined => {
  const items = walk(state).flatMap((place) => (place.kind === "item" ? [place.item] : []));
  const at = items.findIndex(({ id, step }) => id === from.id && step === from.step);
  return items.slice(0, Math.max(at, 0)).findLast(({ id }) => state.decided.has(id)) ?? items[at - 1];
};

/** What comes first, then each category: its opening, and the items of its other steps. */
const walk = (state: WizardState): readonly Place[] => {
  const placesOf = (steps: readonly Step[]): readonly Place[] =>
    steps.flatMap((step) => itemsOf(state, step)).map((item) => ({ kind: "item", item }));
  const { steps } = state.setting;
  const first = walkOrder(steps).filter(({ comesFirst }) => comesFirst);
  return [
    ...placesOf(first),
    ...categoriesOf(steps).flatMap((category): readonly Place[] => {
      const places = placesOf(stepsIn(steps, category).filter((step) => !first.includes(step)));
      return places.length === 0 ? [] : [{ kind: "category", category }, ...places];
    }),
  ];
};
