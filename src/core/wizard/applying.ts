/** From the typed name of the host to the end of the transaction. */

import { exitCodes } from "../../exit-codes.ts";
import type { ApplyOutcome, Inspection } from "../../model/session.ts";
import type { TransactionStatus } from "../../model/transaction.ts";
import { score } from "../score.ts";
import { blockers } from "./blockers.ts";
import { draftOf } from "./draft.ts";
import { askPath } from "./files.ts";
import { inspect } from "./inspecting.ts";
import { toResult } from "./moving.ts";
import { beginRun, closeLines } from "./run.ts";
import type { Overlay, Run, WizardState } from "./state.ts";
import { effect, note, reassess, withOverlay } from "./transition.ts";
import { oneLine } from "./words.ts";

export const askHost = (state: WizardState): WizardState => {
  if (state.mode === "templates") return askPath(state, "files");
  const [first] = blockers(state);
  return first === undefined
    ? withOverlay(state, { name: "host", draft: draftOf(""), problem: "" })
    : note(state, "warn", `${first.reason} ${first.remedy}`);
};

export const apply = (state: WizardState, overlay: Extract<Overlay, { name: "host" }>): WizardState => {
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
      earlier: state.run?.outcome?.state === "confirmed" ? [...state.earlier, state.run] : state.earlier,
      run: beginRun(plan, state.assessment.scoreNow, state.now),
    },
    { kind: "apply", plan, confirmWithin: state.setting.confirmWithin },
  );
};

export const applied = (state: WizardState, outcome: ApplyOutcome, confirmCommand: string): WizardState => {
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

export const applyFailed = (state: WizardState, reason: string): WizardState => {
  if (state.run === null) return state;
  const outcome: ApplyOutcome = {
    transactionId: state.run.transactionId,
    state: "failed",
    reason: oneLine(reason),
    verified: [],
  };
  return toResult({ ...state, waiting: null, run: { ...closeLines(state.run, state.now), phase: "done", outcome } });
};

export const confirm = (state: WizardState): WizardState => {
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

export const confirmAnswered = (
  state: WizardState,
  outcome:
    | { readonly confirmed: true; readonly how: string }
    | { readonly confirmed: false; readonly reason: string; readonly remedy: string },
): WizardState => {
  const { run } = state;
  if (run === null || run.outcome === null || (run.phase !== "confirming" && run.phase !== "pending")) return state;
  if (!outcome.confirmed) {
    const reason = oneLine(outcome.reason);
    const known = run.unconfirmed;
    // Nobody asked for the answer to a poll: the first one, that nobody has confirmed yet, is no news.
    const isNews = run.phase === "confirming" || (known !== null && (known.isNews || known.reason !== reason));
    const unconfirmed = { reason, remedy: oneLine(outcome.remedy), isNews };
    return { ...state, waiting: null, run: { ...run, phase: "pending", unconfirmed } };
  }
  const kept: ApplyOutcome = { ...run.outcome, state: "confirmed" };
  return finished({ ...state, run: { ...run, unconfirmed: null, proof: oneLine(outcome.how) } }, kept);
};

/** The transaction has ended, one way or the other: what is true now is what a new inspection says. */
export const finished = (state: WizardState, outcome: ApplyOutcome): WizardState => {
  if (state.run === null) return state;
  const kept = state.run.kept || outcome.state === "confirmed";
  const run = { ...closeLines(state.run, state.now), outcome, kept, revertsAt: null };
  if (outcome.state === "refused") return toResult({ ...state, waiting: null, run: { ...run, phase: "done" } });
  return inspect({ ...state, screen: { name: "applying", log: false }, run: { ...run, phase: "inspecting" } }, "after");
};

export const verified = (state: WizardState, inspection: Inspection): WizardState => {
  if (state.run === null) return state;
  const known = reassess({ ...state, machine: inspection, waiting: null });
  const findingsAfter = known.assessment.findings;
  return toResult({
    ...known,
    run: { ...state.run, phase: "done", findingsAfter, scoreAfter: score(findingsAfter) },
  });
};

export const statusKnown = (
  state: WizardState,
  statuses: readonly Pick<TransactionStatus, "id" | "state" | "secondsLeft">[],
): WizardState => {
  const { run } = state;
  if (run === null || run.outcome === null || run.phase !== "reverting") return state;
  const status = statuses.find(({ id }) => id === run.transactionId);
  const found = status?.state;
  // The clock over there decides, and it may be behind ours.
  if (found === "pending" && status?.secondsLeft && status.secondsLeft > 0) {
    const revertsAt = state.now + status.secondsLeft * 1000;
    return { ...state, waiting: null, run: { ...run, phase: "pending", revertsAt } };
  }
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

export const tick = (state: WizardState, at: number): WizardState => {
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

export const askUndo = (state: WizardState): WizardState => {
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

export const exitCodeOf = (run: Run | null): number => {
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
