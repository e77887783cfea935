import { describe, expect, test } from "vitest";
import { lastingTrouble } from "../../src/commands/rollout.ts";
import { failure } from "../../src/failure.ts";
import { documents } from "../../src/model/documents.ts";
import { drawbridge } from "./drawbridge.ts";

/** Nothing listens there. */
const down = "127.0.0.1:1,127.0.0.2:1";

/** A node on which nothing is set up, as it answers or does not. */
const node = (name: string, run: () => Promise<string>) => ({
  host: name,
  name,
  changes: 1,
  failover: undefined,
  target: { run: async () => ({ exitCode: 0, stdout: await run(), stderr: "", truncated: false, timedOut: false }) },
});

describe("between two nodes", () => {
  test("one that went down is a reason to stop, not the end of the report", async () => {
    const down = node("app02", () => Promise.reject(failure("usage", "the connection to app02 broke")));
    const well = node("app01", async () => "");
    expect(await lastingTrouble([well, down], 0.5)).toBe("app02 does not answer: the connection to app02 broke");
    expect(await lastingTrouble([well], 0.5)).toBe("");
  });
});

describe("a rollout", () => {
  test.each([
    [["--recommended", "--yes"], /two nodes or more/u],
    [["--hosts", "app01", "--recommended", "--yes"], /two nodes or more/u],
    [["--hosts", "app01,app02", "--yes"], /roll out what\?/u],
    [["--hosts", "app01,app02", "--recommended"], /add --yes/u],
    [["--hosts", "app01,-oProxyCommand=x", "--recommended", "--yes"], /--hosts .*is not \[user@\]name/u],
  ])("%j is a mistake", (words, line) => {
    const { status, stdout, stderr } = drawbridge(["rollout", ...words]);
    expect(stderr).toMatch(line);
    expect(stderr).toMatch(/^drawbridge: [^\n]+\n$/u);
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
  });

  test("is refused while a node is down, before anything is changed", () => {
    const words = ["rollout", "--hosts", down, "--recommended", "--yes", "--format", "json"];
    const { status, stdout, stderr } = drawbridge(words);
    expect(stderr).toMatch(/127\.0\.0\.1 is down or cannot be reached.*nothing was changed/u);
    expect(status).toBe(3);
    expect(documents.error.safeParse(JSON.parse(stdout)).success).toBe(true);
  });
});
