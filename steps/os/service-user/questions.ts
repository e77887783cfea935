import { z } from "zod";
import { usableKeys } from "../../../src/core/administrators.ts";
import { type Fact, knownValue } from "../../../src/model/fact.ts";
import { raw } from "../../../src/model/probe.ts";
import { type AnswerReader, question } from "../../../src/model/question.ts";
import { type Account, type Accounts, accountNamed, accounts } from "../../../src/probes/accounts.ts";
import { type Tree, type Workload, type WorkloadUnit, workload } from "../../../src/probes/workload.ts";
import { administratorName } from "../administrator/questions.ts";

const needs = { known: raw(accounts), services: raw(workload) };
type Asked = { readonly known: Fact<Accounts>; readonly services: Fact<Workload> };

const unitName = z
  .string()
  .regex(/^[A-Za-z0-9:_.\\@-]+\.service$/u, "must be the name of a service, such as orders.service");

export const serviceUserUnit = question({
  id: "service-user.unit",
  kind: "multiselect",
  label: "Services",
  title: "Which services are the integration?",
  why: "They get an account of their own, which can read the program and its configuration, write its logs, and nothing else. Proposed are the services whose JAR was made by the Ballerina compiler.",
  schema: z.array(unitName),
  needs,
  // Without a machine any name may be given; on one without such services there is nothing to choose.
  when: ({ services }) => knownValue(services)?.units.length !== 0,
  choices: ({ services }) =>
    (knownValue(services)?.units ?? []).map((unit) => ({
      value: unit.name,
      label: unit.name,
      hint: [
        unit.ballerina === "yes" ? "Ballerina" : "Java",
        `runs as ${unit.runsAs ?? unit.user}`,
        ...(unit.activeState === "active" ? [] : [unit.activeState]),
      ].join(", "),
    })),
  default: ({ services }) =>
    (knownValue(services)?.units ?? []).filter(({ ballerina }) => ballerina === "yes").map(({ name }) => name),
  current: ({ services }) => {
    const known = knownValue(services);
    if (known === undefined) return "unknown";
    const running = known.units.map((unit) => `${unit.name} as ${unit.runsAs ?? unit.user}`);
    return running.length === 0 ? "no service here runs Java" : running.join(", ");
  },
  check: (names, { services }) => {
    const known = knownValue(services);
    const stranger = known && names.find((name) => !known.units.some((unit) => unit.name === name));
    return stranger === undefined ? undefined : `${stranger} is not among the services that run Java here`;
  },
  describe: (names) => (names.length === 0 ? "none" : names.join(", ")),
});

/** The units that were chosen and exist. */
export const chosenUnits = (services: Workload, answers: AnswerReader): readonly WorkloadUnit[] => {
  const chosen = new Set(answers.get(serviceUserUnit));
  return services.units.filter(({ name }) => chosen.has(name));
};

/** Someone logs in with it: it would lose its shell, and its owner could act as the service. */
const isUsed = (known: Accounts, account: Account): boolean =>
  account.uid === 0 ||
  account.name === known.current.user ||
  known.sessions.some(({ user }) => user === account.name) ||
  (account.loginShell && usableKeys(known, account).length > 0);

/** It may well be a person's: never proposed, but taken when it is named. */
const isPersons = (known: Accounts, account: Account): boolean =>
  isUsed(known, account) || (account.loginShell && !account.system);

const derivedName = (known: Accounts | undefined, unit: WorkloadUnit): string => {
  const plain = unit.name
    .replace(/\.service$/u, "")
    .replace(/@.*$/u, "")
    .toLowerCase();
  const name =
    plain
      .replace(/[^a-z0-9_-]+/gu, "-")
      .replace(/^[^a-z]+/u, "")
      .slice(0, 28) || "integration";
  const account = known && accountNamed(known, name);
  return known && account && isPersons(known, account) ? `${name}-svc` : name;
};

