/**
 * The wizard: one pure reducer that owns the whole flow. Renderers draw `WizardState`, offer what `available` (wizard/intents.ts) lists,
 * and hand back intents; the runner does the effects and hands back reports. Neither decides anything.
 */

import { exitCodes } from "../exit-codes.ts";
import { categories } from "../model/finding.ts";
import type { Answers } from "../model/plan.ts";
import { answerProblem } from "./answers.ts";
import type { Action } from "./wizard/actions.ts";
import {
  accept,
  acceptAll,
  answer,
  endsList,
  moveInStep,
  openEditor,
  paste,
  propose,
  toggle,
} from "./wizard/answering.ts";
import {
  applied,
  apply,
  applyFailed,
  askHost,
  askUndo,
  confirm,
  confirmAnswered,
  exitCodeOf,
  finished,
  statusKnown,
  tick,
  verified,
} from "./wizard/applying.ts";
import { assess, factsOf, findQuestion, questionState } from "./wizard/assess.ts";
import { clamp, itemAtCursor, rowsOf, stepOf } from "./wizard/cursor.ts";
import { draftOf, edit as editDraft, insert } from "./wizard/draft.ts";
import { entryRows } from "./wizard/entry.ts";
import { askPath, write } from "./wizard/files.ts";
import { fitting, inspect, inspected, inspectionFailed, start, sudoAnswered } from "./wizard/inspecting.ts";
import { exclude, include, leaveOut, skip } from "./wizard/leaving-out.ts";
import {
  enterCategory,
  enterHub,
  goToItem,
  goToPlace,
  moveInOverlay,
  moveInReview,
  openCategory,
  previous,
  resumeWalk,
  toHub,
  toReview,
} from "./wizard/moving.ts";
import type { Progress } from "./wizard/progress.ts";
import { reviewRows } from "./wizard/review.ts";
import { nextPlace } from "./wizard/route.ts";
import { followEvent } from "./wizard/run.ts";
import { searchHits } from "./wizard/search.ts";
import { fileKinds, type Overlay, type Setting, type WizardState } from "./wizard/state.ts";
import { effect, mayInspect, mayLeave, note, onDraft, onReview, onStep, withOverlay } from "./wizard/transition.ts";
import { writtenText } from "./wizard/views.ts";
import { oneLine, valueFromText } from "./wizard/words.ts";

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
    earlier: [],
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
      return action.purpose === "after"
        ? verified({ ...state, now: action.at }, action.inspection)
        : inspected({ ...state, now: action.at }, action.inspection);
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
        written: [...state.written, { what: action.what, name: writtenText(action.names) }],
        notice: { tone: "pass", text: `Written: ${writtenText(action.names)}` },
      };
    case "notWritten":
      return { ...state, notice: { tone: "fail", text: oneLine(action.reason) } };
    case "editorClosed":
      return action.text === undefined
        ? state
        : onDraft(state, (draft) => insert({ ...draft, text: "", caret: 0 }, action.text ?? ""));
  }
};

const keepsNotice = ({ type }: Action): boolean => type === "tick" || type === "progress" || type === "applyEvent";

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

export const back = (state: WizardState): WizardState => {
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
      return toHub(state, 0);
  }
};

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

const openExplain = (state: WizardState): WizardState => {
  if (state.overlay?.name === "explain") return { ...state, overlay: null };
  const item = itemAtCursor(state);
  return item === undefined
    ? note(state, "note", "Choose a finding, a question or a change: then e explains it.")
    : withOverlay(state, { name: "explain", item, scroll: 0 });
};

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

const quit = (state: WizardState): WizardState => {
  if (state.screen.name === "applying") {
    return note(state, "note", "This cannot be left half-way. Ctrl-C leaves it; an armed revert then decides.");
  }
  return end(state, exitCodeOf(state.run));
};

const end = (state: WizardState, exitCode: number): WizardState =>
  effect({ ...state, exitCode }, { kind: "quit", exitCode });
