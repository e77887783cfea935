import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { known, knownValue } from "../../../../src/model/fact.ts";
import type { Answers } from "../../../../src/model/plan.ts";
import { attestations } from "../../../../src/probes/attestations.ts";
import { type BackupRun, type BackupService, type Backups, backups } from "../../../../src/probes/backups.ts";
import { type Files, files } from "../../../../src/probes/files.ts";
import { integrations } from "../../../../src/probes/integrations.ts";
import { backupsStep } from "../../../../steps/os/backups/index.ts";
import { captured, factsOf, parsed, settle } from "../../settle.ts";

const server = knownValue(parsed(backups, captured("backups", "bookworm"))) as Backups;
const bare: Backups = {
  ...server,
  restic: false,
  files: new Map(),
  folders: ["/etc", "/home", "/root"],
  password: undefined,
  save: {
    active: "inactive",
    result: "success",
    exited: undefined,
    queued: false,
    timer: "",
    want: undefined,
    run: undefined,
  },
  drill: {
    active: "inactive",
    result: "success",
    exited: undefined,
    queued: false,
    timer: "",
    want: undefined,
    run: undefined,
  },
};

const mounts: Files["mounts"] = [
  { target: "/", source: "/dev/vda1", type: "ext4", options: [] },
  { target: "/mnt/share", source: "nas:/backups", type: "nfs4", options: [] },
];

const settled = (seen: Partial<Backups> = {}, given: Answers = {}, from: Backups = server) =>
  settle(
    [backupsStep],
    factsOf(
      [backups, known({ ...from, ...seen })],
      [attestations, known({ today: "2026-11-22", records: {}, file: undefined })],
      [integrations, { state: "absent", reason: "nothing runs here" }],
      [files, known({ mounts } as Files)],
    ),
    given,
  );

/** As the captured server was answered. */
const answered: Answers = { "backups.repository": "/srv/backups", "backups.paths": ["/srv/data"] };
const service = (run: Partial<BackupRun> | undefined, more: Partial<BackupService> = {}): BackupService => ({
  ...server.save,
  run: run === undefined ? undefined : { ...(server.save.run as BackupRun), ...run },
  ...more,
});

describe("without a place", () => {
  it("nothing is installed, and one finding says that no backup is known", () => {
    const { results, details, changes } = settled({}, {}, bare);
    expect(changes).toEqual([]);
    expect(results["backups-known"]).toBe("unknown");
    expect(details["backups-known"]).toContain("no backup of this machine is known");
    expect(Object.values(results).filter((result) => result !== "notapplicable")).toEqual(["unknown"]);
  });

  it("somebody can vouch for a backup made elsewhere", () => {
    const said = settled({}, { "backups.elsewhere": "Operations; the hypervisor's snapshots; 2027-01-31" }, bare);
    expect(said.results["backups-known"]).toBe("fail");
    expect(said.titles).toContain("Write down who vouches for what");
  });
});

