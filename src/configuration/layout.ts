import type { Configuration, Integration, TomlValue } from "../model/integration.ts";
import { openToml, readToml, type TomlEntry } from "../toml/document.ts";
import { editToml, sameToml, type TomlEdit } from "../toml/edit.ts";
import { effectiveConfiguration, type Sources } from "../workload/configuration.ts";
import { isHidden } from "../workload/hidden.ts";
import { valueAt, variableOf } from "../workload/variables.ts";

/** The parts of a configuration, as they are listed: the strongest first. A variable stands whole in one of them. */
export const parts = ["secrets", "endpoints", "environment", "base"] as const;
export type Part = (typeof parts)[number];

export const forms = ["centralised", "decentralised"] as const;
export type Form = (typeof forms)[number];

/** One folder below this holds the configuration of every integration, for one loader. */
export const centralFolder = "/etc/integrations";
export const loaderPath = `${centralFolder}/load`;

/** Where the parts of an integration lie. FHS 3.0, 3.7.4: /etc/opt is for what is installed below /opt. */
export const layoutFolder = (form: Form, id: string): string =>
  form === "centralised" ? `${centralFolder}/${id}` : `/etc/opt/${id}`;

/** What is there: one file for everything, a layout, or no file at all. */
export type Found = Form | "single file" | "BAL_CONFIG_DATA" | "nothing";

const isPart = (path: string, id: string, form: Form): boolean => path.startsWith(`${layoutFolder(form, id)}/`);

export const layoutFound = ({ configuration, id }: Pick<Integration, "configuration" | "id">): Found => {
  const { decidedBy, files } = configuration;
  if (decidedBy === "BAL_CONFIG_DATA") return "BAL_CONFIG_DATA";
  if (files.length === 0) return "nothing";
  if (decidedBy === "BAL_CONFIG_FILES") {
    if (files.some(({ path }) => isPart(path, id, "centralised"))) return "centralised";
    if (files.length > 1 || files.some(({ path }) => isPart(path, id, "decentralised"))) return "decentralised";
  }
  return "single file";
};

const libraries: ReadonlySet<string> = new Set(["ballerina", "ballerinax", "ballerinai", "wso2"]);

type Sorting = {
  readonly program: Pick<Integration, "jar">;
  /** Keys of endpoints. */
  readonly endpoints: ReadonlySet<string>;
  /** Keys or tables that differ from stage to stage, besides those of libraries (ports, log levels, metrics). */
  readonly environment: readonly string[];
};

const name = (path: readonly string[]): string => path.join(".");

/** In which part a variable belongs: a secret in any of its fields takes all of it along. */
export const partOf = (
  variable: readonly string[],
  entries: readonly Pick<TomlEntry, "path" | "value">[],
  { endpoints, environment }: Omit<Sorting, "program">,
): Part => {
  if (entries.some(({ path, value }) => isHidden(path, value))) return "secrets";
  if (entries.some(({ path }) => endpoints.has(name(path)))) return "endpoints";
  const own = name(variable);
  const listed = environment.some((key) => own === key || own.startsWith(`${key}.`) || key.startsWith(`${own}.`));
  return listed || libraries.has(variable[0] as string) ? "environment" : "base";
};

const headers: Readonly<Record<Exclude<Part, "base">, string>> = {
  secrets:
    "# Secrets: read before everything else. Only the integration may read this file, and nobody sends it anywhere.\n",
  endpoints: "# Whom the integration calls. Read before environment and base.\n",
  environment: "# What differs from stage to stage: ports, log level, metrics. Read before base.\n",
};

const starts = (path: readonly string[], above: readonly string[]): boolean =>
  above.every((part, index) => path[index] === part);

/** A variable for another file: each value as it is written, tables with headers of their own. */
const copied = (text: string, root: TomlValue, entries: readonly TomlEntry[], variable: readonly string[]) => {
  const raws: string[] = [];
  const written = new Map(entries.map((entry) => [JSON.stringify(entry.path), text.slice(entry.start, entry.end)]));
  const marked = (value: TomlValue, path: readonly string[]): TomlValue => {
    const raw = written.get(JSON.stringify(path));
    if (raw !== undefined) return `@@layout-${raws.push(raw) - 1}@@`;
    if (Array.isArray(value)) return value.map((item: TomlValue, index) => marked(item, [...path, String(index)]));
    return Object.fromEntries(
      Object.entries(value as { readonly [key: string]: TomlValue }).map(([part, inner]) => [
        part,
        marked(inner, [...path, part]),
      ]),
    );
  };
  const edits = spread(marked(valueAt(root, variable) as TomlValue, variable), variable);
  const fill = (result: string): string =>
    result.replace(/"@@layout-(\d+)@@"/gu, (whole, index: string) => raws[Number(index)] ?? whole);
  return { edits, fill };
};

