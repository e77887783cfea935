import type { Integration, TextFile, TomlValue } from "../../../src/model/integration.ts";
import type { PathState } from "../../../src/probes/accounts.ts";
import { splitWords } from "../../../src/systemd/unit-file.ts";
import { readToml } from "../../../src/toml/document.ts";
import { isSecretKey, looksLikeSecret, maskText } from "../../../src/workload/secrecy.ts";
import { isHidden } from "../configuration.ts";

/** A secret in a file: where, and what it is called. The value stays in memory. */
export type FoundSecret = {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** Key, variable or option: "notifications.token", "PAYMENT_TOKEN", "-CdbPassword". */
  readonly name: string;
};

/** A word of a unit's Environment= or command line that holds a secret. */
export type SecretWord = FoundSecret & {
  readonly kind: "variable" | "argument" | "property" | "other";
  /** As it stands in the file, quotes included. */
  readonly raw: string;
  /** What follows the `=`. */
  readonly value: string;
};

const lineAt = (text: string, index: number): number => text.slice(0, index).split("\n").length;

/** Mode bits of a file. */
const bits = (stat: PathState | undefined): number =>
  stat === undefined || stat.kind === "missing" ? 0 : Number.parseInt(stat.mode, 8);

/** Root's file, which at most the group of the service may read; or what systemd hands to the service alone. */
export const isGuarded = (path: string, stat: PathState | undefined, group: string): boolean => {
  if (path.startsWith("/run/credentials/")) return true;
  if (stat === undefined || stat.kind !== "file" || stat.owner !== "root") return false;
  if ((bits(stat) & 0o027) !== 0) return false;
  return (bits(stat) & 0o040) === 0 || stat.group === "root" || stat.group === group;
};

/** Read by systemd, which is root: nobody else has to. */
export const isRootsAlone = (stat: PathState | undefined): boolean =>
  stat?.kind === "file" && stat.owner === "root" && (bits(stat) & (stat.group === "root" ? 0o027 : 0o077)) === 0;

/** "0644 orders:orders" */
export const described = (stat: PathState | undefined): string =>
  stat === undefined || stat.kind === "missing" ? "unknown" : `${stat.mode} ${stat.owner}:${stat.group}`;

export const groupOf = ({ unit, user }: Integration): string => unit?.group ?? user;

export type SecretSetting = FoundSecret & { readonly path: readonly string[] };

/** Secrets in the program's configuration files that lie open, whether they count or a stronger source beats them. */
export const openSettings = (integration: Integration): readonly SecretSetting[] =>
  integration.configuration.files.flatMap(({ path: file, content, state, stat }) => {
    if (state !== "read" || content === undefined || isGuarded(file, stat, groupOf(integration))) return [];
    const read = readToml(content);
    if (!read.ok) return [];
    return read.entries
      .filter(({ path, value }) => isHidden(path, value))
      .map(({ path, line }) => ({ file, line, name: path.join("."), path }));
  });

/** Every secret that the program is configured with, guarded or not: paths of keys and values. */
export const allSecrets = ({
  configuration,
}: Integration): readonly { readonly key: string; readonly value: TomlValue }[] =>
  configuration.settings.filter(({ secret }) => secret).map(({ key, value }) => ({ key, value }));

/** Variables that are options of a JVM: their value is a command line. */
const optionVariables: ReadonlySet<string> = new Set([
  "JAVA_TOOL_OPTIONS",
  "JDK_JAVA_OPTIONS",
  "_JAVA_OPTIONS",
  "JAVA_OPTS",
]);

