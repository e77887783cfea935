import { describe, expect, test } from "vitest";
import { runDetached } from "../../src/targets/run.ts";

const nothing = Buffer.alloc(0);

describe("a program of this machine", () => {
  test("says how it ended, byte for byte what it wrote, and each line as it came", async () => {
    const lines: string[] = [];
    const onLine = (line: string) => lines.push(line);
    const script = "cat; echo two; echo err >&2; exit 7";
    const result = await runDetached(["sh", "-c", script], Buffer.from("one\n"), { timeoutSeconds: 10, onLine });
    expect(result).toEqual({ exitCode: 7, stdout: "one\ntwo\n", stderr: "err\n" });
    expect(lines).toEqual(["one", "two"]);
  });

  test("that is not there is 127, one that takes too long is 124", async () => {
    expect(await runDetached(["no-such-program-here"], nothing, { timeoutSeconds: 10 })).toMatchObject({
      exitCode: 127,
    });
    expect(await runDetached(["sleep", "60"], nothing, { timeoutSeconds: 0.2 })).toMatchObject({ exitCode: 124 });
  });

  test("that never stops to talk is cut off", async () => {
    const result = await runDetached(["yes", "all work and no play"], nothing, { timeoutSeconds: 60 });
    expect(result).toMatchObject({ exitCode: 125, stderr: expect.stringContaining("has no end") });
  });

  test("gets none of the operator's environment but what ssh needs", async () => {
    process.env.DRAWBRIDGE_TEST_SECRET = "x";
    try {
      const { stdout } = await runDetached(["env"], nothing, { timeoutSeconds: 10 });
      const names = stdout.split("\n").map((line) => line.split("=")[0]);
      expect(names).toContain("PATH");
      expect(stdout).toContain("LC_ALL=C\n");
      expect(names).not.toContain("DRAWBRIDGE_TEST_SECRET");
      expect(names).not.toContain("NODE_OPTIONS");
    } finally {
      delete process.env.DRAWBRIDGE_TEST_SECRET;
    }
  });

  test("stands in a session of its own: Ctrl-C at this terminal does not reach it", async () => {
    const { stdout } = await runDetached(["sh", "-c", "cut -d' ' -f1,5,6 /proc/$$/stat"], nothing, {
      timeoutSeconds: 10,
    });
    const [process_, group, session] = stdout.trim().split(" ");
    expect(group).toBe(process_);
    expect(session).toBe(process_);
  });
});
