import { describe, expect, it } from "vitest";
import { firewallOf, judged, listen, networkOf, sshd, withTables } from "./server.ts";

const listeners = [sshd(22), listen(80)];
const refusals = (...args: Parameters<typeof judged>) =>
  judged(...args).assembled.refusals.map(({ guard, reason }) => ({ guard, reason }));

describe("firewall-admits-ssh", () => {
  it("lets whoever is inside the allowed networks through", () => {
    expect(refusals({ firewall: "bookworm-none", listeners }, { "firewall.ssh-from": ["10.213.6.0/24"] })).toEqual([]);
    expect(refusals({ firewall: "bookworm-none", listeners })).toEqual([]);
  });

  it("names the address outside of them, which is the jump host's where there is one", () => {
    const [refusal] = judged({ firewall: "bookworm-none", listeners }, { "firewall.ssh-from": ["192.0.2.0/24"] })
      .assembled.refusals;
    expect(refusal?.reason).toBe("you are connected from 10.213.6.1, and SSH would be open to 192.0.2.0/24 only");
    expect(refusal?.remedy).toContain("add 10.213.6.1");
  });

  it("refuses a firewall for a port that SSH is not going to have", () => {
    expect(refusals({ firewall: "bookworm-none", listeners }, { "ssh.port": 22022 })).toEqual([
      {
        guard: "firewall-admits-ssh",
        reason: "the firewall would admit SSH on port 22022 only, and this plan leaves it on 22",
      },
    ]);
  });

  it("counts everyone who is logged in where the own connection cannot be told", () => {
    const facts = networkOf("bookworm");
    const [first] = facts.connections;
    if (first === undefined) throw new Error("the captured answer has no connection");
    const network = { ...facts, session: undefined, connections: [first, { ...first, remoteAddress: "198.51.100.9" }] };
    const reasons = refusals(
      { firewall: "bookworm-none", listeners, network },
      { "firewall.ssh-from": ["10.213.6.0/24"] },
    );
    expect(reasons.map(({ reason }) => reason)).toEqual([
      "you are connected from 198.51.100.9, and SSH would be open to 10.213.6.0/24 only",
    ]);
  });

  it("sees that rules of others would shut the door", () => {
    const chain = {
      chain: { family: "inet", table: "guard", name: "in", type: "filter", hook: "input", prio: 0, policy: "accept" },
    };
    const rule = {
      rule: {
        family: "inet",
        table: "guard",
        chain: "in",
        expr: [
          { match: { op: "==", left: { payload: { protocol: "tcp", field: "dport" } }, right: 22 } },
          { drop: null },
        ],
      },
    };
    const firewall = withTables("bookworm-none", [{ table: { family: "inet", name: "guard" } }, chain, rule]);
    expect(refusals({ firewall, listeners })).toEqual([
      {
        guard: "firewall-admits-ssh",
        reason: "SSH would listen on port 22, and the firewall in force refuses that port from 10.213.6.1",
      },
    ]);
  });
});

describe("firewall-owner", () => {
  it("asks which of two counts", () => {
    const chain = {
      chain: { family: "inet", table: "guard", name: "in", type: "filter", hook: "input", prio: 0, policy: "drop" },
    };
    const rule = { rule: { family: "inet", table: "guard", chain: "in", expr: [{ accept: null }] } };
    const firewall = withTables("bookworm-ufw", [{ table: { family: "inet", name: "guard" } }, chain, rule]);
    expect(judged({ firewall, listeners }).answers["firewall.owner"]).toBe("undecided");
    const answered = judged({ firewall, listeners }, { "firewall.owner": "ufw", "firewall.public": ["443/tcp"] });
    expect(answered.assembled.refusals).toEqual([]);
    expect(answered.assembled.plan.changes.length).toBeGreaterThan(0);
  });

  it("refuses a second firewall beside one that is in charge", () => {
    const reasons = refusals(
      { firewall: "bookworm-firewalld", listeners },
      { "firewall.owner": "nftables", "firewall.public": ["443/tcp"] },
    );
    expect(reasons.map(({ guard }) => guard)).toContain("firewall-owner");
  });

  it("does not guess about iptables-legacy", () => {
    expect(firewallOf("bookworm-iptables-legacy").owners.map(({ owner }) => owner)).toEqual(["iptables-legacy"]);
    const { answers, assembled } = judged({ firewall: "bookworm-iptables-legacy", listeners });
    expect(answers["firewall.owner"]).toBe("undecided");
    expect(assembled.plan.changes).toEqual([]);
  });
});