export const serviceUserName = question({
  id: "service-user.name",
  kind: "text",
  label: "Service account",
  title: "Under which account does the integration run?",
  why: "Whoever breaks into a service has its account's rights, and with root's everything. Proposed is the account that the service has already, else one named after it. When no service is here yet, a name such as integration prepares the account and its folders; leave it empty to do that another day.",
  schema: z
    .string()
    .trim()
    .regex(/^(?:[a-z_][a-z0-9_-]{0,30})?$/u, "must be small letters, digits, - and _, beginning with a letter"),
  needs,
  default: ({ known: fact, services }, answers) => {
    const known = knownValue(fact);
    const found = knownValue(services);
    const units = found === undefined ? [] : chosenUnits(found, answers).filter(({ dynamicUser }) => !dynamicUser);
    const own = new Set(
      units
        .map(({ user }) => user)
        .filter((user) => {
          const account = known && accountNamed(known, user);
          return known !== undefined && account !== undefined && !isPersons(known, account);
        }),
    );
    const [first] = own;
    if (first !== undefined && own.size === 1) return first;
    const [unit] = units;
    return unit === undefined ? "" : units.length === 1 ? derivedName(known, unit) : "integration";
  },
  check: (name, { known: fact }, answers) => {
    const known = knownValue(fact);
    if (name === "") return undefined;
    if (name === answers.get(administratorName))
      return `${name} administers this server: the service needs another account`;
    const account = known && accountNamed(known, name);
    if (known && account && isUsed(known, account)) {
      return `${name} is an account that someone logs in with: the service needs one of its own`;
    }
    return undefined;
  },
  describe: (name) => (name === "" ? "none yet" : name),
});

