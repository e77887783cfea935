import type { Action, Report } from "../core/wizard/actions.ts";
import { needsClock } from "../core/wizard/applying.ts";
import type { Effect } from "../core/wizard/effects.ts";
import { saveProgress } from "../core/wizard/progress.ts";
import type { WizardState } from "../core/wizard/state.ts";
import { reduce } from "../core/wizard.ts";
import type { Answers, AnswersFile, Plan } from "../model/plan.ts";
import type { Session } from "../model/session.ts";

/** What the wizard cannot do itself. Each returns the names of what it wrote; a rejection is shown as one line. */
export type WizardCallbacks = {
  readonly savePlan: (plan: Plan, path: string) => Promise<string>;
  readonly saveAnswers: (file: AnswersFile, path: string) => Promise<string>;
  /** `plan` null: only templates that the answers call for. */
  readonly writeFiles: (request: {
    readonly plan: Plan | null;
    readonly answers: Answers;
    readonly directory: string;
  }) => Promise<readonly string[]>;
  /** Called whenever the operator got further, with JSON text for `restoreProgress`; undefined: forget what was kept. */
  readonly keepProgress?: (text: string | undefined) => void;
};

export type WizardRunner = {
  readonly state: () => WizardState;
  readonly dispatch: (action: Action) => void;
  readonly subscribe: (listener: () => void) => () => void;
  /** Settles when the wizard has ended, with its exit code. */
  readonly ended: Promise<number>;
};

export type RunnerParts = {
  readonly initial: WizardState;
  /** null: there is no machine. */
  readonly session: Session | null;
  readonly callbacks: WizardCallbacks;
  /** Milliseconds of a clock that only goes forward. */
  readonly now: () => number;
  /** Opens an editor on a text; undefined when it was left without saving. Absent where there is none. */
  readonly openEditor?: (text: string) => Promise<string | undefined>;
};

/** Milliseconds between ticks while time shows on the screen. */
const tickEvery = 1000;

/** Holds the wizard's state, does its effects, and brings their reports back. Both renderers stand on it. */
export const runEffects = ({ initial, session, callbacks, now, openEditor }: RunnerParts): WizardRunner => {
  let state = initial;
  let clock: ReturnType<typeof setInterval> | undefined;
  const listeners = new Set<() => void>();
  const { promise: ended, resolve: end } = Promise.withResolvers<number>();

  const dispatch = (action: Action): void => {
    const before = state;
    // What the operator does happens now; reports carry their own time.
    state = reduce("at" in action ? state : { ...state, now: now() }, action);
    if (state === before) return;
    keepProgress(before, state, callbacks);
    for (const listener of listeners) listener();
    if (needsClock(state)) clock ??= setInterval(() => dispatch({ type: "tick", at: now() }), tickEvery);
    else {
      clearInterval(clock);
      clock = undefined;
    }
    for (const effect of state.effects) {
      if (effect.kind === "quit") end(effect.exitCode);
      else void perform(effect);
    }
  };

  const perform = async (effect: Exclude<Effect, { kind: "quit" }>): Promise<void> => {
    try {
      dispatch(await answerTo(effect));
    } catch (error) {
      const report = failureOf(effect, lineOf(error), now());
      if (report !== undefined) dispatch(report);
    }
  };

  const answerTo = async (effect: Exclude<Effect, { kind: "quit" }>): Promise<Report> => {
    switch (effect.kind) {
      case "savePlan":
        return { type: "written", what: "plan", names: [await callbacks.savePlan(effect.plan, effect.path)] };
      case "saveAnswers":
        return {
          type: "written",
          what: "answers",
          names: [await callbacks.saveAnswers(effect.file, effect.path)],
        };
      case "writeFiles":
        return { type: "written", what: "files", names: await callbacks.writeFiles(effect) };
      case "openEditor":
        return { type: "editorClosed", text: await openEditor?.(effect.text) };
      default:
        return onMachine(effect);
    }
  };

  type MachineEffect = Exclude<Effect, { kind: "quit" | "savePlan" | "saveAnswers" | "writeFiles" | "openEditor" }>;
  const onMachine = async (effect: MachineEffect): Promise<Report> => {
    if (session === null) throw new Error("there is no machine");
    switch (effect.kind) {
      case "inspect": {
        const inspection = await session.inspect((doing) => dispatch({ type: "progress", doing, at: now() }));
        return { type: "inspected", inspection, purpose: effect.purpose, at: now() };
      }
      case "giveSudoPassword":
        return { type: "sudoAnswered", problem: await session.giveSudoPassword(effect.password), at: now() };
      case "apply": {
        const { plan, confirmWithin } = effect;
        const options = { secrets: state.secrets, confirmWithin };
        const outcome = await session.apply(plan, options, (event) =>
          dispatch({ type: "applyEvent", event, at: now() }),
        );
        const confirmCommand = session.confirmCommand(outcome.transactionId, plan);
        return { type: "applied", outcome, confirmCommand, at: now() };
      }
      case "confirm": {
        const outcome = await session.confirm(effect.transactionId, effect.plan);
        return { type: "confirmAnswered", outcome, at: now() };
      }
      case "undo": {
        const outcome = await session.undo(effect.transactionId, (event) =>
          dispatch({ type: "applyEvent", event, at: now() }),
        );
        return { type: "undone", outcome, at: now() };
      }
      case "status":
        return { type: "statusKnown", statuses: await session.status(), at: now() };
    }
  };

  return {
    state: () => state,
    dispatch,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    ended,
  };
};

/** Every failure becomes a report, so that no screen waits for ever. */
const failureOf = (effect: Effect, reason: string, at: number): Report | undefined => {
  switch (effect.kind) {
    case "inspect":
      return { type: "inspectionFailed", reason, at };
    case "giveSudoPassword":
      return { type: "sudoAnswered", problem: reason, at };
    case "apply":
    case "undo":
      return { type: "applyFailed", reason, at };
    case "confirm": {
      const remedy = "log in yourself and confirm there, or undo now";
      return { type: "confirmAnswered", outcome: { confirmed: false, reason, remedy }, at };
    }
    case "status":
      // The machine may be unreachable while its firewall goes back: the next poll asks again.
      return undefined;
    default:
      return { type: "notWritten", reason };
  }
};

const lineOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const keepProgress = (before: WizardState, after: WizardState, { keepProgress: keep }: WizardCallbacks): void => {
  if (keep === undefined) return;
  const isKept = ({ run }: WizardState): boolean => run?.outcome?.state === "confirmed";
  if (isKept(after) && !isKept(before)) {
    keep(undefined);
    return;
  }
  const changed =
    before.answers !== after.answers ||
    before.excluded !== after.excluded ||
    before.decided !== after.decided ||
    before.place !== after.place;
  if (!changed) return;
  const text = saveProgress(after);
  if (text !== undefined) keep(text);
};
