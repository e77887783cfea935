/**
 * The wizard: one pure reducer that owns the whole flow. Renderers draw `WizardState`, offer what `available` (wizard/intents.ts) lists,
 * and hand back intents; the runner does the effects and hands back reports. Neither decides anything.
 */

import { exitCodes } from "../exit-codes.ts";
import { type Category, categories } from "../model/finding.ts";
import type { Answers } from "../model/plan.ts";
import type { AnyQuestion } from "../model/question.ts";
import type { ApplyOutcome, Inspection } from "../model/session.ts";
import { answerProblem } from "./answers.ts";
import { score } from "./score.ts";
import type { Action } from "./wizard/actions.ts";
import { assess, choicesOf, factsOf, findControl, findQuestion, questionState } from "./wizard/assess.ts";
import { blockers } from "./wizard/blockers.ts";
import { type Draft, draftOf, edit as editDraft, insert } from "./wizard/draft.ts";
import type { Effect } from "./wizard/effects.ts";
import { entryRows } from "./wizard/entry.ts";
import type { Progress } from "./wizard/progress.ts";
import { changeDetails, changeDiff, reviewRows } from "./wizard/review.ts";
import {
  categoriesOf,
  itemForControl,
  itemsOf,
  leavable,
  nextPlace,
  openItems,
  type Place,
  previousItem,
  progressOf,
  urgentItems,
} from "./wizard/route.ts";
import { beginRun, closeLines, followEvent } from "./wizard/run.ts";
import { searchHits } from "./wizard/search.ts";
import {
  fileKinds,
  type Item,
  type Overlay,
  type Run,
  type Screen,
  type Setting,
  type WizardState,
} from "./wizard/state.ts";
import { counted, editableText, oneLine, valueFromText } from "./wizard/words.ts";

export type WizardStart = {
  readonly setting: Setting;
  /** From an answers file or `--set`: not yet judged against the machine. */
  readonly answers?: Answers;
  readonly excluded?: Readonly<Record<string, string>>;
  readonly resumable?: Progress | undefined;
  /** Milliseconds of the runner's clock. */
  readonly now: number;
};

export const initialState = ({ setting, answers = {}, excluded = {}, resumable, now }: WizardStart): WizardState => {
  const base = {
    setting,
    mode: null,
    screen: { name: "entry", cursor: 0 } as const,
    overlay: null,
    machine: null,
    answers: fitting(setting, answers).answers,
    secrets: new Map<string, string>(),
    drafts: new Map<string, unknown>(),
    excluded,
    decided: new Set<string>(),
    route: "walk" as const,
    place: null,
    waiting: null,
    now,
    notice: null,
    run: null,
    written: [],
    savedPlan: "",
    resumable: resumable ?? null,
    effects: [],
    exitCode: null,
  };
  return { ...base, assessment: assess(setting, base) };
};

