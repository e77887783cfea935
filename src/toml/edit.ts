import type { TomlValue } from "../model/integration.ts";
import {
  type ContentNode,
  emptyTable,
  openToml,
  pairsWithin,
  readToml,
  type TomlPair,
  type TomlSection,
  type TomlTable,
  textStart,
} from "./document.ts";

/**
 * `set` writes a value, making tables on the way; `remove` takes a key or a whole table out, and is content when there is none.
 * A bigint is written as an integer, a number as a float (`60` becomes `60.0`): programs stop at the wrong one.
 */
export type TomlEdit =
  | { readonly set: readonly string[]; readonly value: TomlValue }
  | { readonly remove: readonly string[] };

/** The document cannot be read, or has something else where the edit leads. Names keys and lines, never values. */
export class TomlEditFailure extends Error {}

/**
 * The text with the edits made one after the other, and every other byte as it was: comments, order, blank lines, line ends,
 * quoting. A removed key takes the comment on its own line along. The result is read again: it says what was asked for, or
 * TomlEditFailure is thrown.
 */
export const editToml = (text: string, edits: readonly TomlEdit[]): string => edits.reduce(editOnce, text);

const editOnce = (text: string, edit: TomlEdit): string => {
  const before = openToml(text);
  if (!before.ok) throw new TomlEditFailure(before.problem);
  const path = "set" in edit ? edit.set : edit.remove;
  if (path.length === 0) throw new TomlEditFailure("the document as a whole is not a key");
  const document: Opened = { text, sections: before.sections, pairs: before.pairs };
  const result = "set" in edit ? setValue(document, edit.set, edit.value) : removeKey(document, edit.remove);
  const after = readToml(result);
  if (!after.ok || !sameToml(after.root, editedTable(before.root, edit))) {
    throw new TomlEditFailure(
      `${path.join(".")} cannot be ${"set" in edit ? "set" : "removed"} without rewriting the file`,
    );
  }
  return result;
};

type Opened = {
  readonly text: string;
  readonly sections: readonly TomlSection[];
  readonly pairs: readonly TomlPair[];
};

const splice = (text: string, start: number, end: number, instead: string): string =>
  text.slice(0, start) + instead + text.slice(end);

const startsWith = (path: readonly string[], prefix: readonly string[]): boolean =>
  prefix.length <= path.length && prefix.every((name, index) => path[index] === name);

const isSame = (a: readonly string[], b: readonly string[]): boolean => a.length === b.length && startsWith(a, b);

/* ---- finding ---- */

/** What stands at a path: a value, or the inline table or array in which the path ends for want of a key. */
type Found =
  | { readonly kind: "pair"; readonly pair: TomlPair; readonly inside: Inside | undefined }
  | { readonly kind: "element"; readonly index: number; readonly array: ContentNode & { type: "TOMLArray" } }
  | { readonly kind: "missing"; readonly inside: Inside; readonly rest: readonly string[] };

type Inside = { readonly node: ContentNode; readonly path: readonly string[] };

const findPair = (
  pairs: readonly TomlPair[],
  path: readonly string[],
  inside: Inside | undefined,
): Found | undefined => {
  for (const pair of pairs) {
    if (isSame(pair.path, path)) return { kind: "pair", pair, inside };
    if (startsWith(path, pair.path)) return findWithin({ node: pair.node, path: pair.path }, path);
  }
  return undefined;
};

const findWithin = (inside: Inside, path: readonly string[]): Found => {
  const rest = path.slice(inside.path.length);
  if (inside.node.type === "TOMLInlineTable") {
    return findPair(pairsWithin(inside.node, inside.path), path, inside) ?? { kind: "missing", inside, rest };
  }
  if (inside.node.type === "TOMLArray") {
    const index = indexOf(rest[0] as string);
    const element = index === undefined ? undefined : inside.node.elements[index];
    if (element !== undefined && index !== undefined) {
      if (rest.length === 1) return { kind: "element", index, array: inside.node };
      return findWithin({ node: element, path: path.slice(0, inside.path.length + 1) }, path);
    }
  }
  return { kind: "missing", inside, rest };
};

const indexOf = (name: string): number | undefined => (/^(?:0|[1-9]\d*)$/u.test(name) ? Number(name) : undefined);

/* ---- setting ---- */

const setValue = (document: Opened, path: readonly string[], value: TomlValue): string => {
  const { text } = document;
  const found = findPair(document.pairs, path, undefined);
  if (found?.kind === "pair") {
    const [start, end] = found.pair.node.range;
    return splice(text, start, end, renderToml(value));
  }
  if (found?.kind === "element") {
    const [start, end] = (found.array.elements[found.index] as ContentNode).range;
    return splice(text, start, end, renderToml(value));
  }
  if (found?.kind === "missing") return addWithin(text, found, value);
  if (exists(document, path)) {
    const cleared = editOnce(text, { remove: path });
    const result = editOnce(cleared, { set: path, value });
    // Nothing may be left that tells the line end.
    return cleared.includes("\n") ? result : result.replaceAll("\n", lineEnd(text));
  }
  return addPair(document, path, value);
};

