import { describe, expect, it } from "vitest";
import { parseNetwork } from "../../../../src/core/address.ts";
import { answerReader } from "../../../../src/core/answers.ts";
import { parsePorts } from "../../../../src/core/ports.ts";
import type { Answers } from "../../../../src/model/plan.ts";
import { firewall as step } from "../../../../steps/os/firewall/index.ts";
import { definedBy, differenceFromFile, rulesetText } from "../../../../steps/os/firewall/nftables.ts";
import type { Policy } from "../../../../steps/os/firewall/policy.ts";
import { firewallOf } from "./server.ts";

const networks = (...list: readonly string[]) => list.flatMap((text) => parseNetwork(text) ?? []);
const ports = (...list: readonly string[]) => list.flatMap((text) => parsePorts(text) ?? []);
const nothing: Policy = { sshPort: 22, sshFrom: [], publicPorts: [], peers: [], peerPorts: [], outbound: undefined };
const whole = { inbound: true, outbound: true, log: true, forward: true };
const setLines = (policy: Policy) =>
  rulesetText(policy, whole)
    .split("\n")
    .filter((line) => line.startsWith("  set "))
    .map((line) => line.trim());

describe("the ruleset file", () => {
  it("replaces our table and no other, however often it is loaded", () => {
    const text = rulesetText(nothing, whole);
    expect(text).toMatch(/\ntable inet drawbridge\ndelete table inet drawbridge\n\ntable inet drawbridge \{\n/u);
    expect(text.replace(/^\s*#.*$/gmu, "")).not.toMatch(/flush|destroy|\{\{/u);
  });

  it("names protocols by number where nft would need /etc/protocols", () => {
    expect(rulesetText({ ...nothing, outbound: [] }, whole)).not.toMatch(/l4proto \{? ?(?:icmp|ipv6-icmp|tcp|udp)/u);
  });

  it("lets anyone reach SSH, or the networks named, in their own family", () => {
    expect(setLines(nothing)).toContain("set ssh_from4 { type ipv4_addr; flags interval; elements = { 0.0.0.0/0 } }");
    const narrow = setLines({ ...nothing, sshFrom: networks("10.0.0.0/8", "192.0.2.7") });
    expect(narrow).toContain("set ssh_from4 { type ipv4_addr; flags interval; elements = { 10.0.0.0/8, 192.0.2.7 } }");
    expect(narrow).toContain("set ssh_from6 { type ipv6_addr; flags interval; }");
  });

  it("joins what overlaps, because nft refuses it", () => {
    const lines = setLines({
      ...nothing,
      publicPorts: ports("80/tcp", "443/tcp", "440-450/tcp", "53/udp"),
      peers: networks("10.0.0.0/24", "10.0.0.7", "10.0.0.7/32"),
      peerPorts: ports("5701/tcp", "5702/tcp"),
    });
    expect(lines).toContain("set public_tcp { type inet_service; flags interval; elements = { 80, 440-450 } }");
    expect(lines).toContain("set public_udp { type inet_service; flags interval; elements = { 53 } }");
    expect(lines).toContain("set peers4 { type ipv4_addr; flags interval; elements = { 10.0.0.0/24 } }");
    expect(lines).toContain("set peer_tcp { type inet_service; flags interval; elements = { 5701-5702 } }");
  });

  it("limits outgoing connections only when asked, and refuses rather than drops them", () => {
    expect(rulesetText(nothing, whole)).not.toContain("hook output");
    const text = rulesetText(
      { ...nothing, outbound: [{ to: networks("192.0.2.10")[0], ports: ports("443/tcp")[0] as never }] },
      whole,
    );
    expect(text).toContain("elements = { 192.0.2.10 . 6 . 443 }");
    expect(text).toContain("counter reject with icmpx admin-prohibited");
  });

  it("leaves out the parts that are not in force", () => {
    expect(rulesetText(nothing, { ...whole, log: false })).not.toContain("log prefix");
    expect(rulesetText(nothing, { ...whole, forward: false })).not.toContain("hook forward");
    const outOnly = rulesetText({ ...nothing, outbound: [] }, { ...whole, inbound: false });
    expect(outOnly).not.toContain("hook input");
    expect(outOnly).toContain("hook output");
  });
});

describe("file and kernel", () => {
  it.each(["bookworm-drawbridge", "trixie-drawbridge"] as const)("agree on %s", (name) => {
    expect(differenceFromFile(firewallOf(name))).toBeUndefined();
  });

  it("counts sets and rules of what we write", () => {
    const { sets, rules } = definedBy(rulesetText({ ...nothing, publicPorts: ports("80/tcp") }, whole));
    expect(sets.get("public_tcp")).toEqual(new Set(["80"]));
    expect([...rules.keys()]).toEqual(["input", "forward"]);
    expect(rules.get("forward")).toBe(0);
  });

  it("differ when someone adds a rule by hand", () => {
    const ours = firewallOf("bookworm-drawbridge");
    const own = { sets: {}, ...ours.own, rules: { ...ours.own?.rules, input: 99 } };
    expect(differenceFromFile({ ...ours, own })).toContain("chain input has 99 rules");
  });
});

describe("generated without a machine", () => {
  const reader = (given: Answers) => answerReader(new Map(), given);
  it("the ruleset for the answers, its unit and its drop-in", () => {
    const files = step.generate?.(reader({ "firewall.public": ["443/tcp"], "ssh.port": 22022 })) ?? [];
    expect(files.map(({ path }) => path)).toEqual([
      "/etc/nftables.d/drawbridge.nft",
      "/etc/systemd/system/drawbridge-firewall.service",
      "/etc/systemd/system/nftables.service.d/drawbridge.conf",
    ]);
    expect(files[0]?.content).toContain("set public_tcp { type inet_service; flags interval; elements = { 443 } }");
    expect(files[0]?.content).toContain("set ssh_ports { type inet_service; flags interval; elements = { 22022 } }");
  });

  it("nothing for those who are told by commands", () => {
    expect(step.generate?.(reader({ "firewall.owner": "ufw" }))).toEqual([]);
  });
});
