import type {
  Configuration,
  ConfigurationFile,
  LinkedModule,
  Setting,
  SettingSource,
  TextFile,
  TomlValue,
} from "../model/integration.ts";
import { readToml } from "../toml/document.ts";
import { packageOfMainClass } from "./modules.ts";
import { isSecretKey, looksLikeSecret } from "./secrecy.ts";

/**
 * What a Ballerina program's configurable variables amount to (LaunchUtils and ConfigResolver of ballerina-lang): the
 * environment before the command line before the files in the order of BAL_CONFIG_FILES. Every variable comes whole from one
 * source: fields of a record are not gathered from several files.
 */

export type Variable = { readonly name: string; readonly value: string; readonly from: string };

export type Sources = {
  /** The effective environment: each name once. */
  readonly environment: readonly Variable[];
  readonly commandLine: readonly string[];
  readonly workingDirectory: string;
  readonly mainClass: string | undefined;
  readonly modules: readonly LinkedModule[];
  /** What was found at a path. */
  readonly file: (path: string) => TextFile | undefined;
};

type Value = {
  readonly path: readonly string[];
  readonly value: TomlValue;
  readonly source: SettingSource;
};

const variablePrefix = "BAL_CONFIG_VAR_";

const variableNamed = (environment: readonly Variable[], name: string): Variable | undefined =>
  environment.findLast((variable) => variable.name === name);

/** Where TOML comes from: an exclusive choice. Paths are made absolute as the program would. */
export const configurationPaths = ({
  environment,
  workingDirectory,
}: Pick<Sources, "environment" | "workingDirectory">): {
  readonly decidedBy: Configuration["decidedBy"];
  readonly paths: readonly string[];
} => {
  const absolute = (path: string) => (path.startsWith("/") ? path : `${workingDirectory.replace(/\/$/u, "")}/${path}`);
  const files = variableNamed(environment, "BAL_CONFIG_FILES");
  if (files !== undefined) {
    const paths = files.value.split(":").filter((path) => path !== "");
    return { decidedBy: "BAL_CONFIG_FILES", paths: [...new Set(paths.map(absolute))] };
  }
  if (variableNamed(environment, "BAL_CONFIG_DATA") !== undefined) return { decidedBy: "BAL_CONFIG_DATA", paths: [] };
  return { decidedBy: "working directory", paths: [absolute("Config.toml")] };
};

/** A program's modules and how keys, arguments and environment variables name their variables. */
type Naming = {
  readonly root: { readonly organisation: string; readonly name: string } | undefined;
  /** Ways to write each module, as parts of a key; longest first. */
  readonly prefixes: readonly { readonly parts: readonly string[]; readonly module: string }[];
  readonly configurables: ReadonlyMap<string, readonly string[]>;
  readonly linked: ReadonlySet<string>;
};

/** Modules whose names have dots, for programs whose JAR could not be read. */
const dottedModules = ["wso2/icp.runtime.bridge", "ballerinax/wso2.controlplane", "ballerinax/mysql.driver"];

const rootModule = "";

const namingOf = ({ mainClass, modules }: Pick<Sources, "mainClass" | "modules">): Naming => {
  const root = packageOfMainClass(mainClass);
  const idOf = ({ organisation, name }: Pick<LinkedModule, "organisation" | "name">) =>
    root && organisation === root.organisation && name === root.name ? rootModule : `${organisation}/${name}`;
  const named = new Map(modules.map((module) => [idOf(module), module]));
  for (const module of dottedModules) {
    const [organisation = "", name = ""] = module.split("/");
    if (!named.has(module)) named.set(module, { organisation, name, major: 0, version: undefined });
  }
  if (root !== undefined) named.set(rootModule, named.get(rootModule) ?? { ...root, version: undefined });
  const prefixes = [...named].flatMap(([module, { organisation, name }]) => {
    const parts = name.split(".");
    const own = root !== undefined && organisation === root.organisation;
    const inPackage = own && root && (name === root.name || name.startsWith(`${root.name}.`));
    return [
      { parts: [organisation, ...parts], module },
      // Only modules of the program's own package go without their organisation.
      ...(inPackage ? [{ parts, module }] : []),
    ];
  });
  return {
    root,
    prefixes: prefixes.toSorted((a, b) => b.parts.length - a.parts.length),
    configurables: new Map(
      modules.flatMap((module) => (module.configurables ? [[idOf(module), module.configurables] as const] : [])),
    ),
    linked: new Set(modules.map(idOf)),
  };
};

/** Organisations whose tables can only be a module's: nobody calls a variable of their own so. */
const libraryOrganisations = new Set(["ballerina", "ballerinax", "ballerinai", "wso2"]);

