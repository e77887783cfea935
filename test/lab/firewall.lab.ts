import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type AppliedDocument,
  type Drawbridge,
  document,
  drawbridgeOver,
  type InspectionDocument,
  type PlanDocument,
  unitsOf,
} from "./drawbridge.ts";
import {
  compareTrees,
  compareUnits,
  type Lab,
  labOrSkip,
  type Outsider,
  openLab,
  type Server,
  snapshotFirewall,
  snapshotTree,
} from "./harness/index.ts";

const reason = labOrSkip();
const note = reason === undefined ? "" : ` (skipped: ${reason})`;
/** Our own records, and what `apt-get update` of these tests leaves. */
const bookkeeping = ["/var/lib/drawbridge", "/var/cache/apt", "/var/lib/apt"];

/** Controls of the step, as words of the command line: the rest of the server stays as it is. */
const alone = [
  "single-owner",
  "inbound-default-deny",
  "ssh",
  "public-ports",
  "published-ports",
  "cluster-peers",
  "forwarding",
  "outbound",
  "log",
  "at-boot",
].flatMap((name) => ["--control", `firewall-${name}`]);
const set = (answers: Readonly<Record<string, string>>) =>
  Object.entries(answers).flatMap(([id, value]) => ["--set", `${id}=${value}`]);

const accepting =
  "my $all = IO::Select->new(map { IO::Socket::IP->new(LocalPort => $_, LocalHost => '::', V6Only => 0, Listen => 5, ReuseAddr => 1) or die } @ARGV); while (my @ready = $all->can_read) { close $_->accept for @ready }";

/** One program that listens on all of the ports, in a unit of its own. */
const listen = async (server: Server, ...ports: readonly number[]) => {
  const unit = `--unit=listeners-${ports.join("-")}`;
  const program = ["perl", "-MIO::Socket::IP", "-MIO::Select", "-e", accepting, ...ports.map(String)];
  await server.must(["systemd-run", unit, "--quiet", ...program]);
  for (const port of ports) await server.waitForSsh(port);
};

const seenFrom = async (from: Outsider, address: string): Promise<readonly number[]> => {
  const family = address.includes(":") ? ["-6"] : [];
  const { stdout } = await from.exec(
    [
      "nmap",
      ...family,
      "-sT",
      "-Pn",
      "-n",
      "--max-retries",
      "3",
      "--min-rtt-timeout",
      "300ms",
      "-p",
      "22,80,5701,8080,22022",
      "--open",
      "-oG",
      "-",
      address,
    ],
    { timeoutMs: 120_000 },
  );
  return [...stdout.matchAll(/(\d+)\/open/gu)].map(([, port]) => Number(port));
};

const verdicts = async (
  cli: Drawbridge,
  answers: readonly string[] = [],
): Promise<Readonly<Record<string, string>>> => {
  const { findings } = document<InspectionDocument>(await cli("inspect", ...alone, ...answers, "--format", "json"));
  return Object.fromEntries(findings.map(({ controlId, result }) => [controlId.replace(/^firewall-/u, ""), result]));
};

const snapshot = async (server: Server) => ({
  tree: await snapshotTree(server.root, { exclude: bookkeeping }),
  units: await unitsOf(server),
  firewall: await snapshotFirewall(server),
});

const expectUndone = async (server: Server, before: Awaited<ReturnType<typeof snapshot>>) => {
  const after = await snapshot(server);
  expect(compareTrees(before.tree, after.tree)).toEqual([]);
  expect(compareUnits(before.units, after.units)).toEqual([]);
  expect(after.firewall).toBe(before.firewall);
};

