import { few } from "../../../src/core/few.ts";
import { change } from "../../../src/model/change.ts";
import { control } from "../../../src/model/control.ts";
import { fail, pass } from "../../../src/model/finding.ts";
import type { AnswerReader } from "../../../src/model/question.ts";
import { type Accounts, accounts } from "../../../src/probes/accounts.ts";
import { type TreeEntry, treeLimit, type Workload, workload } from "../../../src/probes/workload.ts";
import { chosenUnits, serviceUserApplication, serviceUserConfiguration, serviceUserLogs } from "./questions.ts";
import { accountToCome } from "./service-user-account.ts";
import { integrationNamed, type ServiceAccount, serviceAccount } from "./wanted.ts";

/** Changes one by one, at most: more than this is a job for chown(1), and for a person who looks at it. */
const changeLimit = 300;

type Place = { readonly path: string; readonly writes: boolean };
type Attributes = { readonly mode: string; readonly owner: string; readonly group: string };
type Wrong = { readonly entry: TreeEntry; readonly after: Attributes };

/** Deepest first: a log folder inside the program's folder is a log folder. */
const placesOf = (answers: AnswerReader): readonly Place[] =>
  [
    ...answers.get(serviceUserApplication).map((path) => ({ path, writes: false })),
    ...answers.get(serviceUserConfiguration).map((path) => ({ path, writes: false })),
    ...answers.get(serviceUserLogs).map((path) => ({ path, writes: true })),
  ].sort((a, b) => b.path.length - a.path.length);

const covers = ({ path }: Place, inner: string): boolean => inner === path || inner.startsWith(`${path}/`);

/** The matrix: read and run the program, read the configuration, write the logs; others nothing. */
const wantedOf = (entry: TreeEntry, { writes }: Place, { name, group }: ServiceAccount): Attributes => {
  const executable = entry.kind === "directory" || (Number.parseInt(entry.mode, 8) & 0o111) !== 0;
  return {
    mode: executable ? "0750" : "0640",
    owner: writes ? name : "root",
    // Debian's log readers are the group adm: who reads the logs today still does.
    group: writes && entry.group === "adm" ? "adm" : group,
  };
};

/** Narrower than the matrix is as good, as long as the service can do its part. */
const holds = (entry: TreeEntry, { writes }: Place, { name, group }: ServiceAccount): boolean => {
  const mode = Number.parseInt(entry.mode, 8);
  const directory = entry.kind === "directory";
  if ((mode & 0o007) !== 0 || (!directory && (mode & 0o6000) !== 0)) return false;
  if (writes) return entry.owner === name && (mode & (directory ? 0o700 : 0o200)) === (directory ? 0o700 : 0o200);
  const needed = directory ? 0o050 : 0o040;
  return entry.owner === "root" && entry.group === group && (mode & 0o020) === 0 && (mode & needed) === needed;
};

/** What compose reads as root before the container starts: the service has no part in it. */
const isComposeEnvironment = ({ path, owner, mode }: TreeEntry): boolean =>
  path.endsWith("/.env") && owner === "root" && (Number.parseInt(mode, 8) & 0o077) === 0;

const judge = (known: Accounts, services: Workload, answers: AnswerReader) => {
  const account = serviceAccount(known, answers);
  const places = placesOf(answers);
  const entries = new Map(services.trees.flatMap((tree) => tree.entries.map((entry) => [entry.path, entry] as const)));
  const wrong: Wrong[] = [];
  const twice: string[] = [];
  for (const entry of entries.values()) {
    const place = places.find((candidate) => covers(candidate, entry.path));
    if (place === undefined || isComposeEnvironment(entry) || holds(entry, place, account)) continue;
    if (entry.kind === "file" && entry.links > 1) twice.push(entry.path);
    else wrong.push({ entry, after: wantedOf(entry, place, account) });
  }
  return {
    account,
    places,
    wrong,
    twice,
    missing: places.filter(({ path }) => !entries.has(path)),
    cut: services.trees.filter(({ cut, path }) => cut && places.some((place) => covers(place, path))),
  };
};

/**
 * Why the files cannot be put right from here; undefined when they can. Half a matrix would be undone at once by the
 * second inspection, so nothing is planned then.
 */
