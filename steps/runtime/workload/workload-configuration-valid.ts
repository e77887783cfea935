import { control } from "../../../src/model/control.ts";
import { knownValue } from "../../../src/model/fact.ts";
import { fail, pass } from "../../../src/model/finding.ts";
import type { Integration } from "../../../src/model/integration.ts";
import { raw } from "../../../src/model/probe.ts";
import { type Accounts, accountNamed, accounts, type PathState } from "../../../src/probes/accounts.ts";
import { integrations } from "../../../src/probes/integrations.ts";

const unusedProblem = ({ key, source }: NonNullable<Integration["configuration"]["unused"]>[number]): string => {
  switch (source.kind) {
    case "environment":
      return `${source.variable} (${source.from}) matches no variable of the program`;
    case "argument":
      return `-C${key} matches no variable of the program`;
    case "file":
      return `${source.path} line ${source.line}: the program has no ${key}`;
    case "data":
      return `BAL_CONFIG_DATA: the program has no ${key}`;
  }
};

/** systemd hands credentials over with an access list that no mode shows. */
const isCredential = (path: string): boolean => path.startsWith("/run/credentials/");

/** Whether an account may read a file by its mode; undefined where that is not known. */
const mayRead = (user: string, stat: PathState | undefined, known: Accounts | undefined): boolean | undefined => {
  if (stat === undefined || stat.kind !== "file") return undefined;
  if (user === "root") return true;
  const mode = Number.parseInt(stat.mode, 8);
  if (stat.owner === user) return (mode & 0o400) !== 0;
  const account = known && accountNamed(known, user);
  if (account === undefined) return (mode & 0o004) !== 0 || undefined;
  return (mode & (account.groups.includes(stat.group) ? 0o040 : 0o004)) !== 0;
};

/** What the program would stumble over at its next start, or run without although somebody wrote it down. */
const problemsOf = (
  { configuration, unit, container }: Integration,
  known: Accounts | undefined,
): readonly string[] => [
  ...configuration.files.flatMap(({ path, state, problem, stat }) => {
    if (unit !== undefined && !unit.dynamicUser && !container && !isCredential(path)) {
      const user = unit.user;
      if (mayRead(user, stat, known) === false)
        return [`${user} may not read ${path}: the program runs without what stands in it`];
    }
    if (state === "invalid") return [`${path} is no TOML: ${problem ?? "it cannot be read"}`];
    if (state === "missing" && configuration.decidedBy === "BAL_CONFIG_FILES")
      return [`${path} is listed in BAL_CONFIG_FILES and is not there: the program runs without it`];
    if (state === "unreadable" && problem !== "it lies in a container") return [`${path} cannot be read: ${problem}`];
    return [];
  }),
  ...(configuration.unused ?? []).map(unusedProblem),
];

const judged = (all: readonly Integration[]): readonly Integration[] => all.filter(({ kind }) => kind !== "java");

const countOf = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;

/** Ballerina stops at start over TOML that does not parse, and over a value that no variable takes (LaunchUtils, ConfigResolver). */
export const workloadConfigurationValid = control({
  id: "workload-configuration-valid",
  guideline: ["CF-10", "CF-08"],
  title: "Every integration's configuration is one that it can start with",
  failing: "An integration would stumble over its configuration at the next start",
  severity: "high",
  risk: "none",
  rationale:
    "A program that runs today was started with the configuration of that day. What was broken since shows at the next restart: at night, or in the middle of an update.",
  references: [{ source: "NIST 800-53", id: "CM-6" }],
  needs: { here: integrations, known: raw(accounts) },
  applies: ({ here }) => judged(here.integrations).length > 0 || "no integration runs here",
  inspect: ({ here, known }) => {
    const all = judged(here.integrations);
    const problems = all.flatMap((integration) =>
      problemsOf(integration, knownValue(known)).map((problem) => `${integration.id}: ${problem}`),
    );
    const evidence = [
      {
        asked: "the sources of configuration of every integration, as the program reads them",
        answered: all
          .map(({ id, configuration: { decidedBy, files, settings } }) =>
            [
              `${id}: by ${decidedBy}, ${countOf(settings.length, "value")}`,
              ...files.map(({ path, state }) => `  ${path} ${state}`),
            ].join("\n"),
          )
          .join("\n"),
      },
    ];
    return problems.length === 0 ? pass(evidence) : fail(problems.join("; "), evidence);
  },
  plan: () => [],
});