/** Someone's own table, and what Docker loads: a published port, its filter, a forward chain that drops. */
const foreign = `table inet shop {
  set bad { type ipv4_addr; flags timeout; timeout 1h; elements = { 198.51.100.66 timeout 1h expires 59m } }
  chain in { type filter hook input priority 10; policy accept; ip saddr @bad drop; tcp dport 3306 drop; }
}
table ip nat {
  chain DOCKER {
    iifname "docker0" return
    iifname != "docker0" tcp dport 8081 dnat to 172.17.0.2:80
  }
  chain PREROUTING { type nat hook prerouting priority dstnat; fib daddr type local jump DOCKER; }
}
table ip filter {
  chain DOCKER { ip daddr 172.17.0.2 iifname != "docker0" oifname "docker0" tcp dport 80 accept; }
  chain DOCKER-USER { return; }
  chain FORWARD { type filter hook forward priority filter; policy drop; jump DOCKER-USER; oifname "docker0" jump DOCKER; }
}
`;

const tables = async (server: Server) =>
  (await server.must(["nft", "list", "tables"])).trim().split("\n").filter(Boolean);

describe.skipIf(reason !== undefined).each(["bookworm", "trixie"] as const)(
  `an own nftables table on %s${note}`,
  (release) => {
    let lab: Lab;
    let server: Server;
    let stranger: Outsider;
    let before: Awaited<ReturnType<typeof snapshot>>;
    let applied: AppliedDocument;
    let answers: readonly string[];
    const cli: Drawbridge = (...words) => drawbridgeOver(lab, server)(...words);

    beforeAll(async () => {
      lab = await openLab();
      server = await lab.server({ release });
      stranger = await lab.stranger();
      await listen(server, 80, 8080);
      await listen(server, 5701);
      await lab.client.ssh(server, "sudo -n true");
      await cli("inspect", ...alone);
      before = await snapshot(server);
      answers = set({
        "ssh.port": "22",
        "firewall.public": "80/tcp",
        "firewall.peers": `${lab.client.address},${lab.client.addressV6}`,
        "firewall.outbound": "allow-list",
      });
    });
    afterAll(() => lab?.close());

    test("before: everything is open, and every control that applies says so", async () => {
      expect(await seenFrom(stranger, server.address)).toEqual([22, 80, 5701, 8080]);
      expect(await verdicts(cli, answers)).toEqual({
        "single-owner": "notapplicable",
        "inbound-default-deny": "fail",
        ssh: "pass",
        "public-ports": "fail",
        "published-ports": "notapplicable",
        "cluster-peers": "fail",
        forwarding: "fail",
        outbound: "fail",
        log: "fail",
        "at-boot": "fail",
      });
    });

    test("a firewall that would not let the operator in again is refused, and nothing changes", async () => {
      const result = await cli(
        "apply",
        ...alone,
        ...set({ "ssh.port": "22", "firewall.ssh-from": "192.0.2.0/24" }),
        "--recommended",
        "--yes",
      );
      expect(result.exitCode).toBe(3);
      expect(result.stderr).toContain("add 10.213.");
      await expectUndone(server, before);
    });

    test("so is one for a port that SSH is not moved to", async () => {
      const result = await cli("apply", ...alone, "--recommended", "--yes");
      expect(result.exitCode).toBe(3);
      expect(result.stderr).toContain("--set ssh.port=22");
    });

    test("apply, confirmed through a fresh login", async () => {
      const result = await cli("apply", ...alone, ...answers, "--recommended", "--yes", "--format", "json");
      expect(result.exitCode, result.stderr).toBe(0);
      applied = document<AppliedDocument>(result);
      expect(applied.state).toBe("confirmed");
    });

    const inForce = () => {
      test("a stranger sees the public ports, a named peer its own as well; IPv4 and IPv6", async () => {
        expect(await seenFrom(stranger, server.address)).toEqual([22, 80]);
        expect(await seenFrom(stranger, server.addressV6)).toEqual([22, 80]);
        expect(await seenFrom(lab.client, server.address)).toEqual([22, 80, 5701]);
        expect(await seenFrom(lab.client, server.addressV6)).toEqual([22, 80, 5701]);
      });

      test("it still gets packages, and reaches nothing that is not on the list", async () => {
        await server.must(["apt-get", "update", "--quiet"]);
        const connect = `use IO::Socket::IP; exit(IO::Socket::IP->new(PeerHost => $ARGV[0], PeerPort => 9, Timeout => 3) ? 0 : $!{EHOSTUNREACH} || $!{EACCES} || $!{EPERM} ? 3 : 4)`;
        expect((await server.exec(["perl", "-MErrno", "-e", connect, stranger.address])).exitCode).toBe(3);
      });

      test("inspection agrees, and a second plan is empty with the answers and without", async () => {
        const found = await verdicts(cli);
        expect(Object.entries(found).filter(([, result]) => result !== "pass" && result !== "notapplicable")).toEqual(
          [],
        );
        expect(document<PlanDocument>(await cli("plan", ...alone, "--format", "json")).changes).toEqual([]);
        expect(
          document<PlanDocument>(await cli("plan", ...alone, "--recommended", "--format", "json")).changes,
        ).toEqual([]);
      });
    };

    describe("afterwards", inForce);

    test("the nftables.service that nobody used loads it; reloads and restarts leave no moment without it", async () => {
      await server.must(["sh", "-c", "nft monitor tables > /run/monitored & echo $! > /run/monitor"]);
      for (const verb of ["reload", "restart", "reload"]) await server.must(["systemctl", verb, "nftables.service"]);
      expect(await tables(server)).toContain("table inet drawbridge");
      // A transaction that replaces a table is told as "delete" and "add" of one generation; a stop would tell of its own.
      const generations = (await server.must(["sh", "-c", "kill $(cat /run/monitor); cat /run/monitored"])).split(
        /^# new generation.*$/mu,
      );
      expect(generations.filter((text) => /^delete table/mu.test(text) && !/^add table/mu.test(text))).toEqual([]);
      await server.must(["rm", "/run/monitored", "/run/monitor"]);
    });

    test("stopping ours removes ours and nothing else, starting it twice is starting it once", async () => {
      await server.must(["nft", "-f", "-"], { input: foreign });
      const others = (await tables(server)).filter((name) => name !== "table inet drawbridge");
      const listed = await server.must(["nft", "--stateless", "list", "ruleset"]);
      await server.must(["systemctl", "stop", "nftables.service"]);
      expect(await tables(server)).toEqual(others);
      await server.must(["systemctl", "start", "nftables.service"]);
      await server.must(["systemctl", "reload", "nftables.service"]);
      const inOrder = (text: string) =>
        text
          .split(/^(?=table )/mu)
          .toSorted()
          .join("");
      const withoutTimes = (text: string) => text.replace(/ (?:expires|timeout) \S+/gu, "");
      expect(withoutTimes(inOrder(await server.must(["nft", "--stateless", "list", "ruleset"])))).toBe(
        withoutTimes(inOrder(listed)),
      );
      for (const name of others) await server.must(["nft", "delete", ...name.split(" ")]);
    });

    test("no unit has failed, and a restart brings it back before the network", async () => {
      await server.reboot();
      await server.waitForSsh();
      await listen(server, 80, 8080);
      await listen(server, 5701);
      expect(await server.must(["systemctl", "--failed", "--no-legend", "--plain"])).toBe("");
      const since = async (unit: string) =>
        Number(
          (
            await server.must(["systemctl", "show", "--value", "--property=ActiveEnterTimestampMonotonic", unit])
          ).trim(),
        );
      expect(await since("nftables.service")).toBeLessThanOrEqual(await since("network-pre.target"));
    });

    describe("after the restart", inForce);

    test("undo brings every byte, unit and rule back", async () => {
      const result = await cli("undo", applied.transactionId, "--yes");
      expect(result.exitCode, result.stderr).toBe(0);
      const after = await snapshot(server);
      expect(compareTrees(before.tree, after.tree)).toEqual([]);
      expect(after.firewall).toBe(before.firewall);
    });
  },
);

