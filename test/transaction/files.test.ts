import { spawnSync } from "node:child_process";
import { existsSync, lstatSync, readdirSync, readlinkSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { file, isInstalled, sandbox, shells } from "./sandbox.ts";

const hostileNames = [
  "two  words",
  'it\'s "quoted"',
  "$(touch owned)`touch owned`",
  "-rf",
  "--help",
  "*?[a-z]",
  "müller-日本",
  "back\\slash\\n",
  "#; & | < >",
  " leading and trailing ",
];

describe.for(shells)("files under $name", { timeout: 60_000 }, ({ name, argv, missing }) => {
  let disk: ReturnType<typeof sandbox>;
  beforeEach(({ skip }) => {
    if (missing) skip(`${name} is not installed`);
    disk = sandbox();
  });
  afterEach(() => disk?.remove());

  test("every kind of change is made, and undo puts bytes, modes, times, ACL and attributes back", () => {
    disk.write("/etc/ssh/sshd_config", "one\ntwo\n", 0o640);
    disk.write("/etc/ssh/moduli", "untouched\n");
    disk.write("/etc/gone", "was here\n", 0o4711);
    disk.link("/etc/old-link", "somewhere else");
    disk.write("/etc/loose", "x", 0o666);
    disk.write("/srv/data/file", "x");
    if (isInstalled("setfacl")) spawnSync("setfacl", ["-m", "u:12345:r", disk.at("/etc/ssh/sshd_config")]);
    if (isInstalled("setfattr"))
      spawnSync("setfattr", ["-n", "user.note", "-v", "kept", disk.at("/etc/ssh/sshd_config")]);
    disk.age("/etc/ssh", "/srv/data", "/srv", "/etc");
    const before = disk.snapshot();
    const transaction = disk.transaction("t-1", [
      file("0001", "/etc/ssh/sshd_config", "three\n", "0600"),
      ["change", "0002", "directory", "/etc/ssh/sshd_config.d", "2750", "\\e", "\\e"],
      file("0003", "/etc/ssh/sshd_config.d/00-drawbridge.conf", "LogLevel VERBOSE\n", "0644"),
      ["change", "0004", "absent", "/etc/gone"],
      ["change", "0005", "absent", "/etc/never-was"],
      ["change", "0006", "symlink", "/etc/old-link", "a new place"],
      ["change", "0007", "permissions", "/etc/loose", "0600", "\\e", "\\e"],
      ["change", "0008", "permissions", "/srv/data", "0700", "\\e", "\\e"],
      ["change", "0009", "directory", "/etc/ssh", "0711", "\\e", "\\e"],
      file("0010", "/etc/ssh/sshd_config", "four\n", "0400"),
      ["change", "0011", "unit", "ssh.service", "reloaded"],
    ]);

    expect(transaction.run(argv, "stage")).toMatchObject({ code: 0, events: ["state\tstaged"], output: "" });
    expect(disk.snapshot()).toBe(before);

    const commit = transaction.run(argv, "commit");
    expect(commit).toMatchObject({ code: 0, output: "" });
    expect(commit.events).toEqual([
      "state\tcommitting",
      ...["01", "02", "03", "04", "05", "06", "07", "08", "09", "10"].flatMap((n) => [
        `change\t00${n}\tbegin`,
        `change\t00${n}\tdone`,
      ]),
      "unit\tssh.service\treloaded\tskipped",
      "state\tconfirmed",
    ]);
    const mode = (path: string) => (lstatSync(disk.at(path)).mode & 0o7777).toString(8);
    expect(disk.read("/etc/ssh/sshd_config")).toBe("four\n");
    expect(mode("/etc/ssh/sshd_config")).toBe("400");
    expect(disk.read("/etc/ssh/sshd_config.d/00-drawbridge.conf")).toBe("LogLevel VERBOSE\n");
    expect(mode("/etc/ssh/sshd_config.d/00-drawbridge.conf")).toBe("644");
    expect(mode("/etc/ssh/sshd_config.d")).toBe("2750");
    expect(existsSync(disk.at("/etc/gone"))).toBe(false);
    expect(readlinkSync(disk.at("/etc/old-link"))).toBe("a new place");
    expect([mode("/etc/loose"), mode("/srv/data"), mode("/etc/ssh")]).toEqual(["600", "700", "711"]);
    expect(readdirSync(disk.at("/etc")).sort()).toEqual(["loose", "old-link", "ssh"]);
    if (isInstalled("getfattr")) {
      const attribute = spawnSync("getfattr", ["-n", "user.note", "--only-values", disk.at("/etc/ssh/sshd_config")]);
      expect(attribute.stdout.toString()).toBe("kept");
    }

    const undo = transaction.undo(argv);
    expect(undo).toMatchObject({ code: 0, output: "" });
    expect(undo.events.at(-1)).toBe("state\treverted");
    expect(disk.snapshot()).toBe(before);
    expect(transaction.undo(argv)).toMatchObject({ code: 0, events: ["state\treverted"] });
    expect(disk.snapshot()).toBe(before);
  });

  test("hostile file names and contents are data", () => {
    disk.write("/etc/plain", "x");
    for (const name of hostileNames) disk.write(`/srv/${name}/${name}`, `old ${name}`);
    disk.age("/etc", "/srv", ...hostileNames.map((name) => `/srv/${name}`));
    const before = disk.snapshot();
    const number = (index: number) => String(index + 1).padStart(4, "0");
    const transaction = disk.transaction(
      "names",
      hostileNames.flatMap((name, index) => [
        file(number(index * 3), `/srv/${name}/${name}`, `$(id) ${name} \0 \u001b[31m\n`),
        ["change", number(index * 3 + 1), "directory", `/srv/${name}/d${name}`, "0755", "\\e", "\\e"],
        ["change", number(index * 3 + 2), "symlink", `/srv/${name}/d${name}/l`, `../${name}`],
      ]),
    );
    expect(transaction.run(argv, "stage")).toMatchObject({ code: 0, output: "" });
    expect(disk.snapshot()).toBe(before);
    expect(transaction.run(argv, "commit")).toMatchObject({ code: 0, output: "" });
    for (const name of hostileNames) {
      expect(disk.read(`/srv/${name}/${name}`)).toBe(`$(id) ${name} \0 \u001b[31m\n`);
      expect(readlinkSync(disk.at(`/srv/${name}/d${name}/l`))).toBe(`../${name}`);
    }
    const status = transaction.run(argv, "status");
    expect(status.events).toContain("change\t0013\tdone\tfile\t/srv/--help/--help");
    expect(transaction.undo(argv)).toMatchObject({ code: 0, output: "" });
    expect(disk.snapshot()).toBe(before);
  });

  test("a program among the words of a check is told of by its beginning only", () => {
    const program = `BEGIN { print "${"x".repeat(100)}" }`;
    const told = `awk ${program.slice(0, 60)}... /etc/hosts`;
    const transaction = disk.transaction("long", [
      ["verify", "awk", program, "/etc/hosts"],
      ["check", "awk", program, "/etc/hosts"],
      ["change", "0001", "directory", "/srv/made", "0755", "\\e", "\\e"],
    ]);
    expect(transaction.run(argv, "stage").events).toContain(`check\tskipped\t${told}`);
    expect(transaction.run(argv, "commit").events).toContain(`verify\tskipped\t${told}`);
  });

  test("what needs a running system is skipped, said, and its paths stay", () => {
    disk.write("/etc/passwd", "root:x:0:0::/root:/bin/sh\n");
    const before = disk.snapshot();
    const transaction = disk.transaction("offline", [
      ["change", "0001", "account", "useradd", "op"],
      ["touches", "0001", "/home/op"],
      ["change", "0002", "command", "touch", disk.at("/etc/ran")],
      ["inverse", "0002", "touch", disk.at("/etc/ran-back")],
      ["verify", "false"],
      ["check", "false"],
    ]);
    const stage = transaction.run(argv, "stage");
    expect(stage).toMatchObject({ code: 0, events: ["check\tskipped\tfalse", "state\tstaged"] });
    const commit = transaction.run(argv, "commit");
    expect(commit.events).toEqual([
      "state\tcommitting",
      "change\t0001\tskipped",
      "change\t0002\tskipped",
      "verify\tskipped\tfalse",
      "state\tconfirmed",
    ]);
    expect(transaction.undo(argv).code).toBe(0);
    expect(disk.snapshot()).toBe(before);
  });

  test("status says it all, in every state", () => {
    disk.write("/etc/a", "a");
    const transaction = disk.transaction("s-1", [file("0001", "/etc/a", "b")], { confirm: 300 });
    expect(transaction.run(argv, "status").events).toEqual([
      "id\ts-1",
      "state\tunstaged",
      "started\t\\e",
      "change\t0001\tplanned\tfile\t/etc/a",
    ]);
    transaction.run(argv, "stage");
    expect(transaction.state(argv)).toBe("staged");
    const commit = transaction.run(argv, "commit");
    expect(commit.events).toContain("armed\t300");
    const pending = transaction.run(argv, "status").events;
    expect(pending).toContain("state\tpending");
    expect(pending.some((line) => /^seconds-left\t(?:300|29\d)$/u.test(line))).toBe(true);
    expect(pending.some((line) => /^started\t\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/u.test(line))).toBe(true);
    expect(pending).toContain("change\t0001\tdone\tfile\t/etc/a");
    expect(transaction.run(argv, "confirm")).toMatchObject({ code: 0, events: ["state\tconfirmed"] });
    expect(transaction.run(argv, "confirm")).toMatchObject({ code: 0, events: ["state\tconfirmed"] });
    expect(transaction.run(argv, "undo", "--unconfirmed").code).toBe(0);
    expect(disk.read("/etc/a")).toBe("b");
    expect(transaction.run(argv, "status").events.some((line) => line.startsWith("seconds-left"))).toBe(false);
    expect(transaction.undo(argv).code).toBe(0);
    expect(transaction.state(argv)).toBe("reverted");
  });
});
