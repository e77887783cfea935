import { createHash } from "node:crypto";
import { type Change, type ChangeOf, needsConfirmation, phases } from "../model/change.ts";
import type { Composer, Fragment, Refusal } from "../model/control.ts";
import { type Finding, risks } from "../model/finding.ts";
import { type HealthCheck, healthCheckSchema } from "../model/health.ts";
import type { Answers, Host, Plan } from "../model/plan.ts";
import type { Facts } from "../model/probe.ts";
import type { AnswerReader } from "../model/question.ts";
import type { Step } from "../model/step.ts";
import { answerReader } from "./answers.ts";
import { satisfy } from "./needs.ts";
import { recordAnswers } from "./recorded-answers.ts";

/** Two controls want different things of one place: a defect of the steps, named so that it can be mended. */
export class PlanConflict extends Error {}

export type Assembled = { readonly plan: Plan; readonly refusals: readonly Refusal[] };

type Assembly = {
  readonly steps: readonly Step[];
  readonly facts: Facts;
  readonly findings: readonly Finding[];
  readonly reader: AnswerReader;
  /** What is written into the plan: see `settledAnswers`. */
  readonly answers: Answers;
  /** Control ids left out, with the reason. */
  readonly excluded: Readonly<Record<string, string>>;
  readonly host: Host;
  readonly version: string;
};

export const sha256 = (text: string): string => createHash("sha256").update(text, "utf8").digest("hex");

/** Facts, findings and answers in; one ordered, merged, hashed plan out, with every reason not to apply it. */
export const assemblePlan = (assembly: Assembly): Assembled => {
  const { steps, facts, reader } = assembly;
  const proposed = mergeChanges([...proposedChanges(assembly)].filter(changesSomething));
  // The record may need a folder that a change makes already.
  const changes = orderChanges(mergeChanges(withRecord(assembly, proposed)));
  randomSecrets(changes);
  const refusals = changes.length === 0 ? [] : refusalsFor(steps, facts, reader, changes);
  const body = {
    schemaVersion: 1 as const,
    tool: { name: "drawbridge" as const, version: assembly.version },
    host: assembly.host,
    preconditions: preconditionsOf(changes),
    changes,
    access: needsConfirmation(changes) ? accessAfter(steps, facts, reader, changes) : null,
    ...canaryOf(steps, facts, reader, changes),
    answers: assembly.answers,
    excluded: { ...assembly.excluded },
  };
  return { plan: { ...body, id: seal(body) }, refusals };
};

/** A plan of changes that no control asked for: what a person wrote down. */
export const planOfRecord = (
  changes: readonly Change[],
  { host, version, answers, excluded }: Pick<Assembly, "host" | "version" | "answers" | "excluded">,
): Plan => {
  const body = {
    schemaVersion: 1 as const,
    tool: { name: "drawbridge" as const, version },
    host,
    preconditions: preconditionsOf(changes),
    changes: orderChanges(changes),
    access: null,
    health: [],
    settle: defaultSettle,
    answers,
    excluded: { ...excluded },
  };
  return { ...body, id: seal(body) };
};

/** Seconds that a workload has to answer again: a JVM on a busy machine starts in less. */
const defaultSettle = 60;
/** Nobody waits longer, and the plan could not say more. */
const longestSettle = 3600;

/** What older plans did not say is left out where it says nothing: their ids hold. */
const seal = ({ health, settle, ...body }: Omit<Plan, "id">): string => {
  const said = { ...(health.length > 0 && { health }), ...(settle !== defaultSettle && { settle }) };
  return sha256(JSON.stringify(sorted({ ...body, ...said }))).slice(0, 8);
};

/** Whether the plan is as it was made: its id is the hash of all the rest. */
export const sealed = ({ id, ...body }: Plan): boolean => seal(body) === id;

/** The same value with every object's keys in order, so that a hash does not depend on who wrote the JSON. */
const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
};

/** The guards' word on a plan that was made earlier, by what is known of the machine now. */
export const refusalsOf = (steps: readonly Step[], facts: Facts, plan: Plan): readonly Refusal[] =>
  refusalsFor(steps, facts, answerReader(facts, plan.answers), plan.changes);

