import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const program = new URL("../../../../templates/runtime/versions/update-distribution.sh", import.meta.url).pathname;

/** Stands for the update tool: answers `dist list` and writes down what else it is told. */
const bal = `#!/bin/sh
case "$1 $2" in
  "dist list") printf 'Distributions available locally:\\n* 2201.12.3\\nDistributions available remotely:\\n  2201.12.9\\n  2201.12.10\\n  2201.12.11-Alpha2\\n  2201.13.5\\n  2201.13.6-Alpha2\\n' ;;
  *) echo "$@" >>"$CALLS" ;;
esac
`;

describe("update-distribution.sh", () => {
  let folder: string;
  const toml = () => join(folder, "Ballerina.toml");
  const calls = () => {
    try {
      return readFileSync(join(folder, "calls"), "utf8").trim().split("\n");
    } catch {
      return [];
    }
  };
  const run = (distribution: string, ...words: readonly string[]) => {
    writeFileSync(toml(), `[package]\nname = "orders"\n${distribution}\nversion = "1.0.0" # 2201.12.3\n`);
    return spawnSync("sh", [program, ...words, folder], {
      encoding: "utf8",
      env: { PATH: `${folder}:${process.env.PATH}`, CALLS: join(folder, "calls") },
    });
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "drawbridge-distribution-"));
    writeFileSync(join(folder, "bal"), bal, { mode: 0o755 });
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("moves to the newest release of the same line, tests, and builds", () => {
    expect(run('distribution = "2201.12.3"').status).toBe(0);
    expect(readFileSync(toml(), "utf8")).toBe(
      '[package]\nname = "orders"\ndistribution = "2201.12.10"\nversion = "1.0.0" # 2201.12.3\n',
    );
    expect(calls()).toEqual(["update", "dist pull 2201.12.10", "dist use 2201.12.10", "test", "build"]);
  });

  it("with --check only says so, and fails", () => {
    const { status, stderr } = run('distribution="2201.12.3"', "--check");
    expect([status, stderr]).toEqual([1, "2201.12.3 is older than 2201.12.10: run update-distribution.sh\n"]);
    expect(calls()).toEqual([]);
    expect(run('distribution = "2201.12.10"', "--check").status).toBe(0);
  });

  it("does nothing where there is nothing newer, and says what is missing", () => {
    expect(run('distribution = "2201.13.5"').stdout).toBe("2201.13.5 is the newest of its line\n");
    expect(calls()).toEqual(["update"]);
    expect(run("# none").stderr).toContain("names no distribution");
    expect(run('distribution = "2201.4.1"').stderr).toContain("no distribution of line 2201.4");
  });
});
