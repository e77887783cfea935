import { z } from "zod";
import { type AddressRange, parseNetwork, withoutCovered } from "../../../src/core/address.ts";
import { joinPorts, type Ports, parsePorts, portsSchema } from "../../../src/core/ports.ts";
import { type Fact, knownValue } from "../../../src/model/fact.ts";
import { raw } from "../../../src/model/probe.ts";
import { type AnswerReader, question } from "../../../src/model/question.ts";
import { type Firewall, firewall } from "../../../src/probes/firewall.ts";
import { integrations } from "../../../src/probes/integrations.ts";
import { listeners } from "../../../src/probes/listeners.ts";
import { network } from "../../../src/probes/network.ts";
import { clusterOf } from "../../network/failover/here.ts";
import { followMoves, movedPorts } from "../../runtime/defaults/moved-ports.ts";
import { port as sshPort } from "../ssh/questions.ts";
import type { Sight } from "./admitted.ts";
import { outboundAllowed, peerPorts, peers, publicPorts, sshFrom } from "./derive.ts";
import type { Policy } from "./policy.ts";

const seeing = { firewall, network, listeners };
type Seen = { readonly [K in keyof Sight]: Fact<Sight[K]> };

/** What is seen of packets, or undefined when part of it is not known. */
const sightOf = (facts: Seen): Sight | undefined =>
  facts.firewall.state === "known" && facts.network.state === "known" && facts.listeners.state === "known"
    ? { firewall: facts.firewall.value, network: facts.network.value, listeners: facts.listeners.value }
    : undefined;

const fromSight =
  <T>(otherwise: T, derive: (sight: Sight, answers: AnswerReader) => T) =>
  (facts: Seen, answers: AnswerReader): T => {
    const sight = sightOf(facts);
    return sight === undefined ? otherwise : derive(sight, answers);
  };

const networkSchema = z.string().refine((text) => parseNetwork(text) !== undefined, {
  error: "is neither an address nor a network: write 10.0.0.7, 10.0.0.0/8 or fd00::/8",
});

export const owners = ["nftables", "ufw", "firewalld", "unmanaged", "undecided"] as const;
export type OwnerAnswer = (typeof owners)[number];

const spokenTo = (facts: Firewall): OwnerAnswer => {
  const ruling = facts.owners.map(({ owner }) => owner);
  if (ruling.includes("iptables-legacy")) return "undecided";
  const [only = "nftables", ...others] = ruling;
  // What was written by hand with nft or iptables stays as it is; our table stands beside it.
  const beside = (owner: string) => owner === "nftables" || owner === "iptables";
  if (others.length > 0) return ruling.every(beside) ? "nftables" : "undecided";
  return beside(only) ? "nftables" : (only as OwnerAnswer);
};

export const firewallOwner = question({
  id: "firewall.owner",
  kind: "select",
  label: "Who keeps the firewall",
  title: "Which program keeps this machine's firewall?",
  why: "Two programs that both rule over packets undo each other's work, and one of them will lock you out some day. Where one is in charge already (ufw, firewalld) it is spoken to in its own terms; where there is none, an own nftables table is loaded at boot and nobody else's rules are touched. The default is what was found; with two of them nothing is changed until you say which one counts.",
  schema: z.enum(owners),
  needs: { firewall },
  default: ({ firewall: seen }): OwnerAnswer => (seen.state === "known" ? spokenTo(seen.value) : "nftables"),
  current: ({ firewall: seen }) => {
    if (seen.state !== "known") return `unknown: ${seen.reason}`;
    const found = seen.value.owners.map(({ owner, evidence }) => `${owner} (${evidence})`);
    const beside = seen.value.containers.length > 0 ? `; beside it ${seen.value.containers.join(", ")}` : "";
    return `${found.length === 0 ? "nobody filters packets" : found.join("; ")}${beside}`;
  },
  choices: ({ firewall: seen }) => {
    const ruling = new Set(seen.state === "known" ? seen.value.owners.map(({ owner }) => owner) : []);
    const missing = (owner: "ufw" | "firewalld") =>
      ruling.has(owner) ? {} : { disabled: `${owner} is not active here` };
    const taken = [...ruling].find((owner) => owner === "ufw" || owner === "firewalld" || owner === "iptables-legacy");
    return [
      {
        value: "nftables",
        label: "nftables, an own table",
        hint: "foreign tables stay as they are",
        ...(taken !== undefined && { disabled: `${taken} is in charge; turn it off first` }),
      },
      { value: "ufw", label: "ufw", ...missing("ufw") },
      { value: "firewalld", label: "firewalld", ...missing("firewalld") },
      { value: "unmanaged", label: "Leave it to me", hint: "inspected, never changed" },
      { value: "undecided", label: "Not decided yet", hint: "nothing that can lock out is applied" },
    ];
  },
  check: (value, { firewall: seen }) => {
    if (seen.state !== "known") return;
    const ruling = seen.value.owners.map(({ owner }) => owner);
    if ((value === "ufw" || value === "firewalld") && !ruling.includes(value))
      return `${value} is not active on this machine`;
    const other = ruling.find((owner) => owner === "ufw" || owner === "firewalld" || owner === "iptables-legacy");
    if (value === "nftables" && other !== undefined) return `${other} is in charge; turn it off first, or choose it`;
    return;
  },
});

