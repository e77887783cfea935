import { type AddressRange, formatRange } from "../../../src/core/address.ts";
import { formatPorts, type Ports } from "../../../src/core/ports.ts";
import type { Evidence } from "../../../src/model/finding.ts";
import type { Firewall } from "../../../src/probes/firewall.ts";
import { isAdmitted, type Sight } from "./admitted.ts";
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
    ...(policy.failover?.ports ?? []).flatMap((ports) =>
      (policy.failover?.peers ?? []).map((from) => ({ ports, from, purpose: "peers" as const })),
    ),
    ...policy.peerPorts.flatMap((ports) => policy.peers.map((from) => ({ ports, from, purpose: "peers" as const }))),
  ];
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
