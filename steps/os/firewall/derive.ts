import { type AddressRange, formatRange, parseNetwork, withoutCovered } from "../../../src/core/address.ts";
import { formatPorts, includesPort, joinPorts, type Ports, parsePorts } from "../../../src/core/ports.ts";
import type { Firewall } from "../../../src/probes/firewall.ts";
import { outsideOf } from "../../../src/probes/network.ts";
import { addressRange } from "../../../src/probes/nft-ruleset.ts";
import { judge, sshListeningPorts } from "../../network/open-ports/judgement.ts";
import { familiesOf, isAdmitted, type Sight } from "./admitted.ts";
import { printedElement } from "./elements.ts";
import { type Admission, admitsFrom, admitsStranger, namedSources, openings, portStretches } from "./packet.ts";

/** A port that no rule names and nobody listens on: what happens to it is what happens by default. */
export const quietPort = ({ firewall, listeners }: Pick<Sight, "firewall" | "listeners">): number => {
  const busy = new Set(listeners.map(({ port }) => port));
  const widest = portStretches(firewall.ruleset).toSorted((a, b) => b.high - b.low - (a.high - a.low))[0];
  let port = widest?.low ?? 1;
  while (busy.has(port)) port++;
  return port;
};

/** What happens to a stranger's packet for which there is no rule, per family; TCP and UDP both have to be refused. */
export const byDefault = (sight: Sight, family: 4 | 6): Admission => {
  const { ruleset } = sight.firewall;
  const outside = outsideOf(sight.network);
  const port = quietPort(sight);
  const admissions = (["tcp", "udp"] as const).map((transport) =>
    admitsStranger(ruleset, outside, family, { transport, port }),
  );
  return admissions.includes("yes") ? "yes" : admissions.includes("unknown") ? "unknown" : "no";
};

export const deniesByDefault = (sight: Sight): boolean =>
  familiesOf(sight.network).every((family) => byDefault(sight, family) === "no");

const rangesIn = (elements: readonly unknown[] | undefined): readonly AddressRange[] =>
  (elements ?? []).flatMap((element) => addressRange(element as Parameters<typeof addressRange>[0]) ?? []);

const portsInSet = (elements: readonly unknown[] | undefined, transport: "tcp" | "udp"): readonly Ports[] =>
  (elements ?? []).flatMap((element) => {
    if (typeof element === "number") return [{ transport, low: element, high: element }];
    const range = (element as { range?: unknown })?.range;
    const [low, high] = Array.isArray(range) ? range : [];
    return typeof low === "number" && typeof high === "number" ? [{ transport, low, high }] : [];
  });

const isEverywhere = ({ low, family, high }: AddressRange): boolean =>
  low === 0n && high === (family === 4 ? 2n ** 32n : 2n ** 128n) - 1n;

/** The policy our own table holds now; undefined when it is not loaded. Keeps defaults still once it is in force. */
export const loadedPolicy = ({ own }: Firewall) => {
  if (own === undefined || own.rules.input === undefined) return;
  const sets = (name: string) => own.sets[name];
  const from = [...rangesIn(sets("ssh_from4")), ...rangesIn(sets("ssh_from6"))];
  return {
    sshFrom: from.every(isEverywhere) ? [] : from.map(formatRange),
    publicPorts: [...portsInSet(sets("public_tcp"), "tcp"), ...portsInSet(sets("public_udp"), "udp")].map(formatPorts),
    peers: [...rangesIn(sets("peers4")), ...rangesIn(sets("peers6"))].map(formatRange),
    peerPorts: [...portsInSet(sets("peer_tcp"), "tcp"), ...portsInSet(sets("peer_udp"), "udp")].map(formatPorts),
    outbound: own.rules.output !== undefined,
  };
};

const describedAs = (sight: Sight, kinds: readonly string[]): readonly Ports[] => {
  const context = { sshPorts: sshListeningPorts(sight.listeners), ephemeral: sight.network.ephemeral };
  return joinEqual(
    sight.listeners
      .filter((listener) => kinds.includes(judge(listener, context).kind))
      .map(({ transport, port }) => ({ transport, low: port, high: port })),
  );
};

