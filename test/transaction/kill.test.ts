import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { countingTools, ended, file, isInstalled, type Line, sandbox, shells } from "./sandbox.ts";

const changes: readonly Line[] = [
  file("0001", "/etc/edited", "new\n", "0600"),
  ["change", "0002", "directory", "/etc/made", "0750", "\\e", "\\e"],
  file("0003", "/etc/made/new", "new\n"),
  ["change", "0004", "absent", "/etc/gone"],
  ["change", "0005", "symlink", "/etc/made/link", "new"],
  ["change", "0006", "permissions", "/etc/loose", "0600", "\\e", "\\e"],
];

/**
 * Ends runs with SIGKILL at calls of the tools that write, one run per call. `sync` alone is every point of the journal, before and
 * after each line; the longer list is every single act. DRAWBRIDGE_EVERY_POINT=1 leaves none out, which takes about ten minutes.
 */
const acts = ["sync", "mv", "ln", "rm", "rmdir", "mkdir", "cp", "chmod", "cat", "touch"];
const everyPoint = process.env.DRAWBRIDGE_EVERY_POINT === "1";
const sweeps = [
  { ...shells[0], tools: ["sync"], stride: 1 },
  { ...shells[0], tools: acts, stride: everyPoint ? 1 : 17 },
  { ...shells[1], tools: ["sync"], stride: everyPoint ? 1 : 7 },
  { ...shells[2], tools: ["sync"], stride: everyPoint ? 1 : 7 },
];

describe.for(sweeps)("killed under $name at each of $tools", { timeout: 600_000 }, ({
  name = "",
  argv = [],
  missing,
  tools,
  stride,
}) => {
  let folder: string;
  let disk: ReturnType<typeof sandbox>;
  let before: string;
  let after: string;
  const count = () => (existsSync(join(folder, "calls")) ? readFileSync(join(folder, "calls")).length : 0);
  const allow = (calls: number | null) => {
    rmSync(join(folder, "calls"), { force: true });
    if (calls === null) rmSync(join(folder, "limit"), { force: true });
    else writeFileSync(join(folder, "limit"), String(calls));
  };

  beforeAll(() => {
    if (missing) return;
    folder = realpathSync(mkdtempSync(join(tmpdir(), "drawbridge-tools-")));
    disk = sandbox();
    disk.write("/etc/edited", "old\n", 0o640);
    disk.write("/etc/gone", "old\n", 0o4755);
    disk.write("/etc/loose", "old\n", 0o666);
    if (isInstalled("setfacl")) spawnSync("setfacl", ["-m", "u:12345:r", disk.at("/etc/edited"), disk.at("/etc/gone")]);
    disk.age("/etc");
    before = disk.snapshot();
    const staged = disk.transaction("k-1", changes, { tools: countingTools(folder, tools) });
    expect(staged.run(argv, "stage").code).toBe(0);
  });
  afterAll(() => {
    if (missing) return;
    disk.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  const named = ["staged", "committing", "confirmed"];

  test("commit, then status, then undo or resume", async ({ skip }) => {
    if (missing) skip(`${name} is not installed`);
    allow(null);
    const whole = disk.copy();
    expect(whole.existing("k-1").run(argv, "commit").code).toBe(0);
    const points = count();
    after = whole.snapshot().replaceAll(/ \d+:\d+ \d+ /gu, " ");
    whole.remove();
    expect(points).toBeGreaterThan(10);
    for (let point = 1; point <= points; point += stride) {
      const killed = disk.copy();
      const transaction = killed.existing("k-1");
      allow(point);
      expect(await ended(transaction.start(argv, "commit"))).toBe("SIGKILL");
      allow(null);
      const state = transaction.state(argv) ?? "";
      expect(named, `point ${point}`).toContain(state);

      const resumed = killed.copy();
      const resume = resumed.existing("k-1").run(argv, state === "staged" ? "commit" : "resume");
      expect(resume, `resume after point ${point}`).toMatchObject({ code: 0, output: "" });
      expect(resumed.snapshot().replaceAll(/ \d+:\d+ \d+ /gu, " "), `resume after point ${point}`).toBe(after);
      expect(resumed.existing("k-1").undo(argv).code).toBe(0);
      expect(resumed.snapshot(), `resume and undo after point ${point}`).toBe(before);
      resumed.remove();

      expect(transaction.undo(argv), `undo after point ${point}`).toMatchObject({ code: 0, output: "" });
      expect(killed.snapshot(), `undo after point ${point}`).toBe(before);
      expect(transaction.state(argv)).toBe("reverted");
      killed.remove();
    }
  });

  test("undo, then status, then undo again", async ({ skip }) => {
    if (missing) skip(`${name} is not installed`);
    allow(null);
    const committed = disk.copy();
    expect(committed.existing("k-1").run(argv, "commit").code).toBe(0);
    allow(null);
    const whole = committed.copy();
    expect(whole.existing("k-1").undo(argv).code).toBe(0);
    const points = count();
    whole.remove();
    for (let point = 1; point <= points; point += stride) {
      const killed = committed.copy();
      const transaction = killed.existing("k-1");
      allow(point);
      expect(await ended(transaction.start(argv, "undo"))).toBe("SIGKILL");
      allow(null);
      expect(["confirmed", "reverting", "reverted"], `point ${point}`).toContain(transaction.state(argv));
      expect(transaction.run(argv, point % 2 ? "undo" : "resume").code, `again after point ${point}`).toBe(0);
      if (transaction.state(argv) !== "reverted") expect(transaction.undo(argv).code).toBe(0);
      expect(killed.snapshot(), `undo after point ${point}`).toBe(before);
      killed.remove();
    }
    committed.remove();
  });
});
