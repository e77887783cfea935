import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fold, rowsOf, verbatim, wrap } from "../../src/plain/lines.ts";

describe("a paragraph", () => {
  test("is wrapped between words", () => {
    expect(wrap("one two three four", 9)).toEqual(["one two", "three", "four"]);
  });
  test("hangs below its number, its box or its dash", () => {
    expect(wrap("  1. [x] op: key ed25519, sudo", 20)).toEqual([
      "  1. [x] op: key",
      "         ed25519,",
      "         sudo",
    ]);
    expect(wrap("  - one two", 8)).toEqual(["  - one", "    two"]);
    expect(wrap("  Why: because", 8)).toEqual(["  Why:", "  because"]);
  });
  test("never breaks a word, however long it is", () => {
    expect(wrap("see /etc/ssh/sshd_config.d/00-drawbridge.conf there", 12)).toEqual([
      "see",
      "/etc/ssh/sshd_config.d/00-drawbridge.conf",
      "there",
    ]);
  });
  test("keeps an empty line", () => {
    expect(wrap("", 80)).toEqual([""]);
  });
  test("loses no word, and no row is too long unless it is one word", () => {
    const words = fc.array(fc.stringMatching(/^[a-z/,]{1,30}$/u), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(words, fc.integer({ min: 10, max: 80 }), (given, columns) => {
        const rows = wrap(given.join(" "), columns);
        expect(rows.join(" ").split(" ").filter(Boolean)).toEqual(given);
        for (const row of rows) expect(row.length <= columns || !row.trim().includes(" ")).toBe(true);
      }),
    );
  });
});

describe("a line of a file", () => {
  test("keeps its spaces and is folded at one", () => {
    expect(fold("    + a   b", 80)).toEqual(["    + a   b"]);
    expect(fold("    + Ciphers one,two three", 18)).toEqual(["    + Ciphers", "        one,two", "        three"]);
  });
  test("is not folded where it has no space", () => {
    expect(fold(`    + ${"x".repeat(100)}`, 20)).toEqual([`    + ${"x".repeat(100)}`]);
  });
  test("loses nothing but one space at each break", () => {
    const text = fc.stringMatching(/^ {0,4}[a-z]{1,9}( {1,3}[a-z]{1,30}){0,12}$/u);
    fc.assert(
      fc.property(text, fc.integer({ min: 10, max: 60 }), (given, columns) => {
        const rows = fold(given, columns);
        expect(rows.join("").replaceAll(" ", "")).toBe(given.replaceAll(" ", ""));
        expect(rows.length === 1 ? rows[0] : given).toBe(given);
      }),
    );
  });
});

test("a command is never broken", () => {
  expect(rowsOf(verbatim("  ssh -p 22022 op@app01"), 10)).toEqual(["  ssh -p 22022 op@app01"]);
});

test("signs between words become a comma in what is read out, and stay in what is copied", () => {
  expect(rowsOf("OS › SSH: 2 changes · 1 restart", 80)).toEqual(["OS, SSH: 2 changes, 1 restart"]);
  expect(rowsOf(verbatim("Score 62 → 96 · done"), 80)).toEqual(["Score 62 → 96 · done"]);
});
