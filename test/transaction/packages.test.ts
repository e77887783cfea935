/** A package that is to go is kept first: whole, or the removal is refused. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const runtime = readFileSync("templates/transaction/runtime.sh", "utf8");
const functionNamed = (name: string): string =>
  new RegExp(`^${name}\\(\\) \\{[^]*?\\}$`, "mu").exec(runtime)?.[0] ?? "";
const folder = mkdtempSync(join(tmpdir(), "drawbridge-packages-"));
const at = (...parts: readonly string[]) => join(folder, ...parts);
const deb = "drawbridge-sample_1%3a2.0-1_all.deb";
const hasDpkg = spawnSync("dpkg-deb", ["--version"]).status === 0;

const keep = () =>
  spawnSync(
    "sh",
    [
      "-c",
      `cd "$0" || exit; ${functionNamed("keep_package")}\n${functionNamed("is_whole")}\nkeep_package 0001 drawbridge-sample`,
      folder,
    ],
    {
      encoding: "utf8",
      env: { PATH: `${at("bin")}:/usr/bin:/bin` },
    },
  ).status;
const isWhole = () => spawnSync("dpkg-deb", ["--fsys-tarfile", at("packages/0001", deb)]).status === 0;

describe.skipIf(!hasDpkg)("what is kept of a package", () => {
  beforeAll(() => {
    for (const name of ["bin", "packages/0001", "tree/DEBIAN", "tree/usr"]) mkdirSync(at(name), { recursive: true });
    writeFileSync(
      at("tree/DEBIAN/control"),
      "Package: drawbridge-sample\nVersion: 1:2.0-1\nArchitecture: all\nMaintainer: x <x@example.org>\nDescription: x\n",
    );
    writeFileSync(
      at("tree/usr/x"),
      Buffer.from(Array.from({ length: 50_000 }, (_, index) => (index * index * 7919) % 251)),
    );
    expect(spawnSync("dpkg-deb", ["--root-owner-group", "-b", at("tree"), at("good.deb")]).status).toBe(0);
    const stub = (name: string, text: string) =>
      writeFileSync(at("bin", name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    stub("dpkg-query", 'case "$*" in *Version*) printf 1:2.0-1 ;; *) printf all ;; esac');
    stub("apt-get", `[ -f ${at("offline")} ] && exit 100; cp ${at("good.deb")} '${deb}'`);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("it is fetched in the version that is here, and one that was cut off earlier is fetched again", () => {
    expect(keep()).toBe(0);
    expect(isWhole()).toBe(true);
    truncateSync(at("packages/0001", deb), 700);
    // Its description is there: that alone says nothing.
    expect(keep()).toBe(0);
    expect(isWhole()).toBe(true);
  });

  test("one that is cut off and cannot be had again is a refusal", () => {
    truncateSync(at("packages/0001", deb), readFileSync(at("good.deb")).length - 20);
    expect(spawnSync("dpkg-deb", ["--info", at("packages/0001", deb)]).status).toBe(0);
    writeFileSync(at("offline"), "");
    expect(keep()).not.toBe(0);
  });
});
