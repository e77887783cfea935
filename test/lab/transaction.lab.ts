import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Line, upload } from "../transaction/sandbox.ts";
import {
  compareTrees,
  compareUnits,
  type Lab,
  labOrSkip,
  openLab,
  type RunResult,
  type Server,
  snapshotTree,
  snapshotUnits,
  until,
} from "./harness/index.ts";

const reason = labOrSkip();
const runtime = (id: string) => `/var/lib/drawbridge/transactions/${id}/runtime`;

/** Of packages: the managers' own bookkeeping and logs, whose content comes back or grows, and whose times move. */
const bookkeeping = ["/var/lib/dpkg", "/var/cache", "/var/log", "/var/lib/drawbridge"];

const loginsAreLogged: readonly Line[] = [
  ["change", "0001", "file", "/etc/ssh/sshd_config.d/00-drawbridge.conf", "0600", "root", "root", "LogLevel VERBOSE\n"],
  ["verify", "sshd", "-t"],
  ["change", "0002", "unit", "ssh.service", "reloaded"],
];

const demoUnit = `[Unit]
Description=Demonstration
[Service]
ExecStart=/usr/bin/sleep infinity
[Install]
WantedBy=multi-user.target
`;

const everything: readonly Line[] = [
  ["check", "sshd", "-t", "-f", "@files/0007"],
  ["change", "0001", "account", "groupadd", "--system", "ssh-users"],
  [
    "change",
    "0002",
    "account",
    "useradd",
    "--create-home",
    "--home-dir",
    "/home/bridge",
    "--shell",
    "/bin/bash",
    "bridge",
  ],
  ["touches", "0002", "/home/bridge"],
  ["change", "0003", "account", "usermod", "--append", "--groups", "sudo,ssh-users", "bridge"],
  ["change", "0004", "account", "usermod", "--expiredate", "\\e", "bridge"],
  ["change", "0005", "directory", "/home/bridge/.ssh", "0700", "bridge", "bridge"],
  [
    "change",
    "0006",
    "file",
    "/home/bridge/.ssh/authorized_keys",
    "0600",
    "bridge",
    "bridge",
    "ssh-ed25519 AAAA bridge\n",
  ],
  ["change", "0007", "file", "/etc/ssh/sshd_config.d/00-drawbridge.conf", "0600", "root", "root", "LogLevel VERBOSE\n"],
  ["change", "0008", "file", "/etc/systemd/system/demo.service", "0644", "root", "root", demoUnit],
  [
    "change",
    "0009",
    "symlink",
    "/etc/systemd/system/multi-user.target.wants/demo.service",
    "/etc/systemd/system/demo.service",
  ],
  ["change", "0010", "permissions", "/etc/crypttab.d", "0700", "root", "root"],
  [
    "change",
    "0011",
    "command",
    "sh",
    "-c",
    "echo new >/etc/commanded/file; rm /etc/commanded/gone; mkdir /etc/commanded/made; touch /etc/commanded/made/x",
  ],
  ["touches", "0011", "/etc/commanded"],
  ["inverse", "0011", "touch", "/run/commanded-back"],
  ["verify", "sshd", "-t"],
  ["change", "0012", "unit", "demo.service", "active"],
  ["change", "0013", "unit", "ssh.service", "reloaded"],
  ["change", "0014", "unit", "systemd-timesyncd.service", "inactive"],
];

// biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query's own placeholders.
const packageFormat = "${binary:Package} ${db:Status-Abbrev} ${Version}\n";
const releases = ["bookworm", "trixie"] as const;

