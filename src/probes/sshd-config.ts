/** Pure reading of sshd_config(5) text: what sshd would see, in the order in which it sees it. */

export type ConfigText = { readonly path: string; readonly content: string };

/** A line that sets something; comments, blank lines and Includes are not among them. */
export type ConfigLine = {
  readonly path: string;
  /** Counts from 1. */
  readonly number: number;
  /** As written. */
  readonly text: string;
  /** As written; sshd ignores its case. */
  readonly keyword: string;
  readonly arguments: readonly string[];
  /** The Match block the line stands in; undefined for lines that count for everyone. */
  readonly match: MatchBlock | undefined;
};

export type MatchBlock = {
  readonly path: string;
  readonly number: number;
  /** What follows the word Match: "Address 10.0.0.0/8". */
  readonly criteria: string;
};

export type ParsedLine = { readonly keyword: string; readonly arguments: readonly string[] };

/** Keyword and arguments of one line; undefined where it sets nothing. Quotes group, `=` may follow the keyword. */
export const parseConfigLine = (text: string): ParsedLine | undefined => {
  const match = /^[ \t]*([A-Za-z0-9]+)(?:[ \t]*=[ \t]*|[ \t]+|$)(.*)$/u.exec(text.replace(/[\r\f]+$/u, ""));
  if (match === null) return undefined;
  const words: string[] = [];
  for (const [word, quoted] of (match[2] as string).matchAll(/"((?:[^"\\]|\\.)*)"|[^ \t"]+/gu)) {
    if (quoted === undefined && word.startsWith("#")) break;
    words.push(quoted ?? word);
  }
  return { keyword: match[1] as string, arguments: words };
};

/** glob(7) as far as Include uses it: `*`, `?` and brackets, never across a slash. */
const globExpression = (pattern: string): RegExp => {
  const escaped = pattern.replace(/[.+^${}()|\\]/gu, "\\$&");
  return new RegExp(`^${escaped.replace(/\*/gu, "[^/]*").replace(/\?/gu, "[^/]").replace(/\[!/gu, "[^")}$`, "u");
};

/** Files an Include names, in sshd's order. Relative names count from /etc/ssh; hidden files do not match a star. */
export const includedBy = (pattern: string, paths: readonly string[]): readonly string[] => {
  const absolute = pattern.startsWith("/") ? pattern : `/etc/ssh/${pattern}`;
  let expression: RegExp;
  try {
    expression = globExpression(absolute);
  } catch {
    return [];
  }
  return paths
    .filter((path) => expression.test(path) && !/\/\.[^/]*$/u.test(path))
    .toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
};

/** sshd refuses more levels of Include than this (servconf.c SERVCONF_MAX_DEPTH). */
const deepestInclude = 16;

/**
 * Every setting line from `main` on, Includes followed where they stand. An Include inside a Match block counts for that
 * block alone; a Match inside an included file ends with that file.
 */
export const readConfig = (main: string, texts: readonly ConfigText[]): readonly ConfigLine[] => {
  const contents = new Map(texts.map(({ path, content }) => [path, content]));
  const lines: ConfigLine[] = [];
  const read = (path: string, outer: MatchBlock | undefined, depth: number): void => {
    let match = outer;
    for (const [index, text] of (contents.get(path) ?? "").split("\n").entries()) {
      const parsed = parseConfigLine(text);
      if (parsed === undefined) continue;
      const keyword = parsed.keyword.toLowerCase();
      if (keyword === "include") {
        if (depth >= deepestInclude) continue;
        for (const pattern of parsed.arguments)
          for (const included of includedBy(pattern, [...contents.keys()])) read(included, match, depth + 1);
      } else if (keyword === "match") {
        const criteria = parsed.arguments.join(" ");
        // Inside an Include that itself stands in a Match block, both must hold.
        match = { path, number: index + 1, criteria: both(outer?.criteria ?? "all", criteria) };
      } else lines.push({ path, number: index + 1, text, ...parsed, match });
    }
  };
  read(main, undefined, 0);
  return lines;
};

/** "all" says nothing and may not stand beside other criteria. */
const both = (outer: string, inner: string): string =>
  outer.toLowerCase() === "all" ? inner : inner.toLowerCase() === "all" ? outer : `${outer} ${inner}`;

/** Whether `main` reads a file at `path` for everyone: an Include outside every Match block names it. */
export const isIncluded = (path: string, main: string, texts: readonly ConfigText[]): boolean => {
  const marker = "DrawbridgeIsReadHere";
  const probed = [...texts.filter((text) => text.path !== path), { path, content: marker }];
  return readConfig(main, probed).some((line) => line.keyword === marker && line.match === undefined);
};

/**
 * One text that means the same as the files together, for `sshd -t -f`: what counts for everyone first, then the Match
 * blocks in their order. sshd reads both kinds apart, so only the order within each matters.
 */
export const assembleConfig = (main: string, texts: readonly ConfigText[]): string => {
  const lines = readConfig(main, texts);
  const everyone = lines.filter(({ match }) => match === undefined).map(({ text }) => text.trim());
  const blocks: string[] = [];
  let current: MatchBlock | undefined;
  for (const { match, text } of lines) {
    if (match === undefined) continue;
    if (match !== current) blocks.push(`Match ${match.criteria}`);
    current = match;
    blocks.push(`  ${text.trim()}`);
  }
  return `${[...everyone, ...blocks].join("\n")}\n`;
};
