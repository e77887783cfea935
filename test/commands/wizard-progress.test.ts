import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { progressKeeper } from "../../src/commands/wizard-progress.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "drawbridge-state-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

test("a place is kept per target, for its owner only, and forgotten on request", () => {
  const here = progressKeeper("this machine", { XDG_STATE_HOME: folder });
  const there = progressKeeper("op@app01", { XDG_STATE_HOME: folder });
  here.keep("place one");
  expect(here.read()).toBe("place one");
  expect(there.read()).toBeUndefined();
  const [file] = readdirSync(join(folder, "drawbridge"));
  expect(statSync(join(folder, "drawbridge", file ?? "")).mode & 0o777).toBe(0o600);
  here.keep(undefined);
  expect(here.read()).toBeUndefined();
});

test("under sudo the caller's environment is not believed", () => {
  const keeper = progressKeeper("a label that no real target has", { XDG_STATE_HOME: folder, SUDO_USER: "op" });
  expect(keeper.read()).toBeUndefined();
  expect(existsSync(join(folder, "drawbridge"))).toBe(false);
});
