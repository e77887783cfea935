/** The script that adds to a machine's log, in a folder of its own: cut off, full, or somebody was faster. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { appendInput, appendScript } from "../../src/commands/logged-session.ts";
import { readHead, readLog } from "../../src/configuration/audit-log.ts";
import { missingLines } from "../../src/configuration/machine-log.ts";
import { sha256 } from "../../src/core/assemble-plan.ts";
import type { ChangeHistory, RecordedTransaction } from "../../src/probes/change-history.ts";
import { temporaryFolder } from "./drawbridge.ts";

const folder = temporaryFolder();
const state = join(folder.path, "state");
const own = (name: string) => join(state, "log", name);
beforeEach(() => {
  rmSync(state, { recursive: true, force: true });
  mkdirSync(state);
});
afterAll(folder.remove);

const transaction = (number: number, path = "/etc/x"): RecordedTransaction => ({
  id: `20261122-10000${number}-abcd`,
  state: "confirmed",
  since: "2026-11-22T10:00:00Z",
  record: "b".repeat(64),
  files: [{ path, before: null, after: "a".repeat(64) }],
});
const history = (text: string, transactions: readonly RecordedTransaction[]): ChangeHistory => ({
  log: readLog(text),
  text,
  transactions,
  accepted: undefined,
  acceptedProblem: undefined,
});
const telling = { who: "amara", id: undefined, host: "app01", tool: "drawbridge" };
const missing = (text: string, ...transactions: readonly RecordedTransaction[]) => {
  const found = missingLines(history(text, transactions), telling);
  if (found === undefined) throw new Error("nothing is missing");
  return found;
};
const text = (): string => (existsSync(own("changes.jsonl")) ? readFileSync(own("changes.jsonl"), "utf8") : "");
const append = (input: string, before = ""): number | null =>
  spawnSync("sh", ["-c", `${before}\n${appendScript.replaceAll("/var/lib/drawbridge", state)}`], {
    input,
    env: { PATH: "/usr/bin:/bin" },
  }).status;
const problems = () => readLog(text(), readHead(readFileSync(own("head.json"), "utf8"))).problems;

describe.skipIf(process.getuid?.() !== 0)("the log of a machine", () => {
  test("grows line by line, and is root's alone", () => {
    expect(append(appendInput("", missing("", transaction(1)), sha256))).toBe(0);
    expect(append(appendInput(text(), missing(text(), transaction(1), transaction(2)), sha256))).toBe(0);
    expect(problems()).toEqual([]);
    expect(readLog(text()).entries).toHaveLength(2);
    for (const name of ["changes.jsonl", "head.json"]) expect(statSync(own(name)).mode & 0o777).toBe(0o600);
  });

  test("is as it was when the input is cut off, or the disk is full in the middle", () => {
    expect(append(appendInput("", missing("", transaction(1)), sha256))).toBe(0);
    const before = text();
    const input = appendInput(before, missing(before, transaction(1), transaction(2)), sha256);
    expect(append(input.slice(0, -40))).toBe(4);
    expect(text()).toBe(before);
    const many = appendInput(
      before,
      missing(before, transaction(1), transaction(2, `/etc/${"x".repeat(4000)}`)),
      sha256,
    );
    expect(append(many, "trap '' XFSZ; ulimit -f 2")).toBe(4);
    expect(text()).toBe(before);
    expect(existsSync(own("changes.new"))).toBe(false);
    expect(problems()).toEqual([]);
  });

  test("is not added to when somebody else was faster", () => {
    const first = appendInput("", missing("", transaction(1)), sha256);
    expect(append(first)).toBe(0);
    expect(append(first)).toBe(5);
    expect(readLog(text()).entries).toHaveLength(1);
  });

  test("goes on after a line that an older program left half written, and still says that it is no entry", () => {
    expect(append(appendInput("", missing("", transaction(1)), sha256))).toBe(0);
    writeFileSync(own("changes.jsonl"), `${text()}{"schemaVersion":1,"seq`);
    expect(append(appendInput(text(), missing(text(), transaction(1), transaction(2)), sha256))).toBe(0);
    expect(readLog(text()).entries.map(({ sequence }) => sequence)).toEqual([1, 2]);
    expect(problems()).toEqual(["line 2: it is no entry of this log"]);
  });
});
