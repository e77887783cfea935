import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Lab, Outsider, Release, Server } from "./harness/index.ts";
import {
  compareTrees,
  compareUnits,
  labOrSkip,
  openLab,
  run,
  snapshotFirewall,
  snapshotTree,
  snapshotUnits,
} from "./harness/index.ts";

const reason = labOrSkip();
const title = (text: string): string => (reason === undefined ? text : `${text} (skipped: ${reason})`);

/** What nmap sees from over there, as "22/open", for ports that answer. */
async function openPorts(from: Outsider, address: string): Promise<string[]> {
  const scan = await from.exec(["nmap", "-n", "-Pn", "-T4", "-p", "1-1024", "-oG", "-", address]);
  const ports = /Ports: ([^\t\n]*)/.exec(scan.stdout)?.[1]?.split(", ") ?? [];
  return ports.map((port) => port.split("/").slice(0, 2).join("/"));
}

describe("labOrSkip", () => {
  test("gives the reason to skip where nobody counts on the tests", () => {
    expect(labOrSkip("no root", {})).toBe("no root");
  });

  test("refuses to skip when CI is set", () => {
    expect(() => labOrSkip("no root", { CI: "true" })).toThrow("no root");
  });
});

describe.skipIf(reason !== undefined).each<Release>(["bookworm", "trixie"])(
  title("a lab server with %s"),
  (release) => {
    let lab: Lab;
    let server: Server;

    beforeAll(async () => {
      lab = await openLab();
      server = await lab.server({ release });
    });
    afterAll(() => lab?.close());

    test("is the wanted release, fully started, without a failed unit", async () => {
      expect(await server.readFile("/etc/os-release")).toContain(`VERSION_CODENAME=${release}`);
      expect(await server.waitForBoot()).toBe("running");
      expect(await server.must(["systemctl", "--failed", "--no-legend"])).toBe("");
      expect((await server.must(["hostname"])).trim()).toBe(server.name);
    });

    test("lets the operator in from outside, by both addresses, and op becomes root", async () => {
      expect((await lab.client.ssh(server, "id -un; sudo -n id -un")).stdout).toBe("op\nroot\n");
      const config = lab.sshConfig(server);
      const six = await lab.client.exec(["ssh", "-F", config, server.addressV6, "echo $SSH_CONNECTION"]);
      expect(six.stdout.split(" ")[0]).toBe(lab.client.addressV6);
      expect((await lab.client.ssh(server, "id -un", { user: "root" })).stdout).toBe("root\n");
    });

    test("refuses a key it does not know, and the client refuses a host key it does not know", async () => {
      const other = await lab.keyPair("other", "ed25519");
      const wrongKey = await lab.client.ssh(server, "id", { identity: other.path });
      expect(wrongKey).toMatchObject({ exitCode: 255, stdout: "" });
      expect(wrongKey.stderr).toContain("Permission denied");

      const stale = lab.sshConfig({ ...server, hostKeys: [other.publicKey] });
      const wrongHost = await lab.client.exec(["ssh", "-F", stale, server.name, "id"]);
      expect(wrongHost).toMatchObject({ exitCode: 255, stdout: "" });
      expect(wrongHost.stderr).toContain("Host key verification failed");
    });

    test("shows a stranger port 22 and nothing else", async () => {
      const stranger = await lab.stranger();
      expect(stranger.address).not.toBe(lab.client.address);
      expect(await openPorts(stranger, server.address)).toEqual(["22/open"]);
    });

    test("runs programs in a clean environment, as root or someone else", async () => {
      const environment = await server.must(["env"]);
      expect(environment).toContain("HOME=/root\n");
      expect(environment.split("\n").filter((line) => /^(SSH_|NODE_|VITEST|npm_)/.test(line))).toEqual([]);
      const answer = await server.exec(["sh", "-c", 'cat; pwd; echo "$1 $X" >&2; exit 3', "sh", "a b"], {
        input: "in\n",
        user: "op",
        env: { X: "y" },
      });
      expect(answer).toEqual({ exitCode: 3, stdout: "in\n/home/op\n", stderr: "a b y\n", timedOut: false });
      expect(await server.exec(["sleep", "60"], { timeoutMs: 200 })).toMatchObject({ timedOut: true });
      expect((await run(server.argv(["hostname"]))).stdout).toBe(`${server.name}\n`);
    });

    test("reads and writes files inside", async () => {
      await server.writeFile("/home/op/note", "one\ntwo", { mode: "0640", owner: "op:sudo" });
      expect(await server.readFile("/home/op/note")).toBe("one\ntwo");
      expect(await server.must(["stat", "-c", "%a %U:%G", "/home/op/note"])).toBe("640 op:sudo\n");
      await expect(server.readFile("/no/such")).rejects.toThrow("/no/such");
      await server.copyIn(fileURLToPath(import.meta.url), "/root/copied", { mode: "0600" });
      expect(await server.readFile("/root/copied")).toBe(readFileSync(fileURLToPath(import.meta.url), "utf8"));
    });

    test("compares equal to itself, also after logins", async () => {
      const disk = await snapshotTree(server.root);
      const units = await snapshotUnits(server);
      const firewall = await snapshotFirewall(server);
      expect(disk.size).toBeGreaterThan(5000);
      expect(disk.get("/etc/ssh/sshd_config")).toMatchObject({ type: "file", mode: "0644", uid: 0, gid: 0 });
      expect(disk.get("/etc/machine-id")?.size).toBe(33);
      expect(disk.get("/usr/bin/sudo")?.mode).toBe("4755");
      expect(disk.get("/bin")).toMatchObject({ type: "symlink", content: "usr/bin" });
      await lab.client.ssh(server, "sudo -n true");
      expect(compareTrees(disk, await snapshotTree(server.root))).toEqual([]);
      expect(compareUnits(units, await snapshotUnits(server))).toEqual([]);
      expect(await snapshotFirewall(server)).toBe(firewall);
    });

    test("a snapshot sees content, mode, owner, time, ACL, attribute, link, arrival and loss", async () => {
      const make = `
      mkdir -p /srv/s && cd /srv/s && for f in content mode owner time acl xattr gone same 'odd \\name
of two lines'; do echo a > "$f"; done
      ln -s a link; setfacl -m u:op:r acl 'odd \\name
of two lines'; setfattr -n user.a -v b xattr; touch -d @1000000000.000000001 content mode owner time acl xattr .`;
      await server.must(["sh", "-euc", make]);
      const before = await snapshotTree(server.root, { paths: ["/srv"] });
      expect(before.get("/srv/s/odd \\name\nof two lines")?.acl).toContain("user:1000:r--");
      expect(before.get("/srv/s/xattr")?.xattrs).toBe("user.a=0x62");
      const change = `
      cd /srv/s; echo b > content; chmod 600 mode; chown op owner; touch -d @1000000000.000000002 time
      setfacl -m u:op:rw acl; setfattr -n user.a -v c xattr; rm gone; ln -sfn b link; echo > new
      touch -d @1000000000.000000001 content mode owner acl xattr .`;
      await server.must(["sh", "-euc", change]);
      const differences = compareTrees(before, await snapshotTree(server.root, { paths: ["/srv"] }));
      const said = (name: string): string[] =>
        differences
          .filter((line) => line.startsWith(`/srv/s/${name}:`))
          .map((line) => line.slice(`/srv/s/${name}: `.length));
      expect(said("content")).toEqual([expect.stringMatching(/^sha256 \w{64} -> \w{64}$/)]);
      expect(said("mode")).toEqual(["mode 0644 -> 0600"]);
      expect(said("owner")).toEqual(["owner 0:0 -> 1000:0"]);
      expect(said("time")).toEqual(["mtime 2001-09-09T01:46:40.000000001Z -> 2001-09-09T01:46:40.000000002Z"]);
      expect(said("acl").join()).toContain("user:1000:rw-");
      expect(said("xattr")).toEqual(["xattrs user.a=0x62 -> user.a=0x63"]);
      expect(said("gone")).toEqual(["removed (file)"]);
      expect(said("new")).toEqual(["added (file)"]);
      expect(said("link")[0]).toBe("content a -> b");
      expect(said("same")).toEqual([]);
      expect(differences.filter((line) => line.startsWith("/srv/s: "))).toEqual([]);
    });

    test("a snapshot sees units and firewall rules", async () => {
      const units = await snapshotUnits(server);
      await server.must(["systemctl", "stop", "cron"]);
      await server.must(["systemctl", "disable", "cron"]);
      expect(compareUnits(units, await snapshotUnits(server))).toEqual([
        "cron.service: loaded active running -> absent",
        "file cron.service: enabled -> disabled",
      ]);
      await server.must(["systemctl", "enable", "--now", "cron"]);
      expect(compareUnits(units, await snapshotUnits(server))).toEqual([]);

      await server.must(["nft", "add", "table", "inet", "passing"]);
      expect(await snapshotFirewall(server)).toContain("table inet passing");
    });

    test("a reboot keeps the disk and forgets the running firewall", async () => {
      await server.writeFile("/root/kept", "kept");
      const disk = await snapshotTree(server.root);
      const boots = server.boots();
      const bootId = await server.readFile("/proc/sys/kernel/random/boot_id");
      await server.reboot();
      await server.waitForSsh();
      expect(server.boots()).toBe(boots + 1);
      expect(await server.readFile("/proc/sys/kernel/random/boot_id")).not.toBe(bootId);
      expect(await server.readFile("/root/kept")).toBe("kept");
      expect(await snapshotFirewall(server)).not.toContain("passing");
      expect(compareTrees(disk, await snapshotTree(server.root))).toEqual([]);
      expect((await lab.client.ssh(server, "id -un")).stdout).toBe("op\n");
    });

    test("a reboot that the server starts by itself is followed", async () => {
      const boots = server.boots();
      await server.must(["systemd-run", "--on-active=1s", "--timer-property=AccuracySec=1ms", "systemctl", "reboot"]);
      await server.waitForReboot(boots);
      expect(server.boots()).toBe(boots + 1);
    });

    test("a power cut ends everything at once and the same disk starts again", async () => {
      await server.writeFile("/root/before-the-cut", "still here");
      const waiting = server.exec(["sleep", "600"]);
      await server.powerCut({ boot: false });
      expect((await waiting).exitCode).not.toBe(0);
      expect(server.leader()).toBeUndefined();
      await expect(server.exec(["true"])).rejects.toThrow(`server ${server.name} is off`);
      expect(readFileSync(`${server.root}/root/before-the-cut`, "utf8")).toBe("still here");
      await server.powerOn();
      expect(await server.waitForBoot()).toBe("running");
      expect(await server.readFile("/root/before-the-cut")).toBe("still here");
      expect((await lab.client.ssh(server, "sudo -n id -un")).stdout).toBe("root\n");
    });

    test("an orderly stop and start", async () => {
      await server.powerOff();
      expect(server.leader()).toBeUndefined();
      await server.powerOn();
      expect((await lab.client.ssh(server, "id -un")).stdout).toBe("op\n");
    });
  },
);

