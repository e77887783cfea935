import { z } from "zod";
import { PlanConflict } from "../../src/core/assemble-plan.ts";
import { concealedBefore, concealedFile, type SecretSpan } from "../../src/core/concealed.ts";
import { dropInFolder } from "../../src/core/root-folder.ts";
import { type Change, change } from "../../src/model/change.ts";
import { composer } from "../../src/model/control.ts";
import { knownValue } from "../../src/model/fact.ts";
import { raw } from "../../src/model/probe.ts";
import { question } from "../../src/model/question.ts";
import { type RuntimeUnit, runtimeDropIn, runtimeEnvironment, unitFiles } from "../../src/probes/unit-files.ts";
import { joinOptions, optionKey, splitOptions } from "../../src/systemd/java-options.ts";
import {
  environmentLine,
  environmentOf,
  environmentWord,
  listOf,
  literal,
  plainWord,
  readEnvironmentFile,
  readUnitFile,
  splitWords,
  type UnitLine,
  type UnitText,
  type Variable,
  type Word,
} from "../../src/systemd/unit-file.ts";
import { mask, maskCommandLine } from "../../src/workload/secrecy.ts";

export type UnitDirective = {
  readonly section: "Unit" | "Service";
  readonly name: string;
  /** As systemd.exec(5) reads it; an empty value forgets what the unit itself says. */
  readonly value: string;
};

export type UnitCredential = { readonly name: string; readonly path: string; readonly encrypted?: boolean };

/** What one control wants of one service. In values `{{credentials}}` stands for the folder of its credentials; all else is literal. */
export type UnitAddition = {
  /** "orders.service" */
  readonly unit: string;
  readonly directives?: readonly UnitDirective[];
  /** Names of [Service] directives that this control alone decides: an earlier run's are not kept when it no longer gives them. */
  readonly owns?: readonly string[];
  readonly jvmOptions?: readonly string[];
  /** Exact texts, wherever the unit has them: command line, environment, environment file. */
  readonly removeJvmOptions?: readonly string[];
  /** Exact words of the command line. */
  readonly removeArguments?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** BAL_CONFIG_FILES of a new layout: instead of what anybody else wants it to be. */
  readonly configurationFiles?: string;
  readonly removeEnvironment?: readonly string[];
  /** `encrypted`: what lies at the path was made by systemd-creds(1) for this name. */
  readonly credentials?: readonly UnitCredential[];
};

/** When a changed unit begins to count. */
export const unitRestart = question({
  id: "jvm.restart",
  kind: "select",
  label: "Restart",
  title: "When may the integration be restarted?",
  why: "Options of a Java program and the limits around it count from its next start. Now: each service is restarted once, at the end, and must answer as before or everything goes back. Later: nothing is restarted, the findings stay until you do it, and nothing watches that start.",
  schema: z.enum(["now", "later"]),
  needs: { units: raw(unitFiles) },
  when: ({ units }) => (knownValue(units)?.units.length ?? 1) > 0,
  choices: () => [
    { value: "now", label: "now, once", hint: "watched; goes back by itself if it does not answer" },
    { value: "later", label: "later, by hand", hint: "findings stay until then" },
  ],
  default: () => "now" as const,
});

/** Directives that add up: two controls may give different values. Every other one is decided by one value. */
const additive: ReadonlySet<string> = new Set([
  ..."ReadWritePaths ReadOnlyPaths InaccessiblePaths ExecPaths NoExecPaths BindPaths BindReadOnlyPaths".split(" "),
  ..."StateDirectory LogsDirectory CacheDirectory RuntimeDirectory ConfigurationDirectory".split(" "),
  ..."IPAddressAllow IPAddressDeny DeviceAllow SupplementaryGroups SuccessExitStatus".split(" "),
  ..."After Before Wants Requires Documentation SystemCallFilter RestrictAddressFamilies".split(" "),
]);

/** What the composer itself writes, and reads back from an earlier run. */
const composed: ReadonlySet<string> = new Set([
  "Environment",
  "UnsetEnvironment",
  "EnvironmentFile",
  "ExecStart",
  "LoadCredential",
  "LoadCredentialEncrypted",
]);

/** Where the java launcher reads options from besides its command line, weakest first (java(1); JVMTI, "Tool options"). */
const optionVariables = ["JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS"] as const;

const header = `# Written by drawbridge: what the runtime controls want of this service. systemd.unit(5)
# Last of its drop-ins, so that it wins. An edit by hand of what is in here is overwritten by the next run.
`;

