import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import { mask } from "../../../../src/core/concealed.ts";
import type { Change } from "../../../../src/model/change.ts";
import { known, knownValue } from "../../../../src/model/fact.ts";
import { type BootLoader, bootLoader, menuProgram, passwordHashFile } from "../../../../src/probes/boot-loader.ts";
import { bootLoaderStep } from "../../../../steps/os/bootloader/index.ts";
import { firstScript, lastScript } from "../../../../steps/os/bootloader/scripts.ts";
import { factsOf, parsed, problemsOf, settle } from "../../settle.ts";

const answered = (more: string, mode = "600") =>
  `@paths
regular file|${mode}|root|root|0|0|/boot/grub/grub.cfg
${more}@cmdline BOOT_IMAGE=/vmlinuz root=UUID=1 ro quiet
`;
const server = (more: string, mode?: string) =>
  knownValue(
    parsed(bootLoader, answered(more.includes("@entries") ? more : `${more}@entries 0 0\n`, mode)),
  ) as BootLoader;
const settled = (seen: BootLoader, given = {}) => settle([bootLoaderStep], factsOf([bootLoader, known(seen)]), given);
const yes = { "bootloader.password": true };
const id = "bootloader-password";

/** A line of grub-mkpasswd-pbkdf2's, for a password that nobody uses. */
const hash = `grub.pbkdf2.sha512.10000.${"0A".repeat(64)}.${"B1".repeat(64)}`;
const sum = "c".repeat(64);
const hashFile = `@password safe ${sum} 1 62 ${hash.length} \n`;
const menu = "@first asks markable\n@default 0\n@entries 3 0\n@generated\n";

describe("what was there before there was a fix", () => {
  it.each([
    ["@entries 3 0\n", "fail"],
    ["@superusers\n@entries 3 3\n", "fail"],
    ["@superusers\n@hash\n@entries 3 3\n", "pass"],
    ["@superusers\n@hash\n@entries 3 0\n", "fail"],
    // Boot loader specification: no entries in grub.cfg itself.
    ["@superusers\n@hash\n@entries 0 0\n", "pass"],
    ["@superusers\n@hash\n@first free markable\n@default 0\n@entries 3 1\n", "pass"],
    ["@superusers\n@hash\n@recovery\n@first free markable\n@default 0\n@entries 3 3\n", "fail"],
    ["@superusers\n@hash\n@first asks fixed\n@default 0\n@entries 3 2\n", "fail"],
  ])("%j is a %s", (more, result) => {
    const { results, changes } = settled(server(more), yes);
    expect(results[id]).toBe(result);
    expect(changes).toEqual([]);
  });

  test("says when the next restart would wait", () =>
    expect(settled(server("@superusers\n@hash\n@entries 3 0\n")).details[id]).toContain("restart waits"));

  test("does not apply without GRUB, or in a container", () => {
    expect(settled({ ...server(""), configurations: [] }).results[id]).toBe("notapplicable");
    expect(settled(server("@container\n")).results[id]).toBe("notapplicable");
  });

  test("a configuration that was not read to its end is unknown", () =>
    expect(parsed(bootLoader, answered("")).state).toBe("unknown"));
});