const spread = (value: TomlValue, path: readonly string[]): readonly TomlEdit[] => {
  if (typeof value !== "object" || Array.isArray(value) || Object.keys(value).length === 0)
    return [{ set: path, value }];
  const entries = Object.entries(value) as [string, TomlValue][];
  const isTable = (inner: TomlValue) => typeof inner === "object" && !Array.isArray(inner);
  return [...entries.filter(([, inner]) => !isTable(inner)), ...entries.filter(([, inner]) => isTable(inner))].flatMap(
    ([part, inner]) => spread(inner, [...path, part]),
  );
};

/** One text as its parts; comments stay in base. Parts without a value are left out, base never is. */
export const splitConfiguration = (
  text: string,
  sorting: Sorting,
):
  | { readonly ok: true; readonly texts: ReadonlyMap<Part, string> }
  | { readonly ok: false; readonly problem: string } => {
  const read = readToml(text);
  if (!read.ok) return read;
  const variables = new Map<string, { variable: readonly string[]; entries: TomlEntry[] }>();
  for (const entry of read.entries) {
    const variable = variableOf(sorting.program, entry.path);
    const key = JSON.stringify(variable);
    const known = variables.get(key) ?? { variable, entries: [] };
    known.entries.push(entry);
    variables.set(key, known);
  }
  const texts = new Map<Part, string>();
  const moved: (readonly string[])[] = [];
  for (const part of parts) {
    if (part === "base") continue;
    const mine = [...variables.values()]
      .filter(({ variable, entries }) => partOf(variable, entries, sorting) === part)
      // Values of no table come first: behind a header they would be that table's.
      .toSorted((a, b) => Number(a.variable.length > 1) - Number(b.variable.length > 1));
    if (mine.length === 0) continue;
    let result = headers[part];
    for (const { variable, entries } of mine) {
      const { edits, fill } = copied(text, read.root, entries, variable);
      result = fill(editToml(result, edits));
      moved.push(variable);
    }
    texts.set(part, result);
  }
  const base = withoutEmptied(
    text,
    editToml(
      text,
      moved.map((path) => ({ remove: path })),
    ),
  );
  texts.set("base", base);
  return { ok: true, texts };
};

/** Headers of tables that have lost everything say nothing any more. */
const withoutEmptied = (before: string, after: string): string => {
  const emptied = (text: string): readonly (readonly string[])[] => {
    const document = openToml(text);
    if (!document.ok) return [];
    return document.sections
      .filter(({ header, pairs, array }) => header !== undefined && pairs.length === 0 && !array)
      .map(({ path }) => path)
      .filter((path) =>
        document.sections.every((other) => other.path.length <= path.length || !starts(other.path, path)),
      );
  };
  const always = new Set(emptied(before).map((path) => JSON.stringify(path)));
  let result = after;
  for (;;) {
    const next = emptied(result).find((path) => !always.has(JSON.stringify(path)));
    if (next === undefined) return result;
    result = editToml(result, [{ remove: next }]);
  }
};

type Files = readonly { readonly path: string; readonly text: string }[];

/** What a program would make of these files, strongest first, with everything else as it is. */
export const configurationWith = (integration: Integration, files: Files): Configuration => {
  const { environment, commandLine, workingDirectory, jar } = integration;
  const texts = new Map(files.map(({ path, text }) => [path, text]));
  const sources: Sources = {
    environment: [
      ...environment.filter(({ name: variable }) => variable !== "BAL_CONFIG_FILES" && variable !== "BAL_CONFIG_DATA"),
      { name: "BAL_CONFIG_FILES", value: files.map(({ path }) => path).join(":"), from: "unit" },
    ],
    commandLine,
    workingDirectory,
    mainClass: jar?.mainClass,
    modules: jar?.modules ?? [],
    file: (path) => {
      const content = texts.get(path);
      return content === undefined ? undefined : { path, state: "read", problem: undefined, content, stat: undefined };
    },
  };
  return effectiveConfiguration(sources);
};

/** Values that a program would have otherwise than now, by key; empty when it would notice nothing. */
export const differences = (before: Configuration, after: Configuration): readonly string[] => {
  const told = (configuration: Configuration) =>
    new Map(
      configuration.settings.map(({ key, value, source }) => {
        const content =
          source.kind === "file" ? configuration.files.find(({ path }) => path === source.path)?.content : undefined;
        const raw = source.kind === "file" ? content?.slice(source.start, source.end) : undefined;
        return [key, { value, kind: source.kind, raw }] as const;
      }),
    );
  const [now, then] = [told(before), told(after)];
  return [...new Set([...now.keys(), ...then.keys()])].filter((key) => {
    const [one, two] = [now.get(key), then.get(key)];
    // As it is written, too: a date and the text of a date are two things.
    return (
      one === undefined ||
      two === undefined ||
      one.kind !== two.kind ||
      one.raw !== two.raw ||
      !sameToml(one.value, two.value)
    );
  });
};