/** Pure: what the wizard is after an action. `effects` of the result are what that action asks of the world. */
export const reduce = (before: WizardState, action: Action): WizardState => {
  if (before.exitCode !== null) return before.effects.length === 0 ? before : { ...before, effects: [] };
  const state = { ...before, effects: [], notice: keepsNotice(action) ? before.notice : null };
  switch (action.type) {
    case "start":
      return start(state, action.mode);
    case "move":
      return move(state, action.by);
    case "enter":
      return enter(state);
    case "back":
      return back(state);
    case "pane":
      return onStep(state, (screen) => ({ ...screen, pane: action.pane }));
    case "toggle":
      return toggle(state);
    case "answer":
      return answer(state, action.question, action.value);
    case "propose":
      return propose(state, action.question);
    case "edit":
      return openEditor(state, action.question);
    case "acceptAll":
      return acceptAll(state);
    case "skip":
      return skip(state);
    case "leaveOut":
      return leaveOut(state);
    case "exclude":
      return exclude(state, action.controls, action.reason);
    case "include":
      return include(state, action.controls);
    case "previous":
      return previous(state);
    case "resumeWalk":
      return resumeWalk(state);
    case "goTo":
      return goToItem({ ...state, overlay: null }, action.item);
    case "openCategory":
      return openCategory(state, categories[action.index]);
    case "review":
      return mayLeave(state) && state.mode !== null ? toReview(state) : state;
    case "explain":
      return openExplain(state);
    case "search":
      return withOverlay(state, { name: "search", draft: draftOf(""), cursor: 0 });
    case "keys":
    case "command":
      return withOverlay(state, { name: action.type });
    case "expand":
      return expand(state);
    case "words":
      return onReview(state, (screen) => ({ ...screen, words: !screen.words }));
    case "save":
      return state.screen.name === "review" ? withOverlay(state, { name: "save", cursor: 0 }) : state;
    case "writeFiles":
      return state.screen.name === "review" ? askPath(state, "files") : state;
    case "log":
      return state.screen.name === "applying"
        ? { ...state, screen: { ...state.screen, log: !state.screen.log } }
        : state;
    case "type":
      return onDraft(state, (draft) => insert(draft, action.text));
    case "edited":
      return onDraft(state, (draft) => editDraft(draft, action.how));
    case "write":
      return onDraft(state, (draft) => insert({ ...draft, text: "", caret: 0 }, action.text));
    case "submit":
      return submit(state);
    case "openEditor":
      return state.overlay?.name === "edit"
        ? effect(state, { kind: "openEditor", text: state.overlay.draft.text })
        : state;
    case "paste":
      return paste(state, action.text);
    case "undo":
      return askUndo(state);
    case "inspectAgain":
      return mayInspect(state) ? inspect(state, "again") : state;
    case "quit":
      return quit(state);
    case "interrupt":
      return end(state, exitCodes.interrupted);
    case "tick":
      return tick(state, action.at);
    case "progress":
      return state.waiting === null
        ? state
        : { ...state, now: action.at, waiting: { ...state.waiting, doing: oneLine(action.doing) } };
    case "inspected":
      return inspected({ ...state, now: action.at }, action.inspection, action.purpose);
    case "inspectionFailed":
      return inspectionFailed({ ...state, now: action.at }, action.reason);
    case "sudoAnswered":
      return sudoAnswered({ ...state, now: action.at }, action.problem);
    case "applyEvent":
      return state.run === null
        ? state
        : { ...state, now: action.at, run: followEvent(state.run, action.event, action.at) };
    case "applied":
      return applied({ ...state, now: action.at }, action.outcome, action.confirmCommand);
    case "applyFailed":
      return applyFailed({ ...state, now: action.at }, action.reason);
    case "confirmAnswered":
      return confirmAnswered({ ...state, now: action.at }, action.outcome);
    case "undone":
      return finished({ ...state, now: action.at }, action.outcome);
    case "statusKnown":
      return statusKnown({ ...state, now: action.at }, action.statuses);
    case "written":
      return {
        ...state,
        savedPlan: action.what === "plan" ? (state.assessment.plan?.id ?? "") : state.savedPlan,
        written: [...state.written, ...action.names.map((name) => ({ what: action.what, name: oneLine(name) }))],
        notice: { tone: "pass", text: `Written: ${oneLine(action.names.join(", "))}` },
      };
    case "notWritten":
      return { ...state, notice: { tone: "fail", text: oneLine(action.reason) } };
    case "editorClosed":
      return action.text === undefined
        ? state
        : onDraft(state, (draft) => insert({ ...draft, text: "", caret: 0 }, action.text ?? ""));
  }
};

// --- state in general

const keepsNotice = ({ type }: Action): boolean => type === "tick" || type === "progress" || type === "applyEvent";

const effect = (state: WizardState, ...effects: readonly Effect[]): WizardState => ({
  ...state,
  effects: [...state.effects, ...effects],
});

const note = (state: WizardState, tone: "pass" | "warn" | "fail" | "note", text: string): WizardState => ({
  ...state,
  notice: { tone, text },
});

const withOverlay = (state: WizardState, overlay: Overlay): WizardState =>
  overlay.name === "command" || overlay.name === "keys" || mayLeave(state) ? { ...state, overlay } : state;

const reassess = (state: WizardState): WizardState => ({ ...state, assessment: assess(state.setting, state) });

const onStep = (state: WizardState, change: (screen: Extract<Screen, { name: "step" }>) => Screen): WizardState =>
  state.screen.name === "step" ? { ...state, screen: change(state.screen) } : state;

const onReview = (state: WizardState, change: (screen: Extract<Screen, { name: "review" }>) => Screen): WizardState =>
  state.screen.name === "review" ? { ...state, screen: change(state.screen) } : state;

const onDraft = (state: WizardState, change: (draft: Draft) => Draft): WizardState => {
  const { overlay } = state;
  if (overlay === null || !("draft" in overlay)) return state;
  if (overlay.name === "sudo" && overlay.checking) return state;
  if (overlay.name === "search") return { ...state, overlay: { ...overlay, draft: change(overlay.draft), cursor: 0 } };
  return { ...state, overlay: { ...overlay, draft: change(overlay.draft), problem: "" } };
};

/** Something is under way on the machine: no other screen may be opened, and what it works on stays as it is. */
const isBusy = ({ screen }: WizardState): boolean => screen.name === "applying";

const mayLeave = (state: WizardState): boolean =>
  !isBusy(state) && state.screen.name !== "entry" && state.screen.name !== "inspecting";

const mayInspect = (state: WizardState): boolean =>
  state.setting.target !== null &&
  state.mode !== "templates" &&
  state.screen.name !== "applying" &&
  state.waiting === null;

