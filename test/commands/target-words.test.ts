import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { readOptions, type TargetOptions } from "../../src/commands/options.ts";
import { readCommandLine } from "../../src/commands/program.ts";
import { drawbridgeCommand, newAccess, targetWords } from "../../src/commands/target-words.ts";

const targets: readonly TargetOptions[] = [
  { kind: "local" },
  { kind: "root", directory: "/mnt/a disk" },
  { kind: "ssh", name: "app01" },
  { kind: "ssh", name: "app01", user: "op", port: 22022, sshConfig: "/tmp/it's mine $(id)" },
  { kind: "ssh", name: "2001:db8::7", user: "op", port: 22 },
];

test.each(targets)("the words for %j are read back as the same target", (target) => {
  const request = readCommandLine(["inspect", ...targetWords(target)]);
  if (request.kind !== "command") throw new Error(JSON.stringify(request));
  expect(readOptions("inspect", request.raw)).toMatchObject({ options: { target } });
});

test.each(targets)("the command for %j survives a shell", (target) => {
  const line = drawbridgeCommand(["undo", "20261122-0731"], target).replace(/^drawbridge/u, "printf '%s\\n'");
  const { stdout } = spawnSync("sh", ["-c", line], { encoding: "utf8" });
  expect(stdout.trimEnd().split("\n")).toEqual(["undo", "20261122-0731", ...targetWords(target)]);
});

test("a way in that stays is the one that was given, whatever port the machine knows it by", () => {
  const access = { administrator: "anna", port: 22, stays: true as const };
  const forwarded: TargetOptions = { kind: "ssh", name: "gate", user: "root", port: 2222 };
  expect(targetWords(forwarded, access)).toEqual(["--host", "anna@gate:2222"]);
  expect(targetWords({ kind: "ssh", name: "app01" }, access)).toEqual(["--host", "anna@app01"]);
  expect(newAccess(forwarded, access)).toBeNull();
  expect(newAccess({ kind: "local" }, access)).toEqual(access);
  expect(newAccess(forwarded, { administrator: "anna", port: 22022 })).not.toBeNull();
});

test("once a plan is in force, its way in is named", () => {
  const access = { administrator: "anna", port: 22022 };
  expect(targetWords({ kind: "ssh", name: "app01", user: "root" }, access)).toEqual(["--host", "anna@app01:22022"]);
  expect(targetWords({ kind: "local" }, access)).toEqual([]);
});