export const firewallSshFrom = question({
  id: "firewall.ssh-from",
  kind: "list",
  label: "Networks SSH may come from",
  title: "From which networks may SSH be reached?",
  why: "SSH open to the whole Internet is tried by thousands of machines a day; keys hold them off, a closed port does not even answer. Name the networks of your office, your jump host and your VPN, each as an address or a network, and be sure that they do not change. Empty means anyone, which is the default unless the firewall in force is narrower already.",
  schema: z.array(networkSchema),
  needs: seeing,
  default: fromSight([] as string[], (sight) => [...sshFrom(sight)]),
  describe: (value) => (value.length === 0 ? "anyone" : value.join(", ")),
});

export const firewallPublic = question({
  id: "firewall.public",
  kind: "list",
  label: "Ports anyone may reach",
  title: "Which ports may anyone reach, besides SSH?",
  why: "Everything that is not named here, for peers, or SSH, is closed. The default is what the firewall in force lets in; without one, what listens on more than loopback now, so that nothing in use goes dark, without data stores, cluster and management ports (those are for peers) and without clear-text services of the past.",
  schema: z.array(portsSchema),
  needs: { ...seeing, here: raw(integrations) },
  default: ({ here, ...seen }, answers) =>
    followMoves(
      fromSight([] as string[], (sight) => [...publicPorts(sight)])(seen, answers),
      movedPorts(here, answers),
      // Behind the proxies of a failover the integration is for the nodes alone.
    ).filter((text) => text !== `${clusterOf(answers)?.backendPort}/tcp`),
  check: (value, _facts, answers) => {
    const port = answers.get(sshPort);
    const ssh = value.find((text) => text === `${port}/tcp`);
    return ssh === undefined
      ? undefined
      : `${ssh} is SSH's port: who may reach it is asked in "Networks SSH may come from"`;
  },
  describe: (value) => (value.length === 0 ? "none" : value.join(", ")),
});

export const firewallPeerPorts = question({
  id: "firewall.peer-ports",
  kind: "list",
  label: "Ports for peers only",
  title: "Which ports are for named peers only?",
  why: "Cluster members, databases, message brokers, management and metrics ports trust whoever reaches them. The default is what of that kind listens here now, or what the firewall in force opens to some and not to all.",
  schema: z.array(portsSchema),
  needs: seeing,
  default: fromSight([] as string[], (sight) => [...peerPorts(sight)]),
  check: (value, _facts, answers) => {
    const open = answers.get(firewallPublic).flatMap((text) => parsePorts(text) ?? []);
    const twice = value.find((text) => {
      const ports = parsePorts(text);
      return open.some(
        (other) => ports?.transport === other.transport && ports.low <= other.high && other.low <= ports.high,
      );
    });
    return twice === undefined
      ? undefined
      : `${twice} is among the ports anyone may reach as well: take it out of one of the two`;
  },
  describe: (value) => (value.length === 0 ? "none" : value.join(", ")),
});

export const firewallPeers = question({
  id: "firewall.peers",
  kind: "list",
  label: "Peers",
  title: "Which machines are the peers?",
  why: "Addresses or networks of the other cluster members, of the programs that use this database, of the monitoring server. The default is who is connected to those ports at this moment: whoever is switched off or idle right now is missing, so read it twice. With no peer named, the ports above are closed to everyone.",
  schema: z.array(networkSchema),
  needs: seeing,
  default: fromSight([] as string[], (sight, answers) => [...peers(sight, answers.get(firewallPeerPorts))]),
  when: (_facts, answers) => answers.get(firewallPeerPorts).length > 0,
  describe: (value) => (value.length === 0 ? "nobody" : value.join(", ")),
});