export const filesObstacle = (known: Accounts, services: Workload, answers: AnswerReader): string | undefined => {
  const { wrong, twice, cut } = judge(known, services, answers);
  if (twice.length > 0)
    return `${few(twice, 3)} has a second name (hard link) somewhere: look at it, and copy it onto itself`;
  if (cut.length > 0)
    return `${few(
      cut.map(({ path }) => path),
      3,
    )} holds more than ${treeLimit} files: use chown and chmod`;
  if (wrong.length > changeLimit) return `${wrong.length} files are too many to change one by one: use chown and chmod`;
  return undefined;
};

/** Guideline: r-x on the application, r on the configuration, rw on the logs. NIST AC-6(1), Lynis FILE-7524. */
export const serviceUserFiles = control({
  id: "service-user-files",
  guideline: ["OS-01"],
  title: "The integration's files are open to it alone, and only its logs can be written",
  failing: "Others can read or change the integration's files",
  severity: "high",
  risk: "none",
  rationale:
    "Configuration holds passwords and private keys, so other accounts must not read it. A program that the service itself can change is a program that a break-in can change for good.",
  references: [
    { source: "NIST 800-53", id: "AC-6(1)" },
    { source: "Lynis", id: "FILE-7524" },
    { source: "man", id: "chmod(1)" },
  ],
  needs: { known: accounts, services: workload },
  applies: ({ services }, answers) => {
    const named = integrationNamed(services, answers);
    if (named !== true) return named;
    return (
      placesOf(answers).length > 0 || "its files lie among those of other programs: give them folders of their own"
    );
  },
  inspect: ({ known, services }, answers) => {
    const { places, wrong, missing } = judge(known, services, answers);
    const obstacle = filesObstacle(known, services, answers);
    const shown = [...wrong.map(({ entry }) => entry), ...services.trees.flatMap(({ entries }) => entries.slice(0, 1))];
    const evidence = [
      {
        asked: `find ${places.map(({ path }) => path).join(" ")} -xdev -exec stat -c '%A %U:%G %n' {} +`,
        answered: [...new Set(shown)]
          .slice(0, 12)
          .map(({ mode, owner, group, path }) => `${mode} ${owner}:${group} ${path}`)
          .join("\n"),
      },
    ];
    const problems = [
      ...(missing.length > 0
        ? [
            `not there, or not looked into yet: ${few(
              missing.map(({ path }) => path),
              3,
            )}`,
          ]
        : []),
      ...(wrong.length > 0
        ? [
            `open too wide or not owned as it should be: ${few(
              wrong.map(({ entry }) => entry.path),
              3,
            )}`,
          ]
        : []),
      ...(obstacle === undefined ? [] : [obstacle]),
    ];
    return problems.length === 0 ? pass(evidence) : fail(problems.join("; "), evidence);
  },
  plan: ({ known, services }, answers) => {
    if (filesObstacle(known, services, answers) !== undefined) return [];
    const { account, places, wrong, missing } = judge(known, services, answers);
    const common = { phase: "files" as const, risk: "none" as const };
    return [
      // Nothing can be given to an account that is not there.
      ...accountToCome(known, answers),
      ...missing.map(({ path, writes }) =>
        change({
          ...common,
          kind: "directory",
          title: writes ? `A folder that only ${account.name} writes to` : `A folder that ${account.name} may read`,
          path,
          after: { mode: "0750", owner: writes ? account.name : "root", group: account.group },
        }),
      ),
      ...wrong.map(({ entry, after }) =>
        change({
          ...common,
          kind: "permissions",
          title: `${places.find((place) => covers(place, entry.path))?.writes ? "Logs" : "Program and configuration"}: only for ${account.name}`,
          path: entry.path,
          before: { mode: entry.mode, owner: entry.owner, group: entry.group },
          after,
        }),
      ),
    ];
  },
  breaks: ({ known, services }, answers) => {
    const { wrong, account } = judge(known, services, answers);
    const started = Math.min(
      ...chosenUnits(services, answers).map(({ startedAt }) => startedAt ?? Number.POSITIVE_INFINITY),
    );
    const written = wrong.filter(
      ({ entry, after }) => entry.kind === "file" && after.owner === "root" && entry.modified > started,
    );
    return written.length === 0
      ? []
      : [
          `${account.name} could no longer write ${few(
            written.map(({ entry }) => entry.path),
            3,
          )}, as it did since it started: move it into a folder of service-user.logs`,
        ];
  },
});