type Wanted = { readonly value: UnitAddition; readonly because: string; readonly needed: boolean };

/**
 * All that the runtime controls want of a service, in one drop-in that sorts last and one restart.
 *
 * JVM options travel in JDK_JAVA_OPTIONS, so that ExecStart= stays its owner's: a rewritten one would hide the next upgrade's.
 * It is rewritten only where a word of it has to go. A variable that an EnvironmentFile= sets beats every Environment=, so
 * ours then stands in an environment file too, the last of them.
 */
export const unitAdditions = composer<UnitAddition, { readonly units: typeof unitFiles }>({
  id: "unit-additions",
  needs: { units: unitFiles },
  compose: (wanted, { units }, answers) => {
    const names = [...new Set(wanted.map(({ value }) => value.unit))];
    return names.flatMap((name) => {
      const mine = wanted.filter(({ value }) => value.unit === name);
      const found = units.units.find((unit) => unit.name === name);
      // What another service needs does not rewrite this one.
      if (found === undefined || !mine.some(({ needed }) => needed)) return [];
      return changesOf(found, withFilesOfLayout(mine), answers.get(unitRestart) === "now");
    });
  },
});

/** Who lays the files out lists them: what others would add to the list as it was is in the new one. */
const withFilesOfLayout = (wanted: readonly Wanted[]): readonly Wanted[] => {
  if (!wanted.some(({ value, needed }) => needed && value.configurationFiles !== undefined)) return wanted;
  return wanted.map((each) => {
    const { configurationFiles, ...value } = each.value;
    const { BAL_CONFIG_FILES: _, ...others } = value.environment ?? {};
    const own = configurationFiles === undefined ? {} : { BAL_CONFIG_FILES: configurationFiles };
    return { ...each, value: { ...value, environment: { ...others, ...own } } };
  });
};

/** The unit's effective command line: undefined unless there is exactly one. */
export const execStart = (unit: RuntimeUnit): readonly Word[] | undefined => {
  const commands = listOf(linesOf(unit.files), "ExecStart");
  return commands.length === 1 ? splitWords(commands[0] as string) : undefined;
};

const linesOf = (files: readonly UnitText[]): readonly UnitLine[] =>
  files.flatMap(({ content }) => readUnitFile(content));

export const unitLines = (unit: RuntimeUnit): readonly UnitLine[] => linesOf(unit.files);

export const unitEnvironment = (unit: RuntimeUnit): ReadonlyMap<string, Variable> =>
  environmentOf(unit.files, unit.environmentFiles);

const unspecified = (text: string): string => text.replaceAll("%%", "%");

/**
 * Why an option of the running program cannot be taken away through its unit; undefined when it can. A start script that has
 * it inside is its owner's program text.
 */
export const removalObstacle = (unit: RuntimeUnit, option: string): string | undefined => {
  const words = execStart(unit);
  if (words?.some((word) => plainWord(word) === option)) return undefined;
  const variables = [...unitEnvironment(unit).values()];
  if (variables.some(({ value }) => splitOptions(unspecified(value)).includes(option))) return undefined;
  const program = words?.[0] === undefined ? "its start script" : plainWord(words[0]).replace(/^[@:+!-]*/u, "");
  return `${maskCommandLine([option]).join(" ")} comes from neither ${unit.name} nor its environment: take it out of ${program}`;
};

type Draft = {
  words: Word[] | undefined;
  wordsChanged: boolean;
  /** Variables of ours, in unit form (specifiers unread). */
  readonly variables: Map<string, string>;
  readonly unset: Set<string>;
  /** Lines of ours, by the name of the credential. */
  readonly credentials: Map<string, string>;
};

const credentialLine = ({ name, path, encrypted }: UnitCredential): string =>
  `LoadCredential${encrypted ? "Encrypted" : ""}=${name}:${path}`;

const changesOf = (unit: RuntimeUnit, wanted: readonly Wanted[], restart: boolean): readonly Change[] => {
  const environment = unitEnvironment(unit);
  const draft = earlierDraft(unit);
  for (const { value } of wanted) {
    applyRemovals(draft, environment, value);
    for (const option of value.jvmOptions ?? []) applyOption(draft, environment, placed(option));
    for (const [name, text] of Object.entries(value.environment ?? {})) setVariable(draft, name, placed(text));
    for (const each of value.credentials ?? []) draft.credentials.set(each.name, credentialLine(each));
  }
  refuseConflicts(unit, wanted);
  const files = render(unit, draft, directivesOf(unit, wanted));
  const changes: Change[] = [...foldersOf(unit, wanted)];
  if (files.some(({ change: each }) => each !== undefined) && !unit.dropInFolder) {
    changes.push(dropInFolder(unit.name));
  }
  changes.push(...files.flatMap(({ change: each }) => each ?? []));
  if (restart && isRunning(unit) && (changes.length > 0 || isStale(unit))) {
    changes.push(
      change({
        kind: "unit",
        phase: "services",
        risk: "restart",
        title: `Restart ${unit.name}`,
        unit: unit.name,
        action: "restarted",
      }),
    );
  }
  return changes;
};

