import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { file, isInstalled, sandbox, shells } from "./sandbox.ts";

const numbered = (lines: readonly string[]) => `${lines.join("\n")}\n`;
const original = ["one", "two", "three", "four", "five", "six", "seven", "eight"];

describe.for(shells)("undo under $name", { timeout: 60_000 }, ({ name, argv, missing }) => {
  let disk: ReturnType<typeof sandbox>;
  beforeEach(({ skip }) => {
    if (missing) skip(`${name} is not installed`);
    disk = sandbox();
    disk.write("/etc/a", numbered(original), 0o640);
    disk.age("/etc");
  });
  afterEach(() => disk?.remove());

  const committed = (
    lines: Parameters<typeof disk.transaction>[1],
    options: Parameters<typeof disk.transaction>[2] = {},
  ) => {
    const transaction = disk.transaction("u-1", lines, options);
    expect(transaction.run(argv, "stage")).toMatchObject({ code: 0, output: "" });
    expect(transaction.run(argv, "commit")).toMatchObject({ code: 0, output: "" });
    return transaction;
  };
  const changed = numbered(["ONE", ...original.slice(1)]);

  test.skipIf(!isInstalled("diff3"))("an edit elsewhere in the file is merged, with the original's mode", () => {
    const transaction = committed([file("0001", "/etc/a", changed, "0600")]);
    writeFileSync(disk.at("/etc/a"), changed.replace("eight", "eight, edited"));
    const undo = transaction.undo(argv);
    expect(undo).toMatchObject({ code: 0, output: "" });
    expect(undo.events).toContain("merged\t/etc/a");
    expect(disk.read("/etc/a")).toBe(numbered(original).replace("eight", "eight, edited"));
    expect(lstatSync(disk.at("/etc/a")).mode & 0o7777).toBe(0o640);
    expect(transaction.undo(argv).code).toBe(0);
  });

  test("an edit of the same line is left, named, and counts; the rest goes back", () => {
    disk.write("/etc/b", "b");
    const transaction = committed([file("0001", "/etc/a", changed), file("0002", "/etc/b", "c")]);
    const edited = changed.replace("ONE", "Eins");
    writeFileSync(disk.at("/etc/a"), edited);
    const undo = transaction.undo(argv);
    expect(undo.code).toBe(5);
    expect(undo.events.at(-1)).toBe("state\tfailed");
    const left = undo.events.find((line) => line.startsWith("left\t/etc/a\t")) ?? "";
    expect(left).toMatch(/was edited since.*originals\/0001\.1$/u);
    expect(readFileSync(left.split(" ").at(-1) ?? "", "utf8")).toBe(numbered(original));
    expect(disk.read("/etc/a")).toBe(edited);
    expect(disk.read("/etc/b")).toBe("b");
    expect(transaction.run(argv, "status").events).toContain(left);
    // Once the person has put the file right, undoing again finishes.
    writeFileSync(disk.at("/etc/a"), numbered(original));
    expect(transaction.undo(argv).code).toBe(0);
    expect(transaction.state(argv)).toBe("reverted");
  });

  test("without diff3 an edited file is left and named", () => {
    const tools = realpathSync(mkdtempSync(join(tmpdir(), "drawbridge-tools-")));
    for (const folder of ["/bin", "/sbin", "/usr/bin", "/usr/sbin"]) {
      for (const tool of existsSync(folder) ? readdirSync(folder) : []) {
        if (tool !== "diff3" && !existsSync(join(tools, tool))) symlinkSync(join(folder, tool), join(tools, tool));
      }
    }
    const transaction = committed([file("0001", "/etc/a", changed)], { onlyTools: tools });
    const edited = changed.replace("eight", "eight, edited");
    writeFileSync(disk.at("/etc/a"), edited);
    const undo = transaction.undo(argv);
    expect(undo).toMatchObject({ code: 5, output: "" });
    expect(undo.events.some((line) => line.startsWith("left\t/etc/a\t"))).toBe(true);
    expect(disk.read("/etc/a")).toBe(edited);
    rmSync(tools, { recursive: true });
  });

  test("what was removed, replaced or given another mode since is left and named", () => {
    for (const path of ["/etc/b", "/etc/c", "/etc/d"]) disk.write(path, "old");
    mkdirSync(disk.at("/etc/dir"));
    const transaction = committed([
      file("0001", "/etc/a", changed),
      file("0002", "/etc/b", "new"),
      ["change", "0003", "permissions", "/etc/c", "0600", "\\e", "\\e"],
      file("0004", "/etc/d", "new", "0600"),
      file("0005", "/etc/dir/x", "new"),
      ["change", "0006", "symlink", "/etc/link", "a"],
      ["change", "0007", "permissions", "/etc/dir", "0700", "\\e", "\\e"],
    ]);
    rmSync(disk.at("/etc/a"));
    rmSync(disk.at("/etc/b"));
    symlinkSync("c", disk.at("/etc/b"));
    chmodSync(disk.at("/etc/c"), 0o604);
    chmodSync(disk.at("/etc/d"), 0o640);
    appendFileSync(disk.at("/etc/dir/x"), "edited");
    rmSync(disk.at("/etc/link"));
    symlinkSync("b", disk.at("/etc/link"));
    const undo = transaction.undo(argv);
    expect(undo.code).toBe(5);
    const left = undo.events.filter((line) => line.startsWith("left\t")).map((line) => line.split("\t")[1]);
    expect(left.sort()).toEqual(["/etc/a", "/etc/b", "/etc/c", "/etc/d", "/etc/dir/x", "/etc/link"]);
    expect(existsSync(disk.at("/etc/a"))).toBe(false);
    expect(lstatSync(disk.at("/etc/b")).isSymbolicLink()).toBe(true);
    expect(lstatSync(disk.at("/etc/c")).mode & 0o777).toBe(0o604);
    expect([disk.read("/etc/d"), lstatSync(disk.at("/etc/d")).mode & 0o777]).toEqual(["old", 0o640]);
    expect(disk.read("/etc/dir/x")).toBe("newedited");
  });

  test("the permissions of a file that grew since go back, and its content stays", () => {
    disk.write("/etc/log", "1\n", 0o644);
    const transaction = committed([["change", "0001", "permissions", "/etc/log", "0600", "\\e", "\\e"]]);
    const inode = lstatSync(disk.at("/etc/log")).ino;
    appendFileSync(disk.at("/etc/log"), "2\n");
    expect(transaction.undo(argv).code).toBe(0);
    const stat = lstatSync(disk.at("/etc/log"));
    expect([disk.read("/etc/log"), stat.mode & 0o777, stat.ino]).toEqual(["1\n2\n", 0o644, inode]);
  });

  test("a directory that we made and others filled stays, named; its time is nobody's", () => {
    const transaction = committed([
      ["change", "0001", "directory", "/etc/made", "0755", "\\e", "\\e"],
      file("0002", "/etc/made/ours", "x"),
    ]);
    disk.write("/etc/made/theirs", "y");
    const undo = transaction.undo(argv);
    expect([undo.code, undo.events.filter((line) => line.startsWith("left"))]).toEqual([
      5,
      ["left\t/etc/made\tholds things that are not ours"],
    ]);
    expect(readdirSync(disk.at("/etc/made"))).toEqual(["theirs"]);
  });

  test("the time of a directory that others changed since is not put back", () => {
    const time = lstatSync(disk.at("/etc")).mtimeMs;
    const transaction = committed([file("0001", "/etc/new", "x")]);
    disk.write("/etc/theirs", "y");
    expect(transaction.undo(argv).code).toBe(0);
    expect(lstatSync(disk.at("/etc")).mtimeMs).toBeGreaterThan(time);
    const again = disk.transaction("u-2", [file("0001", "/etc/new", "x")]);
    disk.age("/etc");
    expect([again.run(argv, "stage").code, again.run(argv, "commit").code, again.undo(argv).code]).toEqual([0, 0, 0]);
    expect(lstatSync(disk.at("/etc")).mtimeMs).toBe(time);
  });

  test("undo finds its way when the disk is mounted elsewhere", () => {
    const transaction = committed([file("0001", "/etc/a", changed), file("0002", "/etc/new", "x")]);
    const before = numbered(original);
    expect(transaction.state(argv)).toBe("confirmed");
    const moved = `${disk.root}-mounted elsewhere`;
    renameSync(disk.root, moved);
    const [shell = "", ...rest] = [...argv, join(moved, "var/lib/drawbridge/transactions/u-1/undo")];
    const undo = spawnSync(shell, rest, { encoding: "utf8", cwd: "/" });
    expect([undo.status, undo.stderr]).toEqual([0, ""]);
    expect(readFileSync(join(moved, "etc/a"), "utf8")).toBe(before);
    expect(readdirSync(join(moved, "etc"))).toEqual(["a"]);
    renameSync(moved, disk.root);
  });

  test("not confirmed: taken back in time by itself, although nobody is there", async () => {
    const before = disk.snapshot();
    const transaction = disk.transaction("timer", [file("0001", "/etc/a", changed)], { confirm: 2 });
    expect(transaction.run(argv, "stage").code).toBe(0);
    expect(transaction.run(argv, "commit").events.at(-1)).toBe("state\tpending");
    await expect.poll(() => transaction.state(argv), { timeout: 30_000, interval: 200 }).toBe("reverted");
    expect(disk.snapshot()).toBe(before);
  });

  test("killed while it commits: the armed revert takes it back, and resume in time keeps it", async () => {
    const before = disk.snapshot();
    const transaction = disk.transaction("armed", [file("0001", "/etc/a", changed)], { confirm: 3 });
    expect(transaction.run(argv, "stage").code).toBe(0);
    expect(transaction.run(argv, "arm")).toMatchObject({ code: 0 });
    expect(transaction.state(argv)).toBe("armed");
    // What a kill right after the first line of a commit leaves.
    appendFileSync(join(transaction.directory, "journal"), "state\tcommitting\t2026-01-01T00:00:00Z\nbegin\t0001\n");
    await expect.poll(() => transaction.state(argv), { timeout: 30_000, interval: 200 }).toBe("reverted");
    expect(disk.snapshot()).toBe(before);
  });

  // An account change needs a running system; what it leaves behind is laid out here by hand, as the journal of a live commit has it.
  const databases = {
    passwd: "root:x:0:0:root:/root:/bin/sh\nop:x:1000:1000:Op:/home/op:/bin/sh\n",
    group: "root:x:0:\nsudo:x:27:op\nop:x:1000:\n",
    shadow: "root:*:1:0:::::\nop:!:1:0:::::\n",
    gshadow: "root:*::\nsudo:*::op\nop:!::\n",
    subuid: "",
  };
  const withAccount = (commit: () => void) => {
    for (const [database, content] of Object.entries(databases)) {
      disk.write(`/etc/${database}`, content, database.endsWith("shadow") ? 0o640 : 0o644);
    }
    disk.write("/home/other/x", "x");
    disk.age("/etc", "/home");
    const transaction = disk.transaction("acct", [
      ["change", "0001", "account", "useradd", "bridge"],
      ["touches", "0001", "/home/bridge"],
    ]);
    const before = disk.snapshot();
    expect(transaction.run(argv, "stage").code).toBe(0);
    expect(disk.snapshot()).toBe(before);
    const journal = join(transaction.directory, "journal");
    appendFileSync(journal, "state\tcommitting\t2026-01-01T00:00:00Z\nbegin\t0001\n");
    const append = (path: string, text: string) => appendFileSync(disk.at(path), text);
    append("/etc/passwd", "bridge:x:1001:1001::/home/bridge:/bin/sh\n");
    append("/etc/shadow", "bridge:$y$secret:1:0:::::\n");
    append("/etc/subuid", "bridge:100000:65536\n");
    for (const database of ["group", "gshadow"]) {
      const text = disk.read(`/etc/${database}`).replace(/^(sudo:.*)$/mu, "$1,bridge");
      writeFileSync(disk.at(`/etc/${database}`), `${text}bridge:x:1001:\n`);
    }
    writeFileSync(disk.at("/etc/passwd-"), databases.passwd);
    mkdirSync(disk.at("/home/bridge"), { mode: 0o700 });
    writeFileSync(disk.at("/home/bridge/.profile"), "p");
    commit();
    const after = join(transaction.directory, "after");
    const tracked = [
      "passwd",
      "passwd-",
      "group",
      "group-",
      "shadow",
      "shadow-",
      "gshadow",
      "gshadow-",
      "subuid",
      "subuid-",
      "subgid",
      "subgid-",
      ".pwd.lock",
    ];
    for (const [index, database] of [...tracked.map((one) => `/etc/${one}`), "/home/bridge"].entries()) {
      if (existsSync(disk.at(database))) spawnSync("cp", ["-a", disk.at(database), join(after, `0001.${index + 1}`)]);
    }
    appendFileSync(journal, "done\t0001\nstate\tconfirmed\t2026-01-01T00:00:00Z\n");
    spawnSync("touch", ["-d", "2100-01-01", join(after, "..", "output")]);
    return { transaction, before };
  };

  test("an account goes exactly as it came, and its home with it", () => {
    const { transaction, before } = withAccount(() => {});
    expect(transaction.undo(argv)).toMatchObject({ code: 0, output: "" });
    expect(disk.snapshot()).toBe(before);
  });

  test("other accounts and members that were added since stay; a used home is kept, whole", () => {
    const { transaction } = withAccount(() => {});
    appendFileSync(disk.at("/etc/passwd"), "late:x:1002:1002::/:/bin/sh\n");
    appendFileSync(disk.at("/etc/shadow"), "late:!:1:0:::::\n");
    appendFileSync(disk.at("/etc/group"), "late:x:1002:\n");
    writeFileSync(disk.at("/etc/group"), disk.read("/etc/group").replace("27:op,bridge", "27:op,bridge,late"));
    writeFileSync(disk.at("/etc/gshadow"), disk.read("/etc/gshadow").replace("::op,bridge", "::bridge,late"));
    writeFileSync(disk.at("/home/bridge/diary"), "mine");
    const undo = transaction.undo(argv);
    expect(undo).toMatchObject({ code: 0, output: "" });
    expect(disk.read("/etc/passwd")).toBe(`${databases.passwd}late:x:1002:1002::/:/bin/sh\n`);
    expect(disk.read("/etc/shadow")).toBe(`${databases.shadow}late:!:1:0:::::\n`);
    expect(disk.read("/etc/group")).toBe(`${databases.group.replace("27:op", "27:op,late")}late:x:1002:\n`);
    expect(disk.read("/etc/gshadow")).toBe(databases.gshadow.replace("::op", "::late"));
    expect(disk.read("/etc/subuid")).toBe("");
    const kept = undo.events.find((line) => line.startsWith("kept\t/home/bridge\t"))?.split("\t")[2] ?? "";
    expect(readdirSync(kept).sort()).toEqual([".profile", "diary"]);
    expect(readdirSync(disk.at("/home"))).toEqual(["other"]);
  });

  test("a record of ours that someone changed since is left and named", () => {
    const { transaction } = withAccount(() => {});
    writeFileSync(
      disk.at("/etc/passwd"),
      disk.read("/etc/passwd").replace(":/home/bridge:/bin/sh", ":/home/bridge:/bin/zsh"),
    );
    const undo = transaction.undo(argv);
    expect(undo.code).toBe(5);
    expect(undo.events.filter((line) => line.startsWith("left\t")).map((line) => line.split("\t")[1])).toEqual([
      "/etc/passwd",
    ]);
    expect(disk.read("/etc/shadow")).toBe(databases.shadow);
  });

  test("packages are not removed from a mounted disk: said, and finished later", () => {
    mkdirSync(disk.at("/var/lib/apt"), { recursive: true });
    const transaction = disk.transaction("pkg", [
      file("0001", "/etc/a", changed),
      ["change", "0002", "package", "ufw"],
    ]);
    expect(transaction.run(argv, "stage").code).toBe(0);
    const journal = join(transaction.directory, "journal");
    appendFileSync(
      journal,
      "state\tcommitting\tx\nbegin\t0001\ndone\t0001\t640:0:0\nbegin\t0002\ndone\t0002\nstate\tconfirmed\tx\n",
    );
    writeFileSync(disk.at("/etc/a"), changed);
    const undo = transaction.undo(argv);
    expect(undo.code).toBe(5);
    expect(undo.events.find((line) => line.startsWith("left\tpackage:ufw\t"))).toMatch(/needs the running system/u);
    expect(disk.read("/etc/a")).toBe(numbered(original));
  });
});
