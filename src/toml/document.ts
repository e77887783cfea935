import { type AST, ParseError, parseTOML } from "toml-eslint-parser";
import type { TomlValue } from "../model/integration.ts";

/*
 * Why toml-eslint-parser (MIT): it reports the place of every key and value, which editing without reformatting needs, and it
 * refuses what TOML 1.0 refuses. Parsers that only give values (smol-toml) do not know where a value stands.
 */

/** A table as it is read: never has a prototype, so a key may be called anything. */
export type TomlTable = { readonly [key: string]: TomlValue };

/**
 * One key and its value. Inline tables and arrays of tables are entered: every entry is a leaf (a string, a number, a date, an array
 * of such, or an empty inline table).
 */
export type TomlEntry = {
  /** Table and key; indexes of arrays of tables are digits. */
  readonly path: readonly string[];
  readonly value: TomlValue;
  /** The value's text: offsets in UTF-16 code units of the whole text. */
  readonly start: number;
  readonly end: number;
  /** Of the value's text, both from 1; columns in UTF-16 code units. */
  readonly line: number;
  readonly column: number;
};

export type ReadToml =
  | { readonly ok: true; readonly root: TomlTable; readonly entries: readonly TomlEntry[] }
  | { readonly ok: false; readonly problem: string };

/**
 * Reads TOML 1.0. An integer becomes a bigint and a float a number, because a program that wants `10.0` stops at `10`; dates are
 * kept as their text. A problem reads "line 3, column 7: …" and never quotes the text: it may be a secret.
 */
export const readToml = (text: string): ReadToml => {
  const document = openToml(text);
  return document.ok
    ? { ok: true, root: document.root, entries: document.pairs.flatMap((pair) => leaves(pair)) }
    : document;
};

export type ContentNode = AST.TOMLContentNode;

/** A `key = value` line, or one pair of an inline table. */
export type TomlPair = {
  readonly path: readonly string[];
  /** Length of the path of the section it stands in. */
  readonly depth: number;
  readonly node: ContentNode;
  /** From the key's first character to the value's last. */
  readonly start: number;
  readonly end: number;
};

/** The document's beginning (`header` undefined) or a `[table]` or `[[table]]` with what stands below it. */
export type TomlSection = {
  readonly path: readonly string[];
  /** The names in its header, without indexes. */
  readonly names: readonly string[];
  readonly array: boolean;
  readonly header: { readonly start: number; readonly end: number } | undefined;
  readonly pairs: readonly TomlPair[];
};

export type TomlDocument =
  | {
      readonly ok: true;
      readonly root: TomlTable;
      readonly sections: readonly TomlSection[];
      readonly pairs: readonly TomlPair[];
    }
  | { readonly ok: false; readonly problem: string };

const byteOrderMark = "\uFEFF";

/** Where the text begins: behind a byte order mark. */
export const textStart = (text: string): number => (text.startsWith(byteOrderMark) ? 1 : 0);

/** The text's structure with the place of everything in it, for `editToml`. */
export const openToml = (text: string): TomlDocument => {
  const offset = textStart(text);
  try {
    const [top] = parseTOML(text.slice(offset), { tomlVersion: "1.0" }).body;
    const sections: TomlSection[] = [
      {
        path: [],
        names: [],
        array: false,
        header: undefined,
        pairs: top.body.filter((node) => node.type === "TOMLKeyValue").map((node) => pairOf(node, [], offset)),
      },
      ...top.body
        .filter((node) => node.type === "TOMLTable")
        .map((node) => {
          const path = node.resolvedKey.map(String);
          return {
            path,
            names: node.key.keys.map(nameOf),
            array: node.kind === "array",
            header: {
              start: node.range[0] + offset,
              end: node.key.range[1] + offset,
            },
            pairs: node.body.map((pair) => pairOf(pair, path, offset)),
          };
        }),
    ];
    const pairs = sections.flatMap((section) => section.pairs);
    return { ok: true, root: rootOf(sections), sections, pairs };
  } catch (error) {
    if (error instanceof ParseError) {
      return { ok: false, problem: `line ${error.lineNumber}, column ${error.column + 1}: ${sentence(error.message)}` };
    }
    // Thousands of nested brackets exhaust the stack.
    if (error instanceof RangeError)
      return { ok: false, problem: "line 1, column 1: it is nested too deeply to be read" };
    throw error;
  }
};

