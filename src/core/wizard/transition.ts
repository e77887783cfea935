/** The small moves that every transition of the wizard is made of. */

import { assess } from "./assess.ts";
import type { Draft } from "./draft.ts";
import type { Effect } from "./effects.ts";
import type { Overlay, Screen, WizardState } from "./state.ts";
import { oneLine } from "./words.ts";

export const effect = (state: WizardState, ...effects: readonly Effect[]): WizardState => ({
  ...state,
  effects: [...state.effects, ...effects],
});

export const note = (state: WizardState, tone: "pass" | "warn" | "fail" | "note", text: string): WizardState => ({
  ...state,
  notice: { tone, text: oneLine(text) },
});

export const withOverlay = (state: WizardState, overlay: Overlay): WizardState =>
  overlay.name === "command" || overlay.name === "keys" || mayLeave(state) ? { ...state, overlay } : state;

export const reassess = (state: WizardState): WizardState => ({ ...state, assessment: assess(state.setting, state) });

export const onStep = (
  state: WizardState,
  change: (screen: Extract<Screen, { name: "step" }>) => Screen,
): WizardState => (state.screen.name === "step" ? { ...state, screen: change(state.screen) } : state);

export const onReview = (
  state: WizardState,
  change: (screen: Extract<Screen, { name: "review" }>) => Screen,
): WizardState => (state.screen.name === "review" ? { ...state, screen: change(state.screen) } : state);

export const onDraft = (state: WizardState, change: (draft: Draft) => Draft): WizardState => {
  const { overlay } = state;
  if (overlay === null || !("draft" in overlay)) return state;
  if (overlay.name === "sudo" && overlay.checking) return state;
  if (overlay.name === "search") return { ...state, overlay: { ...overlay, draft: change(overlay.draft), cursor: 0 } };
  return { ...state, overlay: { ...overlay, draft: change(overlay.draft), problem: "" } };
};

/** Something is under way on the machine: no other screen may be opened, and what it works on stays as it is. */
export const isBusy = ({ screen }: WizardState): boolean => screen.name === "applying";

export const mayLeave = (state: WizardState): boolean =>
  !isBusy(state) && state.screen.name !== "entry" && state.screen.name !== "inspecting";

export const mayInspect = (state: WizardState): boolean =>
  state.setting.target !== null &&
  state.mode !== "templates" &&
  state.screen.name !== "applying" &&
  state.waiting === null;
