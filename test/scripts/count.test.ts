import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

let folder = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "drawbridge-count-"));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function report(name: string, ...files: { status: string; tests: string[] }[]): string {
  const path = join(folder, name);
  const testResults = files.map(({ status, tests }) => ({
    status,
    assertionResults: tests.map((test) => ({ status: test })),
  }));
  writeFileSync(path, JSON.stringify({ testResults }));
  return path;
}

function count(...args: string[]): string {
  return spawnSync(process.execPath, [".ci/count.mjs", ...args], { encoding: "utf8" }).stdout;
}

test("suites are summed", () => {
  const unit = report("unit.json", { status: "passed", tests: ["passed", "passed", "skipped", "todo", "pending"] });
  const lab = report(
    "lab.json",
    { status: "failed", tests: ["passed", "failed"] },
    { status: "passed", tests: ["passed"] },
  );
  expect(count("0", unit, lab)).toBe("4 passed, 1 failed, 3 skipped\n");
});

test("a file that could not be loaded and a failed stage count as failures", () => {
  const unit = report("unit.json", { status: "failed", tests: [] }, { status: "failed", tests: ["skipped"] });
  expect(count("0", unit)).toBe("0 passed, 2 failed, 1 skipped\n");
  expect(count("3")).toBe("0 passed, 3 failed, 0 skipped\n");
});
