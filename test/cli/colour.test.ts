import { describe, expect, test } from "vitest";
import { type ColourChoice, type ColourLevel, colourLevel, settleColour } from "../../src/colour.ts";

describe("colourLevel", () => {
  test.each<[string, ColourChoice, Record<string, string>, boolean, ColourLevel]>([
    ["a terminal has what TERM says", "auto", { TERM: "xterm-256color" }, true, 2],
    ["a truecolor terminal", "auto", { TERM: "xterm-256color", COLORTERM: "truecolor" }, true, 3],
    ["a plain terminal", "auto", { TERM: "linux" }, true, 1],
    ["a file has none", "auto", { TERM: "xterm-256color" }, false, 0],
    ["--color=never wins over all", "never", { FORCE_COLOR: "1", CLICOLOR_FORCE: "1" }, true, 0],
    ["--color=always wins over all", "always", { NO_COLOR: "1", TERM: "dumb" }, false, 1],
    ["NO_COLOR wins over FORCE_COLOR", "auto", { NO_COLOR: "1", FORCE_COLOR: "3", TERM: "xterm" }, true, 0],
    ["an empty NO_COLOR says nothing", "auto", { NO_COLOR: "", TERM: "xterm" }, true, 1],
    ["FORCE_COLOR wins over what follows", "auto", { FORCE_COLOR: "1", CLICOLOR: "0", TERM: "dumb" }, false, 1],
    ["FORCE_COLOR names a level", "auto", { FORCE_COLOR: "3" }, false, 3],
    ["FORCE_COLOR=0 is no", "auto", { FORCE_COLOR: "0", CLICOLOR_FORCE: "1", TERM: "xterm" }, true, 0],
    ["CLICOLOR_FORCE colours a file", "auto", { CLICOLOR_FORCE: "1", CLICOLOR: "0", TERM: "xterm" }, false, 1],
    ["CLICOLOR_FORCE=0 says nothing", "auto", { CLICOLOR_FORCE: "0", TERM: "xterm" }, false, 0],
    ["CLICOLOR=0 is no", "auto", { CLICOLOR: "0", TERM: "xterm" }, true, 0],
    ["TERM=dumb is no", "auto", { TERM: "dumb" }, true, 0],
  ])("%s", (_, choice, environment, isTerminal, level) => {
    expect(colourLevel(choice, environment, isTerminal)).toBe(level);
  });
});

test("settleColour leaves one word for the libraries to read", () => {
  const environment: Record<string, string | undefined> = { NO_COLOR: "1", TERM: "xterm" };
  settleColour(environment, 0);
  expect(environment).toEqual({ TERM: "xterm", FORCE_COLOR: "0" });
});
