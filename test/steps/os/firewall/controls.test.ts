import { describe, expect, it } from "vitest";
import type { Change } from "../../../../src/model/change.ts";
import type { Answers } from "../../../../src/model/plan.ts";
import {
  type FirewallName,
  firewallOf,
  judged,
  listen,
  networkOf,
  results,
  type Server,
  sshd,
  withTables,
} from "./server.ts";

const shop = [sshd(22), listen(80), listen(443)];

/** Control, firewall in force, answers, verdict. */
const cases: readonly (readonly [string, FirewallName, Answers, string])[] = [
  ["firewall-single-owner", "bookworm-none", {}, "notapplicable"],
  ["firewall-single-owner", "bookworm-drawbridge", {}, "pass"],
  ["firewall-single-owner", "bookworm-ufw", {}, "pass"],
  ["firewall-single-owner", "bookworm-firewalld", {}, "pass"],
  ["firewall-single-owner", "bookworm-iptables", {}, "pass"],
  ["firewall-inbound-default-deny", "bookworm-none", {}, "fail"],
  ["firewall-inbound-default-deny", "bookworm-docker", {}, "fail"],
  ["firewall-inbound-default-deny", "bookworm-ufw-disabled", {}, "fail"],
  ["firewall-inbound-default-deny", "bookworm-iptables", {}, "fail"],
  ["firewall-inbound-default-deny", "bookworm-iptables-legacy", {}, "fail"],
  ["firewall-inbound-default-deny", "bookworm-drawbridge", {}, "pass"],
  ["firewall-inbound-default-deny", "trixie-drawbridge", {}, "pass"],
  ["firewall-inbound-default-deny", "bookworm-ufw", {}, "pass"],
  ["firewall-inbound-default-deny", "bookworm-firewalld", {}, "pass"],
  ["firewall-inbound-default-deny", "trixie-firewalld", {}, "pass"],
  ["firewall-ssh", "bookworm-none", {}, "pass"],
  ["firewall-ssh", "bookworm-none", { "firewall.ssh-from": ["10.0.0.0/8"] }, "fail"],
  ["firewall-ssh", "bookworm-ufw", {}, "pass"],
  ["firewall-ssh", "bookworm-ufw", { "ssh.port": 22022 }, "fail"],
  ["firewall-ssh", "bookworm-firewalld", { "ssh.port": 22022 }, "fail"],
  ["firewall-ssh", "bookworm-drawbridge", {}, "pass"],
  ["firewall-ssh", "bookworm-drawbridge", { "ssh.port": 22022 }, "fail"],
  ["firewall-ssh", "trixie-drawbridge", {}, "pass"],
  ["firewall-ssh", "trixie-drawbridge", { "firewall.ssh-from": [] }, "fail"],
  ["firewall-public-ports", "bookworm-none", { "firewall.public": ["80/tcp", "443/tcp"] }, "pass"],
  ["firewall-public-ports", "bookworm-none", { "firewall.public": ["443/tcp"] }, "fail"],
  ["firewall-public-ports", "bookworm-drawbridge", {}, "pass"],
  ["firewall-public-ports", "bookworm-drawbridge", { "firewall.public": ["80/tcp"] }, "fail"],
  ["firewall-public-ports", "bookworm-ufw", {}, "pass"],
  ["firewall-public-ports", "bookworm-ufw", { "firewall.public": ["443/tcp"] }, "fail"],
  ["firewall-published-ports", "bookworm-docker", {}, "fail"],
  ["firewall-published-ports", "bookworm-docker", { "firewall.public": ["8081/tcp"] }, "pass"],
  ["firewall-published-ports", "bookworm-none", {}, "notapplicable"],
  ["firewall-cluster-peers", "bookworm-none", { "firewall.peer-ports": [] }, "notapplicable"],
  ["firewall-cluster-peers", "bookworm-none", { "firewall.peer-ports": ["5701/tcp"] }, "fail"],
  ["firewall-cluster-peers", "bookworm-drawbridge", {}, "pass"],
  ["firewall-cluster-peers", "bookworm-drawbridge", { "firewall.peers": ["10.213.6.7"] }, "fail"],
  ["firewall-cluster-peers", "bookworm-drawbridge", { "firewall.peers": ["10.213.6.0/24"] }, "fail"],
  ["firewall-cluster-peers", "bookworm-drawbridge", { "firewall.peer-ports": [] }, "fail"],
  ["firewall-forwarding", "bookworm-none", {}, "fail"],
  ["firewall-forwarding", "bookworm-drawbridge", {}, "pass"],
  ["firewall-forwarding", "bookworm-ufw", {}, "pass"],
  ["firewall-forwarding", "bookworm-firewalld", {}, "pass"],
  ["firewall-forwarding", "trixie-firewalld", {}, "pass"],
  ["firewall-forwarding", "bookworm-docker", {}, "pass"],
  ["firewall-outbound", "trixie-drawbridge", { "firewall.outbound": "open" }, "fail"],
  ["firewall-outbound", "bookworm-drawbridge", {}, "notapplicable"],
  ["firewall-outbound", "bookworm-drawbridge", { "firewall.outbound": "allow-list" }, "fail"],
  ["firewall-outbound", "bookworm-ufw", { "firewall.outbound": "allow-list" }, "fail"],
  ["firewall-outbound", "trixie-drawbridge", {}, "pass"],
  ["firewall-outbound", "trixie-drawbridge", { "firewall.outbound-allow": ["443/tcp"] }, "fail"],
  ["firewall-log", "bookworm-none", {}, "fail"],
  ["firewall-log", "bookworm-docker", {}, "fail"],
  ["firewall-log", "bookworm-firewalld", {}, "fail"],
  ["firewall-log", "bookworm-iptables", {}, "pass"],
  ["firewall-log", "bookworm-ufw", {}, "pass"],
  ["firewall-log", "trixie-drawbridge", {}, "pass"],
  ["firewall-at-boot", "bookworm-none", {}, "fail"],
  ["firewall-at-boot", "bookworm-docker", {}, "fail"],
  ["firewall-at-boot", "bookworm-iptables", {}, "fail"],
  ["firewall-at-boot", "bookworm-ufw", {}, "pass"],
  ["firewall-at-boot", "bookworm-firewalld", {}, "pass"],
  ["firewall-at-boot", "bookworm-drawbridge", {}, "pass"],
  ["firewall-at-boot", "trixie-drawbridge", {}, "pass"],
];

