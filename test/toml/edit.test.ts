import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { TomlValue } from "../../src/model/integration.ts";
import { readToml } from "../../src/toml/document.ts";
import { editedTable, editToml, renderKey, renderToml, type TomlEdit, TomlEditFailure } from "../../src/toml/edit.ts";

const read = (text: string) => {
  const result = readToml(text);
  if (!result.ok) throw new Error(`${result.problem}\n${text}`);
  return result;
};

const sample = `# Configuration of orders
port = 9090   # public

[db]
# who
user = "root"
password = 'hunter2' # old one

  [db.pool]
  max = 10

[[ballerina.log.modules]]
name = "org/a"

[[ballerina.log.modules]]
name = "org/b"
`;

describe("editing TOML", () => {
  test("a value is replaced where it stands", () => {
    expect(editToml(sample, [{ set: ["db", "password"], value: 'a"b\\c' }])).toBe(
      sample.replace("'hunter2'", '"a\\"b\\\\c"'),
    );
  });

  test("a new key follows the last one of its table, indented alike", () => {
    expect(editToml(sample, [{ set: ["db", "pool", "min"], value: 2n }])).toBe(
      sample.replace("  max = 10\n", "  max = 10\n  min = 2\n"),
    );
  });

  test("a new table stands with its relatives; a stranger at the end", () => {
    expect(editToml(sample, [{ set: ["db", "tls", "on"], value: true }])).toBe(
      sample.replace("  max = 10\n", "  max = 10\n\n[db.tls]\non = true\n"),
    );
    expect(editToml(sample, [{ set: ["ballerina", "http", "defaultListenerPort"], value: 9443n }])).toBe(
      `${sample}\n[ballerina.http]\ndefaultListenerPort = 9443\n`,
    );
  });

  test("a key of no table stands above the first header and its comments", () => {
    expect(editToml("# of the table\n[a]\nx = 1\n", [{ set: ["top"], value: 1n }])).toBe(
      "top = 1\n\n# of the table\n[a]\nx = 1\n",
    );
    expect(editToml("# only a comment", [{ set: ["top"], value: 1n }])).toBe("# only a comment\ntop = 1\n");
    expect(editToml("", [{ set: ["a", "b"], value: 60 }])).toBe("[a]\nb = 60.0\n");
  });

  test("an array of tables is written as blocks, and replaced as a whole", () => {
    const value = [{ type: "file", path: "/var/log/a.log" }, { type: "stderr" }];
    const once = editToml("a = 1\n", [{ set: ["ballerina", "log", "destinations"], value }]);
    expect(once).toBe(
      'a = 1\n\n[[ballerina.log.destinations]]\ntype = "file"\npath = "/var/log/a.log"\n\n[[ballerina.log.destinations]]\ntype = "stderr"\n',
    );
    expect(editToml(once, [{ set: ["ballerina", "log", "destinations"], value: [{ type: "stderr" }] }])).toBe(
      'a = 1\n\n[[ballerina.log.destinations]]\ntype = "stderr"\n',
    );
  });

  test("a table of an element of an array of tables stands with its element", () => {
    expect(editToml(sample, [{ set: ["ballerina", "log", "modules", "0", "extra", "x"], value: 1n }])).toBe(
      sample.replace('name = "org/a"\n', 'name = "org/a"\n\n[ballerina.log.modules.extra]\nx = 1\n'),
    );
  });

  test("dotted keys and inline tables are entered, not opened again", () => {
    expect(editToml("[a]\nb.c = 1\n", [{ set: ["a", "b", "d"], value: 2n }])).toBe("[a]\nb.c = 1\nb.d = 2\n");
    expect(editToml("a = { b = 1 } # x\n", [{ set: ["a", "c", "d"], value: 2n }])).toBe("a = { b = 1, c.d = 2 } # x\n");
    expect(editToml("a = {}\n", [{ set: ["a", "b"], value: 2n }])).toBe("a = { b = 2 }\n");
    expect(editToml("a = [1, 2]\n", [{ set: ["a", "2"], value: 3n }])).toBe("a = [1, 2, 3]\n");
  });

  test("a key goes with its line, a table with its header and everything below it", () => {
    expect(editToml(sample, [{ remove: ["db", "password"] }])).toBe(
      sample.replace("password = 'hunter2' # old one\n", ""),
    );
    expect(editToml("a = 1\n\n[db]\n# who\nuser = 2\n\n[db.pool]\nmax = 10\n\n[z]\n", [{ remove: ["db"] }])).toBe(
      "a = 1\n# who\n\n[z]\n",
    );
    expect(editToml('a = """\none\ntwo"""\nb = 1', [{ remove: ["a"] }])).toBe("b = 1");
    expect(editToml("a = { b = 1, c = 2, d = 3 }\n", [{ remove: ["a", "c"] }, { remove: ["a", "d"] }])).toBe(
      "a = { b = 1 }\n",
    );
    expect(editToml("a = { b.x = 1, c = 2, b.y = 3 }\n", [{ remove: ["a", "b"] }])).toBe("a = { c = 2 }\n");
  });

  test("what is not there is not removed", () => {
    expect(editToml(sample, [{ remove: ["db", "nothing"] }, { remove: ["no", "table"] }])).toBe(sample);
  });

  test("what cannot be done is refused without a value", () => {
    expect(() => editToml("a = 'hunter2'\n", [{ set: ["a", "b"], value: 1n }])).toThrow(TomlEditFailure);
    expect(() => editToml("a = 'hunter2'\n", [{ set: ["a", "b"], value: 1n }])).toThrow(/^a is no table/u);
    expect(() => editToml("a = hunter2\n", [])).not.toThrow();
    expect(() => editToml("a = hunter2\n", [{ remove: ["a"] }])).toThrow(/^line 1, column 5: /u);
    expect(() => editToml("", [{ set: ["a"], value: "\ud800" }])).toThrow(/not Unicode/u);
  });
});