const clamp = (value: number, length: number): number => Math.max(0, Math.min(value, length - 1));

// --- entry and inspection

const start = (state: WizardState, mode: "setup" | "fix" | "templates" | "resume"): WizardState => {
  if (state.screen.name !== "entry") return state;
  if (!entryRows(state).some((row) => row.start === mode)) return state;
  const chosen = mode === "resume" ? takeUp(state) : { ...state, mode };
  const begun: WizardState = { ...chosen, route: chosen.mode === "fix" ? "urgent" : "walk" };
  if (begun.mode !== "templates") {
    return state.machine === null ? inspect(begun, "first") : arrive(reassess(begun));
  }
  return arrive(reassess({ ...begun, machine: null }));
};

const takeUp = (state: WizardState): WizardState => {
  const { resumable } = state;
  if (resumable === null) return state;
  const { answers } = fitting(state.setting, resumable.answers);
  return {
    ...state,
    mode: resumable.mode,
    answers: { ...answers, ...state.answers },
    excluded: { ...resumable.excluded, ...state.excluded },
    decided: new Set(resumable.decided),
    place: resumable.place,
  };
};

/** Answers that still fit a question; secrets and ids that nobody asks are not among them. */
const fitting = (
  setting: Setting,
  answers: Answers,
): { readonly answers: Answers; readonly dropped: readonly string[] } => {
  const fits = ([id, value]: [string, unknown]): boolean => {
    const question = findQuestion(setting.steps, id);
    return question !== undefined && question.kind !== "secret" && question.schema.safeParse(value).success;
  };
  const entries = Object.entries(answers);
  return {
    answers: Object.fromEntries(entries.filter(fits)),
    dropped: entries.filter((entry) => !fits(entry)).map(([id]) => id),
  };
};

const inspect = (state: WizardState, purpose: "first" | "again" | "after"): WizardState =>
  effect(
    {
      ...state,
      overlay: null,
      waiting: { doing: "connecting", since: state.now },
      ...(purpose !== "after" && { screen: { name: "inspecting" } as const }),
    },
    { kind: "inspect", purpose },
  );

const inspected = (state: WizardState, inspection: Inspection, purpose: "first" | "again" | "after"): WizardState => {
  if (purpose === "after") return verified(state, inspection);
  if (state.screen.name !== "inspecting") return state;
  const first = state.machine === null;
  const stranger =
    first &&
    state.resumable?.host != null &&
    state.place !== null &&
    state.resumable.host.machineId !== inspection.host.machineId;
  const recorded = first ? fitting(state.setting, inspection.recorded).answers : {};
  const known = reassess({
    ...state,
    machine: inspection,
    waiting: null,
    answers: { ...recorded, ...state.answers },
    ...(stranger && { decided: new Set<string>(), place: null }),
  });
  const arrived = first ? arrive(known) : { ...known, screen: { name: "hub", cursor: 0 } as const };
  const noted = stranger
    ? note(arrived, "warn", `The saved answers are of ${state.resumable?.host?.name}: look at each of them again.`)
    : arrived;
  return !inspection.rights.root && inspection.rights.passwordHelps
    ? { ...noted, overlay: { name: "sudo", draft: draftOf(""), problem: "", checking: false } }
    : noted;
};

const inspectionFailed = (state: WizardState, reason: string): WizardState => {
  const failed = note({ ...state, waiting: null }, "fail", oneLine(reason));
  if (state.run !== null && state.screen.name === "applying") return toResult(failed);
  return state.screen.name === "inspecting" && state.machine !== null
    ? { ...failed, screen: { name: "hub", cursor: 0 } }
    : failed;
};

const sudoAnswered = (state: WizardState, problem: string | undefined): WizardState => {
  if (state.overlay?.name !== "sudo") return state;
  if (problem === undefined) return inspect({ ...state, machine: null }, "first");
  return {
    ...state,
    waiting: null,
    overlay: { ...state.overlay, draft: draftOf(""), checking: false, problem: oneLine(problem) },
  };
};

/** The first screen after inspection: where the operator's way begins. */
const arrive = (state: WizardState): WizardState => {
  const { place, mode } = state;
  const step = state.setting.steps.find(({ id }) => id === place?.step);
  if (place !== null && step !== undefined) {
    const item = itemsOf(state, step).find(({ id }) => id === place.item);
    if (item !== undefined) return goToItem(state, item);
  }
  if (mode === "fix")
    return { ...state, screen: { name: "hub", cursor: urgentItems(state).length > 0 ? hubUrgent : 0 } };
  return goToPlace(state, nextPlace(state, null));
};

/** Rows that a page key moves. */
export const page = 10;

/** Rows of the hub before its urgent findings: the categories and the review. */
const hubUrgent = categories.length + 1;

