import { maskSpans, type SecretSpan } from "../core/concealed.ts";
import type { Configuration, Endpoint, TomlValue } from "../model/integration.ts";
import { readToml, type TomlEntry } from "../toml/document.ts";
import { editToml, renderToml, sameToml, type TomlEdit, TomlEditFailure } from "../toml/edit.ts";
import { effectiveConfiguration } from "../workload/configuration.ts";
import { endpointsOf } from "../workload/endpoints.ts";
import { isHidden, secretSpans } from "../workload/hidden.ts";
import { maskText } from "../workload/secrecy.ts";
import type { PromotionRules } from "./rules.ts";
import { effectiveTable, type JsonSchema, schemaProblems, variableBySchema } from "./schema.ts";

/**
 * What a configuration of one stage becomes in the next: everything that is decided before anything is touched. Pure.
 *
 * Text that is promoted keeps its comments and its order. Secrets are never carried over: a variable that holds one is the
 * target's own, and where the target has none the promotion stops.
 */

export type ConfigurationText = { readonly name: string; readonly text: string };

export type Promotion = {
  readonly source: readonly ConfigurationText[];
  readonly target: readonly ConfigurationText[];
  readonly rules: PromotionRules;
  /** What the program accepts, where somebody tells. */
  readonly schema?: JsonSchema | undefined;
  /** `endpoints`: addresses only; all else of the target stays. */
  readonly only: "everything" | "endpoints";
};

export type PromotedFile = {
  readonly name: string;
  /** Real texts: they hold the target's secrets. */
  readonly before: string | null;
  readonly after: string;
};

export type Promoted = {
  /** Files of the target that change. */
  readonly files: readonly PromotedFile[];
  /** Why it must not be done; empty when nothing stands against it. No value of a secret is in it. */
  readonly problems: readonly string[];
  /** What the rules did, and what was left behind, for people. */
  readonly notes: readonly string[];
  /** Endpoints of the result that the target does not have now. */
  readonly newEndpoints: readonly Endpoint[];
};

/** Files of a Ballerina project that are no configuration of the program. */
const otherToml = /^(?:Ballerina|Dependencies|Cloud|Scan|Settings|promotion[\w.-]*|rules[\w.-]*)\.toml$/iu;
const secretFile = /secret/iu;

/** Whether a file of a folder is configuration that may be promoted, or holds a stage's own secrets. */
export const isConfigurationFile = (name: string): boolean => /^[^.].*\.toml$/u.test(name) && !otherToml.test(name);

/** By the names of a layout, strongest first: what a program reads before the rest. */
const ranks: readonly RegExp[] = [secretFile, /endpoint/iu, /environment|\benv\b/iu];
const rankOf = (name: string): number => {
  const found = ranks.findIndex((pattern) => pattern.test(name));
  if (found >= 0) return found;
  return /^(?:base|default)/iu.test(name) ? ranks.length + 1 : ranks.length;
};

/** Files in the order in which a program reads them, the strongest first. */
export const inPrecedence = <T extends { readonly name: string }>(files: readonly T[]): readonly T[] =>
  files.toSorted((a, b) => rankOf(a.name) - rankOf(b.name) || (a.name < b.name ? -1 : 1));

const keyOf = (path: readonly string[]): string => path.join(".");
const below = (path: readonly string[], keys: readonly string[]): boolean =>
  keys.some((key) => keyOf(path) === key || keyOf(path).startsWith(`${key}.`));

/** The settings of a set of files, as a program would have them. */
export const settingsOf = (files: readonly ConfigurationText[]): Configuration => {
  const ordered = inPrecedence(files);
  const texts = new Map(ordered.map(({ name, text }) => [`/${name}`, text]));
  return effectiveConfiguration({
    environment: [{ name: "BAL_CONFIG_FILES", value: [...texts.keys()].join(":"), from: "layout" }],
    commandLine: [],
    workingDirectory: "/",
    mainClass: undefined,
    modules: [],
    file: (path) => {
      const content = texts.get(path);
      return content === undefined ? undefined : { path, state: "read", problem: undefined, content, stat: undefined };
    },
  });
};