const folder = z
  .string()
  .trim()
  .regex(
    /^\/(?!.*(?:^|\/)\.{0,2}(?:\/|$))[^\t\n\r\0"]+$/u,
    "must be an absolute path, without . or .. and without a slash at the end",
  );

const shared =
  /^\/(?:bin|boot|dev|etc|home|lib[^/]*|media|mnt|opt|proc|root|run|sbin|srv|sys|tmp|usr|var)$|^\/(?:boot|dev|lib[^/]*|proc|root|sys|tmp|usr|home|media|var\/tmp|var\/run|var\/lib\/drawbridge|etc\/(?:ssh|systemd|sudoers\.d|pam\.d|ssl))(?:\/|$)|^\/var\/(?:cache|lib|log|opt|spool|www)$|^\/etc\/default$/u;

const checkFolders = (folders: readonly string[]): string | undefined => {
  const wrong = folders.find((path) => shared.test(path));
  return wrong === undefined
    ? undefined
    : `${wrong} holds more than this integration's files: give it a folder of its own, such as /opt/orders`;
};

const inside = (path: string, folders: readonly string[]): boolean =>
  folders.some((outer) => path === outer || path.startsWith(`${outer}/`));

const parent = (path: string): string => path.slice(0, path.lastIndexOf("/")) || "/";

/** Only what the probe listed: it knows where a folder of one program ends. */
const listed = (services: Workload, paths: readonly string[]): readonly string[] =>
  [...new Set(paths)].filter((path) => services.trees.some((tree) => tree.path === path));

/** No unit, but a name: a place for the integration that is to come. */
const prepared = (answers: AnswerReader, base: string): string[] => {
  const name = answers.get(serviceUserName);
  return name === "" || answers.get(serviceUserUnit).length > 0 ? [] : [`${base}/${name}`];
};

const named = (_: Asked, answers: AnswerReader): boolean => answers.get(serviceUserName) !== "";

const folderQuestion = <N extends "application" | "configuration" | "logs">(
  name: N,
  texts: { readonly label: string; readonly title: string; readonly why: string },
  base: string,
  find: (services: Workload, units: readonly WorkloadUnit[], answers: AnswerReader) => readonly string[],
) =>
  question({
    id: `service-user.${name}` as const,
    kind: "list",
    ...texts,
    schema: z.array(folder),
    needs,
    when: named,
    default: ({ services }, answers) => {
      const found = knownValue(services);
      const units = found === undefined ? [] : chosenUnits(found, answers);
      return found === undefined || units.length === 0 ? prepared(answers, base) : [...find(found, units, answers)];
    },
    check: checkFolders,
    describe: (folders: string[]) => (folders.length === 0 ? "none" : folders.join(", ")),
  });

const programFolders = (services: Workload, units: readonly WorkloadUnit[]): readonly string[] =>
  listed(
    services,
    units.flatMap(({ jar }) => (jar === undefined ? [] : [parent(jar)])),
  );

export const serviceUserApplication = folderQuestion(
  "application",
  {
    label: "Program",
    title: "Where is the program?",
    why: "The service reads and runs what is in here and changes none of it, so that a break-in cannot plant a program for the next start. Proposed is the folder of its JAR.",
  },
  "/opt",
  programFolders,
);

export const serviceUserConfiguration = folderQuestion(
  "configuration",
  {
    label: "Configuration",
    title: "Where is its configuration?",
    why: "Configuration holds passwords and keys: the service reads it, other accounts do not even see it. Proposed are the folders of the files in BAL_CONFIG_FILES.",
  },
  "/etc",
  (services, units, answers) =>
    listed(
      services,
      units.flatMap(({ configurationFiles }) => configurationFiles.map(parent)),
    ).filter((path) => !inside(path, answers.get(serviceUserApplication))),
);

/** What people put beside a program and a program does not write by itself. */
const placed = /\.(?:jar|war|sh|toml|properties|xml|ya?ml|env|p12|pfx|jks|pem|crt|cer|key)$/iu;

/** Files that came with the JAR are about as old as the JAR: seconds of grace for an installation that took its time. */
const installation = 3600;

/**
 * Folders inside the program's that the service writes to: its own already, written to since it started, or holding
 * files much younger than the JAR that nobody puts there by hand.
 */
const writtenInside = (tree: Tree, units: readonly WorkloadUnit[]): readonly string[] => {
  const started = Math.min(...units.map(({ startedAt }) => startedAt ?? Number.POSITIVE_INFINITY));
  const programs = tree.entries.filter(({ path }) => units.some(({ jar }) => jar === path));
  const installed = Math.max(...programs.map(({ modified }) => modified + installation), Number.NEGATIVE_INFINITY);
  const users = new Set(units.map(({ user }) => user).filter((user) => user !== "root"));
  const [top] = tree.entries;
  const owned = tree.entries.filter(
    ({ kind, owner, path }) => kind === "directory" && path !== tree.path && users.has(owner) && top?.owner !== owner,
  );
  const written = tree.entries.filter(
    ({ kind, modified, path }) =>
      kind === "file" &&
      parent(path) !== tree.path &&
      (modified > started || (programs.length > 0 && modified > installed && !placed.test(path))),
  );
  const folders = [...new Set([...owned.map(({ path }) => path), ...written.map(({ path }) => parent(path))])];
  return folders.filter((path) => !folders.some((outer) => path !== outer && path.startsWith(`${outer}/`)));
};

export const serviceUserLogs = folderQuestion(
  "logs",
  {
    label: "Logs and data",
    title: "Which folders does it write to?",
    why: "The service may write here and nowhere else. Proposed are its log folders, and folders beside the program that hold files it wrote.",
  },
  "/var/log",
  (services, units, answers) => [
    ...new Set([
      ...listed(
        services,
        units.flatMap(({ logFolders }) => logFolders),
      ),
      ...services.trees
        .filter(({ path }) => answers.get(serviceUserApplication).includes(path))
        .flatMap((tree) => writtenInside(tree, units))
        .filter((path) => !inside(path, answers.get(serviceUserConfiguration))),
    ]),
  ],
);