describe.skipIf(reason !== undefined).for(releases)(
  `the runtime on %s${reason ? ` (skipped: ${reason})` : ""}`,
  (release) => {
    let lab: Lab;
    let server: Server;
    let serial = 0;

    beforeAll(async () => {
      lab = await openLab();
      server = await lab.server({ release, flavour: "fresh" });
      await server.must([
        "mkdir",
        "-p",
        "-m",
        "700",
        "/var/lib/drawbridge/transactions",
        "/etc/commanded",
        "/etc/crypttab.d",
      ]);
      await server.must([
        "sh",
        "-c",
        "echo old >/etc/commanded/file; echo old >/etc/commanded/gone; echo old >/etc/commanded/untouched",
      ]);
      await server.must([
        "touch",
        "-d",
        "2020-02-02 02:02:02.123456789",
        "/etc/commanded",
        "/etc/commanded/file",
        "/etc/commanded/gone",
      ]);
    });
    afterAll(() => lab?.close());

    const prepare = (lines: readonly Line[], confirm = 0): string => {
      serial += 1;
      const id = `lab-${serial}`;
      upload(server.root, id, lines, { confirm });
      return id;
    };
    const call = (id: string, ...args: readonly string[]): Promise<RunResult> =>
      server.exec(["sh", runtime(id), ...args]);
    const must = async (id: string, subcommand: string): Promise<string[]> =>
      (await server.must(["sh", runtime(id), subcommand])).split("\n");
    const state = async (id: string): Promise<string> =>
      /^state\t(.*)$/mu.exec((await call(id, "status")).stdout)?.[1] ?? "";
    const reaches = (id: string, wanted: string, timeoutMs: number) =>
      until(`state ${wanted}`, async () => ((await state(id)) === wanted ? true : undefined), { timeoutMs });
    const picture = async () => ({
      tree: await snapshotTree(server.root, { exclude: bookkeeping }),
      units: await snapshotUnits(server),
      packages: await server.must(["dpkg-query", "-W", "-f", packageFormat]),
    });
    type Picture = Awaited<ReturnType<typeof picture>>;
    const expectUnchanged = async (before: Picture) => {
      const now = await picture();
      expect(compareTrees(before.tree, now.tree)).toEqual([]);
      expect(compareUnits(before.units, now.units)).toEqual([]);
      expect(now.packages).toBe(before.packages);
      expect(await server.must(["systemctl", "--failed", "--no-legend", "--plain"])).toBe("");
      expect((await lab.client.ssh(server, "sudo -n id -u")).stdout).toBe("0\n");
    };

    test("accounts, keys, units, commands: all in force, and undone to the byte", async () => {
      const before = await picture();
      const id = prepare(everything);
      expect(await must(id, "stage")).toContain("check\tok\tsshd -t -f @files/0007");
      expect(compareTrees(before.tree, (await picture()).tree)).toEqual([]);
      const events = await must(id, "commit");
      expect(events).toContain("verify\tok\tsshd -t");
      expect(events).toContain("unit\tssh.service\treloaded\tok");
      expect(await state(id)).toBe("confirmed");
      expect(await server.must(["id", "-nG", "bridge"])).toBe("bridge sudo ssh-users\n");
      expect(await server.must(["sshd", "-T"])).toMatch(/^loglevel VERBOSE$/mu);
      expect(await server.must(["systemctl", "is-active", "demo.service"])).toBe("active\n");
      expect(await server.must(["systemctl", "is-enabled", "demo.service"])).toBe("enabled\n");
      expect(await server.must(["stat", "-c", "%U:%a", "/home/bridge/.ssh/authorized_keys"])).toBe("bridge:600\n");
      expect((await must(id, "undo")).at(-2)).toBe("state\treverted");
      await expectUnchanged(before);
      expect((await server.exec(["rm", "/run/commanded-back"])).exitCode).toBe(0);
    });

    test("a home that was used is kept, and an account added since stays", async () => {
      const before = await picture();
      const id = prepare(everything);
      await must(id, "stage");
      await must(id, "commit");
      await server.must([
        "su",
        "-",
        "bridge",
        "-c",
        "echo mine >diary; echo 'ssh-ed25519 BBBB mine' >>.ssh/authorized_keys",
      ]);
      await server.must(["useradd", "--no-create-home", "later"]);
      const undo = await call(id, "undo");
      expect([undo.exitCode, undo.stderr]).toEqual([0, ""]);
      const kept = /^kept\t\/home\/bridge\t(.*)$/mu.exec(undo.stdout)?.[1] ?? "";
      expect(await server.must(["cat", `${kept}/diary`])).toBe("mine\n");
      expect((await server.exec(["id", "bridge"])).exitCode).not.toBe(0);
      expect(await server.must(["id", "-nG", "later"])).toBe("later\n");
      await server.must(["userdel", "later"]);
      const changed = compareTrees(before.tree, (await picture()).tree).map((line) => line.split(":")[0]);
      expect(new Set(changed.map((path) => path?.replace(/-$/u, "")))).toEqual(
        new Set(["/etc", "/etc/group", "/etc/gshadow", "/etc/passwd", "/etc/shadow", "/etc/subgid", "/etc/subuid"]),
      );
      expect(await server.must(["cat", "/etc/passwd"])).not.toMatch(/bridge|later/u);
    });

    test("packages go as they came, with their groups, services and links", async () => {
      await server.must(["apt-get", "-qq", "update"]);
      const before = await picture();
      const id = prepare([
        ["change", "0001", "package", "cron", "ufw"],
        ["change", "0002", "file", "/etc/cron.d/ours", "0644", "root", "root", "# ours\n"],
        ["change", "0003", "account", "useradd", "--system", "--no-create-home", "svc"],
      ]);
      await must(id, "stage");
      await must(id, "commit");
      expect(await server.must(["systemctl", "is-active", "cron.service"])).toBe("active\n");
      expect(await server.must(["getent", "group", "crontab"])).toMatch(/^crontab:/u);
      expect((await must(id, "undo")).at(-2)).toBe("state\treverted");
      await expectUnchanged(before);
    });

    test("killed in the middle of an installation: undo waits for it and takes it back, resume finishes it", async () => {
      const before = await picture();
      for (const way of ["undo", "resume"]) {
        const id = prepare([["change", "0001", "package", "ufw"]]);
        await must(id, "stage");
        const script = `sh ${runtime(id)} commit >/dev/null & until pgrep -x apt-get >/dev/null; do sleep 0.1; done; kill -KILL $!`;
        await server.must(["sh", "-c", script]);
        expect(await state(id)).toBe("committing");
        expect((await call(id, way)).exitCode).toBe(0);
        if (way === "resume") {
          expect(await state(id)).toBe("confirmed");
          expect(await server.must(["dpkg-query", "-W", "-f", packageFormat, "ufw"])).toMatch(/^ufw ii /u);
          expect((await call(id, "undo")).exitCode).toBe(0);
        }
        await expectUnchanged(before);
      }
    });

    test("a package that does not exist is refused before anything changes", async () => {
      const before = await picture();
      const id = prepare([["change", "0001", "package", "no-such-package-anywhere"]]);
      const refused = await call(id, "stage");
      expect([refused.exitCode, refused.stdout]).toEqual([
        3,
        expect.stringMatching(/no-such-package-anywhere cannot be installed/u),
      ]);
      await expectUnchanged(before);
    });

    test("packages that are removed come back in the same version, with their configuration and their service", async () => {
      await server.must(["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq", "install", "cron"]);
      await server.must(["sh", "-c", "echo '# edited here' >>/etc/default/cron"]);
      // Most servers have no package in apt's cache any more: it comes from the archive.
      await server.must(["apt-get", "clean"]);
      const before = await picture();
      const id = prepare([["change", "0001", "removal", "cron"]]);
      await must(id, "stage");
      await expectUnchanged(before);
      await must(id, "commit");
      expect(await server.must(["dpkg-query", "-W", "-f", packageFormat, "cron"])).toMatch(/^cron rc /u);
      expect((await server.exec(["pgrep", "-x", "cron"])).exitCode).toBe(1);
      expect((await must(id, "undo")).at(-2)).toBe("state\treverted");
      expect(await server.must(["systemctl", "is-active", "cron.service"])).toBe("active\n");
      expect(await server.must(["tail", "-n", "1", "/etc/default/cron"])).toBe("# edited here\n");
      await expectUnchanged(before);
    });

    test("a removal that would take others along, or could not be taken back, is refused before anything changes", async () => {
      const before = await picture();
      const others = await call(prepare([["change", "0001", "removal", "cron-daemon-common"]]), "stage");
      expect([others.exitCode, others.stdout]).toEqual([
        3,
        expect.stringMatching(/^error\tcron-daemon-common cannot be removed/mu),
      ]);
      expect((await call(prepare([["change", "0001", "removal", "ufw"]]), "stage")).stdout).toContain(
        "ufw is not installed",
      );
      await server.must(["sh", "-c", "mv /etc/apt /etc/apt.away && mkdir /etc/apt"]);
      const gone = await call(prepare([["change", "0001", "removal", "cron"]]), "stage");
      await server.must(["sh", "-c", "rm -rf /etc/apt && mv /etc/apt.away /etc/apt"]);
      expect([gone.exitCode, gone.stdout]).toEqual([3, expect.stringMatching(/cron cannot be had again/u)]);
      const changed = compareTrees(before.tree, (await picture()).tree);
      expect(changed.filter((line) => !/^\/etc(?:\/apt)?:/u.test(line))).toEqual([]);
    });

    test("a verification that fails, and a unit that does not start, take everything back: 4", async () => {
      const before = await picture();
      const broken = prepare(
        [
          [
            "change",
            "0001",
            "file",
            "/etc/ssh/sshd_config.d/00-drawbridge.conf",
            "0600",
            "root",
            "root",
            "NoSuchKeyword yes\n",
          ],
          ["verify", "sshd", "-t"],
          ["change", "0002", "unit", "ssh.service", "reloaded"],
        ],
        60,
      );
      await must(broken, "stage");
      const failed = await call(broken, "commit");
      expect(failed.exitCode).toBe(4);
      expect(failed.stdout).toMatch(/^verify\tfailed\tsshd -t: .*NoSuchKeyword/mu);
      expect(failed.stdout).not.toMatch(/^unit/mu);
      await expectUnchanged(before);
      const dead = prepare(
        [
          [
            "change",
            "0001",
            "file",
            "/etc/systemd/system/dead.service",
            "0644",
            "root",
            "root",
            "[Service]\nType=oneshot\nExecStart=/bin/false\n",
          ],
          ["change", "0002", "unit", "dead.service", "active"],
        ],
        60,
      );
      await must(dead, "stage");
      const second = await call(dead, "commit");
      expect(second.exitCode).toBe(4);
      expect(second.stdout).toMatch(/^unit\tdead.service\tactive\tfailed$/mu);
      await expectUnchanged(before);
    });

    test("a missing /run/sshd stands in nobody's way", async () => {
      await server.must(["rmdir", "/run/sshd"]);
      const id = prepare([["check", "sshd", "-t", "-f", "@files/0001"], ...loginsAreLogged]);
      await must(id, "stage");
      await must(id, "commit");
      await server.must(["rmdir", "/run/sshd"]);
      expect((await call(id, "undo")).exitCode).toBe(0);
      expect((await lab.client.ssh(server, "true")).exitCode).toBe(0);
    });

    test("confirmed by a new login only: not by the old one, sudo, su, a detached process or none", async () => {
      await server.writeFile("/etc/sudoers.d/pty", "Defaults use_pty\n", { mode: "0440" });
      const id = prepare(loginsAreLogged, 300);
      const config = lab.sshConfig(server, {});
      const socket = `/tmp/drawbridge-lab-${process.pid}.mux`;
      const old = (...options: readonly string[]) => lab.client.exec(["ssh", "-F", config, "-S", socket, ...options]);
      const confirm = `sh ${runtime(id)} confirm`;
      const master = spawn("ip", [
        "netns",
        "exec",
        lab.client.namespace,
        "ssh",
        "-F",
        config,
        "-M",
        "-S",
        socket,
        "-N",
        server.name,
      ]);
      try {
        await until("the old login", async () =>
          (await old("-O", "check", server.name)).exitCode === 0 ? true : undefined,
        );
        expect((await old(server.name, `sudo sh ${runtime(id)} stage && sudo sh ${runtime(id)} commit`)).exitCode).toBe(
          0,
        );
        const ways = [
          `sudo ${confirm}`,
          `sudo su - root -c '${confirm}'`,
          `sudo setsid -w ${confirm}`,
          `sudo systemd-run -q --wait --collect --pipe ${confirm}`,
        ];
        for (const way of ways) {
          for (const terminal of [[], ["-tt"]]) {
            const refused = await old(...terminal, server.name, way);
            expect([way, refused.exitCode]).toEqual([way, 3]);
            expect(refused.stdout).toMatch(/this login is older than the change/u);
          }
        }
        expect((await call(id, "confirm")).exitCode).toBe(3);
        expect(await state(id)).toBe("pending");
        const fresh = await lab.client.ssh(server, `sudo su - root -c '${confirm}'`);
        expect([fresh.exitCode, fresh.stdout]).toEqual([0, "state\tconfirmed\n"]);
      } finally {
        master.kill();
        await server.exec(["rm", "/etc/sudoers.d/pty"]);
      }
      expect((await server.exec(["systemctl", "list-timers", "--all"])).stdout).not.toMatch(/drawbridge/u);
      expect(await server.must(["ls", "/etc/systemd/system"])).not.toMatch(/drawbridge/u);
      await must(id, "undo");
    });

    test("a login on the console counts from the shell, not from getty", { timeout: 120_000 }, async () => {
      const id = prepare(loginsAreLogged, 300);
      await must(id, "stage");
      const consoles: ChildProcess[] = [];
      const terminal = (command: string): ChildProcess => {
        const console = spawn(...firstAndRest(server.argv(["script", "-qec", `exec ${command}`, "/dev/null"])), {
          stdio: ["pipe", "pipe", "ignore"],
        });
        consoles.push(console);
        return console;
      };
      const says = (console: ChildProcess, wanted: RegExp, typed = ""): Promise<string> =>
        new Promise((resolve) => {
          let text = "";
          console.stdout?.on("data", (data) => {
            text += data;
            if (wanted.test(text)) resolve(text);
          });
          if (typed !== "") console.stdin?.write(typed);
        });
      const prompt = /~# /u;
      const confirm = `sh ${runtime(id)} confirm; echo code''=$?\n`;
      try {
        const old = terminal("login -f root");
        await says(old, prompt);
        // What getty started before the commit, and somebody uses after it.
        const waiting = terminal("login root");
        await says(waiting, /assword: /u);
        await must(id, "commit");
        expect(await says(old, /code=\d/u, confirm)).toMatch(/older than the change[\s\S]*code=3/u);
        expect(await says(old, /code=\d/u, `su - root -c '${confirm.trim()}'\n`)).toMatch(/code=3/u);
        await says(waiting, prompt, "lab\n");
        expect(await says(waiting, /code=\d/u, confirm)).toMatch(/state\s+confirmed[\s\S]*code=0/u);
      } finally {
        for (const console of consoles) {
          console.stdin?.end("exit\n");
          console.kill();
        }
      }
      await must(id, "undo");
    });

    /** Starts a commit over ssh, as a client does, and calls `at` with every line. */
    const committing = (id: string, at: (line: string, client: ChildProcess) => void) => {
      const argv = [
        "netns",
        "exec",
        lab.client.namespace,
        "ssh",
        "-F",
        lab.sshConfig(server, {}),
        server.name,
        `sudo sh ${runtime(id)} commit`,
      ];
      const client = spawn("ip", argv, { stdio: ["ignore", "pipe", "ignore"] });
      createInterface({ input: client.stdout }).on("line", (line) => at(line, client));
      return new Promise<void>((resolve) => client.on("exit", () => resolve()));
    };

    test("not confirmed: taken back in time, although the client was killed during the commit", async () => {
      const before = await picture();
      const id = prepare(everything, 10);
      await must(id, "stage");
      await committing(id, (line, client) => line === "state\tcommitting" && client.kill("SIGKILL"));
      await reaches(id, "pending", 30_000);
      await reaches(id, "reverted", 60_000);
      await until("the timer is gone", async () =>
        /drawbridge/u.test((await server.exec(["systemctl", "list-units", "--all", "drawbridge*"])).stdout)
          ? undefined
          : true,
      );
      await expectUnchanged(before);
      await server.exec(["rm", "-f", "/run/commanded-back"]);
    });

    test("not confirmed: taken back after a reboot", async () => {
      const before = await picture();
      const id = prepare(everything, 15);
      await must(id, "stage");
      await must(id, "commit");
      await server.reboot();
      await reaches(id, "reverted", 90_000);
      await until("the revert has ended", async () =>
        /drawbridge/u.test((await server.exec(["systemctl", "list-units", "--all", "drawbridge*"])).stdout)
          ? undefined
          : true,
      );
      await expectUnchanged(before);
    });

    test("a power cut at any line: status names the state, undo and resume both end well, and so does the timer", async () => {
      const before = await picture();
      for (const [line, way] of [
        ["state\tarmed", "undo"],
        ["change\t0002\tbegin", "undo"],
        ["change\t0002\tbegin", "resume"],
        ["change\t0005\tbegin", "timer"],
        ["change\t0011\tbegin", "resume"],
        ["verify\tok\tsshd -t", "undo"],
        ["unit\tdemo.service\tactive\tok", "resume"],
        ["state\tpending", "undo"],
      ] as const) {
        const id = prepare(everything, way === "timer" ? 10 : 600);
        await must(id, "stage");
        let cut: Promise<void> | undefined;
        const said: string[] = [];
        await committing(id, (seen) => {
          said.push(seen);
          if (seen === line) cut = server.powerCut();
        });
        await cut;
        // A commit that failed by itself would be well undone, and prove nothing.
        expect(said).toContain(line);
        await server.waitForSsh();
        const status = await call(id, "status");
        expect([line, status.exitCode]).toEqual([line, 0]);
        expect(["armed", "committing", "pending", "reverting", "reverted"]).toContain(await state(id));
        if (way === "resume") {
          const resumed = await call(id, "resume");
          expect([line, resumed.exitCode, resumed.stderr]).toEqual([line, 0, ""]);
          expect(await state(id)).toBe("pending");
          expect(await server.must(["id", "-nG", "bridge"])).toBe("bridge sudo ssh-users\n");
          expect(await server.must(["ls", "/etc/commanded"])).toBe("file\nmade\nuntouched\n");
        }
        if (way === "timer") await reaches(id, "reverted", 90_000);
        else expect([line, (await call(id, "undo")).exitCode]).toEqual([line, 0]);
        await expectUnchanged(before);
      }
    });
  },
);

const firstAndRest = (words: readonly string[]): [string, string[]] => [words[0] ?? "", words.slice(1)];
