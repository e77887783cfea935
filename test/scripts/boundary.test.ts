import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

/** Biome prints no diagnostics for standard input, so the bad texts stand in a folder of their own with the project's rules. */
const biomeProgram = resolve("node_modules/.bin/biome");
let project = "";

beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), "drawbridge-boundary-"));
  cpSync("biome.json", join(project, "biome.json"));
  cpSync("package.json", join(project, "package.json"));
  execFileSync("git", ["init", "--quiet", project]);
});

afterAll(() => rmSync(project, { recursive: true, force: true }));

/** The import sources that the boundary rule refuses in a file at this path. */
function refused(path: string, sources: readonly string[]): string[] {
  const file = join(project, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, sources.map((source, index) => `import { name${index} } from "${source}";\n`).join(""));
  const biome = spawnSync(
    biomeProgram,
    ["lint", "--only=style/noRestrictedImports", "--reporter=json", "--max-diagnostics=none", path],
    { cwd: project, encoding: "utf8" },
  );
  const { diagnostics } = JSON.parse(biome.stdout) as {
    diagnostics: { category: string; location: { start: { line: number } } }[];
  };
  return diagnostics
    .filter(({ category }) => category === "lint/style/noRestrictedImports")
    .map(({ location }) => sources[location.start.line - 1] ?? "?");
}

const world = [
  "node:fs",
  "node:fs/promises",
  "node:process",
  "node:child_process",
  "node:os",
  "node:net",
  "fs",
  "execa",
];
const ink = ["ink", "react"];
const prompts = ["inquirer", "@inquirer/prompts"];
const edge = [
  "targets/ssh.ts",
  "ui/app.tsx",
  "plain/wizard.ts",
  "commands/plan.ts",
  "backends/transaction.ts",
  "backends/transaction/bundle.ts",
];

describe("the import boundary", () => {
  test.each([
    ["src/model/bad.ts", "../"],
    ["src/core/bad.ts", "../"],
    ["src/core/deep/bad.ts", "../../"],
    ["steps/os/ssh/bad.ts", "../../../src/"],
  ])("%s is pure", (path, up) => {
    const bad = [...world, ...ink, ...prompts, ...edge.map((module) => `${up}${module}`)];
    expect(refused(path, [...bad, "zod", "node:crypto", `${up}model/fact.ts`, `${up}backends/files.ts`])).toEqual(bad);
  });

  test("Ink and React are for src/ui alone, inquirer for src/plain alone", () => {
    const all = [...ink, ...prompts, "node:fs", "execa"];
    expect(refused("src/commands/bad.ts", all)).toEqual([...ink, ...prompts]);
    expect(refused("src/cli.ts", all)).toEqual([...ink, ...prompts]);
    expect(refused("src/ui/bad.tsx", all)).toEqual(prompts);
    expect(refused("src/plain/bad.ts", all)).toEqual(ink);
  });

  test("process is not even a global in the pure folders", () => {
    const file = join(project, "src/core/ambient.ts");
    writeFileSync(file, "export const home = process.env.HOME;\n");
    const biome = spawnSync(biomeProgram, ["lint", "--reporter=json", "src/core/ambient.ts"], {
      cwd: project,
      encoding: "utf8",
    });
    expect(biome.stdout).toContain("lint/style/noRestrictedGlobals");
  });
});
