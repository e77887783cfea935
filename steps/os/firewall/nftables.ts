import { type AddressRange, formatAddress, withoutCovered } from "../../../src/core/address.ts";
import { joinPorts, type Ports } from "../../../src/core/ports.ts";
import { rootFolder } from "../../../src/core/root-folder.ts";
import { template } from "../../../src/embedded/templates.ts";
import { type Change, change } from "../../../src/model/change.ts";
import { decidesInFile, type Firewall, ownTable, paths } from "../../../src/probes/firewall.ts";
import type { Network } from "../../../src/probes/network.ts";
import { printedElement } from "./elements.ts";
import { type Policy, sshSources } from "./policy.ts";

/** Parts of the table that a control may be left out of. */
export type Extent = {
  readonly inbound: boolean;
  readonly outbound: boolean;
  readonly log: boolean;
  readonly forward: boolean;
};

const protocolNumbers = { tcp: 6, udp: 17 } as const;

/** nft writes a range that is no network as `low-high`. */
const addressElement = ({ family, low, high }: AddressRange): string => {
  if (low === high) return formatAddress(family, low);
  const size = high - low + 1n;
  const isNetwork = (size & (size - 1n)) === 0n && low % size === 0n;
  const bits = family === 4 ? 32 : 128;
  return isNetwork
    ? `${formatAddress(family, low)}/${bits - (size.toString(2).length - 1)}`
    : `${formatAddress(family, low)}-${formatAddress(family, high)}`;
};

const portElement = ({ low, high }: Pick<Ports, "low" | "high">): string =>
  low === high ? `${low}` : `${low}-${high}`;

type SetDefinition = { readonly name: string; readonly type: string; readonly elements: readonly string[] };

/** Every set the table has, so that a peer can be added for a moment without loading anything. */
export const setsOf = (policy: Policy): readonly SetDefinition[] => {
  const addresses = (name: string, family: 4 | 6, ranges: readonly AddressRange[]): SetDefinition => ({
    name: `${name}${family}`,
    type: family === 4 ? "ipv4_addr" : "ipv6_addr",
    elements: withoutCovered(ranges)
      .filter((range) => range.family === family)
      .map(addressElement),
  });
  const ports = (name: string, transport: Ports["transport"], list: readonly Ports[]): SetDefinition => ({
    name: `${name}_${transport}`,
    type: "inet_service",
    elements: joinPorts(list)
      .filter((one) => one.transport === transport)
      .map(portElement),
  });
  return [
    { name: "ssh_ports", type: "inet_service", elements: [String(policy.sshPort)] },
    addresses("ssh_from", 4, sshSources(policy)),
    addresses("ssh_from", 6, sshSources(policy)),
    ports("public", "tcp", policy.publicPorts),
    ports("public", "udp", policy.publicPorts),
    addresses("peers", 4, policy.peers),
    addresses("peers", 6, policy.peers),
    ports("peer", "tcp", policy.peerPorts),
    ports("peer", "udp", policy.peerPorts),
    ...(policy.failover === undefined
      ? []
      : [
          addresses("failover", 4, policy.failover.peers),
          addresses("failover", 6, policy.failover.peers),
          ports("failover", "tcp", policy.failover.ports),
        ]),
    ...(policy.outbound === undefined ? [] : outboundSets(policy.outbound)),
  ];
};

const outboundSets = (outbound: NonNullable<Policy["outbound"]>): readonly SetDefinition[] => {
  const anywhere = joinPorts(outbound.filter(({ to }) => to === undefined).map(({ ports }) => ports));
  const towards = (family: 4 | 6) => [
    ...new Set(
      outbound.flatMap(({ to, ports }) =>
        to?.family === family
          ? [`${addressElement(to)} . ${protocolNumbers[ports.transport]} . ${portElement(ports)}`]
          : [],
      ),
    ),
  ];
  return [
    {
      name: "out_ports",
      type: "inet_proto . inet_service",
      elements: anywhere.map((ports) => `${protocolNumbers[ports.transport]} . ${portElement(ports)}`),
    },
    { name: "out4", type: "ipv4_addr . inet_proto . inet_service", elements: towards(4) },
    { name: "out6", type: "ipv6_addr . inet_proto . inet_service", elements: towards(6) },
  ];
};

