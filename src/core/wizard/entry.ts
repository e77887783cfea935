import { findControl, findQuestion } from "./assess.ts";
import type { Mode, WizardState } from "./state.ts";

export type EntryRow = { readonly start: Mode | "resume"; readonly title: string; readonly about: string };

/** The entry menu: what makes sense with this target. */
export const entryRows = (state: WizardState): readonly EntryRow[] => {
  const { setting, resumable } = state;
  const rows: EntryRow[] = [];
  if (resumable !== null) {
    rows.push({ start: "resume", title: "Go on where you stopped", about: placeText(state) });
  }
  if (setting.target !== null) {
    rows.push(
      { start: "setup", title: "Set up this server", about: "everything once, in order, Enter by Enter" },
      { start: "fix", title: "Fix what inspection finds", about: "the most urgent first" },
    );
  }
  rows.push({ start: "templates", title: "Generate templates only", about: "needs no machine, changes none" });
  return rows;
};

const placeText = ({ resumable, setting }: WizardState): string => {
  if (resumable === null) return "";
  const { place, host } = resumable;
  const step = setting.steps.find(({ id }) => id === place?.step)?.title;
  const item =
    place === null
      ? undefined
      : (findQuestion(setting.steps, place.item)?.label ?? findControl(setting.steps, place.item)?.title);
  return [host?.name, step, item].filter((part) => part !== undefined).join(" › ");
};