const folderBases: Readonly<Record<string, string>> = { StateDirectory: "/var/lib", LogsDirectory: "/var/log" };

/**
 * Folders that systemd would make at the next start: made here, so that undo knows of them. It gives them to the account that
 * the service has by then.
 */
const foldersOf = (unit: RuntimeUnit, wanted: readonly Wanted[]): readonly Change[] => {
  if (unit.properties.DynamicUser === "yes") return [];
  const directives = wanted.flatMap(({ value }) => value.directives ?? []);
  const paths = new Map<string, { mode: string; owner: string; group: string }>();
  for (const { name, value } of directives) {
    const base = folderBases[name];
    if (base === undefined) continue;
    const mode = directives.find((directive) => directive.name === `${name}Mode`)?.value ?? "0755";
    const owner = unit.properties.User || "root";
    const parts = value.split("/");
    for (let length = 1; length <= parts.length; length++) {
      const path = `${base}/${parts.slice(0, length).join("/")}`;
      const own = length === parts.length;
      if (unit.folders.includes(path) || (!own && paths.has(path))) continue;
      paths.set(
        path,
        own ? { mode, owner, group: unit.properties.Group ?? "" } : { mode: "0755", owner: "root", group: "root" },
      );
    }
  }
  // By a command: what the service has put into them by the time of an undo is then kept aside and not in its way.
  return [...paths].map(([path, { mode, owner, group }]) =>
    change({
      kind: "command",
      phase: "files",
      risk: "none",
      title: `A folder of ${unit.name}'s own: ${path}`,
      // Without a group in the unit systemd takes the account's own: it puts that right at the next start.
      argv: ["install", "-d", "-m", mode, "-o", owner, ...(group === "" ? [] : ["-g", group]), path],
      touches: [path],
    }),
  );
};

export const isRunning = ({ properties }: RuntimeUnit): boolean =>
  properties.ActiveState !== "inactive" && properties.ActiveState !== "failed";

/** Its files were written after its program was started, or after systemd read them. */
export const isStale = ({ properties, dropIn, environment, startedAt }: RuntimeUnit): boolean =>
  properties.NeedDaemonReload === "yes" ||
  (startedAt !== undefined && [dropIn, environment].some((file) => file !== null && file.modified > startedAt));

/** Literal text of a control in unit form. */
const placed = (text: string): string => literal(text).replaceAll("{{credentials}}", "%d");

/** What an earlier run of ours has written and nobody takes back: the present run adds to it. */
const earlierDraft = (unit: RuntimeUnit): Draft => {
  const lines = readUnitFile(unit.dropIn?.content ?? "");
  const own = unit.files.filter(({ path }) => path === runtimeDropIn(unit.name));
  const variables = new Map<string, string>();
  for (const [name, { value }] of environmentOf(own, [])) variables.set(name, value);
  for (const { name, value } of environmentOf([], [{ path: "", content: unit.environment?.content ?? "" }]).values())
    variables.set(name, literal(value));
  const ownCommand = listOf(lines, "ExecStart").length > 0;
  return {
    words: execStart(unit) === undefined ? undefined : [...(execStart(unit) as readonly Word[])],
    wordsChanged: ownCommand,
    variables,
    unset: new Set(listOf(lines, "UnsetEnvironment").flatMap((value) => splitWords(value).map((word) => word.value))),
    credentials: new Map(
      ["LoadCredential", "LoadCredentialEncrypted"].flatMap((directive) =>
        listOf(lines, directive).map((value) => [value.slice(0, value.indexOf(":")), `${directive}=${value}`] as const),
      ),
    ),
  };
};

const setVariable = (draft: Draft, name: string, value: string): void => {
  if (/[\n\r\0]/u.test(value)) throw new PlanConflict(`the value of ${name} has a line break, which no unit can hold`);
  if (value === "") {
    draft.variables.delete(name);
    draft.unset.add(name);
  } else {
    draft.variables.set(name, value);
    draft.unset.delete(name);
  }
};