/** The parser's messages are fixed texts but for two that quote a code point. */
const sentence = (message: string): string => {
  const fixed = message.replace(/ code point .*$/u, " character").replace(/\.$/u, "");
  return `${fixed.charAt(0).toLowerCase()}${fixed.slice(1)}`;
};

const nameOf = (key: AST.TOMLBare | AST.TOMLQuoted): string => (key.type === "TOMLBare" ? key.name : key.value);

const pairOf = (node: AST.TOMLKeyValue, above: readonly string[], offset: number): TomlPair => ({
  path: [...above, ...node.key.keys.map(nameOf)],
  depth: above.length,
  node: shifted(node.value, offset),
  start: node.range[0] + offset,
  end: node.range[1] + offset,
});

/** The parser saw the text without its byte order mark; places are those of the whole text. */
const shifted = (node: ContentNode, offset: number): ContentNode => {
  if (offset === 0) return node;
  const move = (inner: AST.TOMLNode): void => {
    inner.range = [inner.range[0] + offset, inner.range[1] + offset];
    if (inner.type === "TOMLArray") inner.elements.forEach(move);
    if (inner.type === "TOMLInlineTable")
      for (const pair of inner.body) {
        pair.range = [pair.range[0] + offset, pair.range[1] + offset];
        move(pair.value);
      }
  };
  move(node);
  return node;
};

/** Pairs of an inline table. */
export const pairsWithin = (node: AST.TOMLInlineTable, above: readonly string[]): readonly TomlPair[] =>
  node.body.map((pair) => ({
    path: [...above, ...pair.key.keys.map(nameOf)],
    depth: above.length,
    node: pair.value,
    start: pair.range[0],
    end: pair.range[1],
  }));

const isTables = (node: AST.TOMLArray): boolean =>
  node.elements.length > 0 && node.elements.every(({ type }) => type === "TOMLInlineTable");

const leaves = ({ path, node }: Pick<TomlPair, "path" | "node">): readonly TomlEntry[] => {
  if (node.type === "TOMLInlineTable" && node.body.length > 0) return pairsWithin(node, path).flatMap(leaves);
  if (node.type === "TOMLArray" && isTables(node)) {
    return node.elements.flatMap((element, index) => leaves({ path: [...path, String(index)], node: element }));
  }
  const [start, end] = node.range;
  return [
    { path, value: contentValue(node), start, end, line: node.loc.start.line, column: node.loc.start.column + 1 },
  ];
};

export const contentValue = (node: ContentNode): TomlValue => {
  switch (node.type) {
    case "TOMLArray":
      return node.elements.map(contentValue);
    case "TOMLInlineTable": {
      const table = emptyTable();
      for (const { path, node: inner } of pairsWithin(node, [])) put(table, path, contentValue(inner));
      return table;
    }
    case "TOMLValue":
      switch (node.kind) {
        case "integer":
          return node.bigint;
        case "float":
        case "string":
        case "boolean":
          return node.value;
        default:
          return node.datetime;
      }
  }
};

type Growing = { [key: string]: Growing | Growing[] | TomlValue };

export const emptyTable = (): Growing => Object.create(null) as Growing;

const rootOf = (sections: readonly TomlSection[]): TomlTable => {
  const root = emptyTable();
  const arrays = new Set(sections.filter(({ array }) => array).map(({ path }) => key(path.slice(0, -1))));
  for (const section of sections) {
    const table = enter(root, section.path, arrays);
    for (const pair of section.pairs) put(table, pair.path.slice(pair.depth), contentValue(pair.node));
  }
  return root as TomlTable;
};

const key = (path: readonly string[]): string => JSON.stringify(path);

/** The table at `path`, made where it is missing; arrays of tables are entered by index. */
const enter = (root: Growing, path: readonly string[], arrays: ReadonlySet<string>): Growing => {
  let here: Growing | Growing[] = root;
  for (const [depth, name] of path.entries()) {
    const at = here as { [key: string]: Growing | Growing[] };
    at[name] ??= arrays.has(key(path.slice(0, depth + 1))) ? [] : emptyTable();
    here = at[name];
  }
  return here as Growing;
};

const put = (table: Growing, path: readonly string[], value: TomlValue): void => {
  const last = path.at(-1) as string;
  enter(table, path.slice(0, -1), new Set())[last] = value;
};
