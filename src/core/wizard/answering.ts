/** Questions: choosing, typing, accepting. */

import type { AnyQuestion } from "../../model/question.ts";
import { choicesOf, findQuestion, questionState } from "./assess.ts";
import { choiceValue, clamp, currentItem, currentQuestion, stepOf } from "./cursor.ts";
import { draftOf, insert } from "./draft.ts";
import { goOn, goToItem, standAt } from "./moving.ts";
import { itemsOf } from "./route.ts";
import type { Overlay, Screen, WizardState } from "./state.ts";
import { isBusy, mayLeave, note, onDraft, reassess } from "./transition.ts";
import { editableText, oneLine } from "./words.ts";

export const moveInStep = (state: WizardState, screen: Extract<Screen, { name: "step" }>, by: number): WizardState => {
  const question = currentQuestion(state);
  const choices = question === undefined ? [] : choicesOf(state, question);
  if (screen.pane === "question" && question !== undefined && choices.length > 0) {
    const choice = clamp(screen.choice + by, choices.length);
    const moved: WizardState = { ...state, screen: { ...screen, choice } };
    const at = choices[choice];
    if (question.kind === "multiselect" || at === undefined || at.disabled !== undefined) return moved;
    return choice === screen.choice ? moved : answer(moved, question.id, choiceValue(question, at.value));
  }
  const step = stepOf(state, screen.step);
  if (step === undefined) return state;
  const items = itemsOf(state, step);
  const at = items.findIndex(({ id }) => id === currentItem(state)?.id);
  const next = items[clamp(at + by, items.length)];
  return next === undefined ? state : standAt(state, next, screen.pane);
};

/** In a list, Enter on an empty last line means "that is all". */
export const endsList = (state: WizardState, { question, draft }: Extract<Overlay, { name: "edit" }>): boolean =>
  isListed(findQuestion(state.setting.steps, question)) &&
  draft.caret === draft.text.length &&
  (draft.text === "" || draft.text.endsWith("\n"));

export const answer = (state: WizardState, id: string, value: unknown): WizardState => {
  const question = findQuestion(state.setting.steps, id);
  if (question === undefined || isBusy(state)) return state;
  const parsed = question.schema.safeParse(value);
  if (!parsed.success) return { ...state, drafts: new Map(state.drafts).set(id, value) };
  const drafts = new Map(state.drafts);
  drafts.delete(id);
  return question.kind === "secret"
    ? reassess({ ...state, drafts, secrets: new Map(state.secrets).set(id, String(parsed.data)) })
    : reassess({ ...state, drafts, answers: { ...state.answers, [id]: parsed.data } });
};

export const propose = (state: WizardState, id: string): WizardState => {
  if (isBusy(state)) return state;
  const { [id]: _, ...answers } = state.answers;
  const drafts = new Map(state.drafts);
  drafts.delete(id);
  const secrets = new Map(state.secrets);
  secrets.delete(id);
  const proposed = reassess({ ...state, answers, drafts, secrets });
  const item = currentItem(proposed);
  return item?.id === id && proposed.screen.name === "step" ? standAt(proposed, item, proposed.screen.pane) : proposed;
};

export const toggle = (state: WizardState): WizardState => {
  const question = currentQuestion(state);
  if (question === undefined || state.overlay !== null || state.screen.name !== "step") return state;
  const choices = choicesOf(state, question);
  if (choices.length === 0) return openEditor(state, question.id);
  if (state.screen.pane === "list") return { ...state, screen: { ...state.screen, pane: "question" } };
  const at = choices[state.screen.choice];
  if (at === undefined) return state;
  if (at.disabled !== undefined) return note(state, "note", `${at.label}: ${at.disabled}`);
  if (question.kind !== "multiselect") return answer(state, question.id, choiceValue(question, at.value));
  const { value } = questionState(state, question);
  const chosen = new Set(Array.isArray(value) ? (value as string[]) : []);
  if (!chosen.delete(at.value)) chosen.add(at.value);
  const offered = choices.map((choice) => choice.value).filter((option) => chosen.has(option));
  const others = [...chosen].filter((option) => !offered.includes(option));
  return answer(state, question.id, [...offered, ...others]);
};

