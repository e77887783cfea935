import { describe, expect, it, test } from "vitest";
import { known, knownValue } from "../../../../src/model/fact.ts";
import type { Answers } from "../../../../src/model/plan.ts";
import { type Closures, closures } from "../../../../src/probes/closures.ts";
import { type Files, files, type Walk, walk } from "../../../../src/probes/files.ts";
import { workload } from "../../../../src/probes/workload.ts";
import { withOptions } from "../../../../steps/os/files/files-mounts.ts";
import { filesStep } from "../../../../steps/os/files/index.ts";
import { captured, factsOf, parsed, settle } from "../../settle.ts";

const server = knownValue(parsed(files, captured("files", "bookworm"))) as Files;
const walked = knownValue(parsed(walk, captured("walk", "bookworm"))) as Walk;
const noJava = { units: [], loose: [], trees: [], sudo: new Map() };

const settled = (
  seen: Partial<Files> = {},
  found: Partial<Walk> = {},
  given: Answers = {},
  closed: Partial<Closures> = {},
) =>
  settle(
    [filesStep],
    factsOf(
      [files, known({ ...server, ...seen })],
      [walk, known({ ...walked, ...found })],
      [workload, known(noJava)],
      [closures, known({ files: new Map(), records: [], reapplied: "", folders: ["/etc/tmpfiles.d"], ...closed })],
    ),
    given,
  );

const path = (name: string, mode: string, owner = "root", group = "root") =>
  ({ path: name, kind: "file", mode, owner, group, uid: 0, gid: 0 }) as const;

test("a server as installed fails where it should", () => {
  const { results } = settled();
  expect(results).toEqual({
    "files-account-databases": "pass",
    "files-scheduled-jobs": "fail",
    "files-home-directories": "fail",
    "files-logs": "fail",
    "files-login-records": "notapplicable",
    "files-world-writable": "fail",
    "files-unowned": "pass",
    "files-setuid": "fail",
    "files-mounts": "fail",
  });
});

describe("files-account-databases", () => {
  it.each([
    ["/etc/passwd", "0644", "root", "root", "pass"],
    ["/etc/passwd", "0666", "root", "root", "fail"],
    ["/etc/passwd", "0644", "op", "root", "fail"],
    ["/etc/shadow", "0640", "root", "shadow", "pass"],
    ["/etc/shadow", "0000", "root", "root", "pass"],
    ["/etc/shadow", "0640", "root", "op", "fail"],
    ["/etc/shadow", "0644", "root", "shadow", "fail"],
    ["/boot/grub/grub.cfg", "0644", "root", "root", "fail"],
  ] as const)("%s %s %s:%s is a %s", (name, mode, owner, group, result) => {
    expect(settled({ fixed: [path(name, mode, owner, group)] }).results["files-account-databases"]).toBe(result);
  });

  it("takes bits away and gives none", () => {
    const { changes } = settled({ fixed: [path("/etc/shadow", "0604", "op", "op")] });
    expect(changes.find((change) => change.kind === "permissions" && change.path === "/etc/shadow")).toMatchObject({
      after: { mode: "0600", owner: "root", group: "root" },
    });
  });
});

describe("files-scheduled-jobs", () => {
  it("does not apply without cron and at", () => {
    expect(settled({ cron: false, at: false }).results["files-scheduled-jobs"]).toBe("notapplicable");
  });

  it("keeps accounts that have jobs, and names whoever would lose the right to edit them", () => {
    const { changes, answers } = settled({ crontabs: ["deploy"] });
    expect(answers["files.job-owners"]).toEqual(["root", "deploy"]);
    expect(changes.find((change) => change.kind === "file" && change.path === "/etc/cron.allow")).toMatchObject({
      before: null,
      after: { content: "root\ndeploy\n" },
    });
  });

  it("fails when the list names somebody who was not answered", () => {
    const fixed = [path("/etc/cron.allow", "0640", "root", "crontab"), path("/etc/at.allow", "0640")];
    const lists = (cron: string) =>
      settled({
        fixed,
        allowed: new Map([
          ["/etc/cron.allow", cron],
          ["/etc/at.allow", "root\n"],
        ]),
      });
    expect(lists("root\n").results["files-scheduled-jobs"]).toBe("pass");
    expect(lists("root\nmallory\n").details["files-scheduled-jobs"]).toContain("mallory");
    const change = lists("root\nmallory\n").changes.find(
      (each) => each.kind === "file" && each.path === "/etc/cron.allow",
    );
    expect(change).toMatchObject({
      after: { content: "root\n", mode: "0640", group: "root" },
    });
    // Others have to be able to read it: crontab(1) does so as a group of its own.
    const named = settled({ crontabs: ["deploy"], readers: new Map([["/etc/cron.allow", "crontab"]]) }).changes;
    expect(named.find((each) => each.kind === "file" && each.path === "/etc/cron.allow")).toMatchObject({
      after: { group: "crontab" },
    });
  });
});

