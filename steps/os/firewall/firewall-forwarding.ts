import { control, fragment } from "../../../src/model/control.ts";
import { fail, pass, unknownVerdict } from "../../../src/model/finding.ts";
import { firewall } from "../../../src/probes/firewall.ts";
import { listeners } from "../../../src/probes/listeners.ts";
import { network, outsideOf } from "../../../src/probes/network.ts";
import { familiesOf } from "./admitted.ts";
import { firewallPolicy } from "./composer.ts";
import { mayDropForwarded } from "./nftables.ts";
import { admits, elsewhere, stranger } from "./packet.ts";
import { firewallOwner } from "./questions.ts";

/** A server is no router, unless it is one. CIS Debian 12 4.3.8 (policy of the forward hook), 3.3.1. */
export const firewallForwarding = control({
  id: "firewall-forwarding",
  guideline: ["OS-03"],
  title: "Packets of others are forwarded only where containers or routing need it",
  failing: "Forwarding and the firewall do not fit",
  severity: "medium",
  risk: "lockout",
  rationale:
    "A server that forwards packets for anyone is a bridge into the networks behind it. Containers and virtual machines live from forwarding, though: where they run, their own program's rules decide, and a rule of ours that drops forwarded packets would cut them off.",
  references: [
    { source: "CIS Debian 12", id: "4.3.8" },
    { source: "CIS Ubuntu 22.04", id: "4.2.8" },
    { source: "NIST 800-53", id: "SC-7" },
  ],
  needs: { firewall, network, listeners },
  inspect: ({ firewall, network }) => {
    const chains = firewall.ruleset.chains.filter(({ base }) => base?.hook === "forward");
    const evidence = [
      {
        asked: "sysctl net.ipv4.ip_forward; nft list ruleset, hook forward",
        answered: `forwarding ${firewall.forwarding ? "on" : "off"}; ${
          chains
            .map(({ family, table, name, base }) => `${family} ${table} ${name}: policy ${base?.policy}`)
            .join("; ") || "no chain for forwarded packets"
        }`,
      },
    ];
    if (!mayDropForwarded(firewall, network)) {
      const who = firewall.containers.join(" and ") || "routing between interfaces";
      return firewall.own?.rules.forward === undefined
        ? pass(evidence)
        : fail(`our table drops what ${who} needs forwarded`, evidence);
    }
    if (!firewall.forwarding) return pass(evidence);
    const devices = outsideOf(network).map(({ device }) => device);
    const admissions = familiesOf(network).flatMap((family) =>
      devices.flatMap((device) =>
        devices.map((wayOut) => {
          const source = stranger(firewall.ruleset, family);
          const packet = {
            transport: "tcp",
            port: 1,
            source,
            destinations: [elsewhere[family]],
            device,
            wayOut,
          } as const;
          return admits(firewall.ruleset, packet, "forward");
        }),
      ),
    );
    if (admissions.includes("yes"))
      return fail("packets of strangers are forwarded, and nothing here needs that", evidence);
    return admissions.includes("unknown")
      ? unknownVerdict("rules decide that cannot be read from outside the kernel", evidence)
      : pass(evidence);
  },
  // ufw and firewalld refuse forwarded packets unless somebody told them otherwise.
  plan: (_facts, answers) => (answers.get(firewallOwner) === "nftables" ? [fragment(firewallPolicy, "forward")] : []),
});
