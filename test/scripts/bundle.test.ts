import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

let folder = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "drawbridge-bundle-"));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const bundle = (...words: string[]) =>
  spawnSync(process.execPath, ["scripts/bundle.ts", "--into", folder, ...words], { encoding: "utf8" });

const entry = () => statSync(join(folder, "drawbridge.mjs"), { bigint: true });
const inputs = () => readFileSync(join(folder, "inputs.sha256"), "utf8");

/** Bundles twice over the same sources: whoever edits them while the tests run makes it begin again. */
function bundleTwice() {
  for (;;) {
    const first = bundle("--quiet");
    const before = { inputs: inputs(), entry: entry() };
    const second = bundle();
    if (inputs() === before.inputs) return { first, second, before: before.entry };
  }
}

test("a bundle that is up to date is left alone, another is replaced, and --quiet prints nothing", () => {
  const { first, second, before } = bundleTwice();
  expect(first).toMatchObject({ status: 0, stdout: "", stderr: "" });
  expect(second).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(/drawbridge.mjs is up to date\n$/),
    stderr: "",
  });
  expect(entry()).toMatchObject({ mtimeNs: before.mtimeNs, ino: before.ino });
  writeFileSync(join(folder, "inputs.sha256"), "of other sources");
  expect(bundle("--quiet")).toMatchObject({ status: 0, stdout: "", stderr: "" });
  expect(entry().ino).not.toBe(before.ino);
});