/* Random documents: a tree of values, written in one of many styles with comments in between. */

const names = fc.constantFrom("a", "b", "user", "pass word", "x.y", "0", "é", "__proto__");
const scalars: fc.Arbitrary<TomlValue> = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 8 }),
  fc.string({ unit: "binary-ascii", maxLength: 8 }),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.double({ noDefaultInfinity: false, noNaN: true }),
  fc.boolean(),
  fc.array(fc.bigInt({ min: 0n, max: 9n }), { maxLength: 3 }),
);

type Style = { readonly literal: boolean; readonly comment: string; readonly blank: boolean; readonly indent: string };
const styles: fc.Arbitrary<Style> = fc.record({
  literal: fc.boolean(),
  comment: fc.constantFrom("", "# a comment", '# = [x] "q'),
  blank: fc.boolean(),
  indent: fc.constantFrom("", "  ", "\t"),
});

/** A table as it is written: pairs first, then tables below it, each by header, dotted or inline. */
type Node = {
  readonly pairs: readonly { name: string; value: TomlValue; style: Style }[];
  readonly tables: readonly {
    name: string;
    form: "header" | "dotted" | "inline" | "array";
    node: Node;
    style: Style;
  }[];
};
const nodes: fc.Memo<Node> = fc.memo((depth) =>
  fc.record({
    pairs: fc.array(fc.record({ name: names, value: scalars, style: styles }), { maxLength: 3 }),
    tables:
      depth <= 1
        ? fc.constant([])
        : fc.array(
            fc.record({
              name: names,
              form: fc.constantFrom("header" as const, "dotted" as const, "inline" as const, "array" as const),
              node: nodes(depth - 1),
              style: styles,
            }),
            { maxLength: 2 },
          ),
  }),
);