/** "443/tcp" to anywhere, or "192.0.2.10 443/tcp", "10.0.0.0/8 5432/tcp". */
export const parsePlace = (text: string) => {
  const [, where, what = ""] = /^(?:(\S+)\s+)?(\S+)$/u.exec(text.trim()) ?? [];
  const ports = parsePorts(what);
  const to = where === undefined ? undefined : parseNetwork(where);
  return ports === undefined || (where !== undefined && to === undefined) ? undefined : { to, ports };
};

export const firewallOutbound = question({
  id: "firewall.outbound",
  kind: "select",
  label: "Outgoing connections",
  title: "May this machine connect to anywhere?",
  why: "Stolen data and loaded malware both leave through outgoing connections, so an allow-list is worth having. It needs to be complete: every partner, mail relay and monitoring server that is forgotten fails the day it is used. The default is open, because only you know the list; the proposal for it is derived from what is configured and connected now.",
  schema: z.enum(["open", "allow-list"]),
  needs: { firewall },
  default: ({ firewall: seen }): "open" | "allow-list" =>
    seen.state === "known" && seen.value.own?.rules.output !== undefined ? "allow-list" : "open",
  choices: (_facts, answers) => [
    { value: "open", label: "Open: anywhere" },
    {
      value: "allow-list",
      label: "Only to an allow-list",
      ...(answers.get(firewallOwner) === "firewalld" && {
        disabled: "with firewalld this is done by policies of your own",
      }),
    },
  ],
  check: (value, _facts, answers) =>
    value === "allow-list" && answers.get(firewallOwner) === "firewalld"
      ? "with firewalld, outgoing connections are limited by policies (firewall-cmd --new-policy): make one by hand and choose open here"
      : undefined,
});

export const firewallOutboundAllow = question({
  id: "firewall.outbound-allow",
  kind: "list",
  label: "Where it may connect to",
  title: "Which places may this machine connect to?",
  why: "Each entry is a port for anywhere (443/tcp) or an address and a port (192.0.2.10 443/tcp). The default holds the name servers, time, the package archives, every partner that a service is connected to now, and whom the integrations call by their configuration. A packet filter knows addresses, not names: archives and other names whose addresses change are therefore allowed by port to anywhere. Behind a proxy, name the proxy's address and take those out.",
  schema: z.array(
    z.string().refine((text) => parsePlace(text) !== undefined, {
      error: "is no destination: write 443/tcp, or an address and a port like 192.0.2.10 443/tcp",
    }),
  ),
  needs: { ...seeing, here: raw(integrations) },
  default: (facts, answers) => {
    const called = (knownValue(facts.here)?.integrations ?? []).flatMap(({ endpoints }) => endpoints);
    const usual = ["53/udp", "53/tcp", "123/udp", "80/tcp", "443/tcp"];
    return fromSight(usual, (sight) => [...outboundAllowed(sight, called)])(facts, answers);
  },
  when: (_facts, answers) => answers.get(firewallOutbound) === "allow-list",
});

export const questions = [
  firewallOwner,
  firewallSshFrom,
  firewallPublic,
  firewallPeerPorts,
  firewallPeers,
  firewallOutbound,
  firewallOutboundAllow,
] as const;

const networks = (list: readonly string[]): readonly AddressRange[] =>
  withoutCovered(list.flatMap((text) => parseNetwork(text) ?? []));
const ports = (list: readonly string[]): readonly Ports[] => joinPorts(list.flatMap((text) => parsePorts(text) ?? []));

/** The answers, read as what they mean for packets. */
export const policyOf = (answers: AnswerReader): Policy => {
  const peerPorts = ports(answers.get(firewallPeerPorts));
  const cluster = clusterOf(answers);
  return {
    sshPort: answers.get(sshPort),
    sshFrom: networks(answers.get(firewallSshFrom)),
    publicPorts: ports([...answers.get(firewallPublic), ...(cluster === undefined ? [] : [`${cluster.port}/tcp`])]),
    peers: peerPorts.length === 0 ? [] : networks(answers.get(firewallPeers)),
    peerPorts,
    outbound:
      answers.get(firewallOutbound) === "open"
        ? undefined
        : answers.get(firewallOutboundAllow).flatMap((text) => parsePlace(text) ?? []),
    // All nodes, this one among them: the same list on each of them.
    ...(cluster !== undefined && {
      failover: {
        peers: networks(cluster.nodes.map(({ address }) => address)),
        ports: ports([`${cluster.backendPort}/tcp`]),
      },
    }),
  };
};