/** Whether a table stands at the path, by its own header or by something below it. */
const exists = ({ sections, pairs }: Opened, path: readonly string[]): boolean =>
  sections.some((section) => section.header && startsWith(section.path, path)) ||
  pairs.some((pair) => startsWith(pair.path, path));

const addWithin = (
  text: string,
  { inside: { node, path }, rest }: Extract<Found, { kind: "missing" }>,
  value: TomlValue,
): string => {
  const [, end] = node.range;
  if (node.type === "TOMLInlineTable") {
    const added = `${rest.map(renderKey).join(".")} = ${renderToml(value)}`;
    const last = node.body.at(-1);
    return last === undefined
      ? splice(text, node.range[0], end, `{ ${added} }`)
      : splice(text, last.range[1], last.range[1], `, ${added}`);
  }
  if (node.type === "TOMLArray" && rest.length === 1 && indexOf(rest[0] as string) === node.elements.length) {
    const last = node.elements.at(-1);
    return last === undefined
      ? splice(text, node.range[0], end, `[${renderToml(value)}]`)
      : splice(text, last.range[1], last.range[1], `, ${renderToml(value)}`);
  }
  throw new TomlEditFailure(`${path.join(".")} is no table that could hold ${rest.join(".")}`);
};

const addPair = (document: Opened, path: readonly string[], value: TomlValue): string => {
  const { sections, text } = document;
  const elements = sections.filter(({ array, path: own }) => array && startsWith(path, own.slice(0, -1)));
  for (const { names, path: own } of elements) {
    if (path.length >= own.length && !elements.some((element) => isSame(element.path, path.slice(0, own.length)))) {
      throw new TomlEditFailure(`${names.join(".")} is an array without an element ${path[own.length - 1]}`);
    }
  }
  const parent = path.slice(0, -1);
  const name = path.at(-1) as string;
  const dotted = dottedHome(document, parent);
  if (dotted !== undefined) return addLine(text, dotted, renderLine(path.slice(dotted.path.length), value));

  const tables = isArrayOfTables(value) ? value : undefined;
  const section = sections.find((candidate) => isSame(candidate.path, parent));
  if (section !== undefined && tables === undefined) return addLine(text, section, renderLine([name], value));

  // Names in a header carry no indexes: those of the array's element above give the beginning.
  const above = sections.findLast((candidate) => candidate.header && startsWith(parent, candidate.path));
  const names = (of: readonly string[]) => [...(above?.names ?? []), ...of.slice(above?.path.length ?? 0)];
  const lines = tables
    ? tables.map((table) => [
        `[[${names(path).map(renderKey).join(".")}]]`,
        ...Object.entries(table).map(([key, inner]) => renderLine([key], inner)),
      ])
    : [[`[${names(parent).map(renderKey).join(".")}]`, renderLine([name], value)]];
  return addBlocks(document, path, lines);
};

/** The section where `path`, or the nearest table above it that exists, is made by dotted keys: no header may open it again. */
const dottedHome = ({ sections }: Opened, path: readonly string[]): TomlSection | undefined => {
  for (let length = path.length; length > 0; length--) {
    const prefix = path.slice(0, length);
    const home = sections.find(
      (section) =>
        section.path.length < length &&
        section.pairs.some((pair) => pair.path.length > length && startsWith(pair.path, prefix)),
    );
    if (home !== undefined) return home;
    if (sections.some((section) => section.header && startsWith(section.path, prefix))) return undefined;
  }
  return undefined;
};

const addLine = (text: string, section: TomlSection, line: string): string => {
  const newline = lineEnd(text);
  const last = section.pairs.at(-1);
  if (last !== undefined) {
    const at = endOfLine(text, last.end);
    const indentation = /^[ \t]*/u.exec(text.slice(startOfLine(text, last.start), last.start))?.[0] ?? "";
    return splice(text, at, at, `${newline}${indentation}${line}`);
  }
  if (section.header !== undefined) {
    const at = endOfLine(text, section.header.end);
    return splice(text, at, at, `${newline}${line}`);
  }
  return addAtTop(text, line);
};

