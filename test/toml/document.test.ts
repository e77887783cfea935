import { describe, expect, test } from "vitest";
import { readToml } from "../../src/toml/document.ts";

const read = (text: string) => {
  const result = readToml(text);
  if (!result.ok) throw new Error(result.problem);
  return result;
};

describe("reading TOML", () => {
  test("values keep their types: integers are bigints, floats are numbers, dates are their text", () => {
    expect({
      ...read("a = 1\nb = 1.0\nc = 2020-01-01\nd = 'x'\ne = [1, 2]\nf = true\nbig = 9223372036854775807").root,
    }).toEqual({
      a: 1n,
      b: 1,
      c: "2020-01-01",
      d: "x",
      e: [1n, 2n],
      f: true,
      big: 9223372036854775807n,
    });
  });

  test("every entry knows the place of its value, also behind a byte order mark and with Windows line ends", () => {
    const text = '\uFEFFa = "x" # why\r\n[t."q.x"]\r\nm = """\r\nline\r\n"""\r\ninline = { b = 1, c.d = [2, 3] }\r\n';
    const { entries } = read(text);
    expect(entries.map(({ path, start, end }) => [path, text.slice(start, end)])).toEqual([
      [["a"], '"x"'],
      [["t", "q.x", "m"], '"""\r\nline\r\n"""'],
      [["t", "q.x", "inline", "b"], "1"],
      [["t", "q.x", "inline", "c", "d"], "[2, 3]"],
    ]);
    expect(entries.map(({ line, column }) => `${line}:${column}`)).toEqual(["1:5", "3:5", "6:16", "6:25"]);
  });

  test("arrays of tables, in blocks or inline, have digits in their paths", () => {
    const text = "[[a]]\nx = 1\n[[a]]\n[a.b]\ny = 2\n[c]\nd = [{ z = 3 }, { z = 4 }]\n";
    expect(read(text).entries.map(({ path }) => path.join("."))).toEqual(["a.0.x", "a.1.b.y", "c.d.0.z", "c.d.1.z"]);
    expect(read(text).root).toEqual({ a: [{ x: 1n }, { b: { y: 2n } }], c: { d: [{ z: 3n }, { z: 4n }] } });
  });

  test("keys may be called like parts of an object", () => {
    const { root } = read("__proto__.a = 1\nconstructor = 2\n");
    expect(Object.keys(root)).toEqual(["__proto__", "constructor"]);
    expect(({} as Record<string, unknown>).a).toBeUndefined();
  });

  const hidden = "s3cr3t-Marked";
  test.each([
    [`password = "${hidden}`, /^line 1, column \d+: unterminated string/u],
    [`a = 1\npassword = ${hidden}`, /^line 2, column \d+: /u],
    [`a = "${hidden}"\na = "${hidden}"`, /^line 2, column 1: defining a key multiple times/u],
    [`a = "${hidden}\\q"`, /^line 1, column \d+: /u],
    [`[t]\nx = 1\n[t]`, /^line 3, column 2: /u],
    [`# ${hidden}\u0001`, /^line 1, column \d+: /u],
    [`a = ${"[".repeat(50000)}`, /^line \d+, column \d+: /u],
  ])("a problem names the place and quotes nothing: %#", (text, place) => {
    const result = readToml(text);
    expect(result.ok).toBe(false);
    if (result.ok) return;
    expect(result.problem).toMatch(place);
    expect(result.problem).not.toContain(hidden);
  });
});