const entriesOf = (text: string): readonly TomlEntry[] => {
  const read = readToml(text);
  return read.ok ? read.entries : [];
};

/** Everything that is wrong with one stage's files taken alone. */
export const stageProblems = (
  stage: string,
  files: readonly ConfigurationText[],
  schema: JsonSchema | undefined,
  /** A source without its secrets is whole all the same. */
  secretsElsewhere = false,
): readonly string[] => {
  const broken = files.flatMap(({ name, text }) => {
    const read = readToml(text);
    return read.ok ? [] : [`${stage}: ${name} is no TOML: ${read.problem}`];
  });
  if (broken.length > 0 || schema === undefined) return broken;
  const texts = inPrecedence(files).map(({ text }) => text);
  const whole = effectiveTable(texts, variableBySchema(schema));
  return schemaProblems(whole, schema)
    .filter(
      ({ kind, text }) => !(secretsElsewhere && kind === "missing" && isSecretRequired(schema, text.split(" ", 1)[0])),
    )
    .map(({ text }) => `${stage}: ${text}`);
};

const isSecretRequired = (schema: JsonSchema, key = ""): boolean =>
  key.split(".").reduce<JsonSchema | undefined>((at, part) => at?.properties?.[part], schema)?.writeOnly === true;

/** Replaces whole hosts in a text: "db.dev.example" does not touch "olddb.dev.example". What one rule writes no other finds. */
const withHosts = (text: string, hosts: PromotionRules["hosts"]): string => {
  const names = Object.keys(hosts).toSorted((a, b) => b.length - a.length);
  if (names.length === 0) return text;
  const wanted = new Map(names.map((from) => [from.toLowerCase(), hosts[from] as string]));
  const pattern = `(?<![A-Za-z0-9_.-])(?:${names.map(escaped).join("|")})(?![A-Za-z0-9_-]|\\.[A-Za-z0-9])`;
  return text.replace(new RegExp(pattern, "giu"), (found) => wanted.get(found.toLowerCase()) ?? found);
};

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/gu, "\\$&");

const transformed = (value: TomlValue, hosts: PromotionRules["hosts"]): TomlValue => {
  if (typeof value === "string") return withHosts(value, hosts);
  if (Array.isArray(value)) return value.map((item: TomlValue) => transformed(item, hosts));
  return value;
};

const limited = (
  value: TomlValue,
  {
    minimum = Number.NEGATIVE_INFINITY,
    maximum = Number.POSITIVE_INFINITY,
  }: { minimum?: number | undefined; maximum?: number | undefined },
): TomlValue => {
  if (typeof value !== "bigint" && typeof value !== "number") return value;
  const [low, high] = typeof value === "bigint" ? [Math.ceil(minimum), Math.floor(maximum)] : [minimum, maximum];
  const bound = value < low ? low : value > high ? high : undefined;
  if (bound === undefined) return value;
  return typeof value === "bigint" ? BigInt(bound) : bound;
};

/** A value as it is written somewhere else: what a parser would lose (dates, quotes) stays. */
type RawEdit = { readonly set: readonly string[]; readonly raw: string };

/** A value's place in the text, and what comes there. */
type Replacement = Pick<TomlEntry, "start" | "end"> & { readonly by: string };

/**
 * The text with values replaced where they stand, all at once (a file may have thousands, and an edit reads all of it again), and then
 * with what has to come or go.
 */
const edited = (text: string, replacements: readonly Replacement[], edits: readonly (TomlEdit | RawEdit)[]): string => {
  let replaced = "";
  let end = 0;
  for (const { start, end: next, by } of replacements.toSorted((a, b) => a.start - b.start)) {
    replaced += text.slice(end, start) + by;
    end = next;
  }
  replaced += text.slice(end);
  const raws: string[] = [];
  const plain = edits.map((edit): TomlEdit => {
    if (!("raw" in edit)) return edit;
    return { set: edit.set, value: `@@promoted-${raws.push(edit.raw) - 1}@@` };
  });
  return editToml(replaced, plain).replace(
    /"@@promoted-(\d+)@@"/gu,
    (whole, index: string) => raws[Number(index)] ?? whole,
  );
};