const scalar = (value: TomlValue, literal: boolean): string => {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a literal string holds no control character.
  if (typeof value === "string" && literal && !/['\u0000-\u001f\u007f]/u.test(value)) return `'${value}'`;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: likewise.
  if (typeof value === "string" && literal && !/'|[\u0000-\u0009\u000b-\u001f\u007f]/u.test(value))
    return `'''\n${value}'''`;
  return renderToml(value);
};

const inline = (node: Node): string => {
  const taken = new Set<string>();
  const fresh = ({ name }: { name: string }) => !taken.has(name) && taken.add(name);
  return `{ ${[
    ...node.pairs.filter(fresh).map(({ name, value }) => `${renderKey(name)} = ${renderToml(value)}`),
    ...node.tables.filter(fresh).map(({ name, node: inner }) => `${renderKey(name)} = ${inline(inner)}`),
  ].join(", ")} }`.replace("{  }", "{}");
};

const write = (node: Node, path: readonly string[], lines: string[]): void => {
  const taken = new Set<string>();
  const fresh = ({ name }: { name: string }) => !taken.has(name) && taken.add(name);
  const line = (style: Style, text: string) => {
    if (style.blank) lines.push("");
    if (style.comment !== "" && style.literal) lines.push(`${style.indent}${style.comment}`);
    lines.push(`${style.indent}${text}${style.comment !== "" && !style.literal ? ` ${style.comment}` : ""}`);
  };
  for (const { name, value, style } of node.pairs.filter(fresh)) {
    line(style, `${renderKey(name)} = ${scalar(value, style.literal)}`);
  }
  const tables = node.tables.filter(fresh);
  for (const { name, form, node: inner, style } of tables) {
    if (form === "inline") line(style, `${renderKey(name)} = ${inline(inner)}`);
    if (form === "dotted")
      for (const pair of inner.pairs.filter(
        ({ name: own }, index, all) => all.findIndex((p) => p.name === own) === index,
      )) {
        line(pair.style, `${renderKey(name)}.${renderKey(pair.name)} = ${renderToml(pair.value)}`);
      }
  }
  for (const { name, form, node: inner, style } of tables) {
    const names = [...path, name];
    const header = names.map(renderKey).join(".");
    if (form === "header") {
      line(style, `[${header}]`);
      write(inner, names, lines);
    }
    if (form === "array") {
      line(style, `[[${header}]]`);
      write(inner, names, lines);
      line(style, `[[ ${header} ]]`);
    }
  }
};

const documents = fc
  .record({
    node: nodes(3),
    windows: fc.boolean(),
    mark: fc.boolean(),
    newline: fc.boolean(),
  })
  .map(({ node, windows, mark, newline }) => {
    const lines: string[] = [];
    write(node, [], lines);
    const text = lines.join("\n") + (newline ? "\n" : "");
    return (mark ? "\uFEFF" : "") + (windows ? text.replaceAll("\n", "\r\n") : text);
  })
  .filter((text) => readToml(text).ok);

const edits: fc.Arbitrary<TomlEdit> = fc.oneof(
  fc.record({ set: fc.array(names, { minLength: 1, maxLength: 4 }), value: scalars }),
  fc.record({ remove: fc.array(names, { minLength: 1, maxLength: 3 }) }),
);

const plain = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(plain).filter((item) => item !== undefined);
  if (typeof value !== "object" || value === null) return Object.is(value, -0) ? "minus zero" : value;
  const entries = Object.entries(value)
    .map(([key, inner]) => [key, plain(inner)] as const)
    .filter(([, inner]) => inner !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  return entries.length === 0 ? undefined : new Map(entries);
};

const common = (a: string, b: string): number => {
  let length = 0;
  while (length < a.length && length < b.length && a[length] === b[length]) length++;
  return length;
};
const reversed = (text: string): string => [...text.split("")].reverse().join("");

describe("laws of editing TOML", () => {
  test("the values are the edited values; whatever was not asked for keeps every byte", () => {
    let edited = 0;
    fc.assert(
      fc.property(documents, edits, (text, edit) => {
        const before = read(text);
        let result: string;
        try {
          result = editToml(text, [edit]);
        } catch (error) {
          // A key below a value that is no table: nothing can be done, and nothing was.
          expect(error).toBeInstanceOf(TomlEditFailure);
          return;
        }
        edited++;
        expect(plain(read(result).root)).toEqual(plain(editedTable(before.root, edit)));
        expect(/(?<!\r)\n/u.test(result) && !/(?<!\r)\n/u.test(text) && text.includes("\n")).toBe(false);
        expect(result.includes("\r\n") && !text.includes("\r\n")).toBe(false);
        const head = common(text, result);
        const tail = common(reversed(text.slice(head)), reversed(result.slice(head)));
        if ("remove" in edit) {
          // Whole lines or items go, nothing comes.
          expect(result.length).toBeLessThanOrEqual(text.length);
          const lines = text.replace("\uFEFF", "").split("\n");
          let at = 0;
          for (const line of result.replace("\uFEFF", "").split("\n")) {
            if (/[{[]/u.test(line)) continue;
            const found = lines.indexOf(line, at);
            if (line !== "" || found >= 0) expect(found, JSON.stringify(line)).toBeGreaterThanOrEqual(0);
            if (found >= 0) at = found + 1;
          }
          return;
        }
        const existing = before.entries.find(({ path }) => JSON.stringify(path) === JSON.stringify(edit.set));
        if (existing) {
          expect(result).toBe(text.slice(0, existing.start) + renderToml(edit.value) + text.slice(existing.end));
          return;
        }
        const root = read(text).root;
        const replaces = edit.set.reduce<unknown>((at, name) => (at as Record<string, unknown>)?.[name], root);
        // A new key is one insertion.
        if (replaces === undefined) expect(head + tail).toBe(text.length);
      }),
      { numRuns: 800 },
    );
    expect(edited).toBeGreaterThan(300);
  });

  test("setting what is set changes nothing more", () => {
    fc.assert(
      fc.property(documents, edits, (text, edit) => {
        let once: string;
        fc.pre("set" in edit);
        try {
          once = editToml(text, [edit]);
        } catch {
          return;
        }
        expect(editToml(once, [edit])).toBe(once);
      }),
      { numRuns: 300 },
    );
  });
});
