/** What can be written without touching the machine: the plan, the answers, the files. */

import type { Answers } from "../../model/plan.ts";
import { lasting, questionState } from "./assess.ts";
import { draftOf } from "./draft.ts";
import type { Overlay, WizardState } from "./state.ts";
import { effect, note } from "./transition.ts";

const hostWord = ({ machine }: WizardState): string =>
  (machine?.host.name ?? "templates").replace(/[^A-Za-z0-9.-]+/gu, "-").replace(/^[.-]+/u, "") || "host";

/** The name proposed for a file. */
export const proposedPath = (state: WizardState, what: "plan" | "answers" | "files"): string =>
  what === "files" ? `./drawbridge-${hostWord(state)}` : `./${hostWord(state)}.${what}.json`;

export const askPath = (state: WizardState, what: "plan" | "answers" | "files"): WizardState => {
  if (what === "plan" && state.assessment.plan === null)
    return note({ ...state, overlay: null }, "fail", "There is no plan to save.");
  return { ...state, overlay: { name: "path", what, draft: draftOf(proposedPath(state, what)), problem: "" } };
};

export const write = (state: WizardState, overlay: Extract<Overlay, { name: "path" }>): WizardState => {
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
        file: { schemaVersion: 1, answers, excluded: lasting(state.excluded) },
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