type Own = { readonly file: string; readonly entries: readonly (TomlEntry & { readonly raw: string })[] };

export const promote = (promotion: Promotion): Promoted => {
  const source = promotion.source.filter(({ name }) => isConfigurationFile(name));
  const target = promotion.target.filter(({ name }) => isConfigurationFile(name));
  const { rules, schema } = promotion;
  const stop = (problems: readonly string[]): Promoted => ({ files: [], problems, notes: [], newEndpoints: [] });
  if (source.length === 0) return stop(["source: there is no configuration in it: no .toml file"]);
  const hasSecrets = source.some(({ name }) => secretFile.test(name));
  const sourceProblems = stageProblems("source", source, schema, !hasSecrets);
  const targetProblems = target.flatMap(({ name, text }) => {
    const read = readToml(text);
    return read.ok ? [] : [`target: ${name} is no TOML: ${read.problem}`];
  });
  if (sourceProblems.length + targetProblems.length > 0) return stop([...sourceProblems, ...targetProblems]);

  const made =
    promotion.only === "endpoints" ? endpointFiles(source, target, promotion) : wholeFiles(source, target, promotion);
  const result = [
    ...target.filter(({ name }) => !made.files.some((file) => file.name === name)),
    ...made.files.map(({ name, after }) => ({ name, text: after })),
  ];
  const problems = [
    ...made.problems,
    ...stageProblems("result", result, schema),
    ...leaks(source, target, made.files, rules),
    ...wrongHosts(result, rules),
  ];
  const had = new Set(endpointsOf(settingsOf(target).settings).map(placeOf));
  return {
    files: made.files.filter(({ before, after }) => before !== after),
    problems,
    notes: made.notes,
    newEndpoints: endpointsOf(settingsOf(result).settings).filter((endpoint) => !had.has(placeOf(endpoint))),
  };
};

const placeOf = ({ scheme, host, port }: Endpoint): string => `${scheme}|${host.toLowerCase()}|${port}`;

type Made = Pick<Promoted, "files" | "problems" | "notes">;

const isSecret = (entry: Pick<TomlEntry, "path" | "value">, rules: PromotionRules): boolean =>
  isHidden(entry.path, entry.value) || below(entry.path, rules.secrets);

