import { describe, expect, it } from "vitest";
import { firewall, paths } from "../../src/probes/firewall.ts";
import { captured, type FirewallName, firewallOf, withTables } from "../steps/os/firewall/server.ts";

const owners = (name: FirewallName) => firewallOf(name).owners.map(({ owner }) => owner);
const inputChain = (family: string, table: string, policy: string) => ({
  chain: { family, table, name: "in", type: "filter", hook: "input", prio: 0, policy },
});
const table = (family: string, name: string) => ({ table: { family, name } });

describe("who rules over packets", () => {
  it.each<readonly [FirewallName, readonly string[]]>([
    ["bookworm-none", []],
    ["bookworm-drawbridge", ["nftables"]],
    ["trixie-drawbridge", ["nftables"]],
    ["bookworm-ufw", ["ufw"]],
    ["bookworm-ufw-disabled", []],
    ["bookworm-firewalld", ["firewalld"]],
    ["bookworm-docker", ["nftables"]],
    ["bookworm-iptables", ["iptables"]],
    ["bookworm-iptables-legacy", ["iptables-legacy"]],
  ])("%s: %j", (name, expected) => {
    expect(owners(name)).toEqual(expected);
  });

  it("not fail2ban, not an empty table as Debian ships it, not containers", () => {
    const refuse = { rule: { family: "inet", table: "f2b-table", chain: "in", expr: [{ reject: null }] } };
    const seen = withTables("bookworm-none", [
      table("inet", "f2b-table"),
      inputChain("inet", "f2b-table", "accept"),
      refuse,
      table("inet", "filter"),
      inputChain("inet", "filter", "accept"),
      table("inet", "netavark"),
    ]);
    expect(seen.owners).toEqual([]);
    expect(seen.containers).toEqual(["Podman"]);
  });

  it("ours beside ufw are two", () => {
    const seen = withTables("bookworm-ufw", [table("inet", "drawbridge"), inputChain("inet", "drawbridge", "drop")]);
    expect(seen.owners.map(({ owner }) => owner)).toEqual(["ufw", "nftables"]);
  });

  it("Docker is named, its rules are nobody's firewall", () => {
    expect(firewallOf("bookworm-docker").containers).toEqual(["Docker"]);
    expect(firewallOf("bookworm-docker").ruleset.published).toEqual([
      { transport: "tcp", low: 8081, high: 8081, to: "172.17.0.2:80" },
    ]);
  });
});

describe("what else is told", () => {
  it("files byte for byte, directories, links and units", () => {
    const seen = firewallOf("bookworm-drawbridge");
    expect(seen.nft).toBe("1.0.6");
    expect(seen.files[paths.ruleset]).toMatchObject({ mode: "0644", owner: "root", group: "root" });
    expect(seen.files[paths.ruleset]?.content).toMatch(/^#!\/usr\/sbin\/nft -f\n[\s\S]*\n\}\n$/u);
    expect(seen.directories).toContain("/etc/nftables.d");
    expect(seen.links[paths.wanted]).toBe(paths.unit);
    expect(seen.units["drawbridge-firewall.service"]).toEqual({ loaded: true, active: true, enabled: true });
    expect(firewallOf("bookworm-none").own).toBeUndefined();
    expect(firewallOf("bookworm-ufw").ufwLoader).toBe("/lib/ufw/ufw-init");
  });

  it("is unknown when nft is refused, cut off or silent", () => {
    const answer = { stdout: captured("firewall", "bookworm-none"), exitCode: 0, truncated: false, timedOut: false };
    expect(firewall.parse({ ...answer, exitCode: 1 }).state).toBe("unknown");
    expect(firewall.parse({ ...answer, truncated: true }).state).toBe("unknown");
    expect(firewall.parse({ ...answer, timedOut: true }).state).toBe("unknown");
  });

  it("throws on garbage, which the engine reports as unknown", () => {
    const garbage = captured("firewall", "bookworm-none").replace('{"nftables"', '{"nftables');
    expect(() => firewall.parse({ stdout: garbage, exitCode: 0, truncated: false, timedOut: false })).toThrow();
  });
});