/** What a variable would be: ours, else the unit's; undefined when it is unset. */
const currentValue = (draft: Draft, environment: ReadonlyMap<string, Variable>, name: string): string | undefined => {
  if (draft.unset.has(name)) return undefined;
  const ours = draft.variables.get(name);
  if (ours !== undefined) return ours;
  const found = environment.get(name);
  if (found === undefined) return undefined;
  return found.from === "file" ? literal(found.value) : found.value;
};

const dropOptions = (
  draft: Draft,
  environment: ReadonlyMap<string, Variable>,
  names: Iterable<string>,
  gone: (option: string) => boolean,
): void => {
  for (const name of names) {
    const value = currentValue(draft, environment, name);
    if (value === undefined) continue;
    const options = splitOptions(value);
    const kept = options.filter((option) => !gone(unspecified(option)));
    if (kept.length < options.length) setVariable(draft, name, joinOptions(kept));
  }
};

const dropWords = (draft: Draft, gone: (word: string, index: number) => boolean): void => {
  if (draft.words === undefined) return;
  const kept = draft.words.filter((word, index) => index === 0 || !gone(plainWord(word), index));
  if (kept.length < draft.words.length) draft.wordsChanged = true;
  draft.words = kept;
};

const applyRemovals = (
  draft: Draft,
  environment: ReadonlyMap<string, Variable>,
  { removeJvmOptions = [], removeArguments = [], removeEnvironment = [] }: UnitAddition,
): void => {
  const gone = new Set(removeJvmOptions);
  const words = new Set([...removeJvmOptions, ...removeArguments]);
  dropWords(draft, (word) => words.has(word));
  dropOptions(draft, environment, [...environment.keys(), ...draft.variables.keys()], (option) => gone.has(option));
  for (const name of removeEnvironment) {
    draft.variables.delete(name);
    if (environment.has(name)) draft.unset.add(name);
  }
};

/** Words of the command line that the launcher reads as its own: those before -jar, -cp's value aside, or the class. */
const launcherWords = (words: readonly Word[]): number => {
  const end = words.findIndex(
    (word, index) => index > 0 && (plainWord(word) === "-jar" || !word.value.startsWith("-")),
  );
  return end < 0 ? words.length : end;
};

const applyOption = (draft: Draft, environment: ReadonlyMap<string, Variable>, option: string): void => {
  const text = unspecified(option);
  const key = optionKey(text);
  const contradicts = (other: string) => other !== text && other.startsWith("-") && optionKey(other) === key;
  const end = draft.words === undefined ? 0 : launcherWords(draft.words);
  dropWords(draft, (word, index) => index < end && contradicts(word));
  dropOptions(draft, environment, optionVariables, contradicts);
  const present =
    draft.words?.some((word) => plainWord(word) === text) ||
    optionVariables.some((name) =>
      splitOptions(currentValue(draft, environment, name) ?? "").some((other) => unspecified(other) === text),
    );
  if (present) return;
  const options = splitOptions(currentValue(draft, environment, "JDK_JAVA_OPTIONS") ?? "");
  setVariable(draft, "JDK_JAVA_OPTIONS", joinOptions([...options, option]));
};

const keyOf = ({ section, name }: { readonly section: string; readonly name: string }): string => `${section}.${name}`;

const refuseConflicts = (unit: RuntimeUnit, wanted: readonly Wanted[]): void => {
  const decided = new Map<string, { readonly because: string; readonly value: string }>();
  const decide = (what: string, because: string, value: string) => {
    const earlier = decided.get(what);
    if (earlier !== undefined && earlier.because !== because && earlier.value !== value) {
      throw new PlanConflict(
        `${earlier.because} and ${because} want different things of ${what} in ${unit.name}: leave one of them out`,
      );
    }
    decided.set(what, { because, value });
  };
  for (const { value, because } of wanted) {
    for (const directive of value.directives ?? []) {
      if (!additive.has(directive.name)) decide(`${directive.name}=`, because, directive.value);
    }
    for (const option of value.jvmOptions ?? []) decide(optionKey(option), because, option);
    for (const [name, text] of Object.entries(value.environment ?? {})) decide(name, because, text);
    for (const each of value.credentials ?? []) decide(`the credential ${each.name}`, because, credentialLine(each));
  }
};

