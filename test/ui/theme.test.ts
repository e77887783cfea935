import { describe, expect, it } from "vitest";
import { themeFor, themes } from "../../src/ui/theme.ts";

describe("the theme", () => {
  it.each([
    [{ LANG: "en_US.UTF-8", TERM: "xterm-256color" }, "unicode"],
    [{ LANG: "C.utf8", TERM: "xterm" }, "unicode"],
    [{ LANG: "C" }, "ascii"],
    [{}, "ascii"],
    [{ LANG: "en_US.UTF-8", LC_ALL: "C", TERM: "xterm" }, "ascii"],
    [{ LANG: "C", LC_CTYPE: "de_DE.UTF-8", TERM: "xterm" }, "unicode"],
    [{ LANG: "de_DE.UTF-8", TERM: "linux" }, "ascii"],
    [{ LANG: "de_DE.UTF-8", TERM: "vt220" }, "ascii"],
    [{ LANG: "de_DE.UTF-8", TERM: "dumb" }, "ascii"],
  ] as const)("for %j is %s", (environment, name) => {
    expect(themeFor(environment)).toBe(themes[name]);
  });

  it("says by signs what colour would say where there is none", () => {
    const able = { LANG: "C.UTF-8", TERM: "xterm" };
    expect(themeFor({ ...able, FORCE_COLOR: "0" })).toEqual({ ...themes.unicode, styled: false });
    expect(themeFor({ ...able, NO_COLOR: "1" }).styled).toBe(false);
    expect(themeFor({ ...able, NO_COLOR: "1", FORCE_COLOR: "1" }).styled).toBe(true);
  });

  it("rewrites signs to as many columns as they had", () => {
    expect(themes.ascii.plainText("23 → 94 · OS › SSH — ✓ é")).toBe("23 > 94 | OS > SSH - + ?");
  });
});