/** A key of no table goes above the first header and the comments that belong to it. */
const addAtTop = (text: string, line: string): string => {
  const newline = lineEnd(text);
  const document = openToml(text);
  const first = document.ok ? document.sections[1]?.header : undefined;
  if (first === undefined) {
    const gap = text.length === textStart(text) || text.endsWith("\n") ? "" : newline;
    return `${text}${gap}${line}${newline}`;
  }
  let at = startOfLine(text, first.start);
  while (at > textStart(text)) {
    const above = startOfLine(text, at - 1);
    if (!/^[ \t]*#/u.test(text.slice(above, at))) break;
    at = above;
  }
  return splice(text, at, at, `${line}${newline}${newline}`);
};

/** New tables stand behind those that share most of their names, so that what belongs together stays together. */
const addBlocks = ({ sections, text }: Opened, path: readonly string[], blocks: readonly string[][]): string => {
  const newline = lineEnd(text);
  const shared = (section: TomlSection) => {
    const different = section.path.findIndex((name, index) => path[index] !== name);
    return different < 0 ? section.path.length : different;
  };
  const most = Math.max(...sections.map(shared));
  const written = blocks.map((lines) => lines.join(newline)).join(newline + newline);
  const neighbour = most === 0 ? undefined : sections.findLast((section) => shared(section) === most);
  if (neighbour !== undefined) {
    const at = endOfLine(text, Math.max(neighbour.header?.end ?? 0, ...neighbour.pairs.map(({ end }) => end)));
    if (text.slice(at).trim() !== "") return splice(text, at, at, `${newline}${newline}${written}`);
  }
  const empty = text.slice(textStart(text)).trim() === "";
  const gap = text.endsWith("\n") || empty ? "" : newline;
  return `${text}${gap}${empty ? "" : newline}${written}${newline}`;
};

/* ---- removing ---- */

const removeKey = (document: Opened, path: readonly string[]): string => {
  const { text, pairs, sections } = document;
  const found = findPair(pairs, path, undefined);
  if (found?.kind === "pair" && found.inside?.node.type === "TOMLInlineTable") {
    const { node } = found.inside;
    return removeItem(
      text,
      node.range,
      node.body.map(({ range }) => range),
      node.body.findIndex(({ range }) => range[0] === found.pair.start),
    );
  }
  if (found?.kind === "element") {
    return removeItem(
      text,
      found.array.range,
      found.array.elements.map(({ range }) => range),
      found.index,
    );
  }
  const below = pairs.filter((pair) => startsWith(pair.path, path));
  const headers = sections.flatMap(({ header, path: own }) => (header && startsWith(own, path) ? [header] : []));
  const lines = [
    ...below.map(({ start, end }) => ({ start: startOfLine(text, start), end: nextLine(text, end) })),
    ...headers.map(({ start, end }) => ({ start: withBlankLineAbove(text, start), end: nextLine(text, end) })),
  ];
  if (below.length > 0 || headers.length > 0) {
    return lines
      .toSorted((a, b) => b.start - a.start)
      .reduce((rest, { start, end }) => splice(rest, start, end, ""), text);
  }
  return removeDottedWithin(document, path);
};

/** A table of an inline table that only dotted keys make: `{ a.b = 1, a.c = 2 }` without `a`. */
const removeDottedWithin = (document: Opened, path: readonly string[]): string => {
  const found = findPair(document.pairs, path, undefined);
  if (found?.kind !== "missing" || found.inside.node.type !== "TOMLInlineTable") return document.text;
  const inner = pairsWithin(found.inside.node, found.inside.path).find((pair) => startsWith(pair.path, path));
  return inner === undefined ? document.text : editToml(document.text, [{ remove: inner.path }, { remove: path }]);
};

const removeItem = (
  text: string,
  whole: readonly [number, number],
  items: readonly (readonly [number, number])[],
  index: number,
): string => {
  const [start, end] = items[index] as readonly [number, number];
  const next = items[index + 1];
  if (next !== undefined) return splice(text, start, next[0], "");
  const previous = items[index - 1];
  if (previous !== undefined) return splice(text, previous[1], end, "");
  return splice(text, whole[0] + 1, whole[1] - 1, "");
};

/* ---- places ---- */

/** The text's own line end: that of its first line. */
const lineEnd = (text: string): "\n" | "\r\n" => (/^[^\n]*\r\n/u.test(text) ? "\r\n" : "\n");

const startOfLine = (text: string, at: number): number => Math.max(textStart(text), text.lastIndexOf("\n", at - 1) + 1);

/** Where the line's own characters end: before its line break. */
const endOfLine = (text: string, at: number): number => {
  const newline = text.indexOf("\n", at);
  if (newline < 0) return text.length;
  return text[newline - 1] === "\r" ? newline - 1 : newline;
};

const nextLine = (text: string, at: number): number => {
  const newline = text.indexOf("\n", at);
  return newline < 0 ? text.length : newline + 1;
};

/** A header takes the blank line above it along, or the gaps add up. */
const withBlankLineAbove = (text: string, at: number): number => {
  const start = startOfLine(text, at);
  if (start <= textStart(text)) return start;
  const above = startOfLine(text, start - 1);
  return text.slice(above, start).trim() === "" ? above : start;
};

/* ---- writing ---- */

const renderLine = (names: readonly string[], value: TomlValue): string =>
  `${names.map(renderKey).join(".")} = ${renderToml(value)}`;

/** Bare where it can be. */
export const renderKey = (name: string): string => (/^[A-Za-z0-9_-]+$/u.test(name) ? name : renderString(name));

/** One line of TOML: arrays and tables inline, strings with double quotes. */
export const renderToml = (value: TomlValue): string => {
  switch (typeof value) {
    case "string":
      return renderString(value);
    case "bigint":
    case "boolean":
      return String(value);
    case "number":
      return renderFloat(value);
    default: {
      if (isArray(value)) return `[${value.map(renderToml).join(", ")}]`;
      const pairs = Object.entries(value).map(([key, inner]) => renderLine([key], inner));
      return pairs.length === 0 ? "{}" : `{ ${pairs.join(", ")} }`;
    }
  }
};

const isArray = (value: TomlValue): value is readonly TomlValue[] => Array.isArray(value);

const isTable = (value: TomlValue | undefined): value is TomlTable =>
  typeof value === "object" && !Array.isArray(value);

const isArrayOfTables = (value: TomlValue): value is readonly TomlTable[] =>
  isArray(value) && value.length > 0 && value.every(isTable);

const renderFloat = (value: number): string => {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  if (Object.is(value, -0)) return "-0.0";
  const text = String(value);
  return /[.e]/u.test(text) ? text : `${text}.0`;
};

const escapes: Readonly<Record<string, string>> = {
  '"': '\\"',
  "\\": "\\\\",
  "\b": "\\b",
  "\t": "\\t",
  "\n": "\\n",
  "\f": "\\f",
  "\r": "\\r",
};

const renderString = (text: string): string => {
  if (!text.isWellFormed()) throw new TomlEditFailure("a text is not Unicode and cannot be written as TOML");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: exactly those that TOML wants escaped.
  const escaped = text.replace(/["\\\u0000-\u001f\u007f]/gu, (character) => {
    return escapes[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, "0").toUpperCase()}`;
  });
  return `"${escaped}"`;
};

/* ---- meaning ---- */

/** What the edit means for the values alone. */
export const editedTable = (root: TomlTable, edit: TomlEdit): TomlTable =>
  ("set" in edit ? withValue(root, edit.set, edit.value) : withoutValue(root, edit.remove)) as TomlTable;

const copy = (value: TomlTable): { [key: string]: TomlValue } =>
  Object.assign(emptyTable(), value) as { [key: string]: TomlValue };

const withValue = (at: TomlValue | undefined, [name, ...rest]: readonly string[], value: TomlValue): TomlValue => {
  if (name === undefined) return value;
  if (at !== undefined && isArray(at)) {
    const items = [...at];
    items[Number(name)] = withValue(items[Number(name)], rest, value);
    return items;
  }
  const table = copy(isTable(at) ? at : {});
  table[name] = withValue(table[name], rest, value);
  return table;
};

const withoutValue = (at: TomlValue, [name, ...rest]: readonly string[]): TomlValue => {
  if (name === undefined) return at;
  if (isArray(at)) {
    const index = indexOf(name);
    if (index === undefined || index >= at.length) return at;
    return rest.length === 0 ? at.toSpliced(index, 1) : at.with(index, withoutValue(at[index] as TomlValue, rest));
  }
  if (!isTable(at) || !(name in at)) return at;
  const table = copy(at);
  if (rest.length === 0) delete table[name];
  else table[name] = withoutValue(table[name] as TomlValue, rest);
  return table;
};

/**
 * Whether two values are the same, types included: `1` is not `1.0`. A table that holds nothing counts as one that is not there,
 * because dotted keys and headers above others make tables that go with their last key.
 */
export const sameToml = (a: TomlValue | undefined, b: TomlValue | undefined): boolean => {
  if (isHollow(a) && isHollow(b)) return true;
  if (a === undefined || b === undefined || typeof a !== typeof b) return false;
  if (isArray(a) || isArray(b)) {
    return isArray(a) && isArray(b) && a.length === b.length && a.every((item, index) => sameToml(item, b[index]));
  }
  if (!isTable(a) || !isTable(b)) return Object.is(a, b);
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].every((name) => sameToml(a[name], b[name]));
};

const isHollow = (value: TomlValue | undefined): boolean =>
  value === undefined || (isArray(value) ? value.length === 0 : isTable(value) && Object.values(value).every(isHollow));