type Identity = { readonly module: string; readonly variable: string; readonly rest: readonly string[] };

const identify = (path: readonly string[], { prefixes, root, configurables }: Naming): Identity => {
  for (const { parts, module } of prefixes) {
    if (path.length <= parts.length || !parts.every((part, index) => path[index] === part)) continue;
    // `[orders]` may be a record variable of the package orders as well: its JAR tells.
    const known = configurables.get(rootModule);
    if (module === rootModule && parts.length === 1 && known?.includes(parts[0] as string)) continue;
    return { module, variable: path[parts.length] as string, rest: path.slice(parts.length + 1) };
  }
  if (path.length >= 3 && libraryOrganisations.has(path[0] as string) && path[0] !== root?.name) {
    return { module: `${path[0]}/${path[1]}`, variable: path[2] as string, rest: path.slice(3) };
  }
  return { module: rootModule, variable: path[0] as string, rest: path.slice(1) };
};

const identityKey = ({ module, variable }: Identity): string => JSON.stringify([module, variable]);

/** `BAL_CONFIG_VAR_ORG_MODULE_NAME`, `…_MODULE_NAME` and, of the root module, `…_NAME`: upper case, dots as underscores. */
const environmentNames = ({ module, variable }: Identity, { root }: Naming): readonly string[] => {
  const shout = (...parts: readonly string[]) => parts.join("_").replaceAll(".", "_").toUpperCase();
  if (module === rootModule) {
    return [
      shout(variable),
      ...(root ? [shout(root.name, variable), shout(root.organisation, root.name, variable)] : []),
    ];
  }
  const [organisation = "", name = ""] = module.split("/");
  return [shout(organisation, name, variable), shout(name, variable)];
};

const keyOf = (path: readonly string[]): string => path.join(".");

/** An argument or an environment variable as TOML would have it; both know simple types only. */
const plainValue = (text: string): TomlValue => {
  if (text === "true" || text === "false") return text === "true";
  if (/^[+-]?\d{1,18}$/u.test(text)) return BigInt(text);
  if (/^[+-]?\d+\.\d+(?:[eE][+-]?\d+)?$/u.test(text)) return Number(text);
  return text;
};

const isSecret = ({ path, value }: Pick<Value, "path" | "value">): boolean => {
  if (typeof value === "string") {
    if (value === "") return false;
    return isSecretKey(keyOf(path.filter((part) => !/^\d+$/u.test(part)))) || looksLikeSecret(value);
  }
  if (Array.isArray(value)) return value.some((inner) => isSecret({ path, value: inner as TomlValue }));
  if (typeof value === "object")
    return Object.entries(value).some(([name, inner]) => isSecret({ path: [...path, name], value: inner }));
  return typeof value !== "boolean" && isSecretKey(keyOf(path));
};