describe("backups-scheduled", () => {
  it("passes on a server that was set up, and plans nothing", () => {
    const { results, changes } = settled({}, answered);
    expect(results["backups-scheduled"]).toBe("pass");
    expect(results["backups-recent"]).toBe("pass");
    expect(results["backups-restorable"]).toBe("pass");
    expect(changes).toEqual([]);
  });

  it.each<[string, Partial<Backups>]>([
    ["restic is gone", { restic: false }],
    ["its timer stands", { save: { ...server.save, timer: "inactive" } }],
    ["the drill's timer does not start with the machine", { drill: { ...server.drill, want: undefined } }],
    ["the password is gone", { password: undefined }],
    ["others read the password", { password: { mode: "0644", owner: "root" } }],
    [
      "somebody changed what is saved",
      { files: new Map([...server.files].filter(([path]) => !path.endsWith("/paths"))) },
    ],
  ])("fails when %s, and mends just that", (_, seen) => {
    const { results, changes } = settled(seen, answered);
    expect(results["backups-scheduled"]).toBe("fail");
    expect(changes.length).toBeGreaterThan(0);
    expect(changes.filter(({ kind }) => kind === "file").length).toBeLessThanOrEqual(2);
  });

  it("makes everything on a bare server; the password on the machine, in no plan", () => {
    const { changes, titles } = settled({}, { "backups.repository": "sftp:save@nas.example:/srv/a" }, bare);
    const password = changes.find((change) => "path" in change && change.path === "/etc/drawbridge/backups/password");
    expect(password).toMatchObject({ sensitive: true, after: { mode: "0400", parts: [{ random: { bytes: 33 } }] } });
    expect(titles.slice(0, 1)).toEqual(["Install restic"]);
    expect(
      changes.filter(({ kind }) => kind === "command").map((change) => (change as { argv: string[] }).argv),
    ).toEqual([
      ["install", "-d", "-m", "0700", "/var/lib/drawbridge-backup"],
      ["systemctl", "start", "--no-block", "drawbridge-backup.service"],
      ["systemctl", "start", "--no-block", "drawbridge-restore-drill.service"],
    ]);
  });

  it("takes a folder back that it made and that is still empty, and no other", () => {
    const home = mkdtempSync(join(tmpdir(), "drawbridge-repository-"));
    const left = (name: string, before: () => void, between: () => void): boolean => {
      const repository = join(home, name);
      const { changes } = settled({}, { ...answered, "backups.repository": repository }, bare);
      const made = changes.find((one) => one.kind === "command" && one.argv.includes(repository));
      if (made?.kind !== "command" || made.inverse === undefined) throw new Error("no command makes the folder");
      before();
      execFileSync(made.argv[0] as string, made.argv.slice(1));
      between();
      execFileSync(made.inverse[0] as string, made.inverse.slice(1));
      return existsSync(repository);
    };
    const nothing = () => {};
    expect(left("new", nothing, nothing)).toBe(false);
    expect(left("there", () => mkdirSync(join(home, "there")), nothing)).toBe(true);
    expect(left("used", nothing, () => writeFileSync(join(home, "used", "config"), ""))).toBe(true);
    rmSync(home, { recursive: true });
  });

  it("hands keys to the service as credentials, and never writes what they hold", () => {
    const { changes } = settled(
      {},
      { "backups.repository": "s3:https://s3.example/bucket", "backups.access-file": "/root/s3-keys" },
      bare,
    );
    const unit = changes.find((change) => "path" in change && change.path.endsWith("/drawbridge-backup.service"));
    const content = unit?.kind === "file" ? unit.after.content : "";
    expect(content).toContain(
      "LoadCredential=password:/etc/drawbridge/backups/password\nLoadCredential=access:/root/s3-keys\n",
    );
    expect(content).not.toContain("{{");
    expect(content).not.toContain("Environment");
  });
});

describe("a run", () => {
  const day = 24 * 3600;
  it.each<[string, BackupService, string, RegExp]>([
    ["nothing was made yet", service(undefined, { exited: undefined }), "fail", /no backup has been made yet/u],
    ["the first is at work", service({ good: undefined }, { active: "activating" }), "unknown", /at work since/u],
    ["one is at work", service({}, { active: "activating" }), "pass", /at work/u],
    [
      "it failed",
      service({ result: "failed", reason: "the repository is full" }),
      "fail",
      /the repository is full; the last good one ended 2/u,
    ],
    ["it was cut off", service({ result: "running" }), "fail", /was cut off/u],
    ["it could not even begin", service({}, { result: "exit-code" }), "fail", /did not begin or did not end/u],
    ["it could never begin", service(undefined, { result: "exit-code", exited: 5 }), "fail", /could not begin/u],
    ["it is too old", service({ good: server.now - 3 * day }), "fail", /3 days old/u],
    ["none ever ended well", service({ good: undefined }), "fail", /no backup has ever ended well/u],
    [
      "the clock was put back since",
      service({ good: server.now + day }),
      "fail",
      /the clock was wrong then, or is now/u,
    ],
  ])("%s", (_, save, result, words) => {
    const { results, details, changes } = settled({ save }, answered);
    expect(results["backups-recent"]).toBe(result);
    expect(details["backups-recent"]).toMatch(words);
    // Only a first run is begun by a plan: what fails is a person's to look at.
    expect(changes.filter(({ kind }) => kind === "command")).toHaveLength(/made yet/u.test(words.source) ? 1 : 0);
  });

  it("a drill may be a month old", () => {
    const drill = (age: number) =>
      settled(
        { drill: { ...server.drill, run: { ...(server.drill.run as BackupRun), good: server.now - age } } },
        answered,
      ).results["backups-restorable"];
    expect([drill(31 * day), drill(50 * day)]).toEqual(["pass", "fail"]);
  });
});

describe("backups-off-host", () => {
  it.each([
    ["/srv/backups", "fail"],
    ["/mnt/share/backups", "pass"],
    ["sftp:save@nas.example:/srv/a", "pass"],
    ["sftp://save@nas.example:2222//srv/a", "pass"],
    ["rest:https://nas.example:8000/a", "pass"],
    ["rest:http://127.0.0.1:8000/a", "fail"],
    ["sftp:save@localhost:/srv/a", "fail"],
    ["s3:https://[::1]:9000/a", "fail"],
  ])("%s is a %s", (repository, result) => {
    expect(settled({}, { "backups.repository": repository }).results["backups-off-host"]).toBe(result);
  });
});

