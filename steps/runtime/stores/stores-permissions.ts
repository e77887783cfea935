import { change } from "../../../src/model/change.ts";
import { control, type Proposal } from "../../../src/model/control.ts";
import { raw } from "../../../src/model/probe.ts";
import type { AnswerReader } from "../../../src/model/question.ts";
import { accounts, type PathState } from "../../../src/probes/accounts.ts";
import { integrations } from "../../../src/probes/integrations.ts";
import { type StoreFile, stores } from "../../../src/probes/stores.ts";
import { workload } from "../../../src/probes/workload.ts";
import { readerAccount, readerGroup } from "./reader.ts";
import { type Bench, decideKey, proposalsFor, together } from "./repair.ts";
import { type KeySubject, keySubjects } from "./subjects.ts";
import { type Judgement, judged, noKeyStores } from "./verdict.ts";

/** The file with the private key. */
const secretFile = ({ file, keyFile }: KeySubject): StoreFile => keyFile?.file ?? file;

const isOpen = (folder: PathState): boolean =>
  folder.kind === "directory" && (Number.parseInt(folder.mode, 8) & 0o002) !== 0;

const accessProblem =
  (facts: Bench, answers: AnswerReader) =>
  (subject: KeySubject): Judgement => {
    const { state, folder } = secretFile(subject);
    if (state === undefined) return { unknown: "nobody knows who may read it" };
    const mode = Number.parseInt(state.mode, 8);
    const user = subject.integration.unit?.user ?? subject.integration.user;
    const groups = [
      "root",
      subject.integration.unit?.group ?? user,
      readerGroup(subject.integration, facts.known, facts.services, answers),
    ];
    const problems = [
      ...((mode & 0o004) !== 0 ? ["everybody may read it"] : []),
      ...((mode & 0o022) !== 0 ? ["others than its owner may change it"] : []),
      ...((mode & 0o040) !== 0 && !groups.includes(state.group) ? [`the group ${state.group} may read it`] : []),
      ...(state.owner === "root" || state.owner === user ? [] : [`it belongs to ${state.owner}`]),
      ...(folder !== undefined && folder.kind === "directory" && isOpen(folder)
        ? [`everybody may replace it (${folder.path} has mode ${folder.mode})`]
        : []),
    ];
    return problems.length === 0
      ? undefined
      : `${state.path} (${state.mode} ${state.owner}:${state.group}): ${problems.join(", ")}`;
  };

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
  inspect: (facts, answers) => {
    const subjects = keySubjects(facts.found, facts.here);
    // Who may read a store can be seen even where its content cannot.
    const verdict = judged(
      subjects.map((subject) => ({ ...subject, obstacle: undefined })),
      accessProblem(facts, answers),
    );
    const evidence = [
      ...new Map(subjects.map((subject) => [secretFile(subject).real, secretFile(subject)])).values(),
    ].map(({ real, state }) => ({
      asked: `stat -c '%A %U:%G %n' ${real}`,
      answered: state === undefined ? "not there" : `${state.mode} ${state.owner}:${state.group} ${state.path}`,
    }));
    return { ...verdict, evidence };
  },
  plan: (facts, answers) => {
    const subjects = keySubjects(facts.found, facts.here);
    const open = subjects.filter((subject) => typeof accessProblem(facts, answers)(subject) === "string");
    const proposals = open.map((subject): readonly Proposal[] => {
      // A key that goes anyway needs no new mode: what takes its place is made with the right one.
      const moved = decideKey(subject, facts, answers) === undefined ? [] : proposalsFor(subject, facts, answers);
      return moved.length > 0 ? moved : narrowed(subject, facts, answers);
    });
    return together(...proposals.map((list) => (list.length > 0 ? list : undefined)));
  },
});

/** Empty where a mode alone does not help. */
const narrowed = (subject: KeySubject, facts: Bench, answers: AnswerReader): readonly Proposal[] => {
  const { real, state, folder } = secretFile(subject);
  if (state === undefined || folder === undefined || isOpen(folder)) return [];
  const { mode, owner } = state;
  const group = readerGroup(subject.integration, facts.known, facts.services, answers);
  return [
    ...readerAccount(group, facts.known, facts.services, answers),
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
};
