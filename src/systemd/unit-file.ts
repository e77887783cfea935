/** One assignment of a unit file. Values may hold secrets (Environment=, ExecStart=): they stay in memory. */
export type UnitLine = {
  readonly section: string;
  readonly name: string;
  /** Continued lines joined by a space, without blanks around it. */
  readonly value: string;
};

/** A unit file, a drop-in or an environment file as it stands on the machine. */
export type UnitText = { readonly path: string; readonly content: string };

/** systemd.syntax(7): sections, `name=value`, comments, lines continued by a backslash (comments between them do not count). */
export const readUnitFile = (text: string): readonly UnitLine[] => {
  const lines: UnitLine[] = [];
  let section = "";
  let open: string | undefined;
  const take = (line: string) => {
    const header = /^\[(.+)\]$/u.exec(line.trim());
    if (header) {
      section = header[1] as string;
      return;
    }
    const at = line.indexOf("=");
    if (at > 0) lines.push({ section, name: line.slice(0, at).trim(), value: line.slice(at + 1).trim() });
  };
  for (const raw of text.split("\n")) {
    const line = raw.trimEnd();
    if (/^\s*[#;]/u.test(line)) continue;
    if (open === undefined && line.trim() === "") continue;
    const joined = open === undefined ? line : `${open} ${line.trimStart()}`;
    if (joined.endsWith("\\")) {
      open = joined.slice(0, -1).trimEnd();
      continue;
    }
    open = undefined;
    take(joined);
  }
  if (open !== undefined) take(open);
  return lines;
};

/** Values of a directive that adds up over all files; an empty assignment forgets what came before. */
export const listOf = (lines: readonly UnitLine[], name: string, section = "Service"): readonly string[] => {
  let values: string[] = [];
  for (const line of lines) {
    if (line.section !== section || line.name !== name) continue;
    values = line.value === "" ? [] : [...values, line.value];
  }
  return values;
};

/** What the last assignment of a directive says; undefined when nothing assigns it. */
export const lastOf = (lines: readonly UnitLine[], name: string, section = "Service"): string | undefined =>
  lines.findLast((line) => line.section === section && line.name === name)?.value;

/** A word of a command line or of Environment=: as it is written, and what it stands for. */
export type Word = { readonly raw: string; readonly value: string };

const escapes: Readonly<Record<string, string>> = {
  a: "\u0007",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  s: " ",
  "\\": "\\",
  '"': '"',
  "'": "'",
};

/**
 * Words of a value as systemd splits them (systemd.service(5), "Command lines"): blanks, both kinds of quotes, C escapes.
 * Specifiers and variables stay as they are written.
 */
export const splitWords = (text: string): readonly Word[] => {
  const words: Word[] = [];
  let index = 0;
  while (index < text.length) {
    while (/\s/u.test(text[index] ?? "")) index++;
    if (index >= text.length) break;
    const start = index;
    let value = "";
    let quote = "";
    while (index < text.length && (quote !== "" || !/\s/u.test(text[index] as string))) {
      const letter = text[index] as string;
      if (letter === "\\") {
        const [read, length] = readEscape(text.slice(index));
        value += read;
        index += length;
        continue;
      }
      if (quote === "" && (letter === '"' || letter === "'")) quote = letter;
      else if (letter === quote) quote = "";
      else value += letter;
      index++;
    }
    words.push({ raw: text.slice(start, index), value });
  }
  return words;
};

const readEscape = (text: string): readonly [string, number] => {
  const hexadecimal = /^\\x([0-9a-fA-F]{2})/u.exec(text);
  if (hexadecimal) return [String.fromCharCode(Number.parseInt(hexadecimal[1] as string, 16)), 4];
  const octal = /^\\([0-7]{3})/u.exec(text);
  if (octal) return [String.fromCharCode(Number.parseInt(octal[1] as string, 8)), 4];
  const letter = text[1] ?? "";
  return [escapes[letter] ?? `\\${letter}`, 1 + letter.length];
};

/** Text in which nothing is a specifier of systemd.unit(5). */
export const literal = (text: string): string => text.replaceAll("%", "%%");

/** `NAME=value` as one word of Environment=, which knows specifiers (left as they are) and no variables. */
export const environmentWord = (name: string, value: string): string => `"${name}=${escaped(value)}"`;

/** The same as a line of an environment file, which knows neither. */
export const environmentLine = (name: string, value: string): string =>
  `${name}="${value.replace(/[\\"$`]/gu, (letter) => `\\${letter}`)}"`;

/** A word of a command line that stands for exactly this text. */
export const commandWord = (text: string): string => {
  const safe = literal(escaped(text)).replaceAll("$", "$$$$");
  if (text === ";") return "\\;";
  return text === "" || /[\s'"\\]/u.test(text) ? `"${safe}"` : safe;
};

const escaped = (text: string): string =>
  text
    .replaceAll("\\", "\\\\")
    .replaceAll('"', '\\"')
    .replaceAll("\n", "\\n")
    .replaceAll("\t", "\\t")
    .replaceAll("\r", "\\r");

/** What a word of a command line means once "%%" and "$$" are read; other specifiers and variables stay. */
export const plainWord = ({ value }: Word): string => value.replaceAll("%%", "%").replaceAll("$$", "$");

/** systemd.exec(5) EnvironmentFile=: `NAME=value` lines, comments with # or ;, quotes as a shell would read them. */
export const readEnvironmentFile = (text: string): readonly { readonly name: string; readonly value: string }[] =>
  text
    .replaceAll(/\\\n/gu, "")
    .split("\n")
    .flatMap((line) => {
      const match = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)=(.*)$/u.exec(line);
      return match ? [{ name: match[1] as string, value: readEnvironmentValue((match[2] as string).trim()) }] : [];
    });

const readEnvironmentValue = (text: string): string => {
  let value = "";
  let quote = "";
  for (let index = 0; index < text.length; index++) {
    const letter = text[index] as string;
    if (letter === "\\" && quote !== "'") {
      value += text[++index] ?? "";
    } else if (quote === "" && (letter === '"' || letter === "'")) {
      quote = letter;
    } else if (letter === quote) {
      quote = "";
    } else {
      value += letter;
    }
  }
  return value;
};

export type Variable = {
  readonly name: string;
  /** From a unit: with its specifiers unread, "%%" for "%". */
  readonly value: string;
  /** "unit": Environment= of its files. "file": an EnvironmentFile=, which beats it. */
  readonly from: "unit" | "file";
  readonly path: string;
};

/** The environment that a unit gives its program, by systemd's precedence: Environment=, then its files, then what is unset. */
export const environmentOf = (
  files: readonly UnitText[],
  environmentFiles: readonly UnitText[],
): ReadonlyMap<string, Variable> => {
  const variables = new Map<string, Variable>();
  const unset = new Set<string>();
  for (const { path, content } of files) {
    for (const { section, name, value } of readUnitFile(content)) {
      if (section !== "Service") continue;
      if (name === "Environment") {
        if (value === "") variables.clear();
        for (const word of splitWords(value)) {
          const at = word.value.indexOf("=");
          if (at < 1) continue;
          const variable = word.value.slice(0, at);
          variables.set(variable, { name: variable, value: word.value.slice(at + 1), from: "unit", path });
        }
      }
      if (name === "UnsetEnvironment") {
        if (value === "") unset.clear();
        for (const word of splitWords(value)) unset.add(word.value);
      }
    }
  }
  for (const { path, content } of environmentFiles) {
    for (const { name, value } of readEnvironmentFile(content))
      variables.set(name, { name, value, from: "file", path });
  }
  for (const name of unset) variables.delete(name);
  return variables;
};
