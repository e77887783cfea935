import { type AddressRange, formatRange } from "../../../src/core/address.ts";
import { formatPorts, type Ports } from "../../../src/core/ports.ts";
import { type Change, change } from "../../../src/model/change.ts";
import { outsideOf } from "../../../src/probes/network.ts";
import type { Sight } from "./admitted.ts";
import { deniesByDefault } from "./derive.ts";
import { refusalsAreLogged } from "./logging.ts";
import type { Extent } from "./nftables.ts";
import type { Policy } from "./policy.ts";
import { vrrpUnadmitted } from "./vrrp.ts";
import { missingOpenings } from "./wanted.ts";

/** firewalld keeps its permanent settings there, and copies of what it replaces beside them. */
const touches = ["/etc/firewalld"];

/** Where firewalld sends packets to their zones: 1.x has chains for zones, 2.x sends them from the policies. */
const dispatchers = ["filter_INPUT_ZONES", "INPUT_ZONES", "filter_INPUT_POLICIES", "INPUT_POLICIES"];
/** filter_IN_<zone>; chains of policies are named filter_IN_policy_<policy>. */
const zoneChain = /^(?:filter_)?IN_(?!policy_)(.+)$/u;

/** Zones of the interfaces that lead outside, as they are in force: the first rule that fits an interface names its zone. */
export const zonesInForce = ({ firewall, network }: Sight): readonly string[] => {
  const rules = dispatchers.flatMap(
    (name) => firewall.ruleset.chains.find((chain) => chain.name === name)?.rules ?? [],
  );
  const zoneOf = (device: string): string | undefined => {
    for (const { conditions, actions } of rules) {
      const [zone] = actions.flatMap(({ action }) =>
        "target" in action ? (zoneChain.exec(action.target)?.[1] ?? []) : [],
      );
      // Zones of sources are somebody's exceptions; a rule for another interface is not ours to follow.
      const elsewhere = conditions.some(
        (condition) =>
          condition.on === "source" ||
          condition.on === "either" ||
          (condition.on === "device" && !condition.names.some((name) => name === device || name === "+")),
      );
      if (zone !== undefined && !elsewhere) return zone;
    }
    return;
  };
  return [...new Set(outsideOf(network).flatMap(({ device }) => zoneOf(device) ?? []))];
};

const portsOf = ({ low, high, transport }: Ports): string =>
  low === high ? `${low}/${transport}` : `${low}-${high}/${transport}`;

const rule = (ports: Ports, from: AddressRange | undefined): string =>
  from === undefined
    ? `port=${portsOf(ports)}`
    : `rich-rule=rule family="ipv${from.family}" source address="${formatRange(from)}" port port="${portsOf(ports).replace(/\/.*$/u, "")}" protocol="${ports.transport}" accept`;

/** The last of a zone's rules: what came so far is refused next. Priority as in firewalld.richlanguage(5). */
const logRule = 'rich-rule=rule priority="32767" log prefix="drawbridge-in: " level="info" limit value="10/m"';

/**
 * The policy as firewall-cmd commands, each said twice: once for good and once for now. `firewall-cmd --reload` would do
 * the second at a stroke, and drop every rule that someone set for now only.
 */
export const firewalldChanges = (policy: Policy, sight: Sight, extent: Extent): readonly Change[] => {
  const zones = zonesInForce(sight);
  const changes: Change[] = [];
  const command = (title: string, argv: string[], inverse?: string[]) =>
    changes.push(
      change({
        kind: "command",
        phase: "firewall",
        risk: "lockout",
        title,
        argv,
        touches,
        ...(inverse && { inverse }),
      }),
    );
  const everywhere = (title: string, what: string) => {
    for (const zone of zones) {
      command(`firewalld: ${title}, for good`, ["firewall-cmd", "--permanent", `--zone=${zone}`, `--add-${what}`]);
      command(
        `firewalld: ${title}, now`,
        ["firewall-cmd", `--zone=${zone}`, `--add-${what}`],
        ["firewall-cmd", `--zone=${zone}`, `--remove-${what}`],
      );
    }
  };
  for (const { ports, from, purpose } of missingOpenings(sight, policy)) {
    everywhere(
      `allow ${formatPorts(ports)} from ${from === undefined ? "anyone" : formatRange(from)} (${purpose})`,
      rule(ports, from),
    );
  }
  for (const peer of vrrpUnadmitted(sight, policy))
    everywhere(
      `allow VRRP from ${formatRange(peer)} (failover)`,
      `rich-rule=rule family="ipv${peer.family}" source address="${formatRange(peer)}" protocol value="vrrp" accept`,
    );
  if (extent.log && !refusalsAreLogged(sight.firewall).logged) everywhere("log what it refuses", logRule);
  if (extent.inbound && !deniesByDefault(sight)) {
    // A zone's target has no "now": only reloading puts it in force.
    for (const zone of zones) {
      command(`firewalld: zone ${zone} refuses what no rule allows`, [
        "firewall-cmd",
        "--permanent",
        `--zone=${zone}`,
        "--set-target=default",
      ]);
    }
    command("firewalld: put it in force", ["firewall-cmd", "--reload"], ["firewall-cmd", "--reload"]);
  }
  return changes;
};
