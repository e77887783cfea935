import type { Key } from "ink";
import { describe, expect, it } from "vitest";
import { initialState, reduce } from "../../src/core/wizard.ts";
import { intentFor, keyLines, keyName, strokes, unbracketedPaste } from "../../src/ui/keymap.ts";
import { lineWidth } from "../../src/ui/lines.ts";
import { themes } from "../../src/ui/theme.ts";
import { setting } from "../core/wizard-actions.ts";
import { inspectionOf, weakFacts } from "../core/wizard-fixture.ts";

const none: Key = {
  upArrow: false,
  downArrow: false,
  leftArrow: false,
  rightArrow: false,
  pageDown: false,
  pageUp: false,
  home: false,
  end: false,
  return: false,
  escape: false,
  ctrl: false,
  shift: false,
  tab: false,
  backspace: false,
  delete: false,
  meta: false,
  super: false,
  hyper: false,
  capsLock: false,
  numLock: false,
};
const hub = [
  { type: "start", mode: "fix" } as const,
  { type: "inspected", inspection: inspectionOf(weakFacts), purpose: "first", at: 1 } as const,
].reduce(reduce, initialState({ setting, now: 0 }));
const searching = reduce(hub, { type: "search" });

describe("keys", () => {
  it.each([
    ["", { upArrow: true }, "up"],
    ["\r", { return: true }, "enter"],
    ["", { escape: true }, "escape"],
    ["c", { ctrl: true }, "ctrl-c"],
    [" ", {}, "space"],
    ["?", {}, "?"],
    ["", { pageDown: true }, "pagedown"],
  ])("%j %j is %s", (input, key, name) => {
    expect(keyName(input, { ...none, ...key })).toBe(name);
  });

  it("that arrive together are keys of their own", () => {
    expect(strokes("/port\r", none).map(({ name }) => name)).toEqual(["/", "p", "o", "r", "t", "enter"]);
    expect(strokes("a\u0003", none).map(({ name }) => name)).toEqual(["a", "ctrl-c"]);
    expect(strokes(" \u007f\t", none).map(({ name }) => name)).toEqual(["space", "backspace", "tab"]);
  });

  it("are letters where text is typed, and commands elsewhere", () => {
    const [q] = strokes("q", none);
    if (q === undefined) throw new Error("no key");
    expect(intentFor(searching, q)).toEqual({ type: "type", text: "q" });
    expect(intentFor(hub, q)).toEqual({ type: "quit" });
    expect(intentFor(hub, { name: "%", text: "%" })).toBeUndefined();
  });

  it("in great number are a paste from a terminal that does not mark it", () => {
    const pasted = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5 op@desk\r";
    expect(unbracketedPaste(hub, pasted, none)).toBe("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5 op@desk\n");
    expect(unbracketedPaste(searching, pasted, none)).toBeUndefined();
    expect(unbracketedPaste(hub, "/port\r", none)).toBeUndefined();
  });
});

describe("the key line", () => {
  it.each([60, 80, 140])("fits %i columns and always tells the way out", (columns) => {
    for (const state of [hub, searching, reduce(hub, { type: "review" })]) {
      for (const mostRows of [1, 2]) {
        const rows = keyLines(state, themes.unicode, columns, mostRows);
        expect(rows.length).toBeLessThanOrEqual(mostRows);
        for (const row of rows) expect(lineWidth(row)).toBeLessThanOrEqual(columns);
        const text = rows.map((row) => row.map((part) => part.text).join("")).join("\n");
        expect(text).toMatch(/q quit|Esc (?:hub|back)/u);
      }
    }
  });
});
