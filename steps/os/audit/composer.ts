import { type Change, change } from "../../../src/model/change.ts";
import { composer } from "../../../src/model/control.ts";
import { type Auditd, auditd, rulesFile } from "../../../src/probes/auditd.ts";
import { missingRules } from "./rules.ts";

/** A category of rules, as one control wants it. */
export type Topic = { readonly name: string; readonly rules: readonly string[] };

const order = (a: Topic, b: Topic): number => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);

export const rulesContent = (topics: readonly Topic[]): string =>
  [
    "## Written by drawbridge, from what is on this machine: audit.rules(7). Loaded by augenrules --load.",
    ...[...topics].sort(order).flatMap(({ name, rules }) => ["", `## ${name}`, ...rules]),
    "",
  ].join("\n");

/** What our file says now, by category. */
export const topicsIn = (content: string): readonly Topic[] =>
  content
    .split(/^## /mu)
    .slice(1)
    .map((part) => part.split("\n"))
    .map(([name = "", ...lines]) => ({ name, rules: lines.filter((line) => line.startsWith("-")) }))
    .filter(({ rules }) => rules.length > 0);

const root = { owner: "root", group: "root" } as const;

export const install = ({ installed, packageName }: Auditd): readonly Change[] =>
  installed
    ? []
    : [change({ kind: "package", phase: "packages", risk: "none", title: "Install auditd", names: [packageName] })];

/**
 * augenrules(8) puts all files together and hands them to the kernel; the first rule it refuses ends in a failure. Right after the
 * files, and before the one that locks the rules is written (audit-immutable): it would lock them at once. What it writes, and writes
 * again at every start of the machine, goes with the package where that came with it.
 */
export const load = ({ installed }: Pick<Auditd, "installed">): Change =>
  change({
    kind: "command",
    phase: "files",
    risk: "none",
    title: "Hand the rules to the kernel",
    argv: ["augenrules", "--load"],
    inverse: ["augenrules", "--load"],
    touches: installed ? ["/etc/audit/audit.rules", "/etc/audit/audit.rules.prev"] : [],
  });

/** All categories share one file; other controls (secrets of a configuration) add theirs: `fragment(auditRules, …)`. */
export const auditRules = composer<Topic, { readonly seen: typeof auditd }>({
  id: "audit-rules",
  needs: { seen: auditd },
  compose: (wanted, { seen }) => {
    if (!wanted.some(({ needed }) => needed)) return [];
    const asked = wanted.map(({ value }) => value);
    // What is not part of this run stays, and what others have written down already would be refused as a duplicate.
    const kept = topicsIn(seen.files.get(rulesFile)?.content ?? "").filter(
      ({ name }) => !asked.some((topic) => topic.name === name),
    );
    const topics = [...asked, ...kept]
      .map(({ name, rules }) => ({ name, rules: missingRules(seen.otherRules, rules) }))
      .filter(({ rules }) => rules.length > 0);
    return [
      ...install(seen),
      change({
        kind: "file",
        phase: "files",
        risk: "none",
        title: "Rules of the audit trail",
        path: rulesFile,
        before: seen.files.get(rulesFile) ?? null,
        after: { content: rulesContent(topics), mode: "0640", ...root },
      }),
      load(seen),
    ];
  },
});