describe("files-login-records", () => {
  const found = [path("/etc/shadow-", "0640", "root", "shadow"), path("/var/log/wtmp", "0664", "root", "utmp")];

  it("closes them now and at every boot, and passes while a new account opens a copy again", () => {
    const { results, changes } = settled({}, {}, {}, { records: found });
    expect(results["files-login-records"]).toBe("fail");
    const mine = changes.filter(({ because }) => because.includes("files-login-records"));
    expect(mine.map((change) => ("path" in change ? change.path : change.kind))).toEqual([
      "/etc/tmpfiles.d/00-drawbridge.conf",
      "/etc/shadow-",
      "/var/log/wtmp",
    ]);
    const [file] = mine;
    if (file?.kind !== "file") throw new Error("no file");
    // The copy that is not there yet is closed as well at the boot after it was made; logs are not made for nobody.
    expect(file.after.content).toContain(
      "z /etc/shadow- 0000 root - -\nz /etc/gshadow- 0000 root root -\nf /var/log/wtmp 0640 root utmp -\n",
    );
    expect(file.after.content).not.toContain("/var/log/btmp");
    expect(mine[2]).toMatchObject({ after: { mode: "0640", owner: "root", group: "utmp" } });
    const after = settled({}, {}, {}, { records: found, files: new Map([[file.path, file.after]]) });
    expect(after.results["files-login-records"]).toBe("pass");
    expect(after.changes.filter(({ because }) => because.includes("files-login-records"))).toEqual([]);
  });
});

describe("files-home-directories", () => {
  const home = (mode: string, dot: string, name = ".profile") => ({
    homes: [
      {
        user: "op",
        folder: { ...path("/home/op", mode, "op", "op"), kind: "directory" as const },
        dotFiles: [path(`/home/op/${name}`, dot, "op", "op")],
      },
    ],
  });
  it.each([
    ["0750", "0640", ".profile", "pass"],
    ["0755", "0640", ".profile", "fail"],
    ["0750", "0644", ".profile", "fail"],
    ["0700", "0640", ".netrc", "fail"],
    ["0700", "0600", ".netrc", "pass"],
  ] as const)("%s with %s %s is a %s", (mode, dot, name, result) => {
    expect(settled(home(mode, dot, name)).results["files-home-directories"]).toBe(result);
  });
});

test.each([
  [path("/var/log/syslog", "0640", "root", "adm"), "pass"],
  [path("/var/log/syslog", "0644", "root", "adm"), "fail"],
  [path("/var/log/wtmp", "0664", "root", "utmp"), "pass"],
  [path("/var/log/wtmp.1", "0666", "root", "utmp"), "fail"],
] as const)("files-logs: $0.path $0.mode is a %s", (log, result) => {
  expect(settled({ logs: [log] }).results["files-logs"]).toBe(result);
});

test("files-logs leaves closed folders and services' own folders to their owners", () => {
  const folder = (name: string, mode: string) => ({ ...path(name, mode), kind: "directory" as const });
  const judged = (...logs: Files["logs"]) => settled({ logs }).results["files-logs"];
  expect(judged(folder("/var/log/apt", "0755"), path("/var/log/apt/history.log", "0644"))).toBe("fail");
  expect(judged(folder("/var/log/closed", "0750"), path("/var/log/closed/x.log", "0644"))).toBe("pass");
  expect(judged(folder("/var/log/aide", "2755"), path("/var/log/aide/aideinit.log", "0644", "_aide", "adm"))).toBe(
    "pass",
  );
  expect(judged(path("/var/log/odd.log", "0644", "svc"))).toBe("fail");
});

describe("files-world-writable", () => {
  it("gives folders the sticky bit and takes the right from files", () => {
    const found = [path("/srv/a", "0666"), { ...path("/srv/b", "0777"), kind: "directory" as const }];
    const { changes } = settled({}, { worldWritable: found });
    expect(changes.find((change) => change.kind === "permissions" && change.path === "/srv/a")).toMatchObject({
      after: { mode: "0664" },
    });
    expect(changes.find((change) => change.kind === "permissions" && change.path === "/srv/b")).toMatchObject({
      after: { mode: "1777" },
    });
  });

  it("leaves alone what is meant to be open, with all that lies in it, and nothing beside it", () => {
    const found = [path("/srv/open/x", "0666"), path("/srv/opener", "0666")];
    const { changes, results } = settled({}, { worldWritable: found }, { "files.shared": ["/srv/open"] });
    expect(results["files-world-writable"]).toBe("fail");
    expect(JSON.stringify(changes)).toContain("/srv/opener");
    expect(JSON.stringify(changes)).not.toContain("/srv/open/x");
  });

  it("says when it did not look everywhere", () => {
    const { details, results } = settled({}, { worldWritable: [], bounded: true });
    expect(results["files-world-writable"]).toBe("pass");
    expect(details["files-world-writable"]).toContain("stopped early");
  });
});

