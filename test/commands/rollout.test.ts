import { describe, expect, test } from "vitest";
import { documents } from "../../src/model/documents.ts";
import { drawbridge } from "./drawbridge.ts";

/** Nothing listens there. */
const down = "127.0.0.1:1,127.0.0.2:1";

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