it("backups-password-kept is unknown until somebody vouches for a copy", () => {
  const said = { ...answered, "backups.password-kept": "Operations; the safe" };
  expect(settled({}, answered).results["backups-password-kept"]).toBe("unknown");
  expect(settled({}, said).results["backups-password-kept"]).toBe("fail");
  expect(settled({}, said).titles).toContain("Write down who vouches for what");
});

describe("answers", () => {
  it.each([
    "rest:https://user:secret@nas.example/a",
    "sftp:save@nas.example:/a -oProxyCommand=x",
    "sftp:-oProxyCommand=x:/a",
    "/srv/a b",
    "relative",
    "s3:https://nas.example/a\nb",
  ])("%j is no repository", (repository) => {
    expect(settled({}, {}).problems).toEqual([]);
    expect(backupsStep.questions[0]?.schema.safeParse(repository).success).toBe(false);
  });

  it("what is saved is what is there, and databases are those that run", () => {
    const { answers } = settled({ folders: ["/etc", "/srv", "/home"] }, { "backups.repository": "/srv/backups" });
    expect(answers["backups.paths"]).toEqual(["/etc", "/home", "/srv"]);
    expect(answers["backups.databases"]).toEqual(["mariadb", "postgresql@15-main"]);
    expect(answers["backups.exclude"]).toContain("/srv/backups");
  });

  it("forever keeps everything", () => {
    const keep = (text: string) => {
      const { changes } = settled({}, { ...answered, "backups.keep": text }, bare);
      const file = changes.find((change) => "path" in change && change.path.endsWith("/keep"));
      return file?.kind === "file" ? file.after.content : undefined;
    };
    expect(keep("7 daily, 12 monthly")).toBe("daily 7\nmonthly 12\n");
    expect(keep("forever")).toBe("");
  });
});

it("the program is plain sh", () => {
  expect(execFileSync("sh", ["-n", "templates/backups/backup"]).toString()).toBe("");
});

describe("while it runs", () => {
  const folder = mkdtempSync(join(tmpdir(), "drawbridge-backup-"));
  const at = (name: string) => join(folder, name);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("only restic knows the keys to the repository: not what dumps a database as another account, and no command line", () => {
    for (const name of ["bin", "settings", "state", "credentials"]) mkdirSync(at(name));
    const stub = (name: string, text: string) =>
      writeFileSync(at(`bin/${name}`), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    const saw = `{ echo "$@"; env; } >>${at("saw")}`;
    stub("restic", `${saw}.restic\ncase "$*" in *" backup "*) echo "snapshot 0123abcd saved" ;; esac`);
    stub("setpriv", `${saw}.dump`);
    writeFileSync(at("settings/repository"), "rest:https://nas.example/a\n");
    for (const name of ["paths", "exclude", "keep"]) writeFileSync(at(`settings/${name}`), "");
    writeFileSync(at("settings/databases"), "postgresql\n");
    writeFileSync(at("credentials/password"), "MARKED-password\n");
    // As an editor of another system writes it.
    writeFileSync(
      at("credentials/access"),
      "RESTIC_REST_USERNAME=app01\r\nRESTIC_REST_PASSWORD=MARKED-access\r\nPATH=/nowhere\r\n",
    );
    const program = readFileSync("templates/backups/backup", "utf8")
      .replace("settings=/etc/drawbridge/backups", `settings=${at("settings")}`)
      .replace("state=/var/lib/drawbridge-backup", `state=${at("state")}`);
    const said = spawnSync("sh", ["-s", "save"], {
      input: program,
      encoding: "utf8",
      env: { PATH: `${at("bin")}:${process.env.PATH}`, CREDENTIALS_DIRECTORY: at("credentials") },
    });
    expect(said.status, said.stdout + said.stderr).toBe(0);
    const [restic, dump] = [readFileSync(at("saw.restic"), "utf8"), readFileSync(at("saw.dump"), "utf8")];
    expect(restic.split("\n")).toContain("RESTIC_REST_PASSWORD=MARKED-access");
    expect(dump).toContain("pg_dumpall");
    expect(dump).not.toContain("MARKED");
    expect(restic.replaceAll("RESTIC_REST_PASSWORD=MARKED-access", "")).not.toContain("MARKED");
    expect(said.stdout + said.stderr + readFileSync(at("state/save"), "utf8")).not.toContain("MARKED");
  });
});