describe.skipIf(reason !== undefined)(title("flavours"), () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await openLab();
  });
  afterAll(() => lab?.close());

  test.each<Release>([
    "bookworm",
    "trixie",
  ])("rootonly with %s has root alone, with a key and a password", async (release) => {
    const server = await lab.server({ release, flavour: "rootonly", name: `only-${release}` });
    expect((await server.exec(["id", "op"])).exitCode).toBe(1);
    expect((await lab.client.ssh(server, "id -un", { user: "root" })).stdout).toBe("root\n");
    expect(await server.must(["passwd", "--status", "root"])).toMatch(/^root P /);
    expect(await server.must(["sshd", "-T"])).toMatch(/^permitrootlogin yes$/m);
    await server.destroy();
    expect(existsSync(server.root)).toBe(false);
  });

  test.each<Release>([
    "bookworm",
    "trixie",
  ])("ufw is active with %s and lets ssh in alone, also after a reboot", async (release) => {
    const server = await lab.server({ release, flavour: "ufw", name: `ufw-${release}` });
    await server.reboot();
    expect(await server.waitForBoot()).toBe("running");
    expect(await server.must(["ufw", "status"])).toMatch(/^Status: active$/m);
    expect(await snapshotFirewall(server)).toContain("ufw-user-input");
    await server.must(["systemd-run", "sh", "-c", "while :; do sleep 600; done"]);
    expect(await openPorts(await lab.stranger(), server.address)).toEqual(["22/open"]);
    expect((await lab.client.ssh(server, "sudo -n id -un")).stdout).toBe("root\n");
    await server.destroy();
  });

  test("nginx answers from outside", async () => {
    const server = await lab.server({ release: "bookworm", flavour: "nginx", name: "web" });
    expect(await openPorts(await lab.stranger(), server.address)).toEqual(["22/open", "80/open"]);
    await server.destroy();
  });

  test("a small disk can be filled, and is as full after a power cut", async () => {
    const server = await lab.server({ release: "bookworm", name: "small", diskMegabytes: 48 });
    const fill = await server.exec(["dd", "if=/dev/zero", "of=/root/fill", "bs=1M", "count=200"]);
    expect(fill).toMatchObject({ exitCode: 1 });
    expect(fill.stderr).toContain("No space left on device");
    await server.powerCut();
    await expect(server.writeFile("/root/more", "x".repeat(100_000))).rejects.toThrow("No space left on device");
    await server.destroy();
    expect(existsSync(server.root)).toBe(false);
  });

  test.each<Release>(["bookworm", "trixie"])("firewalld runs with %s and lets ssh in", async (release) => {
    const server = await lab.server({ release, flavour: "firewalld", name: `firewalld-${release}` });
    expect(await server.waitForBoot()).toBe("running");
    expect((await server.must(["firewall-cmd", "--state"])).trim()).toBe("running");
    expect(await server.must(["firewall-cmd", "--list-services"])).toContain("ssh");
    expect((await lab.client.ssh(server, "sudo -n id -un")).stdout).toBe("root\n");
    await server.destroy();
  });
});

