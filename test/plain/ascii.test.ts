import fc from "fast-check";
import { expect, test } from "vitest";
import { asciiText, plainTextFor } from "../../src/plain/ascii.ts";

test("known signs are written out, letters lose their accents, the rest is a question mark", () => {
  expect(asciiText("Score 62 → 96 · ••• … “Müller” – łódź 日本")).toBe('Score 62 -> 96 , *** ... "Muller" - ?odz ??');
});

test("nothing but printable ASCII comes out, and ASCII comes out as it was", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => /^[\x20-\x7e]*$/u.test(asciiText(text))));
  fc.assert(fc.property(fc.stringMatching(/^[\x20-\x7e]*$/u), (text) => asciiText(text) === text));
});

test.each([
  [{ TERM: "xterm", LANG: "en_GB.UTF-8" }, "→"],
  [{ TERM: "xterm", LANG: "C" }, "->"],
  [{ TERM: "xterm", LANG: "en_GB.UTF-8", LC_ALL: "C" }, "->"],
  [{ TERM: "dumb", LANG: "en_GB.UTF-8" }, "->"],
  [{}, "->"],
])("%j shows an arrow as %s", (environment, shown) => {
  expect(plainTextFor(environment)("→")).toBe(shown);
});
