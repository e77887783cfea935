import { type AddressRange, formatRange } from "../../../src/core/address.ts";
import { formatPorts, type Ports } from "../../../src/core/ports.ts";
import type { Evidence } from "../../../src/model/finding.ts";
import type { Firewall } from "../../../src/probes/firewall.ts";
import { outsideOf } from "../../../src/probes/network.ts";
import { familiesOf, type Sight } from "./derive.ts";
import { admitsFrom, portStretches, stranger } from "./packet.ts";
import type { Policy } from "./policy.ts";

/** One thing the policy lets in. */
export type Opening = {
  readonly ports: Ports;
  /** Undefined: anyone. */
  readonly from: AddressRange | undefined;
  /** "SSH", "public", "peers": what it is for. */
  readonly purpose: "SSH" | "public" | "peers";
};

export const openingsOf = (policy: Policy): readonly Opening[] => {
  const ssh: Ports = { transport: "tcp", low: policy.sshPort, high: policy.sshPort };
  return [
    ...(policy.sshFrom.length === 0 ? [undefined] : policy.sshFrom).map((from) => ({
      ports: ssh,
      from,
      purpose: "SSH" as const,
    })),
    ...policy.publicPorts.map((ports) => ({ ports, from: undefined, purpose: "public" as const })),
    ...policy.peerPorts.flatMap((ports) => policy.peers.map((from) => ({ ports, from, purpose: "peers" as const }))),
  ];
};

/** Whether every packet of the opening gets in now; families that this machine does not have do not count. */
export const isAdmitted = (sight: Sight, { ports, from }: Omit<Opening, "purpose">): boolean => {
  const { ruleset } = sight.firewall;
  const outside = outsideOf(sight.network);
  const families = familiesOf(sight.network).filter((family) => from === undefined || from.family === family);
  const probes = [
    ports.low,
    ports.high,
    ...portStretches(ruleset).flatMap(({ low }) => (ports.low < low && low < ports.high ? [low] : [])),
  ];
  return families.every((family) => {
    const sources =
      from === undefined
        ? [stranger(ruleset, family)]
        : [
            { ...from, high: from.low },
            { ...from, low: from.high },
          ];
    return sources.every((source) =>
      probes.every((port) => admitsFrom(ruleset, outside, { transport: ports.transport, port, source }) === "yes"),
    );
  });
};

export const missingOpenings = (sight: Sight, policy: Policy): readonly Opening[] =>
  openingsOf(policy).filter((opening) => !isAdmitted(sight, opening));

export const describeOpening = ({ ports, from, purpose }: Opening): string =>
  `${formatPorts(ports)} for ${from === undefined ? "anyone" : formatRange(from)} (${purpose})`;

/** Chains that packets enter by, in the kernel's order: what a person would look at first. */
export const inputChains = (firewall: Firewall): Evidence => ({
  asked: "nft list ruleset",
  answered:
    firewall.ruleset.chains
      .filter(({ base }) => base?.hook === "input")
      .map(
        ({ family, table, name, base, rules }) =>
          `${family} ${table} ${name}: policy ${base?.policy}, ${rules.length} rules`,
      )
      .join("; ") || "no chain for incoming packets",
});

export const ownersFound = (firewall: Firewall): Evidence => ({
  asked: "systemctl is-active firewalld nftables ufw; nft list ruleset",
  answered:
    firewall.owners.map(({ owner, evidence }) => `${owner}: ${evidence}`).join("; ") ||
    "nobody rules over incoming packets",
});