/** How many urgent findings the hub lists. */
export const urgentShown = 5;

// --- moving about

const rowsOf = (state: WizardState): number => {
  const { screen } = state;
  switch (screen.name) {
    case "entry":
      return entryRows(state).length;
    case "hub":
      return hubUrgent + Math.min(urgentItems(state).length, urgentShown);
    case "category":
      return state.setting.steps.filter(({ category }) => category === screen.category).length;
    case "review":
      return reviewRows(state).length;
    default:
      return 0;
  }
};

const move = (state: WizardState, by: number): WizardState => {
  const { overlay, screen } = state;
  if (overlay !== null) return moveInOverlay(state, overlay, by);
  if (screen.name === "step") return moveInStep(state, screen, by);
  if (screen.name === "review") return moveInReview(state, screen, by);
  if (!("cursor" in screen)) return state;
  if (screen.name === "category") {
    return { ...state, screen: { ...screen, passing: false, cursor: clamp(screen.cursor + by, rowsOf(state)) } };
  }
  return { ...state, screen: { ...screen, cursor: clamp(screen.cursor + by, rowsOf(state)) } };
};

const moveInOverlay = (state: WizardState, overlay: Overlay, by: number): WizardState => {
  switch (overlay.name) {
    case "explain":
      return { ...state, overlay: { ...overlay, scroll: Math.max(overlay.scroll + by, 0) } };
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

const moveInReview = (state: WizardState, screen: Extract<Screen, { name: "review" }>, by: number): WizardState => {
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

const stepOf = (state: WizardState, id: string) => state.setting.steps.find((step) => step.id === id);

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

const moveInStep = (state: WizardState, screen: Extract<Screen, { name: "step" }>, by: number): WizardState => {
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

const choiceValue = (question: AnyQuestion, value: string): unknown =>
  question.kind === "confirm" ? value === "yes" : value;

/** Puts the cursor on an item, and on the choice that is in force. */
const standAt = (state: WizardState, item: Item, pane: "list" | "question"): WizardState => {
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

const goToItem = (state: WizardState, item: Item): WizardState =>
  mayLeave(state) || state.screen.name === "inspecting" || state.screen.name === "entry"
    ? standAt(state, item, "question")
    : state;

const goToPlace = (state: WizardState, place: Place): WizardState => {
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

const openCategory = (state: WizardState, category: Category | undefined): WizardState => {
  if (category === undefined || state.mode === null || isBusy(state)) return state;
  const steps = state.setting.steps.filter((step) => step.category === category);
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

const toReview = (state: WizardState): WizardState => ({
  ...state,
  overlay: null,
  screen: { name: "review", cursor: 0, expanded: [], scroll: 0, words: true },
});

const resumeWalk = (state: WizardState): WizardState => {
  if (!mayLeave(state)) return state;
  const step = state.place === null ? undefined : stepOf(state, state.place.step);
  const item = step === undefined ? undefined : itemsOf(state, step).find(({ id }) => id === state.place?.item);
  return item === undefined ? goToPlace(state, nextPlace(state, null)) : goToItem(state, item);
};

const previous = (state: WizardState): WizardState => {
  const item = currentItem(state);
  const earlier = item === undefined ? undefined : previousItem(state, item);
  return earlier === undefined ? state : goToItem(state, earlier);
};

const back = (state: WizardState): WizardState => {
  const { overlay, screen } = state;
  if (overlay !== null) return closeOverlay(state, overlay);
  switch (screen.name) {
    case "entry":
      return state;
    case "inspecting":
      return { ...state, waiting: null, screen: { name: "entry", cursor: 0 } };
    case "hub":
      return { ...state, screen: { name: "entry", cursor: 0 } };
    case "category":
      return toHub(state, categories.indexOf(screen.category));
    case "step":
      return toHub(state, categories.indexOf(stepOf(state, screen.step)?.category ?? "runtime"));
    case "review":
      return toHub(state, categories.length);
    case "applying":
      return note(state, "note", "This cannot be left half-way. Ctrl-C leaves it; an armed revert then decides.");
    case "result":
      return { ...toHub(state, 0), run: null };
  }
};

const toHub = (state: WizardState, cursor: number): WizardState => ({
  ...state,
  overlay: null,
  screen: { name: "hub", cursor: Math.max(cursor, 0) },
});

const closeOverlay = (state: WizardState, overlay: Overlay): WizardState => {
  const closed = { ...state, overlay: null };
  if (overlay.name !== "edit") return closed;
  // What was typed and not taken yet comes back when the editor is opened again.
  const question = findQuestion(state.setting.steps, overlay.question);
  if (question === undefined || question.kind === "secret") return closed;
  const typed = valueFromText(question, overlay.draft.text);
  const same = JSON.stringify(typed) === JSON.stringify(questionState(closed, question).value);
  if (same || answerProblem(question, typed, factsOf(state), state.assessment.reader) === undefined) return closed;
  return { ...closed, drafts: new Map(state.drafts).set(question.id, typed) };
};

// --- enter

const enter = (state: WizardState): WizardState => {
  const { overlay, screen } = state;
  if (overlay !== null) return enterOverlay(state, overlay);
  switch (screen.name) {
    case "entry": {
      const row = entryRows(state)[screen.cursor];
      return row === undefined ? state : start(state, row.start);
    }
    case "inspecting":
      return state.waiting === null ? inspect(state, "first") : state;
    case "hub":
      return enterHub(state, screen.cursor);
    case "category":
      return screen.passing
        ? goToPlace(state, nextPlace(state, screen.category))
        : enterCategory(state, screen.category, screen.cursor);
    case "step":
      return accept(state);
    case "review":
      return askHost(state);
    case "applying":
      return state.run?.phase === "pending" ? confirm(state) : state;
    case "result":
      return quit(state);
  }
};

const enterHub = (state: WizardState, cursor: number): WizardState => {
  if (cursor < categories.length) return openCategory(state, categories[cursor]);
  if (cursor === categories.length) return toReview(state);
  const urgent = urgentItems(state)[cursor - hubUrgent];
  return urgent === undefined ? state : goToItem({ ...state, route: "urgent" }, urgent.item);
};

const enterCategory = (before: WizardState, category: Category, cursor: number): WizardState => {
  const state: WizardState = { ...before, route: "walk" };
  const step = state.setting.steps.filter((candidate) => candidate.category === category)[cursor];
  if (step === undefined) return state;
  if (state.place?.step === step.id && openItems(state, step).some(({ id }) => id === state.place?.item)) {
    return resumeWalk(state);
  }
  const item = openItems(state, step)[0] ?? itemsOf(state, step)[0];
  return item === undefined ? goToPlace(state, nextPlace(state, category)) : goToItem(state, item);
};

const enterOverlay = (state: WizardState, overlay: Overlay): WizardState => {
  switch (overlay.name) {
    case "edit":
      if (overlay.draft.lines === "many" && !endsList(state, overlay))
        return onDraft(state, (draft) => editDraft(draft, "newline"));
      return submit(state);
    case "search": {
      const hit = searchHits(state, overlay.draft.text)[overlay.cursor];
      return hit === undefined ? state : goToItem({ ...state, overlay: null }, hit.item);
    }
    case "save":
      return askPath(state, fileKinds[overlay.cursor] ?? "plan");
    case "undo":
      return state;
    case "keys":
    case "command":
    case "explain":
      return { ...state, overlay: null };
    default:
      return submit(state);
  }
};

/** In a list, Enter on an empty last line means "that is all". */
const endsList = (state: WizardState, { question, draft }: Extract<Overlay, { name: "edit" }>): boolean =>
  isListed(findQuestion(state.setting.steps, question)) &&
  draft.caret === draft.text.length &&
  (draft.text === "" || draft.text.endsWith("\n"));

const submit = (state: WizardState): WizardState => {
  const { overlay } = state;
  switch (overlay?.name) {
    case "edit": {
      const question = findQuestion(state.setting.steps, overlay.question);
      if (question === undefined) return { ...state, overlay: null };
      const value = valueFromText(question, overlay.draft.text);
      const problem = answerProblem(question, value, factsOf(state), state.assessment.reader);
      if (problem !== undefined) return { ...state, overlay: { ...overlay, problem: oneLine(problem) } };
      return answer({ ...state, overlay: null }, question.id, value);
    }
    case "reason": {
      const reason = oneLine(overlay.draft.text);
      return reason === ""
        ? { ...state, overlay: { ...overlay, problem: "a reason is kept with the answers: a few words will do" } }
        : exclude({ ...state, overlay: null }, overlay.controls, reason);
    }
    case "sudo":
      return overlay.draft.text === "" || overlay.checking
        ? state
        : effect(
            {
              ...state,
              overlay: { ...overlay, draft: draftOf(""), problem: "", checking: true },
              waiting: { doing: "asking sudo", since: state.now },
            },
            { kind: "giveSudoPassword", password: overlay.draft.text },
          );
    case "host":
      return apply(state, overlay);
    case "path":
      return write(state, overlay);
    default:
      return state;
  }
};

// --- answering

const answer = (state: WizardState, id: string, value: unknown): WizardState => {
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

const propose = (state: WizardState, id: string): WizardState => {
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

const toggle = (state: WizardState): WizardState => {
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

const openEditor = (state: WizardState, id: string, typed?: string): WizardState => {
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

const paste = (state: WizardState, text: string): WizardState => {
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
const accept = (state: WizardState): WizardState => {
  const item = currentItem(state);
  if (item === undefined || state.screen.name !== "step") return state;
  // In the list Enter opens: nothing is accepted that has not been looked at.
  if (state.screen.pane === "list") return { ...state, screen: { ...state.screen, pane: "question" } };
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

const withProblem = (state: WizardState, problem: string): WizardState =>
  state.overlay?.name === "edit" ? { ...state, overlay: { ...state.overlay, problem } } : state;

const decide = (state: WizardState, ids: readonly string[]): WizardState => ({
  ...state,
  decided: new Set([...state.decided, ...ids]),
});

const goOn = (state: WizardState, from: Item): WizardState => goToPlace(state, nextPlace(state, from));

const acceptAll = (state: WizardState): WizardState => {
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

// --- leaving out

/** The controls that "leave out" is about at the cursor: those that fail, or would be changed. */
const controlsAtCursor = (state: WizardState): { readonly controls: readonly string[]; readonly title: string } => {
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

const areOut = (state: WizardState, controls: readonly string[]): boolean =>
  controls.length > 0 && controls.every((id) => id in state.excluded);

const leaveOut = (state: WizardState): WizardState => {
  const { controls, title } = controlsAtCursor(state);
  if (controls.length === 0) return note(state, "note", "There is nothing here to leave out.");
  if (areOut(state, controls)) return include(state, controls);
  return withOverlay(state, { name: "reason", controls, title, draft: draftOf(""), problem: "" });
};

const skip = (state: WizardState): WizardState => {
  if (state.screen.name !== "step" || state.overlay !== null) return state;
  const item = currentItem(state);
  const { controls } = controlsAtCursor(state);
  if (item === undefined) return state;
  if (areOut(state, controls)) return include(state, controls);
  const left = controls.length === 0 ? state : exclude(state, controls, "skipped for now");
  return goOn(decide({ ...left, screen: state.screen }, [item.id]), item);
};

const exclude = (state: WizardState, controls: readonly string[], reason: string): WizardState => {
  const known = controls.filter((id) => findControl(state.setting.steps, id) !== undefined);
  const words = oneLine(reason);
  if (known.length === 0 || words === "" || isBusy(state)) return state;
  const left = reassess({
    ...state,
    excluded: { ...state.excluded, ...Object.fromEntries(known.map((id) => [id, words])) },
  });
  const kept = keepReviewCursor(left);
  return note(kept, "note", `Left out: ${counted(known.length, "control")} (${words}).`);
};

const include = (state: WizardState, controls: readonly string[]): WizardState => {
  if (isBusy(state)) return state;
  const back = new Set(controls);
  const excluded = Object.fromEntries(Object.entries(state.excluded).filter(([id]) => !back.has(id)));
  return note(
    keepReviewCursor(reassess({ ...state, excluded })),
    "note",
    `Back in: ${counted(controls.length, "control")}.`,
  );
};

const keepReviewCursor = (state: WizardState): WizardState =>
  onReview(state, (screen) => ({ ...screen, cursor: clamp(screen.cursor, reviewRows(state).length) }));

// --- explain

const openExplain = (state: WizardState): WizardState => {
  if (state.overlay?.name === "explain") return { ...state, overlay: null };
  const item = itemAtCursor(state);
  return item === undefined
    ? note(state, "note", "Choose a finding, a question or a change: then e explains it.")
    : withOverlay(state, { name: "explain", item, scroll: 0 });
};

/** What `e` explains on each screen. */
export const itemAtCursor = (state: WizardState): Item | undefined => {
  const { screen } = state;
  switch (screen.name) {
    case "hub":
      return urgentItems(state)[Math.max(screen.cursor - hubUrgent, 0)]?.item;
    case "category": {
      const step = state.setting.steps.filter(({ category }) => category === screen.category)[screen.cursor];
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

// --- review and files

const expand = (state: WizardState): WizardState =>
  onReview(state, (screen) => {
    const key = reviewRows(state)[screen.cursor]?.key;
    if (key === undefined) return screen;
    const open = screen.expanded.includes(key);
    return {
      ...screen,
      scroll: 0,
      expanded: open ? screen.expanded.filter((k) => k !== key) : [...screen.expanded, key],
    };
  });

const hostWord = ({ machine }: WizardState): string =>
  (machine?.host.name ?? "templates").replace(/[^A-Za-z0-9.-]+/gu, "-").replace(/^[.-]+/u, "") || "host";

/** The name proposed for a file. */
export const proposedPath = (state: WizardState, what: "plan" | "answers" | "files"): string =>
  what === "files" ? `./drawbridge-${hostWord(state)}` : `./${hostWord(state)}.${what}.json`;

const askPath = (state: WizardState, what: "plan" | "answers" | "files"): WizardState => {
  if (what === "plan" && state.assessment.plan === null)
    return note({ ...state, overlay: null }, "fail", "There is no plan to save.");
  return { ...state, overlay: { name: "path", what, draft: draftOf(proposedPath(state, what)), problem: "" } };
};

const write = (state: WizardState, overlay: Extract<Overlay, { name: "path" }>): WizardState => {
  const path = overlay.draft.text.trim();
  if (path === "") return { ...state, overlay: { ...overlay, problem: "a name is needed" } };
  const { plan } = state.assessment;
  const answers = answersInForce(state);
  const closed = { ...state, overlay: null };
  switch (overlay.what) {
    case "plan":
      return plan === null ? closed : effect(closed, { kind: "savePlan", plan, path });
    case "answers":
      return effect(closed, {
        kind: "saveAnswers",
        path,
        file: { schemaVersion: 1, answers, excluded: { ...state.excluded } },
      });
    case "files":
      return effect(closed, { kind: "writeFiles", plan, answers, directory: path });
  }
};

/** Every answer that may be written down, given or proposed; secrets and what is not valid are not among them. */
export const answersInForce = (state: WizardState): Answers => {
  const settled = [...state.assessment.questions.values()].flat().flatMap((question) => {
    if (question.kind === "secret" || state.assessment.problems.has(question.id)) return [];
    return [[question.id, questionState({ ...state, drafts: new Map() }, question).value] as const];
  });
  return Object.fromEntries(settled);
};

// --- applying

const askHost = (state: WizardState): WizardState => {
  if (state.mode === "templates") return askPath(state, "files");
  const [first] = blockers(state);
  return first === undefined
    ? withOverlay(state, { name: "host", draft: draftOf(""), problem: "" })
    : note(state, "warn", `${first.reason} ${first.remedy}`);
};

const apply = (state: WizardState, overlay: Extract<Overlay, { name: "host" }>): WizardState => {
  const { plan } = state.assessment;
  const typed = overlay.draft.text.trim();
  if (plan === null || blockers(state).length > 0) return askHost({ ...state, overlay: null });
  if (typed !== plan.host.name) {
    return {
      ...state,
      overlay: { ...overlay, problem: `that is not the name of this host: ${oneLine(plan.host.name)}` },
    };
  }
  return effect(
    {
      ...state,
      overlay: null,
      screen: { name: "applying", log: false },
      run: beginRun(plan, state.assessment.scoreNow, state.now),
    },
    { kind: "apply", plan, confirmWithin: state.setting.confirmWithin },
  );
};

const applied = (state: WizardState, outcome: ApplyOutcome, confirmCommand: string): WizardState => {
  if (state.run === null) return state;
  const run = closeLines({ ...state.run, outcome, confirmCommand, transactionId: outcome.transactionId }, state.now);
  if (outcome.state !== "pending") return finished({ ...state, run }, outcome);
  return {
    ...state,
    run: {
      ...run,
      phase: "pending",
      polledAt: state.now,
      revertsAt: run.revertsAt ?? state.now + state.setting.confirmWithin * 1000,
    },
  };
};

const applyFailed = (state: WizardState, reason: string): WizardState => {
  if (state.run === null) return state;
  const outcome: ApplyOutcome = {
    transactionId: state.run.transactionId,
    state: "failed",
    reason: oneLine(reason),
    verified: [],
  };
  return toResult({ ...state, waiting: null, run: { ...closeLines(state.run, state.now), phase: "done", outcome } });
};

const confirm = (state: WizardState): WizardState => {
  const { run } = state;
  if (run === null || run.phase !== "pending") return state;
  return effect(
    {
      ...state,
      run: { ...run, phase: "confirming" },
      waiting: { doing: "logging in afresh", since: state.now },
    },
    { kind: "confirm", transactionId: run.transactionId, plan: run.plan },
  );
};

const confirmAnswered = (
  state: WizardState,
  outcome:
    | { readonly confirmed: true; readonly how: string }
    | { readonly confirmed: false; readonly reason: string; readonly remedy: string },
): WizardState => {
  const { run } = state;
  if (run === null || run.outcome === null || (run.phase !== "confirming" && run.phase !== "pending")) return state;
  if (!outcome.confirmed) {
    const unconfirmed = { reason: oneLine(outcome.reason), remedy: oneLine(outcome.remedy) };
    return { ...state, waiting: null, run: { ...run, phase: "pending", unconfirmed } };
  }
  const kept: ApplyOutcome = { ...run.outcome, state: "confirmed" };
  return finished({ ...state, run: { ...run, unconfirmed: null, proof: oneLine(outcome.how) } }, kept);
};

/** The transaction has ended, one way or the other: what is true now is what a new inspection says. */
const finished = (state: WizardState, outcome: ApplyOutcome): WizardState => {
  if (state.run === null) return state;
  const kept = state.run.kept || outcome.state === "confirmed";
  const run = { ...closeLines(state.run, state.now), outcome, kept, revertsAt: null };
  if (outcome.state === "refused") return toResult({ ...state, waiting: null, run: { ...run, phase: "done" } });
  return inspect({ ...state, screen: { name: "applying", log: false }, run: { ...run, phase: "inspecting" } }, "after");
};

const verified = (state: WizardState, inspection: Inspection): WizardState => {
  if (state.run === null) return state;
  const known = reassess({ ...state, machine: inspection, waiting: null });
  const findingsAfter = known.assessment.findings;
  return toResult({
    ...known,
    run: { ...state.run, phase: "done", findingsAfter, scoreAfter: score(findingsAfter) },
  });
};

const toResult = (state: WizardState): WizardState => ({
  ...state,
  waiting: null,
  overlay: null,
  screen: { name: "result" },
  run: state.run === null ? null : { ...state.run, phase: "done" },
});

const statusKnown = (
  state: WizardState,
  statuses: readonly { readonly id: string; readonly state: string }[],
): WizardState => {
  const { run } = state;
  if (run === null || run.outcome === null || run.phase !== "reverting") return state;
  const found = statuses.find(({ id }) => id === run.transactionId)?.state;
  if (found === "confirmed") return finished({ ...state, waiting: null }, { ...run.outcome, state: "confirmed" });
  if (found === "reverted") {
    const reason = "nobody confirmed in time, so everything went back";
    return finished({ ...state, waiting: null }, { ...run.outcome, state: "reverted", reason });
  }
  if (found === "failed") {
    const reason = "the revert could not put everything back: see drawbridge status";
    return finished({ ...state, waiting: null }, { ...run.outcome, state: "failed", reason });
  }
  return state;
};

/** Milliseconds between two questions to the machine while somebody or something else decides. */
const pollEvery = 3000;

const tick = (state: WizardState, at: number): WizardState => {
  const { run } = state;
  const now = Math.max(at, state.now);
  const ticked = { ...state, now };
  if (run === null) return ticked;
  const polls = now - run.polledAt >= pollEvery;
  const polled = { ...ticked, run: { ...run, polledAt: now } };
  if (run.phase === "pending" && run.revertsAt !== null && now >= run.revertsAt) {
    return effect(
      { ...polled, run: { ...polled.run, phase: "reverting" }, waiting: { doing: "everything goes back", since: now } },
      { kind: "status", transactionId: run.transactionId },
    );
  }
  if (run.phase === "reverting" && polls) return effect(polled, { kind: "status", transactionId: run.transactionId });
  // On this machine the confirmation happens in another login: keep looking for it.
  if (run.phase === "pending" && state.setting.target?.kind === "local" && polls) {
    return effect(polled, { kind: "confirm", transactionId: run.transactionId, plan: run.plan });
  }
  return ticked;
};

/** Whether time shows on the screen: then the runner sends ticks. */
export const needsClock = ({ waiting, run, exitCode }: WizardState): boolean =>
  exitCode === null && (waiting !== null || (run !== null && run.phase !== "done"));

const askUndo = (state: WizardState): WizardState => {
  const { run, screen, overlay } = state;
  if (run === null || run.transactionId === "") return state;
  const undo = (): WizardState =>
    effect(
      {
        ...state,
        overlay: null,
        screen: { name: "applying", log: false },
        waiting: { doing: "putting everything back", since: state.now },
        run: { ...run, phase: "undoing", lines: [], begun: state.now },
      },
      { kind: "undo", transactionId: run.transactionId },
    );
  if (screen.name === "applying" && run.phase === "pending") return undo();
  if (screen.name !== "result" || run.outcome?.state !== "confirmed") return state;
  return overlay?.name === "undo" ? undo() : withOverlay(state, { name: "undo" });
};

// --- the end

const quit = (state: WizardState): WizardState => {
  if (state.screen.name === "applying") {
    return note(state, "note", "This cannot be left half-way. Ctrl-C leaves it; an armed revert then decides.");
  }
  return end(state, exitCodeOf(state.run));
};

const exitCodeOf = (run: Run | null): number => {
  switch (run?.outcome?.state) {
    case "refused":
      return exitCodes.refused;
    case "reverted":
      // What was kept and then undone on request has not failed.
      return run.kept ? exitCodes.fine : exitCodes.reverted;
    case "failed":
      return exitCodes.notReverted;
    default:
      return exitCodes.fine;
  }
};

const end = (state: WizardState, exitCode: number): WizardState =>
  effect({ ...state, exitCode }, { kind: "quit", exitCode });

/** Categories that have steps, for renderers. */
export const shownCategories = (state: WizardState): readonly Category[] => categoriesOf(state.setting.steps);