describe("the password", () => {
  test("without an answer nothing is changed, and the finding says how", () => {
    const { results, changes, details } = settled(server(menu));
    expect(results[id]).toBe("fail");
    expect(changes).toEqual([]);
    expect(details[id]).toContain(`grub-mkpasswd-pbkdf2 | tee ${passwordHashFile}`);
    expect(settled(server(menu + hashFile)).changes).toEqual([]);
    expect(settled(server(menu + hashFile)).details[id]).toContain("bootloader.password=yes");
  });

  test("comes from the file, by two programs of ours and update-grub", () => {
    const { changes } = settled(server(menu + hashFile), yes);
    expect(
      changes.map((one) => [one.kind, "path" in one ? one.path : "argv" in one ? one.argv : "", one.risk]),
    ).toEqual([
      ["file", "/etc/grub.d/01_drawbridge", "reboot"],
      ["file", "/etc/grub.d/99_drawbridge", "reboot"],
      ["command", ["update-grub"], "reboot"],
    ]);
    const [first] = changes as [Extract<Change, { kind: "file" }>];
    expect(first.after).toMatchObject({ mode: "0700", owner: "root", group: "root" });
    expect(first.after.content).toContain(`password_pbkdf2 root ${mask}\n`);
    expect(first.after.parts?.[1]).toEqual({
      slice: { path: passwordHashFile, offset: 62, length: hash.length, sha256: sum },
    });
    expect(first.sensitive).toBe(true);
  });

  test("is not left open to everybody in grub.cfg", () =>
    expect(settled(server(menu + hashFile, "444"), yes).changes).toContainEqual(
      expect.objectContaining({
        kind: "permissions",
        path: "/boot/grub/grub.cfg",
        after: expect.objectContaining({ mode: "0600" }),
      }),
    ));

  it.each([
    ["a file that others read", menu + hashFile.replace("safe", "loose"), "root's alone"],
    ["no hash in the file", `${menu}@password safe ${sum} 0 0 0 \n`, "does not hold one"],
    ["two hashes in the file", `${menu}@password safe ${sum} 2 0 900 \n`, "does not hold one"],
    ["another default", menu.replace("@default 0", "@default Windows") + hashFile, "GRUB_DEFAULT"],
    ["no default", menu.replace("@default 0\n", "") + hashFile, "not told"],
    ["an own first entry", menu.replace("markable", "fixed") + hashFile, "would wait"],
    ["no update-grub", menu.replace("@generated\n", "") + hashFile, "update-grub"],
    ["recovery outside of the submenu", `@recovery\n${menu}${hashFile}`, "GRUB_DISABLE_RECOVERY"],
    ["somebody else's superuser", `@superusers\n${menu}${hashFile}`, "somebody else"],
  ])("%s: nothing is changed, and why is said", (_, more, why) => {
    const { results, changes, details } = settled(server(more), yes);
    expect(results[id]).toBe("fail");
    expect(changes).toEqual([]);
    expect(details[id]).toContain(why);
  });

  test("RHEL's is set with grub2-setpassword", () => {
    const seen = server(menu.replace("@generated\n", ""));
    const configurations = seen.configurations.map((one) => ({ ...one, path: "/boot/grub2/grub.cfg" }));
    const { changes, details } = settled({ ...seen, configurations }, yes);
    expect(changes).toEqual([]);
    expect(details[id]).toContain("grub2-setpassword");
  });

  const scripts = [
    `@script /etc/grub.d/01_drawbridge|${"a".repeat(64)}|700|root|root`,
    `@script /etc/grub.d/99_drawbridge|${"b".repeat(64)}|700|root|root\n`,
  ].join("\n");
  const inPlace = `${menu.replace("asks", "free").replace("3 0", "3 1")}@superusers\n@hash\n${scripts}`;

  test("once in place nothing is to be done, with the file or without", () => {
    expect(settled(server(inPlace), yes)).toMatchObject({ results: { [id]: "pass" }, changes: [] });
    const used = hashFile.replace(" \n", " yes\n");
    expect(settled(server(inPlace + used), yes)).toMatchObject({ results: { [id]: "pass" }, changes: [] });
    expect(problemsOf([bootLoaderStep], factsOf([bootLoader, known(server(inPlace))]), yes)).toEqual([]);
  });

  test("another hash in the file becomes the password", () => {
    const { results, changes } = settled(server(inPlace + hashFile), yes);
    expect(results[id]).toBe("fail");
    expect(changes[0]).toMatchObject({
      path: "/etc/grub.d/01_drawbridge",
      before: { content: mask, sha256: "a".repeat(64) },
    });
  });

  test("a hash that never was put into grub.cfg is: somebody removed it there", () =>
    expect(settled(server(menu + scripts + hashFile), yes).changes.at(-1)).toMatchObject({ argv: ["update-grub"] }));
});

describe("a grub.cfg of Debian 12", () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "drawbridge-grub-"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const original = readFileSync(new URL("../../../fixtures/boot-loader/debian-12-grub.cfg", import.meta.url), "utf8");
  /** What update-grub makes of it: what our programs print, where their names put it. */
  const generated = (text = original): string => {
    const parts = firstScript({
      safe: true,
      sha256: sum,
      count: 1,
      offset: 0,
      length: hash.length,
      inUse: false,
    }).parts;
    const first = parts.map((part) => ("text" in part ? part.text : hash)).join("");
    const print = (script: string) => execFileSync("sh", { input: script, encoding: "utf8" });
    return (
      text.replace("### BEGIN /etc/grub.d/05", () => `${print(first)}\n### BEGIN /etc/grub.d/05`) + print(lastScript)
    );
  };
  const judged = (text: string) => {
    const path = join(folder, "grub.cfg");
    writeFileSync(path, text);
    const lines = execFileSync("awk", [menuProgram, path], { encoding: "utf8" });
    return {
      lines: lines.trim().split("\n"),
      verdict: spawnSync("awk", ["-v", "demanded=1", menuProgram, path]).status,
    };
  };

  test("as it comes", () =>
    expect(judged(original)).toEqual({ lines: ["@default 0", "@first asks markable", "@entries 3 0"], verdict: 1 }));

  test("with ours the usual entry starts by itself and those of the submenu ask", () =>
    expect(judged(generated())).toEqual({
      lines: ["@default 0", "@first free markable", "@superusers", "@hash", "@entries 3 1"],
      verdict: 0,
    }));

  it.each([
    ["that starts another entry", (text: string) => text.replace('set default="0"', 'set default="1>2"')],
    [
      "whose first entry is not marked",
      (text: string) => text.replace("$menuentry_id_option 'gnulinux-simple", "--id 'gnulinux-simple"),
    ],
    [
      "whose variable is set anew",
      (text: string) => text.replace("menuentry 'Debian", 'menuentry_id_option="--id"\nmenuentry \'Debian'),
    ],
    ["without the hash", (text: string) => text.replace("password_pbkdf2", "# password_pbkdf2")],
    ["without a superuser", (text: string) => text.replace("set superusers", "# set superusers")],
    [
      "that has recovery outside of a submenu",
      (text: string) => text.replace(/^submenu .*$/mu, "").replace(/^\tmenuentry/gmu, "menuentry"),
    ],
  ])("one %s is taken back", (_, spoil) => expect(judged(spoil(generated())).verdict).toBe(1));

  test("recovery is named where it stands outside of a submenu, before anything is changed", () => {
    const flat = original.replace(/^submenu .*$/mu, "").replace(/^\tmenuentry/gmu, "menuentry");
    expect(judged(flat).lines).toContain("@recovery");
    expect(judged(original).lines).not.toContain("@recovery");
  });

  test("the line that keeps the file closed begins with the word that grub-mkconfig looks for", () =>
    expect(generated()).toMatch(new RegExp(`^password_pbkdf2 root ${hash.replaceAll(".", "\\.")}$`, "mu")));
});