/** Everything that is configured, by source, and what of it counts. */
export const effectiveConfiguration = (sources: Sources): Configuration => {
  const { environment, commandLine } = sources;
  const naming = namingOf(sources);
  const choice = configurationPaths(sources);
  const found = choice.paths.map((path) => configurationFile(path, sources.file(path)));
  // Nobody misses a Config.toml that was never asked for.
  const files = choice.decidedBy === "working directory" ? found.filter(({ file }) => file.state !== "missing") : found;
  const data = variableNamed(environment, "BAL_CONFIG_DATA");
  const fromData =
    choice.decidedBy === "BAL_CONFIG_DATA" && data !== undefined
      ? valuesIn(data.value, () => ({ kind: "data", from: data.from }))
      : [];
  const given: readonly (readonly Value[])[] = [
    ...argumentsOf(commandLine),
    ...files.map(({ values }) => values),
    fromData,
  ];

  const known = new Map<string, Identity>();
  for (const { path } of given.flat()) {
    const identity = identify(path, naming);
    known.set(identityKey(identity), identity);
  }
  for (const [module, variables] of naming.configurables)
    for (const variable of variables) {
      const identity = { module, variable, rest: [] };
      known.set(identityKey(identity), identity);
    }
  const byEnvironmentName = new Map(
    [...known.values()].flatMap((identity) =>
      environmentNames(identity, naming).map((name) => [name, identity] as const),
    ),
  );
  const spelling = new Map(given.flat().map((value) => [identityKey(identify(value.path, naming)), value.path]));
  const fromEnvironment = environment.flatMap(({ name, value, from }): readonly Value[] => {
    if (!name.startsWith(variablePrefix)) return [];
    const rest = name.slice(variablePrefix.length);
    const identity = byEnvironmentName.get(rest);
    const path =
      identity === undefined
        ? [rest.toLowerCase()]
        : (spelling.get(identityKey(identity))?.slice(0, pathLength(identity, spelling, naming)) ?? pathOf(identity));
    return [{ path, value: plainValue(value), source: { kind: "environment", variable: name, from } }];
  });

  const layers = [fromEnvironment, ...given];
  const layersOf = new Map<string, (readonly Value[])[]>();
  for (const layer of layers) {
    const here = new Map<string, Value[]>();
    for (const value of layer) {
      const key = identityKey(identify(value.path, naming));
      here.set(key, [...(here.get(key) ?? []), value]);
    }
    for (const [key, values] of here) layersOf.set(key, [...(layersOf.get(key) ?? []), values]);
  }

  const settings: Setting[] = [];
  const ignored: Pick<Setting, "path" | "key" | "value" | "source" | "secret">[] = [];
  const within = ({ path }: Value) => keyOf(identify(path, naming).rest);
  for (const [strongest = [], ...weaker] of layersOf.values()) {
    const counted = new Set(strongest.map(within));
    for (const value of strongest) {
      const shadowed = weaker.flat().filter((other) => within(other) === within(value));
      settings.push({
        path: value.path,
        key: keyOf(value.path),
        value: value.value,
        source: value.source,
        shadowed: shadowed.map((other) => ({ value: other.value, source: other.source })),
        secret: isSecret(value) || shadowed.some(isSecret),
      });
    }
    for (const value of weaker.flat())
      if (!counted.has(within(value))) ignored.push({ ...value, key: keyOf(value.path), secret: isSecret(value) });
  }

  return {
    decidedBy: files.length === 0 && choice.decidedBy === "working directory" ? "nothing" : choice.decidedBy,
    files: files.map(({ file }) => file),
    settings,
    ignored,
    unused: layers.flat().flatMap((value) => {
      const matched =
        value.source.kind !== "environment" ||
        byEnvironmentName.has(value.source.variable.slice(variablePrefix.length));
      return isUnused(identify(value.path, naming), matched, naming)
        ? [{ key: keyOf(value.path), source: value.source }]
        : [];
    }),
  };
};

const pathOf = ({ module, variable }: Identity): readonly string[] =>
  module === rootModule
    ? [variable]
    : [...module.split("/").flatMap((part, index) => (index === 0 ? [part] : part.split("."))), variable];

/** Parts of a written path up to and with the variable. */
const pathLength = (identity: Identity, spelling: ReadonlyMap<string, readonly string[]>, naming: Naming): number => {
  const path = spelling.get(identityKey(identity)) ?? [];
  return path.length - identify(path, naming).rest.length;
};

/** Only said where the JAR proves it: it names the variables of this module, or has no such module. */
const isUnused = ({ module, variable }: Identity, matched: boolean, { configurables, linked }: Naming): boolean => {
  const known = configurables.get(module);
  if (known !== undefined) return !matched || !known.includes(variable);
  if (module === rootModule || linked.size === 0) return false;
  return libraryOrganisations.has(module.split("/")[0] as string) && !linked.has(module);
};

const configurationFile = (
  path: string,
  found: TextFile | undefined,
): { readonly file: ConfigurationFile; readonly values: readonly Value[] } => {
  if (found === undefined)
    return {
      file: { path, state: "unreadable", problem: "it was not looked at", content: undefined, stat: undefined },
      values: [],
    };
  const { state, problem, content, stat } = found;
  if (state !== "read" || content === undefined) return { file: { path, state, problem, content, stat }, values: [] };
  const read = readToml(content);
  if (!read.ok) return { file: { path, state: "invalid", problem: read.problem, content, stat }, values: [] };
  return { file: { path, state: "read", problem: undefined, content, stat }, values: valuesOf(read, path) };
};

const valuesOf = (read: ReturnType<typeof readToml>, file: string): readonly Value[] =>
  read.ok
    ? read.entries.map(({ path, value, line, start, end }) => ({
        path,
        value,
        source: { kind: "file", path: file, line, start, end },
      }))
    : [];

const valuesIn = (text: string, source: () => SettingSource): readonly Value[] => {
  const read = readToml(text);
  return read.ok ? read.entries.map(({ path, value }) => ({ path, value, source: source() })) : [];
};

/** `-Ckey=value` behind the program; each is a source of its own, the last of a key counts. */
const argumentsOf = (words: readonly string[]): readonly (readonly Value[])[] => {
  const found = new Map<string, Value>();
  for (const word of words) {
    const match = /^-C([^=]+)=([\s\S]*)$/u.exec(word);
    if (!match) continue;
    const path = (match[1] as string).split(".");
    found.set(keyOf(path), {
      path,
      value: plainValue(match[2] as string),
      source: { kind: "argument", from: "command line" },
    });
  }
  return found.size === 0 ? [] : [[...found.values()]];
};
