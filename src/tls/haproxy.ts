import type { Replacement } from "./nginx.ts";

export type HaproxyWord = { readonly text: string; readonly start: number; readonly end: number };
export type HaproxyLine = {
  /** "global", "defaults", "frontend web" … */
  readonly section: string;
  readonly words: readonly HaproxyWord[];
  readonly start: number;
  /** Before the line break. */
  readonly end: number;
};

const sections = new Set(
  "global defaults frontend backend listen userlist peers mailers resolvers program ring cache http-errors fcgi-app log-forward traces crt-store".split(
    " ",
  ),
);

/** Lines that say something, with the section they stand in. haproxy configuration manual, 2.2: quoting and escaping. */
export const readHaproxy = (text: string): readonly HaproxyLine[] => {
  const lines: HaproxyLine[] = [];
  let section = "";
  let at = 0;
  for (const line of text.split("\n")) {
    const words: HaproxyWord[] = [];
    const pattern = /(?:"(?:[^"\\]|\\.)*"|'[^']*'|\\.|[^\s#"'\\])+|#.*$/gu;
    for (const match of line.matchAll(pattern)) {
      if (match[0].startsWith("#")) break;
      const plain = match[0].replaceAll(/"((?:[^"\\]|\\.)*)"|'([^']*)'|\\(.)/gu, (_, a, b, c) => a ?? b ?? c ?? "");
      words.push({ text: plain, start: at + match.index, end: at + match.index + match[0].length });
    }
    const [first] = words;
    if (first !== undefined) {
      if (sections.has(first.text)) section = words.map(({ text: word }) => word).join(" ");
      lines.push({ section, words, start: at, end: at + line.length });
    }
    at += line.length + 1;
  }
  return lines;
};

/** Words of `bind … ssl` that decide about protocols, with the number of values behind each. */
const overrides: Readonly<Record<string, number>> = {
  "ssl-min-ver": 1,
  "ssl-max-ver": 1,
  ciphers: 1,
  ciphersuites: 1,
  curves: 1,
  ecdhe: 1,
  "force-sslv3": 0,
  "force-tlsv10": 0,
  "force-tlsv11": 0,
  "force-tlsv12": 0,
  "force-tlsv13": 0,
  "no-sslv3": 0,
  "no-tlsv10": 0,
  "no-tlsv11": 0,
  "no-tlsv12": 0,
  "no-tlsv13": 0,
};

export type HaproxyWish = {
  readonly ciphers: string;
  readonly ciphersuites: string;
  readonly curves: string | undefined;
  readonly minimum: "TLSv1.2" | "TLSv1.3";
};

export const haproxyHasTls = (text: string): boolean =>
  readHaproxy(text).some(({ words }) => words[0]?.text === "bind" && words.some(({ text: word }) => word === "ssl"));

/** The settings of `global` for a wish, in the order in which they are written. */
export const haproxyGlobal = (wish: HaproxyWish, keptOptions: readonly string[] = []): readonly [string, string][] => [
  ...(wish.curves === undefined ? [] : [["ssl-default-bind-curves", wish.curves] as [string, string]]),
  ...(wish.ciphers === "" ? [] : [["ssl-default-bind-ciphers", wish.ciphers] as [string, string]]),
  ["ssl-default-bind-ciphersuites", wish.ciphersuites],
  [
    "ssl-default-bind-options",
    [...keptOptions, `ssl-min-ver ${wish.minimum}`, "no-tls-tickets", "prefer-client-ciphers"].join(" "),
  ],
];

/**
 * One file's replacements: `global`'s defaults set, and what a `bind` line says against them taken away. A file without a
 * `global` section gets only the latter. `global`: the file to carry the settings that stand nowhere yet.
 */
export const haproxyReplacements = (text: string, wish: HaproxyWish, global: boolean): readonly Replacement[] => {
  const lines = readHaproxy(text);
  const replacements: Replacement[] = [];
  const options = lines.find(
    ({ section, words }) => section === "global" && words[0]?.text === "ssl-default-bind-options",
  );
  const kept: string[] = [];
  const given = options?.words.slice(1).map(({ text: word }) => word) ?? [];
  for (let index = 0; index < given.length; index++) {
    const word = given[index] as string;
    const values = overrides[word];
    if (values !== undefined) index += values;
    else if (!["no-tls-tickets", "prefer-client-ciphers", "prefer-server-ciphers"].includes(word)) kept.push(word);
  }
  const missing: string[] = [];
  if (lines.some(({ section }) => section === "global")) {
    for (const [name, value] of haproxyGlobal(wish, kept)) {
      const found = lines.filter(({ section, words }) => section === "global" && words[0]?.text === name);
      const [first, ...others] = found;
      if (first === undefined) {
        if (global) missing.push(`    ${name} ${value}`);
      } else if (
        first.words
          .slice(1)
          .map(({ text: word }) => word)
          .join(" ") !== value
      ) {
        const begin = first.words[0]?.start ?? first.start;
        replacements.push({ start: begin, end: (first.words.at(-1) ?? first).end, text: `${name} ${value}` });
      }
      for (const other of others) replacements.push({ start: other.start, end: other.end, text: "" });
    }
    const last = lines.findLast(({ section }) => section === "global");
    if (missing.length > 0 && last !== undefined)
      replacements.push({ start: last.end, end: last.end, text: `\n${missing.join("\n")}` });
  }
  for (const { words } of lines) {
    if (words[0]?.text !== "bind" || !words.some(({ text: word }) => word === "ssl")) continue;
    for (let index = 1; index < words.length; index++) {
      const word = words[index] as HaproxyWord;
      const values = overrides[word.text];
      if (values === undefined) continue;
      const before = words[index - 1] as HaproxyWord;
      const lastWord = words[Math.min(index + values, words.length - 1)] as HaproxyWord;
      replacements.push({ start: before.end, end: lastWord.end, text: "" });
      index += values;
    }
  }
  return replacements;
};
