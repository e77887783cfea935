/** What is seen of the target's folder over there: its script, run here, read as it answers. */
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeEach, expect, test } from "vitest";
import { folderProbe } from "../../src/commands/promotion-machine.ts";
import { known } from "../../src/model/fact.ts";
import { questionLine } from "../../src/model/probe.ts";
import { temporaryFolder } from "./drawbridge.ts";

const folder = temporaryFolder();
const target = join(folder.path, "target");
beforeEach(() => {
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target);
});
afterAll(folder.remove);

const seen = (path = target) => {
  const probe = folderProbe(path);
  const { stdout, status } = spawnSync("sh", ["-c", probe.script], {
    encoding: "utf8",
    input: questionLine("folder", path),
  });
  return probe.parse({ stdout, exitCode: status ?? 1, truncated: false, timedOut: false });
};
const write = (name: string | Buffer, text: string) =>
  writeFileSync(Buffer.concat([Buffer.from(`${target}/`), Buffer.from(name)]), text);

test("files are read as they are, and project files and hidden ones are passed over", () => {
  write("base.toml", "a = 'ü'\r\n");
  write("empty.toml", "");
  write("Ballerina.toml", "x = 1\n");
  write(".hidden.toml", "x = 1\n");
  const fact = seen();
  expect(fact).toMatchObject(known({ exists: true, problems: [] }));
  expect(fact.state === "known" && fact.value.files.map(({ name, text }) => [name, text])).toEqual([
    ["base.toml", "a = 'ü'\r\n"],
    ["empty.toml", ""],
  ]);
  expect(seen(join(target, "nowhere"))).toMatchObject(known({ exists: false }));
});

test("no name forges another file, and what is no plain file is a reason to stop", () => {
  write("base.toml", "a = 1\n");
  write("x\n@file secrets.toml", "forged = 1\n");
  write(Buffer.from([0xff, 0x2e, 0x74, 0x6f, 0x6d, 0x6c]), "b = 1\n");
  symlinkSync("/etc/passwd", join(target, "link.toml"));
  const fact = seen();
  expect(fact.state === "known" && fact.value.files.map(({ name }) => name)).toEqual(["base.toml"]);
  expect(fact.state === "known" && fact.value.problems.toSorted()).toEqual([
    "target: a .toml file there has a name that is not plain UTF-8 in one line: rename it",
    "target: a .toml file there has a name that is not plain UTF-8 in one line: rename it",
    "target: link.toml is no regular file",
  ]);
});