describe.skipIf(reason !== undefined)(title("several labs on one machine"), () => {
  test("stand side by side, and what a killed one leaves behind is removed by the next", async () => {
    const lab = await openLab();
    try {
      const server = await lab.server({ release: "bookworm" });
      const command = fileURLToPath(new URL("./harness/command.ts", import.meta.url));
      const other = spawn(process.execPath, [command, "up", "bookworm"], { stdio: ["ignore", "pipe", "inherit"] });
      const ended = new Promise((resolve) => other.once("exit", resolve));
      const said: string[] = [];
      for await (const line of createInterface({ input: other.stdout })) {
        said.push(line);
        if (line.startsWith("ready")) break;
      }
      const value = (label: string): string =>
        said
          .find((line) => line.startsWith(`${label} `))
          ?.slice(label.length)
          .trim() ?? "";
      const [address] = value("address").split(" ");
      const prefix = /\/run\/netns\/(dblab\d+)-/.exec(value("outside"))?.[1] ?? "none";
      expect(address).toMatch(/^10\.213\./);
      expect(address).not.toBe(server.address);
      expect((await run([...value("ssh").split(" "), "id -un"])).stdout).toBe("op\n");
      const namespaces = (): string[] => readdirSync("/run/netns").filter((name) => name.startsWith(`${prefix}-`));
      expect(namespaces()).toHaveLength(2);

      other.kill("SIGKILL");
      await ended;
      expect(namespaces()).toHaveLength(2);
      const next = await openLab();
      try {
        const mounts = readFileSync("/proc/self/mountinfo", "utf8").split("\n");
        expect(mounts.filter((line) => line.includes(value("root")))).toEqual([]);
        // The next lab may be given the same slot, then it has a client already.
        const left = namespaces().filter((name) => name !== next.client.namespace);
        expect(left).toEqual([]);
        expect(existsSync(value("root"))).toBe(false);
        expect((await lab.client.ssh(server, "id -un")).stdout).toBe("op\n");
      } finally {
        await next.close();
      }
    } finally {
      await lab.close();
    }
  });

  test("close leaves nothing", async () => {
    const lab = await openLab();
    const server = await lab.server({ release: "bookworm" });
    await server.powerCut();
    const { prefix } = lab.network;
    await lab.close();
    expect(existsSync(lab.directory)).toBe(false);
    expect(readdirSync("/run/netns").filter((name) => name.startsWith(`${prefix}-`))).toEqual([]);
    expect(existsSync(`/sys/class/net/${prefix}`)).toBe(false);
    expect((await run(["nft", "list", "table", "ip", `drawbridge_lab_${prefix.slice(5)}`])).exitCode).toBe(1);
    expect(readFileSync("/proc/self/mountinfo", "utf8")).not.toContain(`${prefix}-`);
  });
});
