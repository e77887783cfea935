/** Backups with restic: to a folder and over SFTP; what is damaged, refused, full, gone or cut off ends in a finding that says so. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type AppliedDocument,
  type Drawbridge,
  document,
  drawbridgeOver,
  type InspectionDocument,
} from "./drawbridge.ts";
import {
  compareTrees,
  type Lab,
  labOrSkip,
  openLab,
  releases,
  type Server,
  snapshotTree,
  type Tree,
  until,
} from "./harness/index.ts";

const reason = labOrSkip();

const paths = ["/etc", "/usr/local"];
const exclude = ["/etc/passwd-", "/etc/group-", "/etc/shadow-", "/etc/gshadow-"];
const password = "/etc/drawbridge/backups/password";
const program = "drawbridge-backup";
const drill = "drawbridge-restore-drill";

describe.skipIf(reason !== undefined).each([...releases])(
  `backups on %s${reason ? ` (skipped: ${reason})` : ""}`,
  (release) => {
    let lab: Lab;
    let server: Server;
    let store: Server;
    let cli: Drawbridge;
    let before: Tree;

    const findings = async () =>
      new Map(
        document<InspectionDocument>(await cli("inspect", "--step", "backups", "--format", "json")).findings.map(
          (finding) => [finding.controlId, finding],
        ),
      );
    const finding = async (id: string) => (await findings()).get(id);
    const apply = (...words: readonly string[]) =>
      cli("apply", "--recommended", "--step", "backups", ...words, "--yes", "--format", "json");
    /** The service to its end, however it ends. */
    const run = (unit: string) => server.exec(["systemctl", "start", `${unit}.service`], { timeoutMs: 300_000 });
    const isOver = async (unit: string) => {
      const shown = await server.must(["systemctl", "show", "-p", "ActiveState", "-p", "Job", `${unit}.service`]);
      return /^ActiveState=(?:inactive|failed)$/mu.test(shown) && !/^Job=\d/mu.test(shown);
    };
    /** What the first run and the first drill, which go on by themselves, came to. */
    const firstRuns = () =>
      until(
        "the first backup and the first drill",
        async () => ((await isOver(program)) && (await isOver(drill)) ? true : undefined),
        { timeoutMs: 300_000, everyMs: 500 },
      );

    beforeAll(async () => {
      lab = await openLab();
      server = await lab.server({ release, flavour: "databases" });
      store = await lab.server({ release, flavour: "fresh" });
      cli = drawbridgeOver(lab, server);
      await server.must(["install", "-d", "-m", "0750", "/srv/data"]);
      await server.writeFile("/srv/data/orders [2026]*.csv", "one;two\n");
      await server.must(["sh", "-c", "head -c 3000000 /dev/urandom > /srv/data/random"]);
      await server.must(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "/etc/ssh/backup_key"]);
      // A small disk of its own, for the account that may come in by SFTP.
      await store.must(["install", "-d", "/srv/store"]);
      await store.must(["mount", "-t", "tmpfs", "-o", "size=16m,mode=0755,uid=op", "tmpfs", "/srv/store"]);
      await store.writeFile("/tmp/key.pub", await server.readFile("/etc/ssh/backup_key.pub"));
      await store.must(["sh", "-c", "cat /tmp/key.pub >> /home/op/.ssh/authorized_keys"]);
      await server.writeFile(
        "/root/.ssh/known_hosts",
        store.hostKeys.map((key) => `${store.address} ${key.split(" ").slice(0, 2).join(" ")}\n`).join(""),
        { mode: "0600" },
      );
      before = await snapshotTree(server.root, { paths, exclude });
    }, 600_000);
    afterAll(() => lab?.close());

    test("nothing is installed before somebody names a place, and the finding says what is missing", async () => {
      const found = await findings();
      expect(found.get("backups-known")?.result).toBe("unknown");
      expect(found.get("backups-known")?.detail).toContain("no backup of this machine is known");
      expect(
        document<{ changes: unknown[] }>(await cli("plan", "--step", "backups", "--format", "json")).changes,
      ).toEqual([]);
    });

    test("over SFTP: saved with dumps, restored, nothing planned again", async () => {
      const applied = document<AppliedDocument>(
        await apply(
          "--set",
          `backups.repository=sftp:op@${store.address}:/srv/store/backups`,
          "--set",
          "backups.identity-file=/etc/ssh/backup_key",
          "--set",
          'backups.paths=["/etc","/srv/data"]',
          "--set",
          "backups.password-kept=Operations; the safe in room 2",
        ),
      );
      expect(applied, applied.reason).toMatchObject({ state: "confirmed" });
      await firstRuns();
      const found = await findings();
      const results = [...found].map(([id, { result, detail }]) =>
        `${id} ${result} ${result === "pass" ? "" : detail}`.trim(),
      );
      expect(results).toEqual([
        expect.stringMatching(/^backups-known notapplicable/u),
        "backups-scheduled pass",
        "backups-recent pass",
        "backups-restorable pass",
        "backups-off-host pass",
        expect.stringMatching(/^backups-password-kept attested/u),
      ]);
      expect(
        document<{ changes: unknown[] }>(await cli("plan", "--step", "backups", "--format", "json")).changes,
      ).toEqual([]);
      const hashes = await server.must(["cat", "/var/lib/drawbridge-backup/hashes"]);
      expect(hashes).toMatch(/dumps\/mariadb\.sql/u);
      expect(hashes).toMatch(/dumps\/postgresql@\d+-main\.sql/u);
      expect(hashes).toContain("/srv/data/orders [2026]*.csv");
      // Nothing of the password stands where others could see it.
      const secret = (await server.readFile(password)).trim();
      expect(secret).toMatch(/^[A-Za-z0-9_-]{44}$/u);
      expect(JSON.stringify(applied)).not.toContain(secret);
    });

    test("what was damaged here comes back as it was saved", async () => {
      await server.writeFile("/srv/data/orders [2026]*.csv", "gone\n");
      expect((await run(drill)).exitCode).toBe(0);
      const restored = await server.must([
        "restic",
        ...["-o", `sftp.command=ssh -i /etc/ssh/backup_key op@${store.address} -s sftp`],
        ...["--repository-file", "/etc/drawbridge/backups/repository", "--password-file", password],
        ...["dump", "latest", "/srv/data/orders [2026]*.csv"],
      ]);
      expect(restored).toBe("one;two\n");
      await server.writeFile("/srv/data/orders [2026]*.csv", "one;two\n");
    });

    /** The run fails, and the finding says why in these words. */
    const failsWith = async (unit: string, id: string, words: string | RegExp) => {
      expect((await run(unit)).exitCode).not.toBe(0);
      const found = await finding(id);
      expect(found?.result).toBe("fail");
      expect(found?.detail).toMatch(words);
      expect(found?.detail).toContain("last good one ended 2");
    };

    test("a wrong password", async () => {
      const right = await server.readFile(password);
      await server.writeFile(password, "wrong\n", { mode: "0400" });
      await failsWith(program, "backups-recent", /does not accept the password/u);
      await server.writeFile(password, right, { mode: "0400" });
    });

    test("a password file that is gone", async () => {
      await server.must(["mv", password, `${password}.away`]);
      expect((await run(program)).exitCode).not.toBe(0);
      expect((await finding("backups-recent"))?.result).toBe("fail");
      await server.must(["mv", `${password}.away`, password]);
    });

    test("a server that is not there", async () => {
      await store
        .must(["systemctl", "stop", "ssh.socket", "ssh.service"])
        .catch(() => store.must(["systemctl", "stop", "ssh.service"]));
      try {
        await failsWith(program, "backups-recent", /cannot be reached: .*refused/u);
      } finally {
        await store.must(["systemctl", "start", "ssh.service"]);
        await store.waitForSsh();
      }
    });

    test("a full repository, and a good run after it", async () => {
      await server.must(["sh", "-c", "head -c 20000000 /dev/urandom > /srv/data/large"]);
      await failsWith(program, "backups-recent", /is full/u);
      await server.must(["rm", "/srv/data/large"]);
      await store.must(["mount", "-o", "remount,size=64m", "/srv/store"]);
      const { exitCode } = await run(program);
      expect(await finding("backups-recent")).toMatchObject({ result: "pass" });
      expect(exitCode).toBe(0);
    });

    test("a dump that fails makes the backup fail", async () => {
      await server.must(["systemctl", "stop", "mariadb"]);
      await failsWith(program, "backups-recent", /the dump of mariadb failed/u);
      await server.must(["systemctl", "start", "mariadb"]);
      expect((await run(program)).exitCode).toBe(0);
    });

    test("a damaged repository, and one that is gone", async () => {
      await store.must(["cp", "-a", "/srv/store/backups", "/srv/good"]);
      await store.must([
        "sh",
        "-c",
        `find /srv/store/backups/data -type f -exec sh -c 'head -c 64 /dev/urandom | dd of="$1" conv=notrunc status=none; truncate -s -20 "$1"' sh {} ";"`,
      ]);
      await failsWith(program, "backups-recent", /damaged/u);
      await failsWith(drill, "backups-restorable", /damaged/u);
      await store.must(["mv", "/srv/store/backups", "/srv/store/elsewhere"]);
      await failsWith(program, "backups-recent", /the repository is gone/u);
      expect((await store.exec(["test", "-e", "/srv/store/backups"])).exitCode).not.toBe(0);
      await store.must(["cp", "-a", "/srv/good", "/srv/store/backups"]);
    });

    test("a run that is cut off, and its lock", async () => {
      await server.must(["systemctl", "start", "--no-block", `${program}.service`]);
      await until("restic at work", async () =>
        (await server.exec(["pgrep", "-x", "restic"])).exitCode === 0 ? true : undefined,
      );
      await server.must(["systemctl", "kill", "--signal=SIGKILL", `${program}.service`]);
      await until("its end", async () => ((await isOver(program)) ? true : undefined));
      expect(await finding("backups-recent")).toMatchObject({
        result: "fail",
        detail: expect.stringMatching(/was cut off/u),
      });
      expect((await run(program)).exitCode).toBe(0);
    });

    test("undo takes everything back but what was saved", async () => {
      const undone = await cli("undo", "--yes");
      expect(undone.exitCode, `${undone.stdout}${undone.stderr}`).toBe(0);
      expect(compareTrees(before, await snapshotTree(server.root, { paths, exclude }))).toEqual([]);
      expect((await server.exec(["restic", "version"])).exitCode).not.toBe(0);
      expect((await server.exec(["test", "-e", "/var/lib/drawbridge-backup"])).exitCode).not.toBe(0);
      expect((await store.exec(["test", "-e", "/srv/store/backups/config"])).exitCode).toBe(0);
    });

    test("to a folder: saved and restored, and the finding says that it is the same machine", async () => {
      const applied = document<AppliedDocument>(
        await apply("--set", "backups.repository=/srv/backups", "--set", "backups.paths=/srv/data"),
      );
      expect(applied, applied.reason).toMatchObject({ state: "confirmed" });
      await firstRuns();
      const found = await findings();
      expect(found.get("backups-recent")).toMatchObject({ result: "pass" });
      expect(found.get("backups-restorable")).toMatchObject({ result: "pass" });
      expect(found.get("backups-off-host")).toMatchObject({ result: "fail" });
    });

    test("what is waived is still looked at, stands in the plan's words, and counts again without the waiver", async () => {
      const terms = ["--owner", "Operations", "--reason", "the share comes in May", "--until", "2099-12-31"];
      const undone = await snapshotTree(server.root, { paths: ["/etc"] });
      const waived = await cli("waive", "backups-off-host", ...terms, "--yes", "--format", "json");
      expect(document<{ waivers: unknown[] }>(waived).waivers).toMatchObject([
        { controlId: "backups-off-host", owner: "Operations", overdue: false, found: "fail" },
      ]);
      const seen = await finding("backups-off-host");
      expect(seen?.result).toBe("waived");
      expect(seen?.detail).toContain("fail: /srv/backups is on a disk of this machine");
      expect((await cli("plan", "--step", "backups")).stdout).toContain("Waived until 2099-12-31 by Operations");
      expect((await cli("waive")).stdout).toContain("backups-off-host  until 2099-12-31");
      expect((await cli("undo", "--yes")).exitCode).toBe(0);
      expect(compareTrees(undone, await snapshotTree(server.root, { paths: ["/etc"] }))).toEqual([]);
      expect((await finding("backups-off-host"))?.result).toBe("fail");
      expect((await cli("waive", "backups-off-hosts", ...terms, "--yes")).exitCode).toBe(2);
    });
  },
);
