import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Draft, draftOf, edit, edits, insert } from "../../src/core/wizard/draft.ts";

/** A draft with its caret drawn as `|`. */
const shown = ({ text, caret }: Draft): string => `${text.slice(0, caret)}|${text.slice(caret)}`;
const at = (drawn: string, lines: Draft["lines"] = "one"): Draft => ({
  text: drawn.replace("|", ""),
  caret: drawn.indexOf("|"),
  lines,
});

describe("typing", () => {
  it.each([
    ["eraseBefore", "ab|c", "a|c"],
    ["eraseBefore", "|abc", "|abc"],
    ["eraseBefore", "a😀|", "a|"],
    ["eraseAfter", "a|bc", "a|c"],
    ["eraseAfter", "abc|", "abc|"],
    ["eraseWord", "op, deploy|", "op, |"],
    ["eraseWord", "op, |", "|"],
    ["eraseLine", "op|x", "|x"],
    ["left", "a😀|b", "a|😀b"],
    ["left", "|a", "|a"],
    ["right", "|😀b", "😀|b"],
    ["right", "b|", "b|"],
    ["start", "abc|", "|abc"],
    ["end", "|abc", "abc|"],
    ["newline", "a|b", "a|b"],
  ] as const)("%s: %s becomes %s", (how, before, after) => {
    expect(shown(edit(at(before), how))).toBe(after);
  });

  it.each([
    ["up", "abc\nde|f", "ab|c\ndef"],
    ["up", "a\nlonger|", "a|\nlonger"],
    ["up", "ab|c", "|abc"],
    ["down", "ab|c\nd\n", "abc\nd|\n"],
    ["down", "ab|c", "abc|"],
    ["start", "abc\nde|f", "abc\n|def"],
    ["end", "a|bc\ndef", "abc|\ndef"],
    ["eraseLine", "abc\nde|f", "abc\n|f"],
    ["newline", "ab|c", "ab\n|c"],
  ] as const)("in several lines, %s: %j becomes %j", (how, before, after) => {
    expect(shown(edit(at(before, "many"), how))).toBe(after);
  });

  it("takes a pasted text into one line, or keeps its lines where they are wanted", () => {
    expect(insert(draftOf(""), "key one\r\nkey two\n").text).toBe("key one key two");
    expect(insert(draftOf("", "many"), "key one\r\nkey two\n").text).toBe("key one\nkey two\n");
  });

  it("lets no control character in", () => {
    expect(insert(draftOf("", "many"), "a\u001b[31m\u0000\u0007b").text).toBe("a[31mb");
  });

  it("keeps the caret inside the text, whatever is typed", () => {
    const action = fc.oneof(
      fc.constantFrom(...edits).map((how) => (draft: Draft) => edit(draft, how)),
      fc.string({ unit: "grapheme" }).map((text) => (draft: Draft) => insert(draft, text)),
    );
    fc.assert(
      fc.property(
        fc.constantFrom("one" as const, "many" as const),
        fc.array(action, { maxLength: 40 }),
        (lines, actions) => {
          const end = actions.reduce((draft, act) => act(draft), draftOf("", lines));
          expect(end.caret).toBeGreaterThanOrEqual(0);
          expect(end.caret).toBeLessThanOrEqual(end.text.length);
          if (lines === "one") expect(end.text).not.toContain("\n");
        },
      ),
    );
  });
});