const wholeFiles = (
  source: readonly ConfigurationText[],
  target: readonly ConfigurationText[],
  { rules, schema }: Promotion,
): Made => {
  const variable = variableBySchema(schema);
  const problems: string[] = [];
  const notes: string[] = [];
  const owned = (whole: readonly string[]): Own | undefined =>
    inPrecedence(target)
      .map(({ name, text }) => ({
        file: name,
        entries: entriesOf(text)
          .filter(({ path }) => whole.every((part, index) => path[index] === part))
          .map((entry) => ({ ...entry, raw: text.slice(entry.start, entry.end) })),
      }))
      .find(({ entries }) => entries.length > 0);
  const files: PromotedFile[] = [];
  const weakest = inPrecedence(source).findLast(({ name }) => !secretFile.test(name) && !rules.skip.includes(name));
  for (const { name, text } of source) {
    if (secretFile.test(name)) {
      notes.push(`${name}: not carried over, it holds the source's secrets`);
      continue;
    }
    if (rules.skip.includes(name)) {
      notes.push(`${name}: left as it is in the target`);
      continue;
    }
    problems.push(...commentProblems(name, text));
    const entries = entriesOf(text);
    const edits: (TomlEdit | RawEdit)[] = [];
    const replacements: Replacement[] = [];
    const handled = new Set<string>();
    const kept = new Set<string>();
    for (const entry of entries) {
      const whole = variable(entry.path);
      const id = JSON.stringify(whole);
      if (handled.has(id)) continue;
      const mine = entries.filter(({ path }) => whole.every((part, index) => path[index] === part));
      const secret = mine.filter((each) => isSecret(each, rules));
      const keep = mine.some(({ path }) => below(path, rules.keep)) || below(whole, rules.keep);
      if (secret.length === 0 && !keep) continue;
      const own = owned(whole);
      if (own !== undefined && own.file !== name) {
        // A variable comes whole from one file: the target's own, in its own file.
        handled.add(id);
        edits.push({ remove: whole });
        notes.push(`${keyOf(whole)}: the target has its own in ${own.file}`);
        continue;
      }
      for (const each of mine.filter((one) => secret.includes(one) || below(one.path, rules.keep))) {
        const id = JSON.stringify(each.path);
        if (kept.has(id)) continue;
        kept.add(id);
        const theirPath = own === undefined ? undefined : samePlace(each.path, mine, own.entries, rules);
        const theirs = own?.entries.find(({ path }) => theirPath !== undefined && keyOf(path) === keyOf(theirPath));
        if (theirs !== undefined) {
          replacements.push({ start: each.start, end: each.end, by: theirs.raw });
          notes.push(`${keyOf(each.path)}: the target keeps its own`);
        } else if (secret.includes(each)) {
          edits.push({ remove: each.path });
          problems.push(
            own !== undefined && theirPath === undefined
              ? `result: ${keyOf(each.path)} is a secret, and no entry of the target is the same as that one: write the entry into the target first`
              : `result: ${keyOf(each.path)} is a secret, and the target has none of its own: write it into the target's secrets first`,
          );
        } else {
          edits.push({ remove: each.path });
          notes.push(`${keyOf(each.path)}: the target has none to keep, and the source's is not taken`);
        }
      }
    }
    const isOwn = (path: readonly string[]) =>
      kept.has(JSON.stringify(path)) || handled.has(JSON.stringify(variable(path)));
    for (const entry of entries) {
      if (isOwn(entry.path)) continue;
      const ruled = ruledValue(entry, rules);
      if (!sameToml(ruled, entry.value)) {
        replacements.push({ start: entry.start, end: entry.end, by: renderToml(ruled) });
        notes.push(
          `${keyOf(entry.path)}: ${shown(entry.path, entry.value, rules)} becomes ${shown(entry.path, ruled, rules)}`,
        );
      }
    }
    const before = target.find((file) => file.name === name)?.text ?? null;
    const others = keptBesides(before ?? "", text, rules);
    edits.push(...others.edits);
    notes.push(...others.notes);
    problems.push(...others.problems);
    if (name === weakest?.name) {
      for (const [key, value] of Object.entries(rules.set)) {
        const path = key.split(".");
        if (source.some((file) => holds(file.text, key))) continue;
        edits.push({ set: path, value });
        notes.push(`${key}: ${shown(path, value, rules)} by the rules`);
      }
    }
    // A table that a rule sets takes the place of the source's: its keys alone would be half of each.
    for (const [key, value] of Object.entries(rules.set)) {
      const path = key.split(".");
      if (!holds(text, key) || entries.some((entry) => keyOf(entry.path) === key) || isOwn(path)) continue;
      edits.push({ set: path, value });
      notes.push(`${key}: ${shown(path, value, rules)} by the rules`);
    }
    try {
      files.push({ name, before, after: edited(text, replacements, edits) });
    } catch (error) {
      if (!(error instanceof TomlEditFailure)) throw error;
      problems.push(`result: ${name} cannot be written by the rules: ${error.message}; change the rule or the source`);
    }
  }
  const lost = files.flatMap(({ name, before, after }) => lostSecrets(name, before, after, rules, target));
  return { files, problems: [...problems, ...lost], notes };
};

const holds = (text: string, key: string): boolean => entriesOf(text).some(({ path }) => below(path, [key]));

