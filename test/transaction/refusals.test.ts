import { spawn, spawnSync } from "node:child_process";
import {
  appendFileSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ended, file, type Line, sandbox, sha256, shells } from "./sandbox.ts";

const lastError = (events: readonly string[]) => events.filter((line) => line.startsWith("error\t")).at(-1) ?? "";

describe.for(shells)("refusals under $name", { timeout: 60_000 }, ({ name, argv, missing }) => {
  let disk: ReturnType<typeof sandbox>;
  beforeEach(({ skip }) => {
    if (missing) skip(`${name} is not installed`);
    disk = sandbox();
    disk.write("/etc/a", "a\n");
    disk.age("/etc");
  });
  afterEach(() => disk?.remove());

  const broken: readonly [string, (whole: string) => string, RegExp][] = [
    ["empty", () => "", /manifest/u],
    ["garbage", () => "\u0001\u0002 hello\n\n", /not a manifest of version 1/u],
    ["of another version", (text) => text.replace("drawbridge\t1", "drawbridge\t2"), /not a manifest of version 1/u],
    ["cut in a line", (text) => text.slice(0, -20), /cut off/u],
    ["cut after a line", (text) => text.replace(/end\t.*\n/u, ""), /no end line/u],
    ["missing a line", (text) => text.replace(/change\t.*\n/u, ""), /lines are missing/u],
    ["with a NUL", (text) => text.replace("/etc/a", "/etc/\0a"), /NUL/u],
    ["for another transaction", (text) => text.replace("id\tm-1", "id\tm-2"), /for transaction m-2/u],
    ["without a plan", (text) => text.replace(/plan\t.*/u, "verify\ttrue"), /plan/u],
    ["climbing out", (text) => text.replace("/etc/a", "/etc/../a"), /not a plain absolute path/u],
    ["with a relative path", (text) => text.replace("/etc/a", "etc/a"), /not a plain absolute path/u],
    ["touching the kernel", (text) => text.replace("/etc/a", "/proc/sys/x"), /nothing is changed in there/u],
    ["touching itself", (text) => text.replace("/etc/a", "/var/lib/drawbridge/x"), /nothing is changed in there/u],
    ["with a bad mode", (text) => text.replace("0644", "u+rw"), /not a mode/u],
    ["with a bad owner", (text) => text.replace("0644\t\\e", "0644\t-R"), /not an owner/u],
    ["with a bad hash", (text) => text.replace(/[0-9a-f]{60}\n/u, "zz\n"), /hash/u],
    ["with an unknown word", (text) => text.replace("machine", "maschine"), /no such word/u],
    ["with an unknown change", (text) => text.replace("\tfile\t", "\tflie\t"), /no such change/u],
    ["with a repeated number", (text) => text.replace(/(change\t.*\n)/u, "$1$1"), /comes after/u],
    [
      "with an option for a unit",
      (text) => text.replace(/change\t.*/u, "change\t0001\tunit\t--all.service\tactive"),
      /not a unit/u,
    ],
    [
      "with an option for a package",
      (text) => text.replace(/change\t.*/u, "change\t0001\tpackage\t-y"),
      /not a package/u,
    ],
    ["with an empty field", (text) => text.replace("\t\\e\t\\e", "\t\t\\e"), /is empty/u],
  ];
  test.each(broken)("a manifest %s is refused", (_, manifest, reason) => {
    const before = disk.snapshot();
    const transaction = disk.transaction("m-1", [file("0001", "/etc/a", "b")], { manifest });
    // The same first act of every subcommand: once is enough for the other shells.
    for (const subcommand of argv === shells[0]?.argv ? ["stage", "commit", "undo"] : ["stage"]) {
      const refused = transaction.run(argv, subcommand);
      expect(refused).toMatchObject({ code: 2, output: "" });
      expect(lastError(refused.events)).toMatch(reason);
    }
    expect(disk.snapshot()).toBe(before);
  });

  const places: readonly [string, readonly Line[], number, RegExp][] = [
    [
      "a file that changed",
      [["require", "/etc/a", sha256("b\n")], file("0001", "/etc/a", "b")],
      3,
      /\/etc\/a changed since/u,
    ],
    [
      "a file that appeared",
      [["require", "/etc/a", "absent"], file("0001", "/etc/a", "b")],
      3,
      /\/etc\/a changed since/u,
    ],
    [
      "a directory instead",
      [["require", "/etc/d", "absent"], file("0001", "/etc/a", "b")],
      3,
      /\/etc\/d changed since/u,
    ],
    [
      "a link elsewhere",
      [["require", "/etc/l", "symlink:b"], file("0001", "/etc/a", "b")],
      3,
      /\/etc\/l changed since/u,
    ],
    ["a link where a file was expected", [file("0001", "/etc/l", "b")], 3, /symbolic link where a file was expected/u],
    ["a directory where a file was expected", [file("0001", "/etc/d", "b")], 3, /\/etc\/d is a directory/u],
    [
      "a file where a directory was expected",
      [["change", "0001", "directory", "/etc/a", "0755", "\\e", "\\e"]],
      3,
      /\/etc\/a is a file/u,
    ],
    ["removing a directory", [["change", "0001", "absent", "/etc/d"]], 3, /\/etc\/d is a directory/u],
    [
      "permissions of nothing",
      [["change", "0001", "permissions", "/etc/x", "0600", "\\e", "\\e"]],
      3,
      /\/etc\/x does not exist/u,
    ],
    [
      "permissions through a link",
      [["change", "0001", "permissions", "/etc/l", "0600", "\\e", "\\e"]],
      3,
      /\/etc\/l is a symlink/u,
    ],
    ["a directory nobody makes", [file("0001", "/etc/new/x", "b")], 3, /\/etc\/new does not exist/u],
    [
      "a directory made too late",
      [file("0001", "/etc/new/x", "b"), ["change", "0002", "directory", "/etc/new", "0755", "\\e", "\\e"]],
      3,
      /\/etc\/new does not exist/u,
    ],
    ["a way through a link", [file("0001", "/etc/way/x", "b")], 3, /reached through a symbolic link/u],
    ["several hard links", [file("0001", "/etc/hard", "b")], 3, /hard links/u],
  ];
  test.each(places)("%s is refused and nothing changed", (_, lines, code, reason) => {
    mkdirSync(disk.at("/etc/d"));
    disk.link("/etc/l", "a");
    disk.link("/etc/way", "d");
    disk.write("/etc/hard", "x");
    linkSync(disk.at("/etc/hard"), disk.at("/etc/harder"));
    disk.age("/etc", "/etc/d");
    const before = disk.snapshot();
    const transaction = disk.transaction("p-1", lines);
    const refused = transaction.run(argv, "stage");
    expect(refused).toMatchObject({ code, output: "" });
    expect(lastError(refused.events)).toMatch(reason);
    expect(disk.snapshot()).toBe(before);
    expect(transaction.run(argv, "commit")).toMatchObject({ code: 3 });
    expect(disk.snapshot()).toBe(before);
  });

  test("preconditions that hold are accepted, a link among them", () => {
    mkdirSync(disk.at("/etc/d"));
    disk.link("/etc/l", "a b");
    const transaction = disk.transaction("r-1", [
      ["require", "/etc/a", sha256("a\n")],
      ["require", "/etc/none", "absent"],
      ["require", "/etc/d", "directory"],
      ["require", "/etc/l", "symlink:a b"],
      file("0001", "/etc/l", "b"),
    ]);
    expect(transaction.run(argv, "stage").code).toBe(0);
    expect(transaction.run(argv, "commit").code).toBe(0);
    expect(disk.read("/etc/l")).toBe("b");
    expect(disk.read("/etc/a")).toBe("a\n");
    expect(transaction.undo(argv).code).toBe(0);
    expect(readlinkSync(disk.at("/etc/l"))).toBe("a b");
  });

  test("another machine, a damaged file and a manifest changed after staging are refused", () => {
    disk.write("/etc/machine-id", "0123\n");
    const elsewhere = disk.transaction("m-1", [file("0001", "/etc/a", "b")], { machine: "4567" });
    const refused = elsewhere.run(argv, "stage");
    expect([refused.code, lastError(refused.events)]).toEqual([3, expect.stringMatching(/not the machine/u)]);
    const damaged = disk.transaction("m-2", [file("0001", "/etc/a", "b")], { machine: "0123" });
    writeFileSync(join(damaged.directory, "files/0001"), "c");
    const second = damaged.run(argv, "stage");
    expect([second.code, lastError(second.events)]).toEqual([2, expect.stringMatching(/files\/0001 for \/etc\/a/u)]);
    const changed = disk.transaction("m-3", [file("0001", "/etc/a", "b")]);
    expect(changed.run(argv, "stage").code).toBe(0);
    const manifest = readFileSync(join(changed.directory, "manifest"), "utf8");
    writeFileSync(join(changed.directory, "manifest"), manifest.replace("0644", "0666"));
    for (const subcommand of ["commit", "undo", "resume", "confirm"]) {
      const late = changed.run(argv, subcommand);
      expect([late.code, lastError(late.events)]).toEqual([2, expect.stringMatching(/not the one that was staged/u)]);
    }
    expect(disk.read("/etc/a")).toBe("a\n");
  });

  test("a file edited between staging and commit is refused", () => {
    const transaction = disk.transaction("e-1", [file("0001", "/etc/a", "b")]);
    expect(transaction.run(argv, "stage").code).toBe(0);
    appendFileSync(disk.at("/etc/a"), "edited\n");
    const refused = transaction.run(argv, "commit");
    expect([refused.code, lastError(refused.events)]).toEqual([3, expect.stringMatching(/\/etc\/a changed since/u)]);
    expect(disk.read("/etc/a")).toBe("a\nedited\n");
  });

  test("subcommands out of order and wrong usage are refused", () => {
    const transaction = disk.transaction("o-1", [file("0001", "/etc/a", "b")]);
    expect(transaction.run(argv, "commit").code).toBe(3);
    expect(transaction.run(argv, "confirm").code).toBe(3);
    expect(transaction.run(argv, "resume").code).toBe(3);
    expect(transaction.undo(argv).code).toBe(0);
    expect(transaction.run(argv, "frobnicate").code).toBe(2);
    expect(transaction.run(argv, "undo", "--force").code).toBe(2);
    expect(transaction.run(argv, "stage").code).toBe(0);
    expect(transaction.run(argv, "stage").code).toBe(0);
    expect(transaction.run(argv, "commit").code).toBe(0);
    expect(transaction.run(argv, "commit").code).toBe(3);
    expect(transaction.run(argv, "stage").code).toBe(3);
    expect(transaction.undo(argv).code).toBe(0);
    expect(transaction.run(argv, "commit").code).toBe(3);
    expect(transaction.run(argv, "stage").code).toBe(3);
    expect(disk.read("/etc/a")).toBe("a\n");
  });

  test("while another transaction waits for its confirmation nothing else starts", () => {
    const first = disk.transaction("first", [file("0001", "/etc/a", "b")], { confirm: 300 });
    const second = disk.transaction("second", [file("0001", "/etc/b", "b")]);
    expect(second.run(argv, "stage").code).toBe(0);
    expect(first.run(argv, "stage").code).toBe(0);
    expect(first.run(argv, "commit").code).toBe(0);
    for (const subcommand of ["stage", "commit"]) {
      const refused = second.run(argv, subcommand);
      expect([refused.code, lastError(refused.events)]).toEqual([
        3,
        "error\ttransaction first is not finished: drawbridge confirm first, or drawbridge undo first",
      ]);
    }
    expect(first.undo(argv).code).toBe(0);
    expect(second.run(argv, "commit").code).toBe(0);
  });

  test("two runs at once: the second is refused by name, and a dead holder is nobody", async () => {
    const transaction = disk.transaction("lock", [file("0001", "/etc/a", "b")]);
    const lock = join(disk.root, "var/lib/drawbridge/lock");
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    const holder = spawn("sleep", ["60"]);
    const started = readFileSync(`/proc/${holder.pid}/stat`, "utf8").split(") ")[1]?.split(" ")[19];
    symlinkSync(`other:${holder.pid}:${started}:${boot}`, lock);
    const refused = transaction.run(argv, "stage");
    expect([refused.code, lastError(refused.events)]).toEqual([
      3,
      expect.stringMatching(/another run is in progress \(transaction other\)/u),
    ]);
    holder.kill("SIGKILL");
    await ended(holder);
    expect(transaction.run(argv, "stage").code).toBe(0);
    expect(existsSync(lock)).toBe(false);
    symlinkSync(`other:${process.pid}:1:${boot}`, lock);
    expect(transaction.run(argv, "commit").code).toBe(0);
    expect(spawnSync("ls", ["-A", join(disk.root, "var/lib/drawbridge")]).stdout.toString()).toBe("transactions\n");
  });

  test("a folder that is not a transaction's is refused", () => {
    const transaction = disk.transaction("x-1", [file("0001", "/etc/a", "b")]);
    const elsewhere = disk.at("/srv/runtime");
    spawnSync("cp", [join(transaction.directory, "runtime"), elsewhere]);
    const [shell = "", ...rest] = [...argv, elsewhere, "stage"];
    const refused = spawnSync(shell, rest, { encoding: "utf8" });
    expect([refused.status, refused.stdout]).toEqual([2, expect.stringMatching(/a transaction lives in/u)]);
  });

  const inNamespace = (mounts: string) => [
    "unshare",
    "--user",
    "--map-root-user",
    "--mount",
    "sh",
    "-c",
    `${mounts}; shift 0; exec "$@"`,
    "sh",
  ];
  const canUnshare = spawnSync("unshare", ["--user", "--map-root-user", "--mount", "true"]).status === 0;

  test.skipIf(!canUnshare)("a read-only and a full disk are found at stage, a read-only one at commit too", () => {
    const transaction = disk.transaction("full", [file("0001", "/etc/x", "x".repeat(300_000))]);
    const before = disk.snapshot();
    const etc = disk.at("/etc");
    const readOnly = inNamespace(`mount --bind '${etc}' '${etc}' && mount -o remount,bind,ro '${etc}'`);
    const small = inNamespace(`mount -t tmpfs -o size=128k none '${etc}' && echo a >'${etc}/a'`);
    const one = transaction.run([...readOnly, ...argv], "stage");
    expect([one.code, lastError(one.events)]).toEqual([
      3,
      expect.stringMatching(/cannot write in \/etc: Read-only file system/u),
    ]);
    const two = transaction.run([...small, ...argv], "stage");
    expect([two.code, lastError(two.events)]).toEqual([
      3,
      expect.stringMatching(/cannot write in \/etc: No space left on device/u),
    ]);
    expect(disk.snapshot()).toBe(before);
    expect(transaction.run(argv, "stage").code).toBe(0);
    const late = transaction.run([...readOnly, ...argv], "commit");
    expect([late.code, late.events.at(-1)]).toEqual([4, "state\treverted"]);
    expect(disk.snapshot()).toBe(before);
  });

  test.skipIf(!canUnshare)("a disk that fills up after staging: the commit takes itself back, undo has room", () => {
    const scene = `
      mount -t tmpfs -o size=3m none "$1" && cd "$1" && cp -a "$2/." . && seq 20000 >etc/big
      transaction=var/lib/drawbridge/transactions/full
      shift 2
      "$@" $transaction/runtime stage && dd if=/dev/zero of=filler bs=1k 2>/dev/null
      "$@" $transaction/runtime commit; echo "code $? $(cat etc/a) $(tail -n 1 etc/big)"
      rm filler; rm -r $transaction/journal $transaction/originals
      "$@" $transaction/runtime stage && "$@" $transaction/runtime commit && dd if=/dev/zero of=filler bs=1k 2>/dev/null
      "$@" $transaction/undo; echo "code $? $(cat etc/a) $(tail -n 1 etc/big)"`;
    disk.transaction("full", [file("0001", "/etc/a", "b"), file("0002", "/etc/big", "x".repeat(200_000))]);
    const place = sandbox();
    const [unshare = "", ...words] = inNamespace("true").slice(0, -2);
    const outcome = spawnSync(unshare, [...words, scene, "sh", place.root, disk.root, ...argv], { encoding: "utf8" });
    place.remove();
    const lines = outcome.stdout.split("\n");
    expect(lines.filter((line) => line.startsWith("code"))).toEqual(["code 4 a 20000", "code 0 a 20000"]);
    expect(lines.find((line) => line.startsWith("error"))).toMatch(/No space left on device/u);
    expect(outcome.stderr).toBe("");
  });

  test("a change that fails halfway takes the whole back: 4", () => {
    disk.write("/etc/passwd", "keeper:x:4711:4711::/:/bin/sh\n");
    const transaction = disk.transaction("f-1", [
      file("0001", "/etc/a", "b"),
      ["change", "0002", "file", "/etc/c", "0644", "keeper", "\\e", "c"],
    ]);
    expect(transaction.run(argv, "stage").code).toBe(0);
    writeFileSync(disk.at("/etc/passwd"), "");
    const before = disk.snapshot();
    const failed = transaction.run(argv, "commit");
    expect(failed.code).toBe(4);
    expect(failed.events).toContain("change\t0002\tfailed");
    expect(lastError(failed.events)).toMatch(/change 0002 \(file \/etc\/c\): .*keeper/u);
    expect(failed.events.slice(-4)).toEqual([
      "state\treverting",
      "change\t0002\tundone",
      "change\t0001\tundone",
      "state\treverted",
    ]);
    expect(disk.snapshot()).toBe(before);
  });

  test.each([
    ["the account", ["keeper", "\\e"], "/etc/passwd"],
    ["the group", ["\\e", "keeper"], "/etc/group"],
  ] as const)("%s of a file has to exist, or to come with an earlier change", (what, owners, database) => {
    const wanted = ["file", "/etc/c", "0640", ...owners, "c"];
    const refused = disk.transaction("o-1", [["change", "0001", ...wanted]]).run(argv, "stage");
    expect(refused.code).toBe(3);
    expect(lastError(refused.events)).toMatch(
      new RegExp(`/etc/c is to belong to ${what} keeper, which does not exist`, "u"),
    );
    const made = disk.transaction("o-2", [
      ["change", "0001", "account", "groupadd", "--system", "keeper"],
      ["change", "0002", ...wanted],
    ]);
    expect(made.run(argv, "stage").code).toBe(0);
    disk.write(database, "keeper:x:4711:\n");
    const known = disk.transaction("o-3", [["change", "0001", ...wanted]]);
    expect(known.run(argv, "stage").code).toBe(0);
    expect(known.run(argv, "commit").code).toBe(0);
    const { uid, gid } = lstatSync(disk.at("/etc/c"));
    expect([uid, gid]).toContain(4711);
  });

  test("a reader that went away and a hang-up do not stop a commit", async () => {
    const lines = Array.from({ length: 8 }, (_, index) => file(`000${index + 1}`, `/etc/file-${index}`, "x"));
    const deaf = disk.transaction("deaf", lines);
    expect(deaf.run(argv, "stage").code).toBe(0);
    const child = deaf.start(argv, "commit");
    await new Promise((resolve) => child.stdout?.once("data", resolve));
    child.stdout?.destroy();
    child.stderr?.destroy();
    child.kill("SIGHUP");
    const hangUps = setInterval(() => child.kill("SIGHUP"), 20);
    await new Promise((resolve) => child.on("exit", resolve));
    clearInterval(hangUps);
    expect(deaf.state(argv)).toBe("confirmed");
    expect(readFileSync(join(deaf.directory, "events"), "utf8")).toMatch(/state\tconfirmed\n$/u);
  });
});