describe("verdicts", () => {
  it.each(cases)("%s on %s with %o: %s", (id, firewall, answers, expected) => {
    const server: Server = firewall.includes("drawbridge") ? { firewall } : { firewall, listeners: shop };
    const { result, evidence, detail } = judged(server, answers).finding(id);
    expect({ result, detail }).toMatchObject({ result: expected });
    if (result === "pass" || result === "fail") expect(evidence.length).toBeGreaterThan(0);
    if (result === "fail") expect(detail).not.toBe("");
  });

  it("tells the family that was forgotten", () => {
    const { detail } = judged({ firewall: "bookworm-iptables", listeners: shop }).finding(
      "firewall-inbound-default-deny",
    );
    expect(detail).toBe("IPv6: what no rule mentions gets in");
  });

  it("lets a network of one's own be trusted, and the way to the Internet not", () => {
    const chain = {
      chain: { family: "inet", table: "vpn", name: "in", type: "filter", hook: "input", prio: 0, policy: "drop" },
    };
    const trust = (device: string) => ({
      rule: {
        family: "inet",
        table: "vpn",
        chain: "in",
        expr: [{ match: { op: "==", left: { meta: { key: "iifname" } }, right: device } }, { accept: null }],
      },
    });
    const facts = networkOf("bookworm");
    const addresses = [{ address: "10.8.0.1", prefix: 24, family: 4, scope: "global", dynamic: false } as const];
    const wireguard = { name: "wg0", up: true, loopback: false, kind: "wireguard", addresses };
    const network = { ...facts, interfaces: [...facts.interfaces, wireguard] };
    const trusting = (device: string) =>
      results({
        firewall: withTables("bookworm-none", [{ table: { family: "inet", name: "vpn" } }, chain, trust(device)]),
        listeners: shop,
        network,
      });
    expect(trusting("wg0")["firewall-inbound-default-deny"]).toBe("pass");
    expect(trusting("eth0")["firewall-inbound-default-deny"]).toBe("fail");
  });

  it("does not ask for IPv6 where there is none", () => {
    const facts = networkOf("bookworm");
    const interfaces = facts.interfaces.map((one) => ({
      ...one,
      addresses: one.addresses.filter(({ family }) => family === 4),
    }));
    const server = { firewall: "bookworm-iptables", listeners: shop, network: { ...facts, interfaces } } as const;
    expect(results(server)["firewall-inbound-default-deny"]).toBe("pass");
  });

  it("says unknown where a rule decides that nobody can read, never pass", () => {
    const chain = {
      chain: { family: "inet", table: "odd", name: "in", type: "filter", hook: "input", prio: 0, policy: "drop" },
    };
    const rule = {
      rule: {
        family: "inet",
        table: "odd",
        chain: "in",
        expr: [{ match: { op: "==", left: { meta: { key: "cgroup" } }, right: 7 } }, { accept: null }],
      },
    };
    const firewall = withTables("bookworm-none", [{ table: { family: "inet", name: "odd" } }, chain, rule]);
    const { result, detail } = judged({ firewall, listeners: shop }).finding("firewall-inbound-default-deny");
    expect({ result, detail }).toEqual({
      result: "unknown",
      detail: "rules decide that cannot be read from outside the kernel",
    });
  });

  it("is told when containers came after a table that drops what they need forwarded", () => {
    const ours = firewallOf("bookworm-drawbridge");
    const { finding, assembled } = judged({ firewall: { ...ours, containers: ["Docker"] } });
    expect(finding("firewall-forwarding").detail).toBe("our table drops what Docker needs forwarded");
    const [file] = assembled.plan.changes;
    expect(file).toMatchObject({ kind: "file", after: { content: expect.not.stringContaining("hook forward") } });
    expect(assembled.plan.changes.map(({ kind }) => kind)).toEqual(["file", "unit"]);
  });

  it("forwards nothing where the kernel does not", () => {
    const firewall = { ...firewallOf("bookworm-none"), forwarding: false };
    expect(results({ firewall, listeners: shop })["firewall-forwarding"]).toBe("pass");
  });

  it("sees two owners", () => {
    const chain = {
      chain: { family: "inet", table: "guard", name: "in", type: "filter", hook: "input", prio: 0, policy: "drop" },
    };
    const firewall = withTables("bookworm-ufw", [{ table: { family: "inet", name: "guard" } }, chain]);
    expect(firewall.owners.map(({ owner }) => owner)).toEqual(["ufw", "nftables"]);
    expect(judged({ firewall, listeners: shop }).finding("firewall-single-owner").result).toBe("fail");
  });

  it("notices a table that was flushed, and a set that someone changed for a moment", () => {
    const ours = firewallOf("bookworm-drawbridge");
    const flushed = judged({ firewall: { ...ours, own: undefined, ruleset: { chains: [], published: [] } } });
    expect(flushed.finding("firewall-at-boot")).toMatchObject({
      result: "fail",
      detail: "table inet drawbridge is not loaded",
    });
    const own = { rules: {}, ...ours.own, sets: { ...ours.own?.sets, peers4: ["10.213.6.1", "10.213.6.9"] } };
    expect(judged({ firewall: { ...ours, own } }).finding("firewall-at-boot").detail).toContain("peers4");
  });
});

