import { type AddressRange, covers, formatRange } from "../../../src/core/address.ts";
import { formatPorts, type Ports } from "../../../src/core/ports.ts";
import { control, fragment } from "../../../src/model/control.ts";
import { fail, pass, unknownVerdict } from "../../../src/model/finding.ts";
import { type Firewall, firewall } from "../../../src/probes/firewall.ts";
import { listeners } from "../../../src/probes/listeners.ts";
import { network, outsideOf } from "../../../src/probes/network.ts";
import { familiesOf, type Sight } from "./admitted.ts";
import { firewallPolicy } from "./composer.ts";
import { type Admission, admitsFrom, admitsStranger, namedSources } from "./packet.ts";
import type { Policy } from "./policy.ts";
import { firewallPeerPorts, policyOf } from "./questions.ts";
import { staleSets } from "./stale-sets.ts";
import { describeOpening, inputChains, missingOpenings } from "./wanted.ts";
import { isWithinReach } from "./within-reach.ts";

/** Cluster, data and management ports trust whoever reaches them. CIS Debian 12 4.2.6, NIST SC-7(5). */
export const firewallClusterPeers = control({
  id: "firewall-cluster-peers",
  guideline: ["OS-04"],
  title: "Cluster and data ports are reachable by named peers only",
  failing: "Cluster or data ports are reachable by others than the named peers",
  severity: "high",
  risk: "lockout",
  rationale:
    "Members of a cluster believe each other: whoever reaches the port can join it, read from it or stop it, mostly without a password. The same goes for databases, metrics and consoles. Only the machines you named have business there.",
  references: [
    { source: "CIS Debian 12", id: "4.2.6" },
    { source: "CIS Ubuntu 22.04", id: "4.1.6" },
    { source: "STIG Ubuntu 22.04", id: "UBTU-22-251030" },
    { source: "NIST 800-53", id: "SC-7(5)" },
  ],
  needs: { firewall, network, listeners },
  applies: ({ firewall }, answers) =>
    answers.get(firewallPeerPorts).length > 0 ||
    stalePeers(firewall, policyOf(answers)).length > 0 ||
    "no port is for peers only",
  inspect: (sight, answers) => {
    const policy = policyOf(answers);
    const { wrong, unclear } = othersAdmitted(sight, policy);
    const shut = missingOpenings(sight, policy).filter(({ purpose }) => purpose === "peers");
    const evidence = [
      inputChains(sight.firewall),
      {
        asked: "who else than the peers would reach their ports, by these rules?",
        answered: wrong.length === 0 ? "nobody" : wrong.join("; "),
      },
    ];
    const faults = [
      ...wrong,
      ...shut.map((opening) => `${describeOpening(opening)} is closed`),
      ...stalePeers(sight.firewall, policy),
    ];
    if (faults.length > 0) return fail(faults.join("; "), evidence);
    return unclear.length > 0
      ? unknownVerdict(`rules that cannot be read decide on ${unclear.join(", ")}`, evidence)
      : pass(evidence);
  },
  plan: (sight, answers) => {
    const surplus = () => othersAdmitted(sight, policyOf(answers)).wrong.length > 0;
    return isWithinReach(sight, answers, "peers", surplus) ? [fragment(firewallPolicy, "peers")] : [];
  },
});

const stalePeers = ({ own }: Firewall, policy: Policy): readonly string[] =>
  own?.rules.input === undefined ? [] : staleSets(own, policy, (name) => name.startsWith("peer"));

/** Who reaches the peers' ports without being one: strangers, and every network that the rules name. */
const othersAdmitted = (
  sight: Sight,
  policy: Policy,
): { readonly wrong: readonly string[]; readonly unclear: readonly string[] } => {
  const { ruleset } = sight.firewall;
  const outside = outsideOf(sight.network);
  const wrong = new Set<string>();
  const unclear = new Set<string>();
  const note = (admission: Admission, ports: Ports, who: string) => {
    if (admission === "yes") wrong.add(`${formatPorts(ports)} is open to ${who}`);
    if (admission === "unknown") unclear.add(`${formatPorts(ports)} from ${who}`);
  };
  for (const ports of policy.peerPorts) {
    for (const family of familiesOf(sight.network)) {
      const others = namedSources(ruleset, family).filter(
        (source) => !policy.peers.some((peer) => covers(peer, source)),
      );
      for (const port of new Set([ports.low, ports.high])) {
        const packet = { transport: ports.transport, port };
        note(admitsStranger(ruleset, outside, family, packet), ports, "anyone");
        for (const range of others.slice(0, 64)) {
          const source = outsideOfPeers(range, policy.peers);
          note(admitsFrom(ruleset, outside, { ...packet, source }), ports, formatRange(range));
        }
      }
    }
  }
  return { wrong: [...wrong], unclear: [...unclear] };
};

/** One address of a network that is no peer's, where there is one. */
const outsideOfPeers = (range: AddressRange, peers: readonly AddressRange[]) => {
  const isPeer = (value: bigint) =>
    peers.some((peer) => peer.family === range.family && peer.low <= value && value <= peer.high);
  const value = [range.low, range.high, (range.low + range.high) / 2n].find((one) => !isPeer(one)) ?? range.low;
  return { family: range.family, low: value, high: value };
};
