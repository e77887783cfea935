import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { keyLine, withKeyLines } from "../../src/core/key-lines.ts";

const login = { separator: " " };
const equals = { separator: " = " };

describe("keyLine", () => {
  it.each([
    ["UMASK\t\t022\n", "UMASK", "022"],
    ["# UMASK 077\nUMASK 022\n", "UMASK", "022"],
    ["deny=3\n  deny = 5\n", "deny", "5"],
    ["UMASKS 1\n", "UMASK", undefined],
    ["audit\n", "audit", ""],
    ["", "deny", undefined],
  ])("of %j for %s is %s", (text, key, value) => expect(keyLine(text, key)).toBe(value));
});

describe("withKeyLines", () => {
  it("changes a line in its place, adds what is missing, and leaves the rest to the byte", () => {
    expect(withKeyLines("# head\nA 1\n\nB\t2 # no comment here\n", login, { A: "9", C: "3" })).toBe(
      "# head\nA 9\n\nB\t2 # no comment here\nC 3\n",
    );
  });
  it("leaves a line that says it already, however it is written", () => {
    expect(withKeyLines("deny=4\n", equals, { deny: "4" })).toBe("deny=4\n");
  });
  it("drops second lines for the same key", () => {
    expect(withKeyLines("deny = 3\ndeny = 5\n", equals, { deny: "4" })).toBe("deny = 4\n");
  });
  it("writes bare words, and ends the last line of others first", () => {
    expect(withKeyLines("x = 1", equals, { audit: undefined })).toBe("x = 1\naudit\n");
  });
  it("says what was wanted, whatever was there, and saying it twice changes nothing", () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom("deny = 3", "#deny = 1", "", "other", "unlock_time=0", "\tdeny=9"), { maxLength: 8 }),
        (lines) => {
          const once = withKeyLines(lines.join("\n"), equals, { deny: "4", unlock_time: "900" });
          expect([keyLine(once, "deny"), keyLine(once, "unlock_time")]).toEqual(["4", "900"]);
          expect(withKeyLines(once, equals, { deny: "4", unlock_time: "900" })).toBe(once);
        },
      ),
    );
  });
});
