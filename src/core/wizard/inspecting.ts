/** From the entry menu to the first screen that knows the machine. */

import type { Answers } from "../../model/plan.ts";
import type { Inspection } from "../../model/session.ts";
import { findQuestion } from "./assess.ts";
import { hubUrgent } from "./cursor.ts";
import { draftOf } from "./draft.ts";
import { entryRows } from "./entry.ts";
import { goToItem, goToPlace, toResult } from "./moving.ts";
import { itemsOf, nextPlace, urgentItems } from "./route.ts";
import type { Setting, WizardState } from "./state.ts";
import { effect, note, reassess } from "./transition.ts";
import { oneLine } from "./words.ts";

export const start = (state: WizardState, mode: "setup" | "fix" | "templates" | "resume"): WizardState => {
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
export const fitting = (
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

export const inspect = (state: WizardState, purpose: "first" | "again" | "after"): WizardState =>
  effect(
    {
      ...state,
      overlay: null,
      waiting: { doing: "connecting", since: state.now },
      ...(purpose !== "after" && { screen: { name: "inspecting" } as const }),
    },
    { kind: "inspect", purpose },
  );

export const inspected = (state: WizardState, inspection: Inspection): WizardState => {
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
    ...(first && { excluded: { ...inspection.excluded, ...state.excluded } }),
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

export const inspectionFailed = (state: WizardState, reason: string): WizardState => {
  const failed = note({ ...state, waiting: null }, "fail", oneLine(reason));
  if (state.run !== null && state.screen.name === "applying") return toResult(failed);
  return state.screen.name === "inspecting" && state.machine !== null
    ? { ...failed, screen: { name: "hub", cursor: 0 } }
    : failed;
};

export const sudoAnswered = (state: WizardState, problem: string | undefined): WizardState => {
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
