import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { sshd } from "../../src/probes/sshd.ts";
import { ssh } from "../../steps/os/ssh/index.ts";
import {
  type AppliedDocument,
  type Drawbridge,
  document,
  drawbridgeOver,
  type InspectionDocument,
  type PlanDocument,
} from "./drawbridge.ts";
import { compareTrees, type Lab, labOrSkip, openLab, type Server, snapshotTree, until } from "./harness/index.ts";

const reason = labOrSkip();

/** For each control the state it is there to end: lines of sshd_config, or a command. */
const broken: Readonly<Record<string, { readonly lines?: string; readonly command?: string }>> = {
  "ssh-port": { lines: "Port 22" },
  "ssh-root-login": { lines: "PermitRootLogin yes" },
  "ssh-password-authentication": { lines: "PasswordAuthentication yes" },
  "ssh-allow-groups": { lines: "DenyUsers nobody" },
  "ssh-key-exchange": { lines: "KexAlgorithms curve25519-sha256,ecdh-sha2-nistp256" },
  "ssh-ciphers": { lines: "Ciphers aes256-ctr,aes128-cbc" },
  "ssh-macs": { lines: "MACs hmac-sha2-256" },
  "ssh-host-key-algorithms": { lines: "HostKeyAlgorithms ssh-ed25519,ecdsa-sha2-nistp256" },
  "ssh-host-keys": { command: "chmod 0640 /etc/ssh/ssh_host_rsa_key; chgrp daemon /etc/ssh/ssh_host_rsa_key" },
  "ssh-banner": { lines: "Banner /etc/os-release" },
  "ssh-login-limits": { lines: "MaxAuthTries 10\nMaxStartups 100" },
  "ssh-idle-time": { lines: "ClientAliveInterval 0" },
  "ssh-forwarding": { lines: "X11Forwarding yes\nGatewayPorts yes" },
  "ssh-legacy": { lines: "PermitEmptyPasswords yes\nHostbasedAuthentication yes" },
  "ssh-log-level": { lines: "LogLevel QUIET" },
  "ssh-config-permissions": { command: "chmod 0666 /etc/ssh/sshd_config" },
  // Last: what follows a Match belongs to it.
  "ssh-public-key-authentication": { lines: "Match User www-data\nPubkeyAuthentication no" },
};

