import { formatRange } from "../../../src/core/address.ts";
import { formatPorts, type Ports } from "../../../src/core/ports.ts";
import { type Change, change } from "../../../src/model/change.ts";
import type { Sight } from "./admitted.ts";
import { deniesByDefault } from "./derive.ts";
import { refusalsAreLogged } from "./logging.ts";
import type { Extent } from "./nftables.ts";
import type { Policy } from "./policy.ts";
import { missingOpenings } from "./wanted.ts";

/** Everything ufw(8) writes when it is told something. */
const touches = ["/etc/ufw", "/etc/default/ufw"];

const portsOf = ({ low, high }: Ports): string => (low === high ? `${low}` : `${low}:${high}`);

/** The policy as ufw commands. Rules that others made stay, in their order. */
export const ufwChanges = (policy: Policy, sight: Sight, extent: Extent): readonly Change[] => {
  const commands: { title: string; argv: string[] }[] = [];
  if (extent.log && !refusalsAreLogged(sight.firewall).logged)
    commands.push({ title: "ufw: log what it refuses", argv: ["ufw", "logging", "low"] });
  for (const { ports, from, purpose } of missingOpenings(sight, policy)) {
    const source = from === undefined ? "any" : formatRange(from);
    commands.push({
      title: `ufw: allow ${formatPorts(ports)} from ${source === "any" ? "anyone" : source} (${purpose})`,
      argv: [
        "ufw",
        "allow",
        "in",
        "proto",
        ports.transport,
        "from",
        source,
        "to",
        "any",
        "port",
        portsOf(ports),
        "comment",
        `drawbridge ${purpose}`,
      ],
    });
  }
  if (extent.inbound && !deniesByDefault(sight)) {
    commands.push({ title: "ufw: refuse what no rule allows", argv: ["ufw", "default", "deny", "incoming"] });
  }
  if (extent.outbound && policy.outbound !== undefined) {
    for (const { to, ports } of policy.outbound) {
      const place = to === undefined ? "any" : formatRange(to);
      commands.push({
        title: `ufw: allow ${formatPorts(ports)} out to ${place === "any" ? "anywhere" : place}`,
        argv: [
          "ufw",
          "allow",
          "out",
          "proto",
          ports.transport,
          "from",
          "any",
          "to",
          place,
          "port",
          portsOf(ports),
          "comment",
          "drawbridge outgoing",
        ],
      });
    }
    commands.push({ title: "ufw: refuse other outgoing connections", argv: ["ufw", "default", "deny", "outgoing"] });
  }
  return commands.map(({ title, argv }, index) =>
    change({
      kind: "command",
      phase: "firewall",
      risk: "lockout",
      title,
      argv,
      touches,
      // Once is enough, and the first command is the one that certainly ran. "ufw reload" would write its files anew.
      ...(index === 0 && { inverse: [sight.firewall.ufwLoader, "force-reload"] }),
    }),
  );
};
