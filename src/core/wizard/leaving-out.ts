/** Leaving controls out with a reason, and taking them back in. */

import { decide } from "./answering.ts";
import { findControl } from "./assess.ts";
import { clamp, controlsAtCursor, currentItem } from "./cursor.ts";
import { draftOf } from "./draft.ts";
import { goOn } from "./moving.ts";
import { reviewRows } from "./review.ts";
import { skippedForNow, type WizardState } from "./state.ts";
import { isBusy, note, onReview, reassess, withOverlay } from "./transition.ts";
import { counted, oneLine } from "./words.ts";

const areOut = (state: WizardState, controls: readonly string[]): boolean =>
  controls.length > 0 && controls.every((id) => id in state.excluded);

export const leaveOut = (state: WizardState): WizardState => {
  const { controls, title } = controlsAtCursor(state);
  if (controls.length === 0) return note(state, "note", "There is nothing here to leave out.");
  if (areOut(state, controls)) return include(state, controls);
  return withOverlay(state, { name: "reason", controls, title, draft: draftOf(""), problem: "" });
};

export const skip = (state: WizardState): WizardState => {
  if (state.screen.name !== "step" || state.overlay !== null) return state;
  const item = currentItem(state);
  const { controls } = controlsAtCursor(state);
  if (item === undefined) return state;
  if (areOut(state, controls)) return include(state, controls);
  const left = controls.length === 0 ? state : exclude(state, controls, skippedForNow);
  return goOn(decide({ ...left, screen: state.screen }, [item.id]), item);
};

export const exclude = (state: WizardState, controls: readonly string[], reason: string): WizardState => {
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

export const include = (state: WizardState, controls: readonly string[]): WizardState => {
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