const isSecretVariable = (name: string, value: string): boolean =>
  value !== "" &&
  !/^[$%{]/u.test(value) &&
  (isSecretKey(name) || looksLikeSecret(value) || (optionVariables.has(name) && maskText(value) !== value));

/** Secrets in the text of unit files: Environment= and the words of Exec lines. Comments count as well: anyone can read them. */
export const unitSecrets = ({ unitFiles }: Integration): readonly SecretWord[] =>
  unitFiles.flatMap((file) => (file.state === "read" ? wordsOf(file) : []));

const wordsOf = ({ path: file, content = "" }: TextFile): readonly SecretWord[] => {
  const found: SecretWord[] = [];
  let open: string | undefined;
  for (const [index, line] of (content ?? "").split("\n").entries()) {
    if (/^\s*[#;]/u.test(line)) {
      if (maskText(line) !== line)
        found.push({ file, line: index + 1, name: "a comment", kind: "other", raw: line, value: "" });
      continue;
    }
    const directive: string | undefined = open ?? /^\s*([A-Za-z]+)\s*=/u.exec(line)?.[1];
    const text = open === undefined ? line.slice(line.indexOf("=") + 1) : line;
    open = line.endsWith("\\") ? directive : undefined;
    if (directive === undefined) continue;
    const words = splitWords(text.replace(/\\$/u, ""));
    for (const [at, { raw, value }] of words.entries()) {
      const word = secretWord(directive, value, words[at - 1]?.value ?? "");
      if (word !== undefined) found.push({ file, line: index + 1, raw, ...word });
    }
  }
  return found;
};

const secretWord = (
  directive: string,
  text: string,
  before: string,
): Pick<SecretWord, "name" | "kind" | "value"> | undefined => {
  const at = text.indexOf("=");
  const name = text.slice(0, Math.max(0, at));
  const value = at < 0 ? "" : text.slice(at + 1);
  if (directive === "Environment" || directive === "PassEnvironment") {
    return at > 0 && isSecretVariable(name, value) ? { name, kind: "variable", value } : undefined;
  }
  if (!directive.startsWith("Exec")) return undefined;
  return commandWord(text, before);
};

/** A word of a command line that holds a secret, and what it is. */
const commandWord = (text: string, before: string): Pick<SecretWord, "name" | "kind" | "value"> | undefined => {
  const match = /^(-C|-D)([^=]+)=([\s\S]+)$/u.exec(text);
  if (match) {
    const [, option = "", name = "", value = ""] = match;
    if (value === "" || !(isSecretKey(name) || looksLikeSecret(value))) return undefined;
    return { name: `${option}${name}`, kind: option === "-C" ? "argument" : "property", value };
  }
  if (
    /^--?[A-Za-z][A-Za-z0-9-]*$/u.test(before) &&
    isSecretKey(before) &&
    !text.startsWith("-") &&
    !text.startsWith("$")
  ) {
    return { name: before, kind: "other", value: "" };
  }
  return looksLikeSecret(text) || maskText(text) !== text
    ? { name: text.split("=")[0]?.slice(0, 40) ?? "a word", kind: "other", value: "" }
    : undefined;
};

/** Secrets on the command line of the running program, which every account of the machine can read (ps). */
export const commandLineSecrets = ({
  commandLine,
}: Integration): readonly Pick<SecretWord, "name" | "kind" | "value">[] =>
  commandLine.flatMap((word, index) => commandWord(word, commandLine[index - 1] ?? "") ?? []);

/** Secret lines of environment files that others than root can read. */
export const environmentFileSecrets = ({ environmentFiles }: Integration): readonly SecretWord[] =>
  environmentFiles.flatMap((file) => (file.state !== "read" || isRootsAlone(file.stat) ? [] : environmentLines(file)));

/** Secret assignments of an environment file: systemd.exec(5). */
export const environmentLines = ({ path: file, content = "" }: TextFile): readonly SecretWord[] => {
  let at = 0;
  return (content ?? "").split("\n").flatMap((line): readonly SecretWord[] => {
    const start = at;
    at += line.length + 1;
    const match = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)=(.*)$/u.exec(line);
    if (match === null) {
      return /^\s*[#;]/u.test(line) && maskText(line) !== line
        ? [{ file, line: lineAt(content ?? "", start), name: "a comment", kind: "other", raw: line, value: "" }]
        : [];
    }
    const [, name = "", written = ""] = match;
    const value = unquoted(written.trim());
    return isSecretVariable(name, value)
      ? [{ file, line: lineAt(content ?? "", start), name, kind: "variable", raw: line, value }]
      : [];
  });
};

const unquoted = (text: string): string => /^(["'])(.*)\1$/u.exec(text)?.[2] ?? text;
