import type { Plan } from "../../model/plan.ts";
import type { Secrets } from "../../model/session.ts";
import { findQuestion } from "./assess.ts";
import type { WizardState } from "./state.ts";

/** Why the plan cannot be applied as it stands, and what would make it possible. */
export type Blocker = { readonly reason: string; readonly remedy: string };

const secretsWanted = (plan: Plan): readonly string[] =>
  plan.changes.flatMap((change) =>
    change.kind === "user" && change.passwordFrom !== undefined ? [change.passwordFrom] : [],
  );

const missing = (plan: Plan, secrets: Secrets): readonly string[] =>
  secretsWanted(plan).filter((id) => !secrets.has(id));

/** Everything that stands between the plan and the machine; empty when it may be applied. */
export const blockers = (state: WizardState): readonly Blocker[] => {
  const { assessment, machine, setting, secrets } = state;
  const { plan } = assessment;
  if (setting.target === null || machine === null) {
    return [{ reason: "There is no machine to apply this to.", remedy: "Write the files and install them yourself." }];
  }
  if (plan === null) {
    return [{ reason: `There is no plan: ${assessment.conflict}`, remedy: "Change an answer or leave something out." }];
  }
  if (plan.changes.length === 0) {
    return [{ reason: "There is nothing to change.", remedy: "Choose something, or leave with q." }];
  }
  const found: Blocker[] = [];
  if (setting.target.kind === "root") {
    found.push({ reason: "This is an image, not a running machine.", remedy: "Write the files, or save the plan." });
  }
  if (!machine.rights.root) {
    found.push({ reason: `Changing this machine needs root rights: ${machine.rights.reason}`, remedy: "Run as root." });
  }
  for (const [id, problem] of assessment.problems) {
    const label = findQuestion(setting.steps, id)?.label ?? id;
    found.push({ reason: `${label}: ${problem}`, remedy: `Answer it in its step (search for ${id} with /).` });
  }
  for (const id of missing(plan, secrets)) {
    const label = findQuestion(setting.steps, id)?.label ?? id;
    found.push({ reason: `${label} has not been given.`, remedy: `Answer it in its step (search for ${id} with /).` });
  }
  return [...found, ...assessment.refusals.map(({ reason, remedy }) => ({ reason, remedy }))];
};