/** Nothing to do leaves nothing to remember either: a compliant machine gets an empty plan. */
const withRecord = ({ facts, answers, excluded }: Assembly, changes: readonly Change[]): readonly Change[] => {
  if (changes.length === 0) return [];
  const because = [...new Set(changes.flatMap((change) => change.because))];
  return [...changes, ...recordAnswers(facts, answers, excluded).map((change) => ({ ...change, because }))];
};

function* proposedChanges({ steps, facts, findings, reader, excluded }: Assembly): Generator<Change> {
  const results = new Map(findings.map(({ controlId, result }) => [controlId, result]));
  const shared = new Map<
    string,
    { composer: Composer<unknown>; wanted: { value: unknown; because: string; needed: boolean }[] }
  >();
  for (const control of steps.flatMap((step) => step.controls)) {
    const result = results.get(control.id);
    if ((result !== "fail" && result !== "pass") || control.id in excluded) continue;
    const needs = satisfy(facts, control.needs);
    if (needs.state !== "known") continue;
    for (const proposal of control.plan(needs.facts, reader)) {
      if (proposal.kind !== "fragment") {
        if (result === "fail") yield { ...proposal, because: [...new Set([...proposal.because, control.id])] };
        continue;
      }
      const { composer, value } = proposal as Fragment<unknown>;
      const group = shared.get(composer.id) ?? { composer, wanted: [] };
      group.wanted.push({ value, because: control.id, needed: result === "fail" });
      shared.set(composer.id, group);
    }
  }
  for (const { composer, wanted } of shared.values()) {
    if (!wanted.some(({ needed }) => needed)) continue;
    const needs = satisfy(facts, composer.needs);
    if (needs.state !== "known") continue;
    const asked = [...new Set(wanted.filter(({ needed }) => needed).map(({ because }) => because))];
    for (const composed of composer.compose(wanted, needs.facts, reader)) {
      yield { ...composed, because: composed.because.length > 0 ? composed.because : asked };
    }
  }
}

const changesSomething = (change: Change): boolean => {
  switch (change.kind) {
    case "file":
      return (
        change.before === null ||
        change.before.content !== change.after.content ||
        !keepsSecrets(change) ||
        change.before.mode !== change.after.mode ||
        change.before.owner !== change.after.owner ||
        change.before.group !== change.after.group
      );
    case "absent":
      return change.before !== null;
    case "symlink":
      return change.before !== change.target;
    case "permissions":
      return JSON.stringify(change.before) !== JSON.stringify(change.after);
    default:
      return true;
  }
};

/** Whether every secret of the new file is the old one's, in its order: then content that looks the same is the same. */
const keepsSecrets = ({ path, after: { parts = [] } }: ChangeOf<"file">): boolean => {
  let end = 0;
  return parts.every((part) => {
    if ("text" in part) return true;
    if ("random" in part || part.slice.path !== path || part.slice.offset < end) return false;
    end = part.slice.offset + part.slice.length;
    return true;
  });
};

/** The place a change is about: two changes with one key are merged or in conflict. */
export const changeKey = (change: Change): string => {
  switch (change.kind) {
    case "file":
    case "absent":
    case "directory":
    case "symlink":
    case "permissions":
      return `path ${change.path}`;
    case "package":
    case "removal":
      return change.kind;
    case "group":
      return `group ${change.name}`;
    case "user":
      return `user ${change.name}`;
    case "unit":
      return `unit ${change.unit}`;
    case "command":
      return `command ${change.argv.join(" ")}`;
  }
};

/** The random texts of a plan by name, with their bytes. Throws where one name is to have two lengths. */
export const randomSecrets = (changes: readonly Change[]): ReadonlyMap<string, number> => {
  const found = new Map<string, number>();
  for (const change of changes) {
    for (const part of change.kind === "file" ? (change.after.parts ?? []) : []) {
      if (!("random" in part)) continue;
      const { name, bytes } = part.random;
      if ((found.get(name) ?? bytes) !== bytes)
        throw new PlanConflict(`the random text ${name} is wanted with ${found.get(name)} and with ${bytes} bytes`);
      found.set(name, bytes);
    }
  }
  return found;
};

