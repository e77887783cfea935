import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

let project = "";

beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), "drawbridge-ci-"));
  cpSync(".ci", join(project, ".ci"), { recursive: true });
  mkdirSync(join(project, "bin"));
  // Every package is there already, so nothing is installed.
  program("dpkg-query", "echo installed");
  program("apt-get", "echo apt-get must not run here >&2; exit 1");
});

afterEach(() => rmSync(project, { recursive: true, force: true }));

function program(name: string, script: string): void {
  const file = join(project, "bin", name);
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
}

const report = (...statuses: string[]): string => {
  const tests = statuses.map((status) => ({ status }));
  return JSON.stringify({
    testResults: [{ status: statuses.includes("failed") ? "failed" : "passed", assertionResults: tests }],
  });
};

/** An npm whose stages end as told; a stage with a report writes it where the script asked for it. */
function npm(stages: Record<string, { exit?: number; report?: string }>): void {
  const cases = Object.entries(stages).map(([stage, { exit = 0, report: text }]) => {
    const write = text === undefined ? "" : `printf '%s' '${text}' >"$DRAWBRIDGE_TEST_REPORT"; `;
    return `"${stage}") ${write}exit ${exit};;`;
  });
  program("npm", `case "$*" in ${cases.join(" ")} esac`);
}

function run(environment: Record<string, string> = {}): { code: number | null; output: string; last: string } {
  const path = `${join(project, "bin")}:${dirname(process.execPath)}:${process.env.PATH}`;
  const env = { PATH: path, HOME: project, ...environment };
  const { status, stdout } = spawnSync(join(project, ".ci/run"), { encoding: "utf8", env, cwd: tmpdir() });
  return { code: status, output: stdout, last: stdout.trimEnd().split("\n").at(-1) ?? "" };
}

const isRoot = process.geteuid?.() === 0;
const unit = report("passed", "passed", "skipped");
const lab = report("passed");
const total = isRoot ? "3 passed, 0 failed, 1 skipped" : "2 passed, 0 failed, 1 skipped";

describe.runIf(process.platform === "linux")(".ci/run", () => {
  test("sums the suites on its last line, and counts none twice", () => {
    npm({ test: { report: unit }, "run types": {}, "run lint": {}, "run build": {}, "run lab": { report: lab } });
    expect(run()).toMatchObject({ code: 0, last: total });
  });

  test("a failed test fails the run, and the stages after it still run", () => {
    npm({ test: { report: report("passed", "failed"), exit: 1 }, "run build": {}, "run lab": { report: lab } });
    const { code, output, last } = run();
    expect(code).toBe(1);
    expect(output).toContain("FAILED: npm ci && npm test (exit 1)");
    expect(output).toContain("== npm run build");
    expect(last).toBe(isRoot ? "2 passed, 1 failed, 0 skipped" : "1 passed, 1 failed, 0 skipped");
  });

  test("a stage that breaks counts as a failure although no test failed", () => {
    npm({
      ci: { exit: 1 },
      "run types": { exit: 2 },
      "run lint": {},
      "run build": { exit: 1 },
      "run lab": { report: lab },
    });
    const { code, output, last } = run();
    expect(code).toBe(1);
    expect(output).toContain("FAILED: npm ci && npm test: no report of its tests");
    expect(output).toContain("FAILED: npm run types (exit 2)");
    expect(last).toBe(isRoot ? "1 passed, 3 failed, 0 skipped" : "0 passed, 3 failed, 0 skipped");
  });

  test("an error outside of the tests is not lost", () => {
    npm({ test: { report: unit, exit: 1 }, "run lab": { report: lab } });
    expect(run()).toMatchObject({ code: 1, last: total.replace("0 failed", "1 failed") });
  });

  test("the lab may be skipped, saying why, but not on CI", () => {
    const skipping = report("passed", "skipped");
    npm({ test: { report: unit }, "run lab": { report: skipping } });
    if (isRoot) {
      expect(run()).toMatchObject({ code: 1, output: expect.stringContaining("a skipped lab test is a failure here") });
      expect(run().last).toBe("3 passed, 1 failed, 2 skipped");
    } else {
      expect(run()).toMatchObject({ code: 0, output: expect.stringContaining("The lab was skipped: ") });
      expect(run({ CI: "true" })).toMatchObject({ code: 1, last: "2 passed, 1 failed, 1 skipped" });
    }
  });
});