export const openEditor = (state: WizardState, id: string, typed?: string): WizardState => {
  const question = findQuestion(state.setting.steps, id);
  if (question === undefined || !mayLeave(state)) return state;
  const lines = isListed(question) || question.multiline === true ? "many" : "one";
  const { value, problem } = questionState(state, question);
  const draft = draftOf(typed === undefined ? editableText(question, value) : "", lines);
  return {
    ...state,
    overlay: {
      name: "edit",
      question: id,
      draft: typed === undefined ? draft : insert(draft, typed),
      problem: state.drafts.has(id) ? problem : "",
    },
  };
};

/** Several values, one per line; also where a choice of several has nothing to choose from. */
const isListed = (question: AnyQuestion | undefined): boolean =>
  question?.kind === "list" || question?.kind === "multiselect";

export const paste = (state: WizardState, text: string): WizardState => {
  if (state.overlay !== null) return onDraft(state, (draft) => insert(draft, text));
  const question = currentQuestion(state);
  const isTyped = question?.kind === "list" || question?.kind === "text" || question?.kind === "secret";
  if (question === undefined || !isTyped || state.screen.name !== "step") return state;
  if (question.kind !== "list") return openEditor(state, question.id, text);
  // Pasted entries join those that are there.
  const there = editableText(question, questionState(state, question).value);
  return openEditor(state, question.id, `${there}${text.replace(/\s*$/u, "\n")}`);
};

/** Enter on an item of a step: what is shown is what is wanted. */
export const accept = (state: WizardState): WizardState => {
  const item = currentItem(state);
  if (item === undefined || state.screen.name !== "step") return state;
  // In the list Enter opens: nothing is accepted that has not been looked at.
  if (state.screen.pane === "list") return { ...state, screen: { ...state.screen, pane: "question" } };
  const barred = barredChoice(state);
  if (barred !== undefined) return note(state, "note", `${barred.label}: ${barred.disabled}`);
  if (item.kind === "question") {
    const question = findQuestion(state.setting.steps, item.id);
    if (question === undefined) return state;
    const { problem } = questionState(state, question);
    if (problem !== "") {
      return choicesOf(state, question).length > 0
        ? note(state, "fail", oneLine(problem))
        : withProblem(openEditor(state, question.id), oneLine(problem));
    }
  }
  return goOn(decide(state, [item.id]), item);
};

/** The choice at the cursor when it cannot be chosen: Enter must not seem to take it. */
const barredChoice = (state: WizardState) => {
  const question = currentQuestion(state);
  if (question === undefined || question.kind === "multiselect" || state.screen.name !== "step") return undefined;
  const at = choicesOf(state, question)[state.screen.choice];
  return at?.disabled === undefined ? undefined : at;
};

const withProblem = (state: WizardState, problem: string): WizardState =>
  state.overlay?.name === "edit" ? { ...state, overlay: { ...state.overlay, problem } } : state;

export const decide = (state: WizardState, ids: readonly string[]): WizardState => ({
  ...state,
  decided: new Set([...state.decided, ...ids]),
});

export const acceptAll = (state: WizardState): WizardState => {
  const { screen } = state;
  const step = screen.name === "step" ? stepOf(state, screen.step) : undefined;
  if (step === undefined || state.overlay !== null) return state;
  const items = itemsOf(state, step);
  const unfit = items.find(({ id }) => state.assessment.problems.has(id) || state.drafts.has(id));
  const decided = decide(
    state,
    items.filter(({ id }) => id !== unfit?.id).map(({ id }) => id),
  );
  if (unfit !== undefined) {
    const problem = questionProblem(state, unfit.id);
    return note(goToItem(decided, unfit), "warn", problem === "" ? "This needs an answer." : oneLine(problem));
  }
  const last = items.at(-1);
  return last === undefined ? state : goOn(decided, last);
};

const questionProblem = (state: WizardState, id: string): string => {
  const question = findQuestion(state.setting.steps, id);
  return question === undefined ? "" : questionState(state, question).problem;
};
