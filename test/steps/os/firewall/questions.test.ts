import { describe, expect, it } from "vitest";
import { answerProblems } from "../../../../src/core/answers.ts";
import { type Fact, known, unknown } from "../../../../src/model/fact.ts";
import type { Answers } from "../../../../src/model/plan.ts";
import { firewall } from "../../../../src/probes/firewall.ts";
import { listeners } from "../../../../src/probes/listeners.ts";
import { network } from "../../../../src/probes/network.ts";
import { questions } from "../../../../steps/os/firewall/questions.ts";
import { port } from "../../../../steps/os/ssh/questions.ts";
import { firewallOf, judged, listen, networkOf, sshd } from "./server.ts";

const problems = (given: Answers, name: Parameters<typeof firewallOf>[0] = "bookworm-none") =>
  answerProblems(
    [...questions, port],
    { "ssh.port": 22, ...given },
    new Map<string, Fact<unknown>>([
      [firewall.id, known(firewallOf(name))],
      [network.id, known(networkOf("bookworm"))],
      [listeners.id, known([sshd(22), listen(80)])],
      ["sshd", unknown("not asked here")],
    ]),
  ).map(({ question, problem }) => `${question}: ${problem}`);

describe("defaults", () => {
  it("offer what listens, without data stores, clusters, consoles and the past", () => {
    const all = [sshd(22), listen(80), listen(8080), listen(5432), listen(5701), listen(9797), listen(23), listen(111)];
    const udp = [
      listen(68, { transport: "udp" }),
      listen(5353, { transport: "udp" }),
      listen(40_000, { transport: "udp" }),
    ];
    const local = listen(3306, { address: "127.0.0.1", reach: "loopback", families: [4] });
    const { answers } = judged({ firewall: "bookworm-none", listeners: [...all, ...udp, local] });
    expect(answers).toMatchObject({
      "firewall.owner": "nftables",
      "firewall.ssh-from": [],
      "firewall.public": ["80/tcp", "8080/tcp"],
      "firewall.peer-ports": ["5432/tcp", "5701/tcp", "9797/tcp"],
      "firewall.peers": [],
      "firewall.outbound": "open",
    });
  });

  it("take those who are connected to such ports now for peers", () => {
    const facts = networkOf("bookworm");
    const connection = { transport: "tcp", localAddress: "10.213.6.11", pids: [7] } as const;
    const connections = [
      { ...connection, localPort: 5701, remoteAddress: "10.213.6.21", remotePort: 40_001 },
      { ...connection, localPort: 40_002, remoteAddress: "10.213.6.22", remotePort: 5701 },
      { ...connection, localPort: 40_003, remoteAddress: "10.213.6.11", remotePort: 5701 },
      { ...connection, localPort: 80, remoteAddress: "198.51.100.4", remotePort: 40_004 },
    ];
    const { answers } = judged({
      firewall: "bookworm-none",
      listeners: [sshd(22), listen(5701)],
      network: { ...facts, connections },
    });
    expect(answers["firewall.peers"]).toEqual(["10.213.6.21", "10.213.6.22"]);
  });

  it("repeat the table in force", () => {
    expect(judged({ firewall: "bookworm-drawbridge" }).answers).toMatchObject({
      "firewall.public": ["80/tcp", "8080/tcp"],
      "firewall.peer-ports": ["5701/tcp", "7946/udp"],
      "firewall.peers": ["10.213.6.1"],
      "firewall.outbound": "open",
    });
    expect(judged({ firewall: "trixie-drawbridge" }).answers).toMatchObject({
      "firewall.ssh-from": ["10.213.11.0/24"],
      "firewall.outbound": "allow-list",
      "firewall.outbound-allow": ["80/tcp", "123/udp", "192.0.2.53 53/udp", "192.0.2.53 53/tcp"],
    });
  });

  it("repeat what another firewall lets in", () => {
    expect(judged({ firewall: "bookworm-ufw", listeners: [sshd(22), listen(80)] }).answers["firewall.public"]).toEqual([
      "22/udp",
    ]);
  });

  it("propose an allow-list of resolvers, time, archives and partners", () => {
    const facts = networkOf("bookworm");
    const partner = {
      transport: "tcp",
      localAddress: "10.213.6.11",
      localPort: 41_000,
      remoteAddress: "198.51.100.20",
      remotePort: 8443,
      pids: [7],
    } as const;
    const { answers } = judged(
      { firewall: "bookworm-none", listeners: [sshd(22)], network: { ...facts, connections: [partner] } },
      { "firewall.outbound": "allow-list" },
    );
    expect(answers["firewall.outbound-allow"]).toEqual([
      "192.0.2.53 53/udp",
      "192.0.2.53 53/tcp",
      "123/udp",
      "80/tcp",
      "198.51.100.20 8443/tcp",
    ]);
  });
});

describe("answers that do not fit", () => {
  it.each<readonly [Answers, RegExp]>([
    [{ "firewall.public": ["https"] }, /is not a port: write 443\/tcp/u],
    [{ "firewall.public": ["0/tcp"] }, /is not a port/u],
    [{ "firewall.public": ["70000/tcp"] }, /is not a port/u],
    [{ "firewall.public": ["22/tcp"] }, /is SSH's port/u],
    [{ "firewall.ssh-from": ["office"] }, /is neither an address nor a network/u],
    [{ "firewall.ssh-from": ["10.0.0.0/33"] }, /is neither an address nor a network/u],
    [{ "firewall.peer-ports": ["80/tcp"], "firewall.public": ["80/tcp"] }, /among the ports anyone may reach/u],
    [{ "firewall.owner": "ufw" }, /ufw is not active/u],
    [{ "firewall.owner": "shorewall" }, /firewall\.owner/u],
    [{ "firewall.outbound": "allow-list", "firewall.outbound-allow": ["example.net 443/tcp"] }, /is no destination/u],
  ])("%o", (given, expected) => {
    expect(problems(given).join("\n")).toMatch(expected);
  });

  it("firewalld's outgoing policies are not spoken, and a second firewall is not made", () => {
    expect(problems({ "firewall.outbound": "allow-list" }, "bookworm-firewalld").join()).toContain("choose open here");
    expect(problems({ "firewall.owner": "nftables" }, "bookworm-firewalld").join()).toContain("firewalld is in charge");
  });

  it("says nothing about answers that do", () => {
    expect(
      problems({
        "firewall.public": ["443/tcp", "8000-8010/tcp"],
        "firewall.ssh-from": ["fd00::/8"],
        "firewall.owner": "nftables",
      }),
    ).toEqual([]);
  });
});