/** Each port once, in order; neighbours stay apart, so that a list reads as what listens. */
const joinEqual = (list: readonly Ports[]): readonly Ports[] =>
  [...new Map(list.map((ports) => [formatPorts(ports), ports])).values()].toSorted(
    (a, b) => a.low - b.low || (a.transport < b.transport ? -1 : 1),
  );

/** DHCP, and discovery among neighbours: the base rules take care of the first, the second is nobody's business. */
const isHousekeeping = ({ transport, low, high }: Ports): boolean =>
  transport === "udp" && low === high && [68, 546, 1900, 5353, 5355].includes(low);

/** What the firewall in force lets anyone reach, without SSH and housekeeping. */
const admittedNow = (sight: Sight): readonly Ports[] => {
  const ssh = sshListeningPorts(sight.listeners);
  return openings(sight.firewall.ruleset, outsideOf(sight.network))
    .filter(({ admission }) => admission === "yes")
    .map(({ transport, low, high }): Ports => ({ transport, low, high }))
    .filter(
      (ports) =>
        !isHousekeeping(ports) && !(ports.transport === "tcp" && ports.low === ports.high && ssh.includes(ports.low)),
    );
};

/** Default of "ports anyone may reach". */
export const publicPorts = (sight: Sight): readonly string[] => {
  const loaded = loadedPolicy(sight.firewall);
  if (loaded !== undefined) return loaded.publicPorts;
  if (deniesByDefault(sight)) return admittedNow(sight).map(formatPorts);
  // Where one family is filtered already, what that keeps shut is not in use.
  const offered = describedAs(sight, ["workload", "web", "time", "unexplained"]);
  return offered.filter((ports) => isAdmitted(sight, { ports, from: undefined })).map(formatPorts);
};

/** Default of "ports for peers only". */
export const peerPorts = (sight: Sight): readonly string[] => {
  const loaded = loadedPolicy(sight.firewall);
  if (loaded !== undefined) return loaded.peerPorts;
  if (deniesByDefault(sight)) return restricted(sight).ports.map(formatPorts);
  return describedAs(sight, ["cluster", "data", "management"]).map(formatPorts);
};

/** Default of "peers": who uses those ports now. */
export const peers = (sight: Sight, ports: readonly string[]): readonly string[] => {
  const loaded = loadedPolicy(sight.firewall);
  if (loaded !== undefined) return loaded.peers;
  if (deniesByDefault(sight)) return restricted(sight).sources.map(formatRange);
  const wanted = ports.flatMap((text) => parsePorts(text) ?? []);
  const own = new Set(sight.network.interfaces.flatMap(({ addresses }) => addresses.map(({ address }) => address)));
  const remote = sight.network.connections
    .filter(
      ({ localPort, remotePort, transport }) =>
        includesPort(wanted, localPort, transport) || includesPort(wanted, remotePort, transport),
    )
    .map(({ remoteAddress }) => remoteAddress)
    .filter((address) => !own.has(address) && !address.startsWith("127."));
  return withoutCovered(remote.flatMap((address) => parseNetwork(address) ?? [])).map(formatRange);
};

/** Default of "networks SSH may come from": what the firewall in force says, else anyone. */
export const sshFrom = (sight: Sight): readonly string[] => {
  const loaded = loadedPolicy(sight.firewall);
  if (loaded !== undefined) return loaded.sshFrom;
  const ports = sshListeningPorts(sight.listeners);
  const { ruleset } = sight.firewall;
  const outside = outsideOf(sight.network);
  const admitted = (source: AddressRange) =>
    ports.some((port) => admitsFrom(ruleset, outside, { transport: "tcp", port, source }) === "yes");
  if (
    ports.length === 0 ||
    familiesOf(sight.network).some((family) =>
      ports.some((port) => admitsStranger(ruleset, outside, family, { transport: "tcp", port }) === "yes"),
    )
  )
    return [];
  return familiesOf(sight.network)
    .flatMap((family) => namedSources(ruleset, family))
    .filter((source) => admitted({ ...source, high: source.low }))
    .map(formatRange);
};

