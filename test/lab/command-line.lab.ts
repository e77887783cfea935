import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spawn as spawnOnTerminal } from "@lydell/node-pty";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { z } from "zod";
import { type DocumentName, documents } from "../../src/model/documents.ts";
import { type Drawbridge, document, drawbridgeOver, wayIn } from "./drawbridge.ts";
import {
  compareTrees,
  type Lab,
  labOrSkip,
  openLab,
  type RunResult,
  run,
  type Server,
  snapshotTree,
  until,
} from "./harness/index.ts";

const reason = labOrSkip();
const password = "Correct-Horse-9-Battery";

/** What people own and what is configured: where a change would show. */
const whole = { paths: ["/etc", "/home", "/root", "/usr", "/var/lib"], exclude: ["/var/lib/sudo", "/var/lib/systemd"] };

/** The one document on standard output; it says all that the schema knows and nothing that it does not. */
const documentOf = <Name extends DocumentName>(name: Name, result: RunResult): z.infer<(typeof documents)[Name]> => {
  const said = document<object>(result);
  const read = documents[name].parse(said);
  expect(said).toEqual(read);
  return read as z.infer<(typeof documents)[Name]>;
};

describe.skipIf(reason !== undefined)(`the command line${reason ? ` (skipped: ${reason})` : ""}`, () => {
  let lab: Lab;
  let server: Server;
  let cli: Drawbridge;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "drawbridge-lab-cli-"));
    lab = await openLab();
    server = await lab.server({ release: "bookworm", flavour: "fresh" });
    cli = drawbridgeOver(lab, server);
    const accounts: readonly (readonly [string, string, string])[] = [
      // name, login shell, what sudo allows
      ["asked", "/bin/bash", "ALL=(ALL) ALL"],
      ["nobody-special", "/bin/bash", ""],
      ["truth", "/bin/bash", "ALL=(root) NOPASSWD: /usr/bin/true"],
      ["mute", "/bin/false", "ALL=(ALL) NOPASSWD: ALL"],
      ["shut", "/usr/sbin/nologin", "ALL=(ALL) NOPASSWD: ALL"],
      ["chatty", "/bin/bash", "ALL=(ALL) NOPASSWD: ALL"],
    ];
    for (const [name, shell, sudo] of accounts) {
      await server.must(["useradd", "--create-home", "--shell", shell, name]);
      await server.must(["chpasswd"], { input: `${name}:${password}\n` });
      await server.must(["cp", "-a", "/home/op/.ssh", `/home/${name}/`]);
      await server.must(["chown", "-R", `${name}:`, `/home/${name}/.ssh`]);
      if (sudo !== "") await server.writeFile(`/etc/sudoers.d/${name}`, `${name} ${sudo}\n`, { mode: "0440" });
    }
    await server.writeFile("/home/chatty/.bashrc", "echo WELCOME to the machine\necho noise >&2\n");
  });

  afterAll(async () => {
    await lab?.close();
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });

  const as = (user: string) => drawbridgeOver(lab, server, { user });
  const withPassword = (user: string, given: string, ...words: string[]) =>
    run(
      [
        process.execPath,
        "src/cli.ts",
        ...words,
        "--ask-sudo-password",
        "--host",
        server.name,
        "--ssh-config",
        lab.sshConfig(server, { user }),
      ],
      { input: given === "" ? "" : `${given}\n` },
    );

  /** The program at a terminal of its own. */
  const onTerminal = (user: string, ...words: string[]) => {
    const config = lab.sshConfig(server, { user });
    const argv = ["src/cli.ts", ...words, "--host", server.name, "--ssh-config", config];
    const env = { ...process.env, TERM: "xterm" };
    const terminal = spawnOnTerminal(process.execPath, argv, { cols: 120, rows: 40, env });
    let shown = "";
    terminal.onData((part) => {
      shown += part;
    });
    const ended = new Promise<number>((resolve) => terminal.onExit(({ exitCode }) => resolve(exitCode)));
    return { shown: () => shown, type: (text: string) => terminal.write(text), ended };
  };

  /** Exits as expected, in one line on standard error that says why, and leaves the machine as it was. */
  const refuses = async (work: () => Promise<RunResult>, exitCode: number, line: RegExp) => {
    const before = await snapshotTree(server.root, whole);
    const result = await work();
    expect(result.stderr.trimEnd().split("\n").at(-1)).toMatch(line);
    expect(result.exitCode, result.stderr).toBe(exitCode);
    expect(compareTrees(before, await snapshotTree(server.root, whole))).toEqual([]);
    return result;
  };

  describe("who may ask", () => {
    test.each([
      ["asked", "this needs root, and sudo asks for a password", /add --ask-sudo-password/u],
      ["nobody-special", "this needs root, and sudo asks for a password", /add --ask-sudo-password/u],
      ["truth", "this needs root, and sudo asks for a password", /add --ask-sudo-password/u],
    ])("%s: unknown, with the reason and the way to a full answer", async (user, why, how) => {
      const { stdout, stderr, exitCode } = await as(user)("inspect", "--format", "json");
      const { findings, rights } = documentOf("inspect", { stdout, stderr, exitCode, timedOut: false });
      expect(rights).toMatchObject({ root: false, reason: why, remedy: expect.stringMatching(how) });
      expect(stderr).toMatch(how);
      expect(findings.filter(({ result }) => result === "pass")).toEqual([]);
      expect(findings.filter(({ result, detail }) => result === "unknown" && detail === why).length).toBeGreaterThan(
        20,
      );
    });

    test("apply without rights is refused, and nothing is written", async () => {
      const apply = () => as("asked")("apply", "--recommended", ...wayIn, "--yes");
      await refuses(apply, 3, /sudo asks for a password: add --ask-sudo-password; nothing was changed/u);
    });

    test("status without rights says so, and does not say that nothing was applied", async () => {
      await refuses(() => as("asked")("status"), 3, /sudo asks for a password/u);
    });

    test("the right password gives the full answer", async () => {
      const answer = await withPassword("asked", password, "inspect", "--format", "json");
      const { rights, findings } = documentOf("inspect", answer);
      expect(rights.root).toBe(true);
      expect(findings.filter(({ result }) => result === "pass").length).toBeGreaterThan(5);
    });

    test.each([
      ["asked", "wrong", /sudo did not accept the password: try again/u],
      ["asked", "", /no password came on standard input/u],
      ["nobody-special", password, /this account may not use sudo/u],
      ["truth", password, /sudo did not accept the password|may not use sudo/u],
    ])("%s with %j", async (user, given, line) => {
      await refuses(() => withPassword(user, given, "inspect"), 2, line);
    });

    test("a wrong password counts once against the account", async () => {
      const failures = async () =>
        Number(
          (
            await server.must(["sh", "-c", "journalctl -t sudo --no-pager | grep -c 'authentication failure' || :"])
          ).trim(),
        );
      const before = await failures();
      await withPassword("asked", "wrong", "inspect");
      expect((await failures()) - before).toBe(1);
    });

    test("as an ordinary account on the machine itself", async () => {
      const program = await executableOn(server);
      const { exitCode, stdout } = await server.exec([program, "inspect", "--format", "json"], {
        user: "nobody-special",
      });
      expect(exitCode).toBe(0);
      expect(document<{ rights: object }>({ exitCode, stdout, stderr: "", timedOut: false }).rights).toMatchObject({
        root: false,
      });
      const apply = await server.exec([program, "apply", "--recommended", ...wayIn, "--yes"], {
        user: "nobody-special",
      });
      expect(apply).toMatchObject({ exitCode: 3, stderr: expect.stringContaining("nothing was changed") });
    });
  });

  describe("sudo's password stays between the operator and sudo", () => {
    /** Every command line and environment of this machine and, since their processes are seen from here, of the servers. */
    const watchProcesses = () => {
      const seen = new Set<string>();
      let watching = true;
      const look = async () => {
        while (watching) {
          for (const name of readdirSync("/proc")) {
            if (!/^\d+$/u.test(name) || name === String(process.pid)) continue;
            for (const part of ["cmdline", "environ"]) {
              try {
                const text = readFileSync(`/proc/${name}/${part}`, "latin1");
                if (text.includes(password)) seen.add(`${part}: ${text}`);
              } catch {
                // It has ended meanwhile.
              }
            }
          }
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
      };
      const done = look();
      return async () => {
        watching = false;
        await done;
        return [...seen];
      };
    };

    test("piped in: in no command line, environment, log or file", async () => {
      const stop = watchProcesses();
      const planned = await withPassword("asked", password, "plan", "--format", "json");
      expect(planned.exitCode, planned.stderr).toBe(0);
      expect(await stop()).toEqual([]);
      expect(planned.stdout + planned.stderr).not.toContain(password);
      expect((await server.must(["journalctl", "--no-pager", "-o", "export"])).includes(password)).toBe(false);
    });

    test("typed at the terminal: not shown", async () => {
      const { shown, type, ended } = onTerminal("asked", "status", "--ask-sudo-password");
      await until("the question for the password", () => (/sudo's password on/u.test(shown()) ? true : undefined));
      type(`${password}\r`);
      expect(await ended, shown()).toBe(0);
      expect(shown()).toContain("nothing was ever applied here");
      expect(shown()).not.toContain(password);
    });
  });

  describe("what answers over there", () => {
    test.each([
      ["mute", /did not run our script \(it answered nothing\): log in as an account whose login shell/u],
      ["shut", /did not run our script \(it answered "This account is currently not available\."\)/u],
    ])("no shell: %s", async (user, line) => {
      for (const words of [
        ["inspect"],
        ["plan"],
        ["apply", "--recommended", ...wayIn, "--yes"],
        ["status"],
        ["undo", "--yes"],
        ["confirm"],
      ]) {
        const { exitCode, stderr } = await as(user)(...words);
        expect(stderr).toMatch(line);
        expect(exitCode).toBe(2);
      }
    });

    test("a login shell that talks is no trouble", async () => {
      const { exitCode, stderr } = await as("chatty")("inspect", "--fail-on", "none");
      expect(exitCode, stderr).toBe(0);
    });

    const configWith = (...lines: string[]) => {
      const path = join(folder, "ssh_config");
      writeFileSync(
        path,
        `Host ${server.name}\n  ${lines.join("\n  ")}\n${readFileSync(lab.sshConfig(server), "utf8")}`,
      );
      return path;
    };
    const over = (config: string) =>
      run([process.execPath, "src/cli.ts", "status", "--host", server.name, "--ssh-config", config]);

    test("a host key that nobody knows yet", async () => {
      writeFileSync(join(folder, "known"), "");
      const config = configWith(`UserKnownHostsFile ${folder}/known`);
      await refuses(() => over(config), 2, /host key is not known yet: log in once with ssh, compare the fingerprint/u);
      expect(readFileSync(join(folder, "known"), "utf8")).toBe("");
    });

    test("a host key that has changed", async () => {
      const other = await lab.keyPair("other-host", "ed25519");
      writeFileSync(join(folder, "known"), `${server.name},${server.address} ${other.publicKey}\n`);
      const config = configWith(`UserKnownHostsFile ${folder}/known`, "LogLevel INFO");
      await refuses(() => over(config), 2, /host key is NOT the known one/u);
    });

    test("a key that is not let in, a port where nothing listens, an address that is not there", async () => {
      const stranger = await lab.keyPair("stranger", "ed25519");
      const denied = drawbridgeOver(lab, server, { identity: stranger.path });
      await refuses(() => denied("status"), 2, /the login was denied/u);
      await refuses(() => drawbridgeOver(lab, server, { port: 2 })("status"), 2, /the connection was refused/u);
      const nowhere = configWith(`HostName ${server.address.replace(/\d+$/u, "250")}`, "ConnectTimeout 3");
      await refuses(() => over(nowhere), 2, /cannot be reached/u);
    });

    test("tools that answer garbage make findings unknown, not the program fail", async () => {
      const garbage = "#!/bin/sh\nprintf '\\033]0;owned\\007\\377\\376{]\\n%s\\n' 'LISTEN 0'\n";
      await server.writeFile("/run/garbage", garbage, { mode: "0755" });
      for (const tool of ["/usr/bin/ss", "/usr/sbin/nft", "/usr/bin/systemctl"]) {
        await server.must(["mount", "--bind", "/run/garbage", tool]);
      }
      try {
        const result = await cli("inspect", "--format", "json", "--fail-on", "none");
        expect(result.exitCode, result.stderr).toBe(0);
        const { findings } = documentOf("inspect", result);
        expect(findings.filter(({ result: word }) => word === "error")).toEqual([]);
        expect((await cli("inspect", "--fail-on", "none")).stdout).not.toContain("\u001b");
      } finally {
        for (const tool of ["/usr/bin/ss", "/usr/sbin/nft", "/usr/bin/systemctl"]) await server.must(["umount", tool]);
      }
    });
  });

  describe("hostile names", () => {
    const evil = "evil\u001b]0;owned\u0007\u009b31m\n'\"$(touch /tmp/owned)`";

    test("of files, keys and processes never reach the terminal, and run nowhere", async () => {
      const script = `
mkdir -p "/home/$1" && touch "/etc/ssh/sshd_config.d/$1.conf" "/home/op/.ssh/$1" "/var/log/$1"
cp -a /home/op/.ssh/authorized_keys /root/keys.before
printf '%s %s\\n' "$(head -n 1 /home/op/.ssh/authorized_keys | cut -d' ' -f1,2)" "$2" >>/home/op/.ssh/authorized_keys
systemd-run --quiet --unit=hostile perl -MIO::Socket::IP -e '$0 = shift; my $s = IO::Socket::IP->new(LocalPort => 7777, LocalHost => "0.0.0.0", Listen => 1) or die; sleep 600' "$2"`;
      await server.must(["sh", "-c", script, "sh", evil, evil.replaceAll("\n", " ")]);
      try {
        const listed = document<{ controls: { id: string }[] }>(
          await run([process.execPath, "src/cli.ts", "list", "--format", "json"]),
        );
        const words = [["inspect", "--fail-on", "none"], ["plan"], ["questions"], ["status"]];
        for (const { id } of listed.controls.filter((_, at) => at % 12 === 0)) words.push(["explain", id]);
        for (const command of words) {
          const { stdout, stderr, exitCode } = await cli(...command);
          expect(exitCode, stderr).toBe(0);
          expect(`${stdout}${stderr}`.replaceAll("\n", "")).not.toMatch(/[\p{Cc}]/u);
        }
        const inspected = await cli("inspect", "--format", "json", "--fail-on", "none");
        expect(inspected.stdout.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}]/u);
        documentOf("inspect", inspected);
        expect((await server.exec(["test", "-e", "/tmp/owned"])).exitCode).toBe(1);
      } finally {
        await server.exec(["systemctl", "stop", "hostile"]);
        const clear = `rm -rf "/home/$1" "/etc/ssh/sshd_config.d/$1.conf" "/home/op/.ssh/$1" "/var/log/$1"; mv /root/keys.before /home/op/.ssh/authorized_keys`;
        await server.must(["sh", "-c", clear, "sh", evil]);
      }
    });
  });

  describe("plans", () => {
    const save = async (name: string) => {
      const path = join(folder, name);
      const saved = await cli("plan", "--recommended", ...wayIn, "--output", path);
      expect(saved.exitCode, saved.stderr).toBe(0);
      return path;
    };

    test("the document names host, preconditions, and changes with because and risk", async () => {
      const { host, changes, preconditions, refusals } = documentOf("plan", await cli("plan", "--format", "json"));
      expect(host.name).toBe(server.name);
      expect(preconditions.length).toBeGreaterThan(0);
      expect(refusals).toEqual([]);
      expect(changes.length).toBeGreaterThan(0);
      for (const { because, title } of changes) expect(because, title).not.toEqual([]);
    });

    test("for another machine: refused", async () => {
      const plan = await save("other.json");
      const id = await server.readFile("/etc/machine-id");
      await server.must([
        "sh",
        "-c",
        "cp -a /etc/machine-id /run/machine-id.before; echo 0123456789abcdef0123456789abcdef >/etc/machine-id",
      ]);
      try {
        await refuses(() => cli("apply", plan, "--yes"), 3, /the plan is for .*: make a plan for this machine/u);
      } finally {
        await server.must(["cp", "-a", "/run/machine-id.before", "/etc/machine-id"]);
      }
      expect(await server.readFile("/etc/machine-id")).toBe(id);
    });

    test("made before somebody changed a file: refused", async () => {
      const plan = await save("stale.json");
      await server.must([
        "sh",
        "-c",
        "cp -a /etc/ssh/sshd_config /run/before; echo '# a later edit' >>/etc/ssh/sshd_config",
      ]);
      try {
        const apply = () => cli("apply", plan, "--yes", "--format", "json");
        const { stdout } = await refuses(
          apply,
          3,
          /sshd_config changed since the plan was made: make a new plan; nothing was changed/u,
        );
        expect(documents.error.parse(JSON.parse(stdout)).error.exitCode).toBe(3);
      } finally {
        await server.must(["cp", "-a", "/run/before", "/etc/ssh/sshd_config"]);
      }
    });

    test("on a read-only /etc: refused", async () => {
      await server.must(["sh", "-c", "mount --bind /etc /etc && mount -o remount,bind,ro /etc"]);
      try {
        await refuses(
          () => cli("apply", "--recommended", ...wayIn, "--yes"),
          3,
          /cannot write in \/etc.*nothing was changed/u,
        );
      } finally {
        await server.must(["umount", "/etc"]);
      }
    });

    test("on a full disk: refused", async () => {
      const small = await lab.server({ release: "bookworm", flavour: "fresh", name: "small", diskMegabytes: 24 });
      try {
        await small.exec([
          "sh",
          "-c",
          "dd if=/dev/zero of=/root/fill bs=64k 2>/dev/null; dd if=/dev/zero of=/root/fill2 bs=1k 2>/dev/null; sync",
        ]);
        const before = await snapshotTree(small.root, { paths: ["/etc", "/home", "/var/lib/drawbridge"] });
        const result = await drawbridgeOver(lab, small)("apply", "--recommended", ...wayIn, "--yes");
        expect(result.exitCode, result.stderr).toBe(3);
        expect(result.stderr).toMatch(/full.*nothing was changed\n$/u);
        expect(
          compareTrees(before, await snapshotTree(small.root, { paths: ["/etc", "/home", "/var/lib/drawbridge"] })),
        ).toEqual([]);
      } finally {
        await small.destroy();
      }
    });
  });

  describe("applying", () => {
    /** All but the transactions themselves. */
    const apart = { ...whole, exclude: [...whole.exclude, "/var/lib/drawbridge"] };
    const undoAll = async () => {
      const { exitCode, stderr } = await drawbridgeOver(lab, server, { port: 22022 })("undo", "--yes");
      expect(exitCode, stderr).toBe(0);
    };
    type Started = { child: ChildProcess; said: () => string; ended: Promise<unknown[]> };
    const start = (words: readonly string[]): Started => {
      const argv = ["src/cli.ts", ...words, "--host", server.name, "--ssh-config", lab.sshConfig(server)];
      const child = spawn(process.execPath, argv, { stdio: ["ignore", "pipe", "pipe"] });
      let said = "";
      child.stdout?.on("data", (part) => (said += part));
      child.stderr?.on("data", (part) => (said += part));
      return { child, said: () => said, ended: once(child, "close") };
    };

    test.each([
      ["another name", "app02\r", 3, /that is not the host's name: nothing was changed/u],
      ["no name", "\r", 3, /that is not the host's name: nothing was changed/u],
      ["Ctrl-C", "\u0003", 130, /interrupted/u],
    ])("at a terminal the host's name is asked for; %s changes nothing", async (_what, typed, exitCode, line) => {
      const before = await snapshotTree(server.root, whole);
      const { shown, type, ended } = onTerminal("op", "apply", "--recommended", ...wayIn);
      await until("the question for the name", () => (/Type the host name/u.test(shown()) ? true : undefined));
      expect(shown()).toMatch(/plan [0-9a-f]{8} .*nothing changed yet/u);
      type(typed);
      expect(await ended, shown()).toBe(exitCode);
      expect(shown()).toMatch(line);
      expect(compareTrees(before, await snapshotTree(server.root, whole))).toEqual([]);
    });

    test("two at once: one works, the other is refused", async () => {
      const both = await Promise.all([
        cli("apply", "--recommended", ...wayIn, "--yes", "--no-wait"),
        cli("apply", "--recommended", ...wayIn, "--yes", "--no-wait"),
      ]);
      expect(both.map(({ exitCode }) => exitCode).sort(), both.map(({ stderr }) => stderr).join("\n")).toEqual([0, 3]);
      expect(both.find(({ exitCode }) => exitCode === 3)?.stderr).toMatch(
        /(?:another run is in progress|is not finished|changed since|is not confirmed yet).*\n$/u,
      );
    });

    test("what is pending is named by status, and apply does not call it done", async () => {
      const anew = drawbridgeOver(lab, server, { port: 22022 });
      const { transactions } = documentOf("status", await anew("status", "--format", "json"));
      expect(transactions.at(-1)).toMatchObject({ state: "pending", running: false, secondsLeft: expect.any(Number) });
      expect((await anew("status")).stdout).toMatch(
        /waiting for a new login to confirm it.*\n +goes back by itself in \d+ s\n +keep it, from a new login: drawbridge confirm/u,
      );
      const again = await anew("apply", "--recommended", ...wayIn, "--yes");
      expect(again).toMatchObject({
        exitCode: 3,
        stderr: expect.stringMatching(/is not confirmed yet and goes back by itself in/u),
      });
    });

    test("confirm keeps it, a second confirm says that it is in force, undo takes it back", async () => {
      const anew = drawbridgeOver(lab, server, { port: 22022 });
      const { transactions } = documentOf("status", await anew("status", "--format", "json"));
      const id = transactions.at(-1)?.id ?? "";
      expect(await anew("confirm")).toMatchObject({
        exitCode: 0,
        stdout: expect.stringContaining(`${id}: confirmed`),
      });
      expect(await anew("confirm", id)).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("already") });
      expect(await anew("confirm")).toMatchObject({
        exitCode: 3,
        stderr: expect.stringContaining("there is nothing to confirm"),
      });
      expect(await anew("confirm", "20200101-000000-0000")).toMatchObject({
        exitCode: 2,
        stderr: expect.stringContaining("there is no transaction"),
      });
      await undoAll();
      const undone = await cli("undo", id, "--yes");
      expect(undone).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("was undone already") });
      expect(await cli("resume")).toMatchObject({
        exitCode: 3,
        stderr: expect.stringContaining("there is nothing to resume"),
      });
    });

    test("Ctrl-C before the first change: nothing is changed", async () => {
      const before = await snapshotTree(server.root, apart);
      const { child, said, ended } = start(["apply", "--recommended", ...wayIn, "--yes"]);
      await until("staging to begin", () => (said().includes("staging the files") ? true : undefined), { everyMs: 5 });
      child.kill("SIGINT");
      expect(await ended).toEqual([130, null]);
      expect(said()).toMatch(/drawbridge: interrupted: nothing was changed\n$/u);
      // What was staged when the line broke stays staged at most.
      await new Promise((resolve) => setTimeout(resolve, 4000));
      const now = await snapshotTree(server.root, apart);
      expect(compareTrees(before, now)).toEqual([]);
    });

    test("Ctrl-C in the middle: it ends at once and says how things stand, and all goes back in time", async () => {
      const tree = () => snapshotTree(server.root, apart);
      const before = await tree();
      const { child, said, ended } = start(["apply", "--recommended", ...wayIn, "--yes", "--confirm-within", "20"]);
      await until("the first change", () => (/SSH: write/u.test(said()) ? true : undefined), { everyMs: 5 });
      child.kill("SIGINT");
      expect(await ended).toEqual([130, null]);
      const last = said().trimEnd().split("\n").at(-1) ?? "";
      expect(last).toMatch(
        /^drawbridge: interrupted.*goes back by itself.*confirm - take it back now: drawbridge undo /u,
      );
      const state = async () => {
        const { stdout } = await server.exec([
          "sh",
          "-c",
          "for d in /var/lib/drawbridge/transactions/*/; do sh $d/runtime status; done | grep '^state' | tail -n 1",
        ]);
        return stdout.trim().split("\t")[1];
      };
      await until("the revert", async () => ((await state()) === "reverted" ? true : undefined), { timeoutMs: 90_000 });
      expect(compareTrees(before, await tree())).toEqual([]);
      expect((await lab.client.ssh(server, "true")).exitCode).toBe(0);
    });

    test("on the machine itself it waits for a second login, which confirms with plain sh", async () => {
      const program = await executableOn(server);
      const argv = server.argv([
        program,
        "apply",
        "--recommended",
        ...wayIn,
        "--yes",
        "--confirm-within",
        "120",
        "--format",
        "json",
      ]);
      const [file = "", ...rest] = argv;
      const child = spawn(file, rest, { stdio: ["ignore", "pipe", "pipe"] });
      const ended = once(child, "close");
      let said = "";
      let result = "";
      child.stderr.on("data", (part) => (said += part));
      child.stdout.on("data", (part) => (result += part));
      const command = await until(
        "the command to confirm",
        () => /(sudo sh \/var\/lib\/drawbridge\S+ ?\S*)\n/u.exec(said)?.[1],
        { timeoutMs: 120_000 },
      );
      expect(said).toMatch(/log in a second time \(ssh -p 22022 op@\S+\) and run there:/u);
      // From where it was applied nothing is proven.
      expect((await server.exec(command.split(" ").slice(1))).exitCode).toBe(3);
      const second = await lab.client.ssh(server, command, { port: 22022 });
      expect(second.exitCode, second.stdout + second.stderr).toBe(0);
      expect(await ended).toEqual([0, null]);
      const applied = documents.apply.parse(JSON.parse(result));
      expect(applied).toMatchObject({ state: "confirmed", sshPort: 22022 });
      const undone = await server.exec([program, "undo", "--yes"]);
      expect(undone).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("everything is as it was before") });
    });

    test("on the machine itself, when nobody confirms: everything goes back, and it says so", async () => {
      const program = await executableOn(server);
      const before = await snapshotTree(server.root, apart);
      const words = ["apply", "--recommended", ...wayIn, "--yes", "--confirm-within", "5", "--format", "json"];
      const applied = await server.exec([program, ...words], { timeoutMs: 300_000 });
      expect(applied.exitCode, applied.stderr).toBe(4);
      const { state, reason: why, sshPort } = documents.apply.parse(JSON.parse(applied.stdout));
      expect({ state, why, sshPort }).toEqual({
        state: "reverted",
        why: expect.stringMatching(/everything was put back/u),
        sshPort: undefined,
      });
      expect(compareTrees(before, await snapshotTree(server.root, apart))).toEqual([]);
    });

    test("a way in that is shut from here: no fresh login, so everything is put back", async () => {
      const before = await snapshotTree(server.root, apart);
      // Somebody's firewall between the two lets nobody through to the port that SSH moves to.
      const rules = "table inet between { chain out { type filter hook output priority 0; tcp dport 22022 drop; }; }";
      await lab.client.exec(["nft", rules]);
      const config = lab.sshConfig(server);
      const words = [
        "apply",
        "--recommended",
        ...wayIn,
        "--yes",
        "--format",
        "json",
        "--host",
        server.name,
        "--ssh-config",
        config,
      ];
      try {
        const applied = await lab.client.exec([process.execPath, "src/cli.ts", ...words], { timeoutMs: 300_000 });
        expect(applied.exitCode, applied.stderr).toBe(4);
        const { state, reason: why } = documents.apply.parse(JSON.parse(applied.stdout));
        expect({ state, why }).toEqual({
          state: "reverted",
          why: expect.stringMatching(/^no fresh login: .*cannot be reached/u),
        });
        expect(compareTrees(before, await snapshotTree(server.root, apart))).toEqual([]);
      } finally {
        await lab.client.exec(["nft", "delete", "table", "inet", "between"]);
      }
    });

    test("--no-wait on the machine itself returns pending; drawbridge confirm works from a new login alone", async () => {
      const program = await executableOn(server);
      const applied = await server.exec(
        [program, "apply", "--recommended", ...wayIn, "--yes", "--no-wait", "--format", "json"],
        {
          timeoutMs: 120_000,
        },
      );
      expect(applied.exitCode, applied.stderr).toBe(0);
      expect(documents.apply.parse(JSON.parse(applied.stdout))).toMatchObject({ state: "pending", sshPort: 22022 });
      const old = await server.exec([program, "confirm"]);
      expect(old).toMatchObject({ exitCode: 3, stderr: expect.stringMatching(/is not confirmed: .*log in afresh/u) });
      const fresh = await lab.client.ssh(server, `${program} confirm`, { port: 22022 });
      expect(fresh, fresh.stderr).toMatchObject({
        exitCode: 0,
        stdout: expect.stringContaining("confirmed, the changes stay"),
      });
      await undoAll();
    });
  });
});

let executable: string | undefined;
const placed = new WeakSet<Server>();
/** The one-file program on a server that has no Node. */
const executableOn = async (server: Server): Promise<string> => {
  if (executable === undefined) {
    execFileSync(process.execPath, ["scripts/build.ts"]);
    executable = "dist/drawbridge";
  }
  const path = "/usr/local/bin/drawbridge";
  if (!placed.has(server)) await server.copyIn(executable, path, { mode: "0755" });
  placed.add(server);
  return path;
};