const whereOf = (change: Change): string =>
  `${change.kind} ${"path" in change ? change.path : "unit" in change ? change.unit : ""}`;

describe("plans", () => {
  const settled: readonly FirewallName[] = ["bookworm-drawbridge", "trixie-drawbridge", "bookworm-ufw"];
  it.each(settled)("nothing on %s, with the answers written down and without", (name) => {
    const server: Server = name === "bookworm-ufw" ? { firewall: name, listeners: shop } : { firewall: name };
    const first = judged(server);
    expect(first.findings.filter(({ result }) => result === "fail")).toEqual([]);
    expect(first.assembled.plan.changes).toEqual([]);
    expect(judged(server, first.answers).assembled.plan.changes).toEqual([]);
  });

  it("an own table, loaded by the nftables.service that nobody uses", () => {
    const { changes } = judged({ firewall: "bookworm-none", listeners: shop }).assembled.plan;
    expect(changes.map(whereOf)).toEqual([
      "directory /etc/nftables.d",
      "directory /etc/systemd/system/nftables.service.d",
      "file /etc/nftables.d/drawbridge.nft",
      "file /etc/systemd/system/nftables.service.d/zz-drawbridge.conf",
      "symlink /etc/systemd/system/sysinit.target.wants/nftables.service",
      "unit nftables.service",
    ]);
    const unit = changes.at(-1);
    expect(unit).toMatchObject({ action: "active", risk: "lockout" });
    expect(changes.find(({ kind }) => kind === "file")).toMatchObject({
      checks: [{ argv: ["nft", "-c", "-f", "@files/drawbridge.nft"] }],
      verify: [["nft", "-c", "-f", "/etc/nftables.d/drawbridge.nft"]],
    });
  });

  it("a unit of its own where nftables.service is somebody's, and its flush survived", () => {
    const none = firewallOf("bookworm-none");
    const used = { loaded: true, active: true, enabled: true };
    const enabled = { ...none.units, "nftables.service": { ...used, active: false } };
    for (const units of [{ ...none.units, "nftables.service": used }, enabled]) {
      const { changes } = judged({ firewall: { ...none, units }, listeners: shop }).assembled.plan;
      expect(changes.map(whereOf)).toEqual([
        "directory /etc/nftables.d",
        "directory /etc/systemd/system/nftables.service.d",
        "file /etc/nftables.d/drawbridge.nft",
        "file /etc/systemd/system/drawbridge-firewall.service",
        "file /etc/systemd/system/nftables.service.d/drawbridge.conf",
        "symlink /etc/systemd/system/sysinit.target.wants/drawbridge-firewall.service",
        "unit drawbridge-firewall.service",
      ]);
    }
  });

  it("reloads the unit that runs already, and writes the file alone", () => {
    const { changes } = judged({ firewall: "bookworm-drawbridge" }, { "firewall.public": ["80/tcp"] }).assembled.plan;
    expect(changes.map(({ kind }) => kind)).toEqual(["file", "unit"]);
    expect(changes[1]).toMatchObject({ action: "reloaded" });
  });

  it("installs nft where it is missing, and then looks only once the package is there", () => {
    const firewall = { ...firewallOf("bookworm-none"), nft: "" };
    const { changes } = judged({ firewall, listeners: shop }).assembled.plan;
    expect(changes[0]).toMatchObject({ kind: "package", names: ["nftables"] });
    expect(changes.flatMap(({ checks }) => checks)).toEqual([]);
  });

  it("drops forwarded packets, but not where containers live from them or the machine is a router", () => {
    const written = (server: Server) =>
      judged(server).assembled.plan.changes.flatMap((change) =>
        change.kind === "file" ? [change.after.content] : [],
      )[0];
    expect(written({ firewall: "bookworm-none", listeners: shop })).toContain("chain forward");
    expect(written({ firewall: "bookworm-docker", listeners: shop })).not.toContain("chain forward");
    const facts = networkOf("bookworm");
    const second = { name: "eth1", up: true, loopback: false, kind: "", addresses: [] };
    const network = { ...facts, interfaces: [...facts.interfaces, second] };
    expect(written({ firewall: "bookworm-none", listeners: shop, network })).not.toContain("chain forward");
  });

  it("speaks ufw's language: opens first, closes last, and puts it back through ufw's own loader", () => {
    const { changes } = judged(
      { firewall: "bookworm-ufw", listeners: shop },
      {
        "ssh.port": 22022,
        "firewall.ssh-from": ["10.213.6.0/24"],
        "firewall.public": ["443/tcp", "8000-8010/tcp"],
        "firewall.peer-ports": ["5701/tcp"],
        "firewall.peers": ["10.0.0.7"],
      },
    ).assembled.plan;
    expect(changes.map((change) => (change.kind === "command" ? change.argv.join(" ") : change.kind))).toEqual(
      [
        "ufw allow in proto tcp from any to any port 443 comment drawbridge public",
        "ufw allow in proto tcp from any to any port 8000:8010 comment drawbridge public",
        "ufw allow in proto tcp from 10.0.0.7 to any port 5701 comment drawbridge peers",
      ].toSpliced(0, 0, "ufw allow in proto tcp from 10.213.6.0/24 to any port 22022 comment drawbridge SSH"),
    );
    expect(changes[0]).toMatchObject({
      inverse: ["/lib/ufw/ufw-init", "force-reload"],
      touches: ["/etc/ufw", "/etc/default/ufw"],
    });
    expect(changes[1]).not.toHaveProperty("inverse");
  });

  it("speaks firewalld's language: for good and for now, without a reload that would drop what is for now only", () => {
    const { changes } = judged(
      { firewall: "bookworm-firewalld", listeners: shop },
      { "ssh.port": 22022, "firewall.public": ["443/tcp"] },
    ).assembled.plan;
    expect(changes.map((change) => (change.kind === "command" ? change.argv.join(" ") : change.kind))).toEqual([
      "firewall-cmd --permanent --zone=public --add-port=22022/tcp",
      "firewall-cmd --zone=public --add-port=22022/tcp",
      "firewall-cmd --permanent --zone=public --add-port=443/tcp",
      "firewall-cmd --zone=public --add-port=443/tcp",
      'firewall-cmd --permanent --zone=public --add-rich-rule=rule priority="32767" log prefix="drawbridge-in: " level="info" limit value="10/m"',
      'firewall-cmd --zone=public --add-rich-rule=rule priority="32767" log prefix="drawbridge-in: " level="info" limit value="10/m"',
    ]);
    expect(changes[1]).toMatchObject({ inverse: ["firewall-cmd", "--zone=public", "--remove-port=22022/tcp"] });
  });

  it.each(["bookworm-firewalld", "trixie-firewalld"] as const)("finds the zone of the interface on %s", (firewall) => {
    const { changes } = judged({ firewall, listeners: shop }, { "ssh.port": 22022 }).assembled.plan;
    expect(changes[0]).toMatchObject({
      argv: ["firewall-cmd", "--permanent", "--zone=public", "--add-port=22022/tcp"],
    });
  });

  it("opens outgoing connections again when that is the answer", () => {
    const { changes } = judged({ firewall: "trixie-drawbridge" }, { "firewall.outbound": "open" }).assembled.plan;
    expect(changes[0]).toMatchObject({ kind: "file", after: { content: expect.not.stringContaining("hook output") } });
  });

  it("leaves the firewall to whoever asks for that", () => {
    const answers = { "firewall.owner": "unmanaged" };
    expect(judged({ firewall: "bookworm-none", listeners: shop }, answers).assembled.plan.changes).toEqual([]);
  });

  it("asks nothing of ufw that only deleting others' rules could bring about", () => {
    const server = { firewall: "bookworm-ufw", listeners: [sshd(22), listen(80)] } as const;
    const narrower = judged(server, { "firewall.ssh-from": ["10.213.6.0/24"] });
    expect(narrower.finding("firewall-ssh").result).toBe("fail");
    expect(narrower.assembled.plan.changes).toEqual([]);
  });
});

describe("what may stop working", () => {
  const breaks = (server: Server, answers: Answers = {}) =>
    judged(server, answers).breaks("firewall-inbound-default-deny");

  it("names every program that nobody reaches any more, and forwarding", () => {
    expect(breaks({ firewall: "bookworm-none", listeners: [sshd(22), listen(80), listen(5432)] })).toEqual([
      "closed to everyone: *:5432/tcp server (server.service, server)",
      "forwarding is refused: run this again after installing Docker or making this machine a router",
    ]);
  });

  it("tells what Docker goes on publishing, and whom SSH answers", () => {
    const told = breaks({ firewall: "bookworm-docker", listeners: shop }, { "firewall.ssh-from": ["10.213.6.0/24"] });
    expect(told[0]).toBe("SSH answers 10.213.6.0/24 only");
    expect(told[1]).toMatch(/^Docker: .*published ports stay open$/u);
  });
});
