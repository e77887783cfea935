import { ownFolder } from "../../../src/core/root-folder.ts";
import { type Change, change } from "../../../src/model/change.ts";
import { control } from "../../../src/model/control.ts";
import { fail, pass, unknownVerdict } from "../../../src/model/finding.ts";
import type { WhatRunsHere } from "../../../src/model/integration.ts";
import type { AnswerReader } from "../../../src/model/question.ts";
import { type Accepted, acceptedPath, type ChangeHistory, changeHistory } from "../../../src/probes/change-history.ts";
import { integrations } from "../../../src/probes/integrations.ts";
import { historyAccept } from "./questions.ts";
import { acceptable, type ConfigurationState, stateOf } from "./state.ts";

type Facts = { readonly here: WhatRunsHere; readonly history: ChangeHistory };

/** What is written down by the next plan: what nobody has recorded yet, and what the operator takes over. */
const taken = ({ here, history }: Facts, answers: AnswerReader): readonly ConfigurationState[] => {
  const accepted = answers.get(historyAccept);
  return stateOf(here, history).filter(
    (file) => file.state === "unrecorded" || (file.state === "changed" && accepted.includes(acceptable(file))),
  );
};

/** Half of what is wrong taken over would be taken back by the second look. */
const isWhole = (facts: Facts, answers: AnswerReader): boolean =>
  taken(facts, answers).length ===
  stateOf(facts.here, facts.history).filter(({ state }) => state !== "recorded").length;

export const historyRecorded = control({
  id: "history-recorded",
  guideline: ["CF-12"],
  title: "Every configuration file is as the last recorded change has left it",
  failing: "Configuration was changed, and nothing says by whom and why",
  severity: "medium",
  risk: "none",
  rationale:
    "When something breaks the first question is what was changed. A file that is edited by hand leaves no answer, and the next promotion overwrites the edit without anybody noticing that it was there.",
  references: [
    { source: "NIST 800-53", id: "CM-3" },
    { source: "NIST 800-53", id: "CM-5(1)" },
  ],
  needs: { here: integrations, history: changeHistory },
  applies: ({ here, history }) => stateOf(here, history).length > 0 || "no integration reads a configuration file here",
  inspect: ({ here, history }) => {
    const states = stateOf(here, history);
    const evidence = [
      {
        asked: `sha256sum of the configuration files, ${acceptedPath} and the records of every transaction`,
        answered: states.map(({ path, sha256, state }) => `${state} ${sha256.slice(0, 12)} ${path}`).join("\n"),
      },
    ];
    if (history.acceptedProblem !== undefined)
      return unknownVerdict(`${acceptedPath} cannot be read: ${history.acceptedProblem}`, evidence);
    const changed = states.filter(({ state }) => state === "changed").map(({ path }) => path);
    const unrecorded = states.filter(({ state }) => state === "unrecorded").map(({ path }) => path);
    const wrong = [
      ...(changed.length > 0 ? [`changed by other means since the last record: ${changed.join(", ")}`] : []),
      ...(unrecorded.length > 0 ? [`never recorded: ${unrecorded.join(", ")}`] : []),
    ];
    return wrong.length === 0 ? pass(evidence) : fail(wrong.join("; "), evidence);
  },
  plan: (facts, answers) => {
    const { history, here } = facts;
    const files = taken(facts, answers);
    if (files.length === 0 || history.acceptedProblem !== undefined || !isWhole(facts, answers)) return [];
    const read = new Set(stateOf(here, history).map(({ path }) => path));
    const kept = (history.accepted?.files ?? []).filter(
      ({ path }) => read.has(path) && !files.some((file) => file.path === path),
    );
    const accepted: Accepted = {
      schemaVersion: 1,
      files: [...kept, ...files.map(({ path, sha256 }) => ({ path, sha256 }))].toSorted((a, b) =>
        a.path < b.path ? -1 : 1,
      ),
    };
    const before = history.accepted;
    const folder: readonly Change[] = before === undefined ? [ownFolder] : [];
    return [
      ...folder,
      change({
        kind: "file",
        phase: "files",
        risk: "none",
        title: "Record the configuration as it is now",
        path: acceptedPath,
        before:
          before === undefined
            ? null
            : { content: before.content, mode: before.mode, owner: before.owner, group: before.group },
        after: { content: `${JSON.stringify(accepted, null, 2)}\n`, mode: "0600", owner: "root", group: "root" },
      }),
    ];
  },
});
