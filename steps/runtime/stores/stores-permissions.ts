import { change } from "../../../src/model/change.ts";
import { control } from "../../../src/model/control.ts";
import { raw } from "../../../src/model/probe.ts";
import type { AnswerReader } from "../../../src/model/question.ts";
import { accounts } from "../../../src/probes/accounts.ts";
import { integrations } from "../../../src/probes/integrations.ts";
import { type StoreFile, stores } from "../../../src/probes/stores.ts";
import { workload } from "../../../src/probes/workload.ts";
import { readerGroup } from "./reader.ts";
import { type Bench, decideKey } from "./repair.ts";
import { type KeySubject, keySubjects } from "./subjects.ts";
import { type Judgement, judged, noKeyStores, wrongOnes } from "./verdict.ts";

/** The file with the private key. */
const secretFile = ({ file, keyFile }: KeySubject): StoreFile => keyFile?.file ?? file;

const accessProblem = (subject: KeySubject): Judgement => {
  const { state, folder } = secretFile(subject);
  if (state === undefined) return { unknown: "nobody knows who may read it" };
  const mode = Number.parseInt(state.mode, 8);
  const user = subject.integration.unit?.user ?? subject.integration.user;
  const group = subject.integration.unit?.group ?? user;
  const problems = [
    ...((mode & 0o004) !== 0 ? ["everybody may read it"] : []),
    ...((mode & 0o022) !== 0 ? ["others than its owner may change it"] : []),
    ...((mode & 0o040) !== 0 && state.group !== group && state.group !== "root"
      ? [`the group ${state.group} may read it`]
      : []),
    ...(state.owner === "root" || state.owner === user ? [] : [`it belongs to ${state.owner}`]),
    ...(folder !== undefined && folder.kind === "directory" && (Number.parseInt(folder.mode, 8) & 0o002) !== 0
      ? [`everybody may replace it (${folder.path} has mode ${folder.mode})`]
      : []),
  ];
  return problems.length === 0
    ? undefined
    : `${state.path} (${state.mode} ${state.owner}:${state.group}): ${problems.join(", ")}`;
};

/** A key that goes anyway needs no new mode: nobody is to read the new one. */
const stays = (subject: KeySubject, bench: Bench, answers: AnswerReader): boolean =>
  decideKey(subject, bench, answers) === undefined;

/** chmod(1); NIST AC-6(1). */
export const storesPermissions = control({
  id: "stores-permissions",
  guideline: ["RT-04"],
  title: "Nobody but the integration reads its private key",
  failing: "Others can read or replace the integration's private key",
  severity: "high",
  risk: "none",
  rationale:
    "With a copy of the file, passwords can be tried for as long as it takes, and nobody sees it. Whoever can replace it decides what the integration proves to be.",
  references: [
    { source: "NIST 800-53", id: "AC-6(1)" },
    { source: "NIST 800-53", id: "SC-28" },
    { source: "man", id: "chmod(1)" },
  ],
  needs: { found: stores, here: integrations, known: raw(accounts), services: raw(workload) },
  applies: ({ found, here }) => keySubjects(found, here).length > 0 || noKeyStores,
  inspect: ({ found, here }) => {
    const subjects = keySubjects(found, here);
    // Who may read a store can be seen even where its content cannot.
    const verdict = judged(
      subjects.map((subject) => ({ ...subject, obstacle: undefined })),
      accessProblem,
    );
    const evidence = [
      ...new Map(subjects.map((subject) => [secretFile(subject).real, secretFile(subject)])).values(),
    ].map(({ real, state }) => ({
      asked: `stat -c '%A %U:%G %n' ${real}`,
      answered: state === undefined ? "not there" : `${state.mode} ${state.owner}:${state.group} ${state.path}`,
    }));
    return { ...verdict, evidence };
  },
  plan: (facts, answers) =>
    wrongOnes(
      keySubjects(facts.found, facts.here).map((subject) => ({ ...subject, obstacle: undefined })),
      accessProblem,
    )
      .filter((subject) => stays(subject, facts, answers))
      .flatMap((subject) => {
        const { real, state } = secretFile(subject);
        if (state === undefined) return [];
        const { mode, owner } = state;
        const group = readerGroup(subject.integration, facts.known, facts.services, answers);
        return [
          change({
            kind: "permissions",
            phase: "files",
            risk: "none",
            title: `Only ${subject.integration.id} reads its private key`,
            path: real,
            before: { mode, owner, group: state.group },
            after: { mode: group === "root" ? "0600" : "0640", owner: "root", group },
          }),
        ];
      }),
});