/** What tells entries of an array apart. */
const identifying = /^(?:user_?name|user|name|id|client_?id|key_?id|alias|host|url|topic|queue)$/iu;

const isIndex = (part: string | undefined): boolean => part !== undefined && /^\d+$/u.test(part);

/**
 * Where the target has what the source has at `path`. Entries of an array are the same when they say the same about who or what they are,
 * wherever they stand: by its place alone, one account would get the password of another. undefined: none is, or more than one.
 */
const samePlace = (
  path: readonly string[],
  mine: readonly TomlEntry[],
  theirs: readonly TomlEntry[],
  rules: PromotionRules,
): readonly string[] | undefined => {
  let found: readonly string[] = [];
  for (const [depth, part] of path.entries()) {
    if (!isIndex(part) || depth === 0) {
      found = [...found, part];
      continue;
    }
    const wanted = identityOf(path.slice(0, depth + 1), mine, rules, true);
    const places = indexesAt(found, theirs);
    const alike = places.filter((index) => identityOf([...found, index], theirs, rules, false) === wanted);
    // Nothing but secrets tells them apart: then only a single one is surely the same.
    const isSure =
      alike.length === 1 &&
      (wanted !== "[]" || (places.length === 1 && indexesAt(path.slice(0, depth), mine).length === 1));
    if (!isSure) return undefined;
    found = [...found, alike[0] as string];
  }
  return found;
};

const indexesAt = (path: readonly string[], entries: readonly TomlEntry[]): readonly string[] => [
  ...new Set(
    entries
      .filter((entry) => entry.path.length > path.length && path.every((part, index) => entry.path[index] === part))
      .map((entry) => entry.path[path.length] as string),
  ),
];

const identityOf = (
  element: readonly string[],
  entries: readonly TomlEntry[],
  rules: PromotionRules,
  /** As it would be in the target. */
  isSource: boolean,
): string => {
  const own = entries
    .filter(
      (entry) =>
        entry.path.length > element.length &&
        element.every((part, index) => entry.path[index] === part) &&
        !entry.path.slice(element.length).some(isIndex) &&
        !isSecret(entry, rules),
    )
    .map((entry) => ({
      key: keyOf(entry.path.slice(element.length)),
      value: isSource ? ruledValue(entry, rules) : entry.value,
    }));
  const telling = own.filter(({ key }) => identifying.test(key));
  return JSON.stringify(
    (telling.length > 0 ? telling : own)
      .toSorted((a, b) => (a.key < b.key ? -1 : 1))
      .map(({ key, value }) => [key, typeof value, String(JSON.stringify(value, withoutBigints))]),
  );
};

const withoutBigints = (_key: string, value: unknown): unknown => (typeof value === "bigint" ? `${value}n` : value);

/** What the target keeps of keys and tables that the source's file does not have, or of which it has other parts. */
const keptBesides = (
  before: string,
  text: string,
  rules: PromotionRules,
): {
  readonly edits: readonly (TomlEdit | RawEdit)[];
  readonly notes: readonly string[];
  readonly problems: readonly string[];
} => {
  const had = entriesOf(before).filter(({ path }) => below(path, rules.keep));
  const has = new Set(entriesOf(text).map(({ path }) => keyOf(path)));
  const edits: (TomlEdit | RawEdit)[] = [];
  const notes: string[] = [];
  const problems: string[] = [];
  for (const { path, start, end } of had) {
    const key = keyOf(path);
    if (has.has(key)) continue;
    if (path.some(isIndex)) {
      problems.push(
        `result: ${key} is to be kept, and the source's array has no such entry: name the file in the rules' skip`,
      );
      continue;
    }
    edits.push({ set: path, raw: before.slice(start, end) });
    notes.push(`${key}: the target keeps its own`);
  }
  return { edits, notes, problems };
};