const setText = ({ name, type, elements }: SetDefinition): string => {
  const filled = elements.length === 0 ? "" : ` elements = { ${elements.join(", ")} }`;
  return `  set ${name} { type ${type}; flags interval;${filled} }`;
};

const forwardChain = `
  chain forward {
    type filter hook forward priority filter; policy drop;
  }
`;

const outputChain = (log: boolean, failover: boolean): string => `
  chain output {
    type filter hook output priority filter; policy drop;
    oif "lo" accept
    ct state established,related accept
    meta l4proto { 1, 58 } accept
    udp sport 68 udp dport 67 accept
    udp sport 546 udp dport 547 accept
    meta l4proto . th dport @out_ports accept
    ip daddr . meta l4proto . th dport @out4 accept
    ip6 daddr . meta l4proto . th dport @out6 accept
    ip daddr @peers4 tcp dport @peer_tcp accept
    ip daddr @peers4 udp dport @peer_udp accept
    ip6 daddr @peers6 tcp dport @peer_tcp accept
    ip6 daddr @peers6 udp dport @peer_udp accept
${failover ? failoverRules("daddr") : ""}${log ? logRule("out") : ""}    counter reject with icmpx admin-prohibited
  }
`;

/** VRRP is protocol 112 (RFC 9568), by number like the others. */
const failoverRules = (direction: "saddr" | "daddr"): string =>
  [
    `ip ${direction} @failover4 meta l4proto 112`,
    `ip6 ${direction} @failover6 meta l4proto 112`,
    `ip ${direction} @failover4 tcp dport @failover_tcp`,
    `ip6 ${direction} @failover6 tcp dport @failover_tcp`,
  ]
    .map((rule) => `    ${rule} accept\n`)
    .join("");

const logRule = (direction: "in" | "out"): string =>
  `    limit rate 10/minute burst 5 packets log prefix "drawbridge-${direction}: " level info flags all\n`;

/** The whole file, ready for `nft -f`, loading which twice is the same as once. */
export const rulesetText = (policy: Policy, extent: Extent): string => {
  const text = template("etc/nftables.d/drawbridge.nft")
    .replace("{{sets}}", () => setsOf(policy).map(setText).join("\n"))
    .replace(
      "{{inputLog}}",
      `${policy.failover === undefined ? "" : failoverRules("saddr")}${extent.log ? logRule("in") : ""}`,
    )
    .replace("{{forward}}", extent.forward ? forwardChain : "")
    .replace(
      "{{output}}",
      extent.outbound && policy.outbound !== undefined ? outputChain(extent.log, policy.failover !== undefined) : "",
    );
  // Without its control in force, nothing that comes in may be dropped: what the operator left out stays as it was.
  return extent.inbound ? text : text.replace(/\n {2}chain input \{[\s\S]*?\n {2}\}\n/u, "\n");
};

/**
 * Whether forwarded packets may be dropped: not where containers or virtual machines live from them, and not on a
 * machine that routes for others.
 */
export const mayDropForwarded = (firewall: Firewall, network: Network): boolean =>
  firewall.containers.length === 0 &&
  !(firewall.forwarding && network.interfaces.filter(({ up, loopback }) => up && !loopback).length > 1);

