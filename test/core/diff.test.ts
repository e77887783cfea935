import { describe, expect, it } from "vitest";
import { type Diff, diffText, mask } from "../../src/core/diff.ts";

const drawn = ({ lines }: Diff): readonly string[] =>
  lines.map((line) => {
    if (line.kind === "gap") return `... ${line.lines}`;
    const sign = { same: " ", added: "+", removed: "-" }[line.kind];
    return sign + line.segments.map(({ text, changed }) => (changed ? `{${text}}` : text)).join("");
  });

describe("a diff of two texts", () => {
  it("says that a new file is all added, and a removed one all removed", () => {
    expect(drawn(diffText(null, "a\nb\n"))).toEqual(["+a", "+b"]);
    expect(drawn(diffText("a\nb\n", null))).toEqual(["-a", "-b"]);
    expect(diffText(null, "a\nb\n")).toMatchObject({ added: 2, removed: 0 });
  });

  it("is empty for equal texts", () => {
    expect(diffText("a\n", "a\n")).toMatchObject({ added: 0, removed: 0 });
    expect(diffText("", null).lines).toEqual([]);
  });

  it("keeps three lines around a change and counts what it leaves out", () => {
    const before = Array.from({ length: 20 }, (_, index) => `line ${index}`);
    const after = before.with(10, "another");
    expect(drawn(diffText(before.join("\n"), after.join("\n")))).toEqual([
      "... 7",
      " line 7",
      " line 8",
      " line 9",
      "-line 10",
      "+another",
      " line 11",
      " line 12",
      " line 13",
      "... 6",
    ]);
  });

  it("does not replace a single line by a sentence about it", () => {
    expect(drawn(diffText("a\nb\nc\nd\nold", "a\nb\nc\nd\nnew", { context: 3 }))[0]).toBe(" a");
  });

  it("marks the words that differ", () => {
    const diff = diffText("PermitRootLogin yes\nPort 22\n", "PermitRootLogin no\nPort 22\n", { words: true });
    expect(drawn(diff)).toEqual(["-PermitRootLogin {yes}", "+PermitRootLogin {no}", " Port 22"]);
  });

  it("pairs replaced lines in their order and leaves the rest alone", () => {
    expect(drawn(diffText("a 1\n", "a 2\nb 1\n", { words: true }))).toEqual(["-a {1}", "+a {2}", "+b 1"]);
  });

  it("shows no value of a file that may hold secrets, neither whole nor word by word", () => {
    const before = '[db]\npassword = "ballerina"\n';
    const after = '[db]\npassword = "T0p-Secret"\nAKIAIOSFODNN7EXAMPLE\n';
    for (const words of [true, false]) {
      const text = drawn(diffText(before, after, { masked: true, words })).join("\n");
      expect(text).toBe(" [db]\n-password = ••••••••\n+password = ••••••••\n+••••••••");
    }
  });

  it("gives up comparing what has nothing in common rather than taking seconds", () => {
    const before = Array.from({ length: 5000 }, (_, index) => `a${index}`).join("\n");
    const after = Array.from({ length: 5000 }, (_, index) => `b${index}`).join("\n");
    expect(diffText(before, after)).toMatchObject({ added: 5000, removed: 5000 });
  });
});

describe("masking", () => {
  it.each([
    ["", ""],
    ["[section]", "[section]"],
    ["-----BEGIN PRIVATE KEY-----", "-----BEGIN PRIVATE KEY-----"],
    ["MIIEvQIBADANBg", "••••••••"],
    ["  token: abc", "  token: ••••••••"],
    ['"apiKey": "abc"', '"apiKey": ••••••••'],
    ["password =", "••••••••"],
    ["# password = old", "••••••••"],
  ])("%j reads %j", (line, shown) => {
    expect(mask(line)).toBe(shown);
  });
});