test("files-unowned leaves alone what a service with a dynamic user keeps", () => {
  const kept = path("/var/lib/private/systemd/journal-upload/state", "0644", "UNKNOWN", "UNKNOWN");
  expect(settled({}, { unowned: [kept] }).results["files-unowned"]).toBe("pass");
  const others = [kept, path("/srv/x", "0644", "UNKNOWN", "UNKNOWN")];
  expect(settled({}, { unowned: others }).details["files-unowned"]).toMatch(/^\/srv\/x: chown/u);
});

test("files-unowned is found and never changed", () => {
  const { results, changes } = settled({}, { unowned: [path("/srv/x", "0644", "UNKNOWN", "UNKNOWN")] });
  expect(results["files-unowned"]).toBe("fail");
  expect(JSON.stringify(changes)).not.toContain("/srv/x");
});

describe("files-setuid", () => {
  it("passes what somebody answers for, and strips only what was named", () => {
    expect(settled({}, {}, { "files.setuid-kept": ["/usr/local/bin/odd"] }).results["files-setuid"]).toBe("pass");
    const { changes } = settled({}, {}, { "files.setuid-stripped": ["/usr/local/bin/odd"] });
    expect(
      changes.find((change) => change.kind === "permissions" && change.path === "/usr/local/bin/odd"),
    ).toMatchObject({ before: { mode: "4755" }, after: { mode: "0755" } });
    expect(JSON.stringify(settled().changes)).not.toContain("/usr/local/bin/odd");
  });

  it("is unknown where no package manager can be asked", () => {
    expect(settled({}, { unpackaged: undefined }).results["files-setuid"]).toBe("unknown");
  });
});

describe("files-mounts", () => {
  const shm = (options: string) => ({
    target: "/dev/shm",
    source: "tmpfs",
    type: "tmpfs",
    options: options.split(","),
  });
  const fstab = (content: string) => ({ content, mode: "0644", owner: "root", group: "root" });

  it("wants it now and at the next boot", () => {
    const now = { mounts: [shm("rw,nosuid,nodev,noexec")] };
    expect(settled({ ...now, fstab: fstab("") }).results["files-mounts"]).toBe("fail");
    expect(
      settled({ ...now, fstab: fstab("tmpfs /dev/shm tmpfs nosuid,nodev,noexec 0 0\n") }).results["files-mounts"],
    ).toBe("pass");
    expect(settled({ mounts: [] }).results["files-mounts"]).toBe("notapplicable");
  });

  it("remounts with what is missing, and back with its opposite", () => {
    const { changes } = settled({ mounts: [shm("rw,nosuid,nodev")], fstab: fstab("# mine\n") });
    expect(changes.find((change) => change.kind === "command")).toMatchObject({
      argv: ["mount", "-o", "remount,noexec", "/dev/shm"],
      inverse: ["mount", "-o", "remount,exec", "/dev/shm"],
    });
    expect(changes.find((change) => change.kind === "file" && change.path === "/etc/fstab")).toMatchObject({
      after: { content: "# mine\ntmpfs /dev/shm tmpfs defaults,nodev,nosuid,noexec 0 0\n" },
    });
  });

  it("lets programs run from /tmp where that was answered, never from /dev/shm", () => {
    const tmp = { target: "/tmp", source: "tmpfs", type: "tmpfs", options: ["rw", "nosuid", "nodev"] };
    const seen = {
      mounts: [tmp, shm("rw,nosuid,nodev,noexec")],
      fstab: fstab("x /dev/shm tmpfs nodev,nosuid,noexec 0 0"),
    };
    expect(settled(seen, {}, { "files.executable-tmp": true }).results["files-mounts"]).toBe("pass");
    expect(settled(seen, {}, { "files.executable-tmp": false }).results["files-mounts"]).toBe("fail");
  });

  it("changes one line of fstab and no other byte", () => {
    const content = "# a\nUUID=1 / ext4 errors=remount-ro 0 1\nUUID=2\t/tmp  ext4 defaults,exec 0 2\n\n";
    const mount = { target: "/tmp", source: "/dev/sdb1", type: "ext4", options: [] };
    expect(withOptions(content, mount, ["nodev"])).toBe(
      "# a\nUUID=1 / ext4 errors=remount-ro 0 1\nUUID=2 /tmp ext4 defaults,nodev 0 2\n\n",
    );
  });
});

test("mount points with white space are read as they are", () => {
  const fact = knownValue(parsed(files, "@mounts\n/dev/sdc1 /mnt/my\\040disk ext4 rw,nodev 0 0\n"));
  expect(fact?.mounts).toEqual([
    { source: "/dev/sdc1", target: "/mnt/my disk", type: "ext4", options: ["rw", "nodev"] },
  ]);
});