/** A secret that only the target's file has must not vanish with it. */
const lostSecrets = (
  name: string,
  before: string | null,
  after: string,
  rules: PromotionRules,
  target: readonly ConfigurationText[],
): readonly string[] => {
  if (before === null) return [];
  const now = new Set(entriesOf(after).map(({ path }) => keyOf(path)));
  const elsewhere = new Set(
    target.filter((file) => file.name !== name).flatMap(({ text }) => entriesOf(text).map(({ path }) => keyOf(path))),
  );
  return entriesOf(before)
    .filter((entry) => isSecret(entry, rules) && !now.has(keyOf(entry.path)) && !elsewhere.has(keyOf(entry.path)))
    .map(
      ({ path }) =>
        `result: ${keyOf(path)} is a secret of the target's ${name} that the source does not know: move it to its secrets file first`,
    );
};

const ruledValue = ({ path, value }: TomlEntry, rules: PromotionRules): TomlValue => {
  const key = keyOf(path);
  if (Object.hasOwn(rules.set, key)) return rules.set[key] as TomlValue;
  if (key === "ballerina.log.level" && rules.logLevel !== undefined) return rules.logLevel;
  const limit = rules.limits[key];
  const bounded = limit === undefined ? value : limited(value, limit);
  return transformed(bounded, rules.hosts);
};

const shown = (path: readonly string[], value: TomlValue, rules: PromotionRules): string => {
  if (isSecret({ path, value }, rules)) return "a secret";
  if (typeof value === "bigint") return String(value);
  return maskText(JSON.stringify(value, (_key, inner: unknown) => (typeof inner === "bigint" ? Number(inner) : inner)));
};

const commentProblems = (name: string, text: string): readonly string[] => {
  const entries = entriesOf(text);
  return secretSpans(name, text)
    .filter(({ start }) => !entries.some((entry) => start >= entry.start && start < entry.end))
    .map(
      ({ start }) =>
        `source: ${name} line ${text.slice(0, start).split("\n").length} has a secret in a comment: take it out first`,
    );
};

/** Addresses of the source in the files of the target that hold them. */
const endpointFiles = (
  source: readonly ConfigurationText[],
  target: readonly ConfigurationText[],
  { rules }: Promotion,
): Made => {
  const { settings } = settingsOf(source);
  const keys = new Set(
    endpointsOf(settings).flatMap(({ key }) => [
      key,
      ...portsBeside(
        key,
        settings.map((one) => one.key),
      ),
    ]),
  );
  const notes: string[] = [];
  const edits = new Map<string, TomlEdit[]>();
  const problems: string[] = [];
  const home =
    target.find(({ name }) => /endpoint/iu.test(name))?.name ??
    inPrecedence(target).findLast(({ name }) => !secretFile.test(name))?.name ??
    "endpoints.toml";
  for (const setting of settings) {
    if (!keys.has(setting.key)) continue;
    const { path } = setting;
    if (below(path, rules.keep)) continue;
    const holder = inPrecedence(target).find(({ text }) =>
      entriesOf(text).some((entry) => keyOf(entry.path) === setting.key),
    );
    const now = holder && entriesOf(holder.text).find((entry) => keyOf(entry.path) === setting.key);
    if (isHidden(path, setting.value) || (now !== undefined && isHidden(path, now.value))) {
      if (now === undefined)
        problems.push(`result: ${setting.key} has a password in it, and the target has none of its own`);
      else notes.push(`${setting.key}: has a password in it, the target keeps its own`);
      continue;
    }
    const value = Object.hasOwn(rules.set, setting.key)
      ? (rules.set[setting.key] as TomlValue)
      : transformed(setting.value, rules.hosts);
    if (now !== undefined && sameToml(now.value, value)) continue;
    if (now === undefined && path.some(isIndex)) {
      problems.push(
        `result: ${setting.key} is an entry of an array that the target has not got: promote all of it, or write the entry into the target first`,
      );
      continue;
    }
    const file = holder?.name ?? home;
    edits.set(file, [...(edits.get(file) ?? []), { set: path, value }]);
    notes.push(
      `${setting.key}: ${now === undefined ? "nothing" : shown(path, now.value, rules)} becomes ${shown(path, value, rules)} in ${file}`,
    );
  }
  const files = [...edits].flatMap(([name, mine]): readonly PromotedFile[] => {
    const before = target.find((file) => file.name === name)?.text ?? null;
    try {
      return [{ name, before, after: editToml(before ?? "", mine) }];
    } catch (error) {
      if (!(error instanceof TomlEditFailure)) throw error;
      problems.push(`result: ${name} cannot be written: ${error.message}; promote all of it, or put the file right`);
      return [];
    }
  });
  return { files, problems, notes };
};