const mergeChanges = (changes: readonly Change[]): readonly Change[] => {
  const merged = new Map<string, Change>();
  for (const change of changes) {
    const key = changeKey(change);
    const earlier = merged.get(key);
    merged.set(
      key,
      earlier === undefined ? change : { ...mergePair(earlier, change), ...mergeCommon(earlier, change) },
    );
  }
  return [...merged.values()];
};

const mergeCommon = (a: Change, b: Change) => ({
  because: [...new Set([...a.because, ...b.because])],
  risk: risks[Math.max(risks.indexOf(a.risk), risks.indexOf(b.risk))] as Change["risk"],
  checks: dedupe([...a.checks, ...b.checks]),
  verify: dedupe([...a.verify, ...b.verify]),
  phase: phases[Math.min(phases.indexOf(a.phase), phases.indexOf(b.phase))] as Change["phase"],
});

const dedupe = <T>(items: readonly T[]): T[] => [
  ...new Map(items.map((item) => [JSON.stringify(item), item])).values(),
];

const unitActions = ["active", "reloaded", "restarted"] as const;

const mergePair = (a: Change, b: Change): Change => {
  if ((a.kind === "package" && b.kind === "package") || (a.kind === "removal" && b.kind === "removal"))
    return { ...a, names: dedupe([...a.names, ...b.names]) };
  if (a.kind === "group" && b.kind === "group")
    return { ...a, system: a.system || b.system, addMembers: dedupe([...a.addMembers, ...b.addMembers]) };
  if (a.kind === "user" && b.kind === "user") return mergeUsers(a, b);
  if (a.kind === "unit" && b.kind === "unit") {
    if (a.action === b.action) return a;
    if (a.action !== "inactive" && b.action !== "inactive") {
      const strongest = Math.max(unitActions.indexOf(a.action), unitActions.indexOf(b.action));
      return { ...a, action: unitActions[strongest] as (typeof unitActions)[number] };
    }
  }
  if (a.kind === "file" && b.kind === "permissions") return { ...a, after: { ...a.after, ...b.after } };
  if (a.kind === "permissions" && b.kind === "file") return { ...b, after: { ...b.after, ...a.after } };
  // What goes needs no other owner or mode.
  if (a.kind === "absent" && b.kind === "permissions") return a;
  if (a.kind === "permissions" && b.kind === "absent") return b;
  if (a.kind === "permissions" && b.kind === "permissions") {
    const merged = mergePermissions(a, b);
    if (merged !== undefined) return merged;
  }
  const same = (x: Change) => JSON.stringify({ ...x, because: 0, risk: 0, checks: 0, verify: 0, title: 0, phase: 0 });
  if (same(a) === same(b)) return a;
  throw new PlanConflict(
    `${a.because.join(", ")} and ${b.because.join(", ")} want different things of ${changeKey(a)}: leave one of them out`,
  );
};

/**
 * What both take away goes, what both add comes; undefined where one adds what the other takes, or each wants another owner.
 * A sticky bit that was added for a folder open to everybody is pointless once the other one closes it.
 */
const mergePermissions = (a: ChangeOf<"permissions">, b: ChangeOf<"permissions">): Change | undefined => {
  const [before, first, second] = [a.before.mode, a.after.mode, b.after.mode].map((mode) =>
    Number.parseInt(mode, 8),
  ) as [number, number, number];
  const added = (first & ~before) | (second & ~before);
  const taken = (before & ~first) | (before & ~second);
  const wanted = (key: "owner" | "group"): string | undefined => {
    if (a.after[key] === b.after[key] || b.after[key] === b.before[key]) return a.after[key];
    return a.after[key] === a.before[key] ? b.after[key] : undefined;
  };
  const [owner, group] = [wanted("owner"), wanted("group")];
  if (owner === undefined || group === undefined) return undefined;
  const mode = (before & ~taken) | added;
  const settled = (mode & 0o002) === 0 && (before & 0o1000) === 0 ? mode & ~0o1000 : mode;
  return { ...a, after: { mode: settled.toString(8).padStart(4, "0"), owner, group } };
};

const mergeUsers = (a: ChangeOf<"user">, b: ChangeOf<"user">): Change => {
  const create = a.create ?? b.create;
  const shell = a.shell ?? b.shell;
  const passwordFrom = a.passwordFrom ?? b.passwordFrom;
  return {
    ...a,
    ...(create && { create }),
    ...(shell && { shell }),
    ...(passwordFrom && { passwordFrom }),
    addGroups: dedupe([...a.addGroups, ...b.addGroups]),
    removeGroups: dedupe([...a.removeGroups, ...b.removeGroups]),
    lockPassword: a.lockPassword || b.lockPassword,
    neverExpires: a.neverExpires || b.neverExpires,
  };
};