describe.skipIf(reason !== undefined)(`beside rules of others${note}`, () => {
  let lab: Lab;
  let server: Server;
  let before: Awaited<ReturnType<typeof snapshot>>;
  const cli: Drawbridge = (...words) => drawbridgeOver(lab, server)(...words);

  beforeAll(async () => {
    lab = await openLab();
    server = await lab.server({ release: "bookworm" });
    await listen(server, 80);
    await server.must(["nft", "-f", "-"], { input: foreign });
    await lab.client.ssh(server, "sudo -n true");
    before = await snapshot(server);
  });
  afterAll(() => lab?.close());

  test("foreign tables and Docker's chains stay as they are, and what Docker publishes is told", async () => {
    const result = await cli(
      "apply",
      ...alone,
      ...set({ "ssh.port": "22" }),
      "--recommended",
      "--yes",
      "--format",
      "json",
    );
    expect(result.exitCode, result.stderr).toBe(0);
    const now = await server.must(["nft", "--stateless", "list", "ruleset"]);
    for (const table of before.firewall.split(/^(?=table )/mu)) expect(now).toContain(table.trim());
    expect(now).not.toContain("hook forward priority filter; policy drop;\n\t}\n}");
    expect(await verdicts(cli)).toMatchObject({
      "inbound-default-deny": "pass",
      "published-ports": "fail",
      "single-owner": "pass",
    });
    const { transactionId } = document<AppliedDocument>(result);
    expect((await cli("undo", transactionId, "--yes")).exitCode).toBe(0);
    await expectUndone(server, before);
  });

  test("where nftables.service is somebody's, ours has a unit of its own and is back after each flush", async () => {
    await server.must(["systemctl", "enable", "--now", "nftables.service"]);
    const words = ["--recommended", "--yes", "--format", "json"];
    const result = await cli("apply", ...alone, ...set({ "ssh.port": "22" }), ...words);
    expect(result.exitCode, result.stderr).toBe(0);
    for (const verb of ["start", "reload", "restart", "stop"]) {
      await server.must(["systemctl", verb, "nftables.service"]);
      await expect.poll(() => tables(server), { timeout: 20_000 }).toContain("table inet drawbridge");
    }
    expect((await cli("undo", document<AppliedDocument>(result).transactionId, "--yes")).exitCode).toBe(0);
    await server.must(["systemctl", "disable", "--now", "nftables.service"]);
  });

  test("nft is installed where it is missing, and goes again", async () => {
    await server.must(["nft", "flush", "ruleset"]);
    await server.must(["apt-get", "update", "--quiet"]);
    await server.must(["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "purge", "--yes", "--quiet", "nftables"]);
    const result = await cli(
      "apply",
      ...alone,
      ...set({ "ssh.port": "22" }),
      "--recommended",
      "--yes",
      "--format",
      "json",
    );
    expect(result.exitCode, result.stderr).toBe(0);
    expect(await tables(server)).toContain("table inet drawbridge");
    expect((await cli("undo", document<AppliedDocument>(result).transactionId, "--yes")).exitCode).toBe(0);
    expect((await server.exec(["dpkg-query", "--status", "nftables"])).stdout).not.toContain("ok installed");
  });
});

const managed = [
  ["ufw", "bookworm"],
  ["firewalld", "bookworm"],
  // firewalld 2 sends packets to their zones by other chains than firewalld 1.
  ["firewalld", "trixie"],
] as const;

describe.skipIf(reason !== undefined).each(managed)(`a server with %s on %s${note}`, (flavour, release) => {
  let lab: Lab;
  let server: Server;
  let stranger: Outsider;
  let before: Awaited<ReturnType<typeof snapshot>>;
  let applied: AppliedDocument;
  const cli: Drawbridge = (...words) => drawbridgeOver(lab, server)(...words);
  const moved: Drawbridge = (...words) => drawbridgeOver(lab, server, { port: 22022 })(...words);

  beforeAll(async () => {
    lab = await openLab();
    server = await lab.server({ release, flavour });
    stranger = await lab.stranger();
    await listen(server, 80, 5701);
    await lab.client.ssh(server, "sudo -n true");
    await cli("inspect", ...alone);
    before = await snapshot(server);
  });
  afterAll(() => lab?.close());

  test("refuses by default already, and does not know SSH's new port", async () => {
    expect(await verdicts(cli)).toMatchObject({
      "single-owner": "pass",
      "inbound-default-deny": "pass",
      ssh: "fail",
      "at-boot": "pass",
    });
    expect(await seenFrom(stranger, server.address)).toEqual([22]);
  });

  test("is told in its own language", async () => {
    const result = await cli(
      "apply",
      ...alone,
      "--control",
      "ssh-port",
      ...set({ "firewall.public": "80/tcp", "firewall.peer-ports": "5701/tcp", "firewall.peers": lab.client.address }),
      "--recommended",
      "--yes",
      "--format",
      "json",
    );
    expect(result.exitCode, result.stderr).toBe(0);
    applied = document<AppliedDocument>(result);
    expect(applied).toMatchObject({ state: "confirmed", sshPort: 22022 });
    expect(await tables(server)).not.toContain("table inet drawbridge");
  });

  const inForce = () => {
    test("a stranger sees what was allowed, a named peer its own port as well", async () => {
      expect(await seenFrom(stranger, server.address)).toEqual([80, 22022]);
      expect(await seenFrom(stranger, server.addressV6)).toEqual([80, 22022]);
      expect(await seenFrom(lab.client, server.address)).toEqual([80, 5701, 22022]);
    });

    test("inspection agrees, and a second plan is empty", async () => {
      const found = await verdicts(moved);
      expect(Object.entries(found).filter(([, result]) => result !== "pass" && result !== "notapplicable")).toEqual([]);
      expect(
        document<PlanDocument>(await moved("plan", ...alone, "--recommended", "--format", "json")).changes,
      ).toEqual([]);
    });
  };

  describe("afterwards", inForce);

  test("survives a restart", async () => {
    await server.reboot();
    await server.waitForSsh(22022);
    await listen(server, 80, 5701);
  });

  describe("after the restart", inForce);

  test("undo brings every byte and rule back", async () => {
    const result = await moved("undo", applied.transactionId, "--yes");
    expect(result.exitCode, result.stderr).toBe(0);
    const after = await snapshot(server);
    expect(compareTrees(before.tree, after.tree)).toEqual([]);
    expect(after.firewall).toBe(before.firewall);
  });

  test("a second firewall beside it is refused until someone says which one counts", async () => {
    await server.must(["nft", "-f", "-"], {
      input:
        "table inet guard {\n chain in {\n type filter hook input priority 0; policy drop\n ct state established,related accept\n tcp dport 22 accept\n }\n}\n",
    });
    const { tree } = await snapshot(server);
    const result = await cli("apply", ...alone, "--control", "ssh-port", "--recommended", "--yes");
    expect(result.exitCode).toBe(3);
    expect(result.stderr).toContain("two programs rule over the firewall");
    expect(compareTrees(tree, await snapshotTree(server.root, { exclude: bookkeeping }))).toEqual([]);
    expect((await verdicts(cli))["single-owner"]).toBe("fail");
  });
});

describe.skipIf(reason !== undefined)(`unmanaged${note}`, () => {
  let lab: Lab;
  let server: Server;
  beforeAll(async () => {
    lab = await openLab();
    server = await lab.server({ release: "bookworm" });
    await server.must(["nft", "-f", "-"], {
      input:
        "table inet mine {\n chain in {\n type filter hook input priority 0; policy drop\n iif lo accept\n ct state established,related accept\n tcp dport 22 accept\n }\n}\n",
    });
  });
  afterAll(() => lab?.close());

  test("SSH does not move to a port that someone's own firewall refuses", async () => {
    const result = await drawbridgeOver(lab, server)(
      "apply",
      "--control",
      "ssh-port",
      ...alone,
      ...set({ "firewall.owner": "unmanaged" }),
      "--recommended",
      "--yes",
    );
    expect(result.exitCode).toBe(3);
    expect(result.stderr).toContain("refuses that port");
    expect(await tables(server)).toEqual(["table inet mine"]);
  });
});
