import { formatRange } from "../../../src/core/address.ts";
import { control, fragment } from "../../../src/model/control.ts";
import { fail, pass, unknownVerdict } from "../../../src/model/finding.ts";
import { raw } from "../../../src/model/probe.ts";
import { firewall } from "../../../src/probes/firewall.ts";
import { network } from "../../../src/probes/network.ts";
import { firewallPolicy } from "../../os/firewall/composer.ts";
import { firewallOwner, policyOf } from "../../os/firewall/questions.ts";
import { vrrpFromAnyone, vrrpUnadmitted } from "../../os/firewall/vrrp.ts";
import { appliesToCluster } from "./here.ts";

/** VRRP knows no authentication any more (RFC 9568 9): the firewall is what keeps strangers out. */
export const failoverFirewall = control({
  id: "failover-firewall",
  guideline: ["NW-01", "OS-04"],
  title: "Only the nodes can say who holds the shared address",
  failing: "The nodes cannot agree on who holds the shared address, or anybody can claim it",
  severity: "high",
  risk: "lockout",
  rationale:
    "Nodes that do not hear each other both take the address, and callers reach now one, now the other. And whoever may send these packets takes the address away. They carry no password: the firewall lets in the nodes and nobody else, and gives only them the integration's own port.",
  references: [
    { source: "RFC", id: "9568" },
    { source: "NIST 800-53", id: "SC-7(5)" },
  ],
  // Raw: what cannot be seen matters only where failover was asked for.
  needs: { firewall: raw(firewall), network: raw(network) },
  applies: appliesToCluster,
  inspect: ({ firewall: seen, network: net }, answers) => {
    if (seen.state !== "known") return unknownVerdict(seen.reason);
    if (net.state !== "known") return unknownVerdict(net.reason);
    const policy = policyOf(answers);
    const sight = { firewall: seen.value, network: net.value };
    const shut = vrrpUnadmitted(sight, policy);
    const anyone = vrrpFromAnyone(sight);
    const evidence = [
      {
        asked: "whose VRRP packets get in, by the rules in force?",
        answered: anyone
          ? "anybody's"
          : (policy.failover?.peers ?? [])
              .map((peer) => `${formatRange(peer)}: ${shut.includes(peer) ? "no" : "yes"}`)
              .join("\n"),
      },
    ];
    if (shut.length > 0) {
      const byHand =
        answers.get(firewallOwner) === "ufw"
          ? " (ufw: add -A ufw-before-input -p vrrp -s ADDRESS -j ACCEPT to /etc/ufw/before.rules)"
          : "";
      return fail(`VRRP from ${shut.map(formatRange).join(", ")} does not get in${byHand}`, evidence);
    }
    return anyone ? fail("anybody in this network can claim the address", evidence) : pass(evidence);
  },
  plan: () => [fragment(firewallPolicy, "failover")],
});