describe.skipIf(reason !== undefined).each(["bookworm", "trixie"] as const)(
  `SSH on %s${reason ? ` (skipped: ${reason})` : ""}`,
  (release) => {
    let lab: Lab;
    let server: Server;
    let cli: Drawbridge;
    const onPort = (port: number) => drawbridgeOver(lab, server, { port });
    const sh = (text: string) => server.must(["sh", "-euc", text]);
    const etc = () => snapshotTree(server.root, { paths: ["/etc"] });
    /** A session that is open before anything changes: one still knocking could not live on. */
    const openSession = async () => {
      const ended = lab.client.ssh(server, "sleep 15; echo still here");
      const sleeping = async () => ((await server.exec(["pgrep", "-x", "sleep"])).exitCode === 0 ? true : undefined);
      await until("a session", sleeping, { timeoutMs: 20_000 });
      return { ended };
    };
    const effective = async (visitor: string, ...keywords: readonly string[]) => {
      const lines = (await server.must(["sshd", "-T", "-C", `${visitor},laddr=127.0.0.1,lport=22022`])).split("\n");
      return lines.filter((line) => keywords.includes(line.split(" ")[0] as string));
    };
    const apply = async (from: Drawbridge, ...words: readonly string[]) => {
      const result = await from("apply", "--recommended", "--yes", "--format", "json", ...words);
      expect(result.exitCode, result.stderr).toBe(0);
      return document<AppliedDocument>(result);
    };
    const nothingToDo = async (from: Drawbridge, ...words: readonly string[]) => {
      const { changes } = document<PlanDocument>(await from("plan", "--recommended", "--format", "json", ...words));
      expect(changes).toEqual([]);
    };
    const undo = async (from: Drawbridge, id: string) => {
      const result = await from("undo", id, "--yes");
      expect(result.exitCode, result.stderr).toBe(0);
    };

    beforeAll(async () => {
      lab = await openLab();
      server = await lab.server({ release });
      cli = drawbridgeOver(lab, server);
      await sh("cp -a /etc/ssh /root/ssh");
    });
    afterAll(() => lab?.close());
    beforeEach(async () => {
      await sh("rm -rf /etc/ssh; cp -a /root/ssh /etc/ssh; systemctl stop ssh.socket; systemctl restart ssh.service");
      await server.waitForSsh(22);
    });

    const controls = ssh.controls.map(({ id }) => id);
    const only = (ids: readonly string[]) => ids.flatMap((id) => ["--control", id]);

    /** Breaks what the controls are there for, sees each fail, mends them in one plan, sees each pass, and goes back. */
    const fourLegs = async (ids: readonly string[], portAfter: number) => {
      const states = ids.map((id) => broken[id] ?? {});
      const lines = states.flatMap(({ lines }) => lines ?? []).join("\n");
      await server.writeFile("/etc/ssh/sshd_config.d/10-broken.conf", `${lines}\n`);
      await sh(`${states.flatMap(({ command }) => command ?? []).join("\n")}\nsshd -t; systemctl reload ssh`);
      const before = await etc();
      const all = (result: string) => Object.fromEntries(ids.map((id) => [id, result]));
      const results = (findings: InspectionDocument["findings"]) =>
        Object.fromEntries(
          findings
            .filter(({ controlId }) => ids.includes(controlId))
            .map(({ controlId, result }) => [controlId, result]),
        );
      const { findings } = document<InspectionDocument>(await cli("inspect", "--format", "json", ...only(ids)));
      expect(results(findings)).toEqual(all("fail"));
      const { transactionId } = await apply(cli, ...only(ids));
      const after = onPort(portAfter);
      const inspected = document<InspectionDocument>(await after("inspect", "--format", "json", ...only(ids)));
      expect(results(inspected.findings)).toEqual(all("pass"));
      await nothingToDo(after, ...only(ids));
      await undo(after, transactionId);
      expect(compareTrees(before, await etc())).toEqual([]);
    };

    test("a state to end is known for every control", () =>
      expect(Object.keys(broken).toSorted()).toEqual(controls.toSorted()));

    test("every control fails, is mended in one plan, stays so, goes back", () => fourLegs(Object.keys(broken), 22022));

    test.each([
      "ssh-password-authentication",
      "ssh-allow-groups",
      "ssh-login-limits",
      "ssh-config-permissions",
    ])("%s does the same alone, and SSH stays on its port", (id) => fourLegs([id], 22));

    test("a cloud's drop-in, lines above the Include and Match blocks cannot bring passwords or root back", async () => {
      await sh(`echo 'PasswordAuthentication yes' > /etc/ssh/sshd_config.d/50-cloud-init.conf
        sed -i '1i PermitRootLogin yes\\nPasswordAuthentication yes' /etc/ssh/sshd_config
        printf 'Match Address 10.0.0.0/8\\n  PasswordAuthentication yes\\nMatch Group sudo\\n  AllowTcpForwarding yes\\nMatch LocalPort 22022\\n  PermitRootLogin yes\\nMatch User sftponly\\n  ForceCommand internal-sftp\\n' >> /etc/ssh/sshd_config
        sshd -t; systemctl reload ssh`);
      const before = await etc();
      const { transactionId } = await apply(
        cli,
        "--control",
        "ssh-password-authentication",
        "--control",
        "ssh-root-login",
        "--control",
        "ssh-forwarding",
      );
      for (const visitor of [
        "user=root,host=h,addr=10.1.2.3",
        "user=op,host=h,addr=192.0.2.1",
        "user=sftponly,host=h,addr=::1",
      ]) {
        expect(await effective(visitor, "passwordauthentication", "permitrootlogin", "allowtcpforwarding")).toEqual([
          "permitrootlogin no",
          "passwordauthentication no",
          "allowtcpforwarding no",
        ]);
      }
      expect(await effective("user=sftponly,host=h,addr=10.1.2.3", "forcecommand")).toEqual([
        "forcecommand internal-sftp",
      ]);
      await nothingToDo(cli, "--control", "ssh-password-authentication", "--control", "ssh-root-login");
      await undo(cli, transactionId);
      expect(compareTrees(before, await etc())).toEqual([]);
    });

    test("a server on another port stays there, and moves with its listening addresses when told to", async () => {
      await server.writeFile(
        "/etc/ssh/sshd_config.d/10-port.conf",
        "Port 2222\nListenAddress 0.0.0.0:2222\nListenAddress [::]:2222\n",
      );
      await sh("sshd -t; systemctl reload ssh");
      await server.waitForSsh(2222);
      const before = await etc();
      await nothingToDo(onPort(2222), "--control", "ssh-port");
      const { transactionId, sshPort } = await apply(onPort(2222), "--control", "ssh-port", "--set", "ssh.port=2022");
      expect(sshPort).toBe(2022);
      expect((await lab.client.ssh(server, "true", { port: 2022 })).exitCode).toBe(0);
      expect((await lab.client.ssh(server, "true", { port: 2222 })).exitCode).toBe(255);
      await undo(onPort(2022), transactionId);
      await server.waitForSsh(2222);
      expect(compareTrees(before, await etc())).toEqual([]);
    });

    test("behind ssh.socket the socket moves, sessions live on, and it all goes back", async () => {
      await sh("systemctl stop ssh.service; systemctl start ssh.socket");
      await server.waitForSsh(22);
      const before = await etc();
      const session = await openSession();
      const { transactionId } = await apply(cli, "--control", "ssh-port", "--control", "ssh-root-login");
      expect(await server.must(["systemctl", "is-active", "ssh.socket"])).toBe("active\n");
      expect(await server.must(["systemctl", "--failed", "--no-legend", "--plain"])).toBe("");
      expect(await session.ended).toMatchObject({ exitCode: 0, stdout: "still here\n" });
      await nothingToDo(onPort(22022), "--control", "ssh-port", "--control", "ssh-root-login");
      await undo(onPort(22022), transactionId);
      await server.waitForSsh(22);
      expect(compareTrees(before, await etc())).toEqual([]);
      expect(await server.must(["systemctl", "is-active", "ssh.socket"])).toBe("active\n");
    });

    test("behind a socket that starts one sshd per connection", async () => {
      await sh(`mkdir -p /etc/systemd/system/ssh.socket.d
        printf '[Socket]\\nAccept=yes\\n' > /etc/systemd/system/ssh.socket.d/accept.conf
        printf '[Service]\\nExecStart=-/usr/sbin/sshd -i\\nStandardInput=socket\\nRuntimeDirectory=sshd\\nRuntimeDirectoryPreserve=yes\\nKillMode=process\\n' > /etc/systemd/system/ssh@.service
        systemctl daemon-reload; systemctl stop ssh.service; systemctl start ssh.socket`);
      try {
        await server.waitForSsh(22);
        const before = await etc();
        const session = await openSession();
        const { transactionId } = await apply(cli, "--control", "ssh-port", "--control", "ssh-root-login");
        expect((await lab.client.ssh(server, "true", { port: 22 })).exitCode).toBe(255);
        expect(await session.ended).toMatchObject({ exitCode: 0, stdout: "still here\n" });
        await nothingToDo(onPort(22022), "--control", "ssh-port", "--control", "ssh-root-login");
        await undo(onPort(22022), transactionId);
        await server.waitForSsh(22);
        expect(compareTrees(before, await etc())).toEqual([]);
      } finally {
        await sh(
          "systemctl stop ssh.socket; rm -r /etc/systemd/system/ssh.socket.d /etc/systemd/system/ssh@.service; systemctl daemon-reload",
        );
      }
    });

    test("a missing /run/sshd does not blind the inspection, and is not made by it", async () => {
      await sh("systemctl stop ssh.service; rm -rf /run/sshd");
      const { stdout, exitCode } = await server.exec(["sh", "-c", sshd.script]);
      const fact = sshd.parse({ stdout, exitCode, truncated: false, timedOut: false });
      expect(fact).toMatchObject({ state: "known", value: { runDirectory: false } });
      expect(fact.state === "known" && fact.value.views[0].effective.permitrootlogin).toEqual(["yes"]);
      expect((await server.exec(["test", "-e", "/run/sshd"])).exitCode).toBe(1);
    });

    test("plans that would lock out are refused with nothing changed", async () => {
      await sh(
        "useradd -m eve; mkdir -m 700 ~eve/.ssh; cp ~op/.ssh/authorized_keys ~eve/.ssh/; chown -R eve: ~eve/.ssh; echo 'eve ALL=(ALL) NOPASSWD:ALL' > /etc/sudoers.d/eve",
      );
      const before = await etc();
      const refused = await drawbridgeOver(lab, server, { user: "eve" })(
        ...["apply", "--recommended", "--yes", "--set", "administrator.name=op", "--set", "ssh.users=op"],
      );
      expect(refused.exitCode).toBe(3);
      expect(refused.stderr).toContain("you are logged in as eve, and eve could not log in again");
      expect(compareTrees(before, await etc())).toEqual([]);
    });
  },
);