/** `dbPort` beside `dbHost`. */
const portsBeside = (key: string, keys: readonly string[]): readonly string[] => {
  const stem = key.replace(/_?(?:host|hostname|host_name|server|address)$/iu, "");
  if (stem === key) return [];
  return keys.filter(
    (other) => other.toLowerCase().replace(/_/gu, "") === `${stem}port`.toLowerCase().replace(/_/gu, ""),
  );
};

/** The last look: no text of a secret of the source is in what would be written, unless the target had it there before. */
const leaks = (
  source: readonly ConfigurationText[],
  target: readonly ConfigurationText[],
  files: readonly PromotedFile[],
  rules: PromotionRules,
): readonly string[] => {
  const secrets = source.flatMap(({ text }) =>
    entriesOf(text)
      .filter((entry) => isSecret(entry, rules))
      .flatMap(({ path, value }) => texts(value).map((secret) => ({ key: keyOf(path), secret }))),
  );
  const known = target.map(({ text }) => text).join("\n");
  return files.flatMap(({ name, after }) =>
    secrets
      .filter(({ secret }) => secret.length >= 8 && after.includes(secret) && !known.includes(secret))
      .map(({ key }) => `result: ${name} would carry over the source's ${key}: name the key in the rules' secrets`),
  );
};

const texts = (value: TomlValue): readonly string[] => {
  if (typeof value === "string") return [value];
  if (typeof value !== "object") return [];
  return (Array.isArray(value) ? value : Object.values(value)).flatMap((inner) => texts(inner as TomlValue));
};

const matches = (host: string, pattern: string): boolean =>
  new RegExp(`^${pattern.split("*").map(escaped).join(".*")}$`, "iu").test(host);

/** Endpoints that a stage's own rules forbid, and hosts of the source that were not replaced. */
const wrongHosts = (result: readonly ConfigurationText[], { forbid, hosts }: PromotionRules): readonly string[] => {
  const { settings } = settingsOf(result);
  const endpoints = endpointsOf(settings);
  return [
    ...endpoints
      .filter(({ host }) => forbid.some((pattern) => matches(host, pattern)))
      .map(({ key, host }) => `result: ${key} calls ${host}, which no endpoint of the target may`),
    ...settings
      .filter(({ value }) => !texts(value).every((text) => withHosts(text, hosts) === text || idempotent(text, hosts)))
      .map(({ key }) => `result: ${key} still names a host of the source: the target's own files keep it`),
  ];
};

/** A rule from a name to a name that contains it finds its own work again. */
const idempotent = (text: string, hosts: PromotionRules["hosts"]): boolean =>
  Object.values(hosts).some((to) => text.toLowerCase().includes(to.toLowerCase()));

/** Both texts as people may see them. */
export const maskedTexts = (
  { name, before, after }: PromotedFile,
  rules: PromotionRules,
): { readonly before: string | null; readonly after: string } => {
  const hidden = (text: string) => maskSpans(text, spansOf(name, text, rules));
  return { before: before === null ? null : hidden(before), after: hidden(after) };
};

/** Where secrets stand in a text: those that names and shapes give away, and those that the rules name. */
export const spansOf = (path: string, text: string, rules: PromotionRules): readonly SecretSpan[] => [
  ...secretSpans(path, text),
  ...entriesOf(text)
    .filter((entry) => below(entry.path, rules.secrets))
    .map(({ start, end }) => ({ value: text.slice(start, end), path, start, end })),
];