const directivesOf = (unit: RuntimeUnit, wanted: readonly Wanted[]): readonly UnitLine[] => {
  const given = wanted.flatMap(({ value }) => value.directives ?? []);
  const decided = new Set([
    ...given.map(keyOf),
    ...wanted.flatMap(({ value }) => (value.owns ?? []).map((name) => keyOf({ section: "Service", name }))),
  ]);
  const kept = readUnitFile(unit.dropIn?.content ?? "").filter(
    (line) => !composed.has(line.name) && !decided.has(keyOf(line)),
  );
  const all = [...new Map([...kept, ...given].map((line) => [`${keyOf(line)}=${line.value}`, line])).values()];
  // By name, so that the same wishes are the same file, whichever run brought them; lines of one name keep their order.
  return all.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : keyOf(a) > keyOf(b) ? 1 : 0));
};

type Rendered = { readonly change: Change | undefined };

const render = (unit: RuntimeUnit, draft: Draft, directives: readonly UnitLine[]): readonly Rendered[] => {
  const own = runtimeEnvironment(unit.name);
  const inFile = new Set(
    unit.environmentFiles.filter(({ path }) => path !== own).flatMap((file) => [...environmentOf([], [file]).keys()]),
  );
  const variables = [...draft.variables].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const fileLines = variables.filter(([name]) => inFile.has(name));
  const unitVariables = variables.filter(([name]) => !inFile.has(name));
  const inUnit = (section: string) => directives.filter((line) => line.section === section);
  const settings = (section: string) => inUnit(section).map(({ name, value }) => `${name}=${value}`);
  const body = [
    ...draft.credentials.values(),
    ...(fileLines.length > 0 ? [`EnvironmentFile=${own}`] : []),
    ...unitVariables.map(([name, value]) => `Environment=${environmentWord(name, value)}`),
    ...(draft.unset.size > 0 ? [`UnsetEnvironment=${[...draft.unset].toSorted().join(" ")}`] : []),
    ...(draft.wordsChanged && draft.words !== undefined
      ? ["ExecStart=", `ExecStart=${draft.words.map(({ raw }) => raw).join(" ")}`]
      : []),
    ...settings("Service"),
  ];
  const content =
    body.length === 0 && inUnit("Unit").length === 0
      ? ""
      : [
          header.trimEnd(),
          ...(inUnit("Unit").length > 0 ? ["[Unit]", ...settings("Unit"), ""] : []),
          "[Service]",
          ...body,
          "",
        ].join("\n");
  const environmentContent =
    fileLines.length === 0
      ? ""
      : `# Written by drawbridge: read last by ${unit.name}, so that it wins over its other environment files.\n${fileLines
          .map(([name, value]) => {
            const text = unspecified(value.replaceAll(/(?<!%)((?:%%)*)%d/gu, `$1/run/credentials/${unit.name}`));
            return `${environmentLine(name, text)}\n`;
          })
          .join("")}`;
  const secrets = [
    ...secretsOf(draft),
    ...variables.flatMap(([, value]) => secretsIn(splitOptions(unspecified(value)))),
  ];
  const check = checkOf(unit, draft, settings("Unit"), settings("Service"));
  return [
    { change: fileChange(unit, own, unit.environment, environmentContent, secrets, `Environment of ${unit.name}`) },
    {
      change: fileChange(
        unit,
        runtimeDropIn(unit.name),
        unit.dropIn,
        content,
        secrets,
        `Settings of ${unit.name}`,
        check,
      ),
    },
  ];
};

/** Values inside words that must not be seen. */
const secretsIn = (words: readonly string[]): readonly string[] =>
  maskCommandLine(words).flatMap((shown, index) => {
    const word = words[index] as string;
    if (shown === word) return [];
    const at = shown.indexOf(mask);
    const rest = shown.length - at - mask.length;
    return [word.slice(at, word.length - rest)];
  });

const secretsOf = ({ words, wordsChanged }: Draft): readonly string[] =>
  wordsChanged && words !== undefined ? secretsIn(words.map(({ raw }) => raw)) : [];

/** The unit itself may hold secrets and stays where it is: judged is our addition, around a program that exists. */
const checkOf = (
  unit: RuntimeUnit,
  { words, wordsChanged }: Draft,
  general: readonly string[],
  service: readonly string[],
) => {
  const staged = `check-runtime-${unit.name.replace(/[^A-Za-z0-9._-]/gu, "-")}`;
  const command = wordsChanged && words !== undefined ? maskCommandLine(words.map(({ raw }) => raw)) : ["/bin/true"];
  const text = [
    "[Unit]",
    ...general,
    "[Service]",
    "Type=oneshot",
    `ExecStart=${command.join(" ").replaceAll(mask, "x")}`,
    ...service,
    "",
  ].join("\n");
  return { argv: ["systemd-analyze", "verify", "--man=no", `@files/${staged}`], files: { [staged]: text } };
};

