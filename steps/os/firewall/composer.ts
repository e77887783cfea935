import { composer } from "../../../src/model/control.ts";
import { firewall, paths } from "../../../src/probes/firewall.ts";
import { listeners } from "../../../src/probes/listeners.ts";
import { network } from "../../../src/probes/network.ts";
import { firewalldChanges } from "./firewalld.ts";
import { type Extent, mayDropForwarded, nftablesChanges, rulesetText } from "./nftables.ts";
import { firewallOwner, policyOf } from "./questions.ts";
import { ufwChanges } from "./ufw.ts";

/** The share of a control in the one policy. */
export type Part = "inbound" | "ssh" | "ports" | "peers" | "forward" | "outbound" | "log" | "boot" | "failover";

/** One policy, carried out by whoever keeps this machine's firewall. */
export const firewallPolicy = composer<
  Part,
  { firewall: typeof firewall; network: typeof network; listeners: typeof listeners }
>({
  id: "firewall-policy",
  needs: { firewall, network, listeners },
  compose: (wanted, sight, answers) => {
    const policy = policyOf(answers);
    const parts = new Set(wanted.map(({ value }) => value));
    const { own } = sight.firewall;
    // What our table does already stays in it, also when only one control was asked for.
    const extent: Extent = {
      inbound: parts.has("inbound") || own?.rules.input !== undefined,
      outbound: parts.has("outbound") || own?.rules.output !== undefined,
      log: parts.has("log") || (sight.firewall.files[paths.ruleset]?.content.includes("drawbridge-in: ") ?? false),
      forward:
        (parts.has("forward") || own?.rules.forward !== undefined) && mayDropForwarded(sight.firewall, sight.network),
    };
    switch (answers.get(firewallOwner)) {
      case "nftables":
        return extent.inbound || (extent.outbound && policy.outbound !== undefined)
          ? nftablesChanges(rulesetText(policy, extent), sight.firewall)
          : [];
      case "ufw":
        return ufwChanges(policy, sight, extent);
      case "firewalld":
        return firewalldChanges(policy, sight, extent);
      case "unmanaged":
      case "undecided":
        return [];
    }
  },
});