/** Within a phase: groups before users, directories before what lies in them, units last; else as proposed. */
const kindOrder = [
  "package",
  "removal",
  "group",
  "user",
  "directory",
  "file",
  "symlink",
  "absent",
  "permissions",
  "command",
  "unit",
];

const orderChanges = (changes: readonly Change[]): Change[] =>
  changes
    .map((change, order) => ({ change, order }))
    .sort(
      (a, b) =>
        phases.indexOf(a.change.phase) - phases.indexOf(b.change.phase) ||
        kindOrder.indexOf(a.change.kind) - kindOrder.indexOf(b.change.kind) ||
        depth(a.change) - depth(b.change) ||
        a.order - b.order,
    )
    .map(({ change }) => change);

const depth = (change: Change): number => ("path" in change ? change.path.split("/").length : 0);

const preconditionsOf = (changes: readonly Change[]): Plan["preconditions"] =>
  dedupe(
    changes.flatMap((change) => {
      switch (change.kind) {
        case "file":
          return [{ path: change.path, state: stateBefore(change.before) }, ...slicedFiles(change)];
        case "absent":
          return [{ path: change.path, state: stateBefore(change.before) }];
        case "symlink":
          return [{ path: change.path, state: change.before === null ? "absent" : `symlink:${change.before}` }];
        default:
          return [];
      }
    }),
  );

const stateBefore = (before: ChangeOf<"file">["before"]): string =>
  before === null ? "absent" : (before.sha256 ?? sha256(before.content));

const slicedFiles = ({ after: { parts = [] } }: ChangeOf<"file">): Plan["preconditions"] =>
  parts.flatMap((part) => ("slice" in part ? [{ path: part.slice.path, state: part.slice.sha256 }] : []));

const refusalsFor = (
  steps: readonly Step[],
  facts: Facts,
  reader: AnswerReader,
  changes: readonly Change[],
): readonly Refusal[] =>
  steps
    .flatMap((step) => step.guards ?? [])
    .flatMap((guard) => {
      const needs = satisfy(facts, guard.needs);
      if (needs.state === "known") {
        return guard.refuse(needs.facts, reader, changes).map((refusal) => ({ guard: guard.id, ...refusal }));
      }
      if (needs.state === "absent" || !changes.some(({ risk }) => risk === "lockout")) return [];
      const remedy = "make it known (most often: run with root rights), or leave out the changes that can lock out";
      return [{ guard: guard.id, reason: `nobody can say whether this locks you out: ${needs.reason}`, remedy }];
    });

/**
 * Every step's canary. What is asked twice in the same words is asked once; what a manifest cannot hold (an address with a
 * zone, a unit that no systemd would name so) cannot be asked at all, and is no reason to change nothing.
 */
const canaryOf = (
  steps: readonly Step[],
  facts: Facts,
  reader: AnswerReader,
  changes: readonly Change[],
): Pick<Plan, "health" | "settle"> => {
  let settle = defaultSettle;
  const health: HealthCheck[] = [];
  for (const { health: wanted } of changes.length === 0 ? [] : steps) {
    if (wanted === undefined) continue;
    const needs = satisfy(facts, wanted.needs);
    if (needs.state !== "known") continue;
    const checks: readonly HealthCheck[] = wanted.checks(needs.facts, reader, changes);
    health.push(...checks.filter((check) => healthCheckSchema.safeParse(check).success));
    settle = Math.max(settle, Math.min(wanted.settle?.(needs.facts, reader) ?? 0, longestSettle));
  }
  return { health: dedupe(health).slice(0, 99), settle };
};

const accessAfter = (
  steps: readonly Step[],
  facts: Facts,
  reader: AnswerReader,
  changes: readonly Change[],
): Plan["access"] => {
  for (const { access } of steps) {
    if (access === undefined) continue;
    const needs = satisfy(facts, access.needs);
    if (needs.state === "known") return access.after(needs.facts, reader, changes);
  }
  return null;
};