const fileChange = (
  unit: RuntimeUnit,
  path: string,
  earlier: RuntimeUnit["dropIn"],
  content: string,
  secrets: readonly string[],
  title: string,
  check?: ReturnType<typeof checkOf>,
): Change | undefined => {
  const common = { phase: "services", risk: "restart", path } as const;
  // What is hidden in the file as it is now must stay hidden in what people see of it, also when it goes.
  const spans = spansOf(unit, [...secrets, ...ownSecrets(earlier?.content)], path, content);
  const after = {
    ...(spans.length === 0 ? { content } : concealed(unit, path, content, spans)),
    mode: spans.some(({ value }) => content.includes(value)) ? "0600" : "0644",
    owner: "root",
    group: "root",
  };
  if (earlier !== null && earlier.content === content && earlier.mode === after.mode) return undefined;
  const before =
    earlier === null
      ? null
      : {
          ...(spans.length === 0
            ? { content: earlier.content }
            : concealedBefore({ path, content: earlier.content, secrets: spans })),
          mode: earlier.mode,
          owner: earlier.owner,
          group: earlier.group,
        };
  if (content === "") {
    return before === null
      ? undefined
      : change({ ...common, kind: "absent", title: `${title}: nothing of ours is left`, before });
  }
  return change({
    ...common,
    kind: "file",
    title,
    before,
    after,
    sensitive: spans.length > 0,
    ...(check && { checks: [check] }),
  });
};

const ownSecrets = (content: string | undefined): readonly string[] =>
  content === undefined
    ? []
    : [
        ...secretsIn(
          readUnitFile(content)
            .filter(({ name }) => name === "ExecStart" || name === "Environment")
            .flatMap(({ value }) => splitWords(value).flatMap((word) => splitOptions(word.value))),
        ),
        ...secretsIn(readEnvironmentFile(content).flatMap(({ value }) => splitOptions(value))),
      ];

const textsOf = (unit: RuntimeUnit): ReadonlyMap<string, string> =>
  new Map([...unit.files, ...unit.environmentFiles].map(({ path, content }) => [path, content]));

/** Where on the machine each secret of the text stands: it is taken from there, and never travels. */
const spansOf = (unit: RuntimeUnit, secrets: readonly string[], path: string, content: string): readonly SecretSpan[] =>
  [...new Set(secrets)].flatMap((value) => {
    for (const [source, text] of textsOf(unit)) {
      const start = text.indexOf(value);
      if (start >= 0) return [{ value, path: source, start, end: start + value.length }];
    }
    if (!content.includes(value)) return [];
    throw new PlanConflict(
      `${unit.name} has a secret on its command line or in its options that ${path} would repeat: move it out first (secrets step)`,
    );
  });

const concealed = (unit: RuntimeUnit, path: string, content: string, spans: readonly SecretSpan[]) => {
  const { content: shown, parts } = concealedFile({ path, content, secrets: spans, sources: textsOf(unit) });
  return { content: shown, ...(parts.some((part) => !("text" in part)) ? { parts } : {}) };
};

/** The drop-in for a machine that nobody has looked at: `drawbridge generate`. */
export const renderedDropIn = (additions: readonly UnitAddition[]): string => {
  const directives = additions.flatMap(({ directives = [] }) => directives);
  const options = additions.flatMap(({ jvmOptions = [] }) => jvmOptions).map(placed);
  const environment = additions.flatMap(({ environment = {} }) => Object.entries(environment));
  const lines = (section: string) =>
    directives.filter((line) => line.section === section).map(({ name, value }) => `${name}=${value}`);
  return [
    header.trimEnd(),
    ...(lines("Unit").length > 0 ? ["[Unit]", ...lines("Unit"), ""] : []),
    "[Service]",
    ...additions.flatMap(({ credentials = [] }) => credentials).map(credentialLine),
    ...environment.map(([name, value]) => `Environment=${environmentWord(name, placed(value))}`),
    ...(options.length > 0 ? [`Environment=${environmentWord("JDK_JAVA_OPTIONS", joinOptions(options))}`] : []),
    ...new Set(lines("Service")),
    "",
  ].join("\n");
};
