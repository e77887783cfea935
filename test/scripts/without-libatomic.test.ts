import { spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

let folder = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "drawbridge-libatomic-"));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const strike = (file: string) =>
  spawnSync(process.execPath, ["scripts/without-libatomic.mjs", file], { encoding: "utf8" });

/** Functions, WebAssembly modules and threads come and go: all that V8 needs the function for. */
const exercise = `
  import { isMainThread, Worker } from "node:worker_threads";
  const add = Uint8Array.of(0,97,115,109,1,0,0,0,1,7,1,96,2,127,127,1,127,3,2,1,0,7,7,1,3,97,100,100,0,0,10,9,1,7,0,32,0,32,1,106,11);
  let sum = 0;
  for (let round = 0; round < 300; round += 1) {
    sum += new Function("a", "return a + " + round)(1);
    const { instance } = await WebAssembly.instantiate(add);
    sum += instance.exports.add(round, 1);
    if (round % 100 === 0) globalThis.gc();
  }
  if (isMainThread) {
    const ends = [1, 2].map(() => new Promise((resolve) => new Worker(new URL(import.meta.url)).on("exit", resolve)));
    console.log(sum, ...(await Promise.all(ends)));
  }
`;

describe.runIf(process.platform === "linux" && process.arch === "x64")("Node without libatomic", () => {
  test("the library is no longer asked for, and everything that used it works", () => {
    const node = join(folder, "node");
    copyFileSync(process.execPath, node);
    expect(strike(node)).toMatchObject({ status: 0, stdout: "", stderr: "" });
    const libraries = spawnSync(node, [], { encoding: "utf8", env: { LD_TRACE_LOADED_OBJECTS: "1" } }).stdout;
    expect(libraries).toContain("libstdc++.so.6");
    expect(libraries).not.toContain("libatomic");
    const script = join(folder, "exercise.mjs");
    writeFileSync(script, exercise);
    expect(spawnSync(node, ["--expose-gc", script], { encoding: "utf8" })).toMatchObject({
      status: 0,
      stdout: "90300 0 0\n",
    });

    const done = readFileSync(node);
    expect(strike(node)).toMatchObject({ status: 0, stdout: "", stderr: "" });
    expect(readFileSync(node).equals(done)).toBe(true);
  });

  test("a file that is not as expected is left alone, and what to install is said", () => {
    const file = join(folder, "node");
    writeFileSync(file, "#!/bin/sh\n");
    expect(strike(file)).toMatchObject({
      status: 1,
      stderr: `${file} needs libatomic.so.1: install libatomic1 (Debian, Ubuntu) or libatomic (Fedora, RHEL). Doing without: not built as expected, not a 64-bit ELF file\n`,
    });
    expect(readFileSync(file, "utf8")).toBe("#!/bin/sh\n");
  });
});