/** More sources than this are a list that somebody keeps elsewhere. */
const mostSources = 64;

/**
 * Ports that the firewall in force opens to some and not to anyone, and to whom. Only when everyone named may reach the
 * same ports: one list of peers for one list of ports must not widen what is narrower today.
 */
const restricted = (sight: Sight): { readonly sources: readonly AddressRange[]; readonly ports: readonly Ports[] } => {
  const { ruleset } = sight.firewall;
  const outside = outsideOf(sight.network);
  const ssh = sshListeningPorts(sight.listeners);
  const bySource = familiesOf(sight.network)
    .flatMap((family) => namedSources(ruleset, family).slice(0, mostSources))
    .map((source) => {
      const from = { ...source, high: source.low };
      const ports = (["tcp", "udp"] as const).flatMap((transport) =>
        portStretches(ruleset)
          .filter(
            ({ low }) => !(transport === "tcp" && ssh.includes(low)) && !isHousekeeping({ transport, low, high: low }),
          )
          .filter(
            ({ low }) =>
              admitsFrom(ruleset, outside, { transport, port: low, source: from }) === "yes" &&
              admitsStranger(ruleset, outside, source.family, { transport, port: low }) === "no",
          )
          .map(({ low, high }): Ports => ({ transport, low, high })),
      );
      return { source, ports };
    })
    .filter(({ ports }) => ports.length > 0);
  const alike = new Set(bySource.map(({ ports }) => ports.map(formatPorts).join()));
  const [first] = bySource;
  if (first === undefined || alike.size > 1) return { sources: [], ports: [] };
  return { sources: withoutCovered(bySource.map(({ source }) => source)), ports: joinPorts(first.ports) };
};

/** "443/tcp", "192.0.2.10 443/tcp": the outgoing places our loaded table holds. */
const loadedPlaces = ({ own }: Firewall): readonly string[] => {
  const transports: Readonly<Record<string, string>> = { 6: "tcp", 17: "udp" };
  return ["out_ports", "out4", "out6"].flatMap((name) =>
    (own?.sets[name] ?? []).map(printedElement).map((element) => {
      const parts = element.split(" . ");
      const [port = "", protocol = "", address] = parts.toReversed();
      const ports = `${port}/${transports[protocol] ?? protocol}`;
      return address === undefined ? ports : `${address} ${ports}`;
    }),
  );
};

/**
 * Default of the outgoing allow-list: resolvers, time, package archives, whom services talk to now, and whom integrations call by
 * their configuration. A name stands for addresses that may change: its port is allowed to anywhere.
 */
export const outboundAllowed = (
  sight: Sight,
  called: readonly { readonly host: string; readonly port: number }[] = [],
): readonly string[] => {
  if (sight.firewall.own?.rules.output !== undefined) return loadedPlaces(sight.firewall);
  const { resolvers, archives, connections } = sight.network;
  const isLocal = (address: string) => address.startsWith("127.") || address === "::1";
  const listening = new Set(sight.listeners.map(({ port, transport }) => `${port}/${transport}`));
  const places = new Set<string>();
  for (const address of resolvers.filter((resolver) => !isLocal(resolver)))
    places.add(`${address} 53/udp`).add(`${address} 53/tcp`);
  places.add("123/udp");
  for (const { host, port } of archives) {
    if (!isLocal(host)) places.add(parseNetwork(host) === undefined ? `${port}/tcp` : `${host} ${port}/tcp`);
  }
  for (const { localPort, transport, remoteAddress, remotePort } of connections) {
    if (isLocal(remoteAddress) || listening.has(`${localPort}/${transport}`) || transport !== "tcp") continue;
    if (!places.has(`${remotePort}/tcp`)) places.add(`${remoteAddress} ${remotePort}/tcp`);
  }
  for (const { host, port } of called) {
    if (isLocal(host) || host === "localhost" || places.has(`${port}/tcp`)) continue;
    places.add(parseNetwork(host) === undefined ? `${port}/tcp` : `${host} ${port}/tcp`);
  }
  return [...places];
};