/** Sets and numbers of rules that a file of ours defines: what loading it would give. */
export const definedBy = (text: string) => {
  const sets = new Map(
    [...text.matchAll(/^ {2}set (\S+) \{ type [^;]+; flags interval;(?: elements = \{ (.*) \})? \}$/gmu)].map(
      ([, name = "", elements]) => [name, new Set(elements?.split(", ") ?? [])] as const,
    ),
  );
  const rules = new Map(
    [...text.matchAll(/^ {2}chain (\S+) \{\n([\s\S]*?)^ {2}\}$/gmu)].map(([, name = "", body = ""]) => [
      name,
      body.split("\n").filter((line) => line.trim() !== "" && !/^\s*(?:#|type )/u.test(line)).length,
    ]),
  );
  return { sets, rules };
};

/** What differs between the table in the kernel and the file it is loaded from at boot; undefined when nothing does. */
export const differenceFromFile = (firewall: Firewall): string | undefined => {
  const file = firewall.files[paths.ruleset];
  const { own } = firewall;
  if (file === undefined) return `${paths.ruleset} is missing`;
  if (own === undefined) return `table inet ${ownTable.name} is not loaded`;
  const { sets, rules } = definedBy(file.content);
  for (const [name, elements] of sets) {
    const loaded = new Set((own.sets[name] ?? []).map(printedElement));
    if (loaded.size !== elements.size || ![...elements].every((element) => loaded.has(element))) {
      return `set ${name} holds { ${[...loaded].join(", ")} } and the file says { ${[...elements].join(", ")} }`;
    }
  }
  for (const [name, count] of rules) {
    if (own.rules[name] !== count)
      return `chain ${name} has ${own.rules[name] ?? "no"} rules and the file has ${count}`;
  }
  const further = Object.keys(own.rules).find((name) => !rules.has(name));
  return further === undefined ? undefined : `chain ${further} is not in the file`;
};

const owned = { mode: "0644", owner: "root", group: "root" } as const;

/**
 * Which unit loads our table (docs/adr/0014). nftables.service where it only waits to be used: tools and people look there. A
 * unit of our own beside it where it loads somebody's rules, because a service can only have one ruleset to flush and to load.
 */
export const loaderOf = ({ files, units }: Firewall): "nftables.service" | "drawbridge-firewall.service" => {
  if (files[paths.unit] !== undefined) return "drawbridge-firewall.service";
  if (files[paths.loading] !== undefined) return "nftables.service";
  const unit = units["nftables.service"];
  const idle = unit?.loaded === true && !unit.active && !unit.enabled;
  return idle && !decidesInFile(files[paths.debianConfiguration]?.content ?? "")
    ? "nftables.service"
    : "drawbridge-firewall.service";
};

/** The files that have it load the ruleset, and the link that has it start. */
export const loading = (firewall: Firewall) =>
  loaderOf(firewall) === "nftables.service"
    ? ({
        files: [
          {
            path: paths.loading,
            title: "Firewall: nftables.service loads it",
            content: template("etc/systemd/system/nftables.service.d/zz-drawbridge.conf"),
          },
        ],
        link: { path: paths.loadingWanted, target: "/usr/lib/systemd/system/nftables.service" },
      } as const)
    : ({
        files: [
          {
            path: paths.unit,
            title: "Firewall: unit that loads it",
            content: template("etc/systemd/system/drawbridge-firewall.service"),
          },
          {
            path: paths.dropIn,
            title: "Firewall: survive a flush by nftables.service",
            content: template("etc/systemd/system/nftables.service.d/drawbridge.conf"),
          },
        ],
        link: { path: paths.wanted, target: paths.unit },
      } as const);

/** Files, links and the unit that put the ruleset in force, now and at every boot. */
export const nftablesChanges = (text: string, firewall: Firewall): readonly Change[] => {
  const common = { phase: "firewall", risk: "lockout" } as const;
  const directory = (path: string) =>
    firewall.directories.has(path) ? [] : [rootFolder(`Firewall: create ${path}`, path, { phase: "firewall" })];
  const file = (path: string, title: string, content: string) =>
    change({
      kind: "file",
      ...common,
      title,
      path,
      before: firewall.files[path] ?? null,
      after: { content, ...owned },
    });
  const installed = firewall.nft !== "";
  const loader = loaderOf(firewall);
  const { files, link } = loading(firewall);
  const ruleset = change({
    kind: "file",
    ...common,
    title: "Firewall: write the ruleset",
    path: paths.ruleset,
    before: firewall.files[paths.ruleset] ?? null,
    after: { content: text, ...owned },
    // Where nft is yet to be installed only the second look is possible.
    checks: installed
      ? [{ argv: ["nft", "-c", "-f", "@files/drawbridge.nft"], files: { "drawbridge.nft": text } }]
      : [],
    verify: [["nft", "-c", "-f", paths.ruleset]],
  });
  return [
    ...(installed
      ? []
      : [change({ kind: "package", title: "Install nftables", phase: "packages", risk: "none", names: ["nftables"] })]),
    ...directory("/etc/nftables.d"),
    ...directory("/etc/systemd/system/sysinit.target.wants"),
    ...directory("/etc/systemd/system/nftables.service.d"),
    ruleset,
    ...files.map(({ path, title, content }) => file(path, title, content)),
    change({
      kind: "symlink",
      ...common,
      title: "Firewall: load it at every boot",
      ...link,
      before: firewall.links[link.path] ?? null,
    }),
    change({
      kind: "unit",
      ...common,
      title: "Firewall: load it now",
      unit: loader,
      action: firewall.units[loader]?.active ? "reloaded" : "active",
    }),
  ];
};
