import { formatRange } from "../../../src/core/address.ts";
import { control, fragment } from "../../../src/model/control.ts";
import { fail, notApplicable, pass, unknownVerdict } from "../../../src/model/finding.ts";
import { firewall } from "../../../src/probes/firewall.ts";
import { listeners } from "../../../src/probes/listeners.ts";
import { network, outsideOf } from "../../../src/probes/network.ts";
import { sshListeningPorts } from "../../network/open-ports/judgement.ts";
import { familiesOf, type Sight } from "./admitted.ts";
import { firewallPolicy } from "./composer.ts";
import { admitsStranger } from "./packet.ts";
import type { Policy } from "./policy.ts";
import { policyOf } from "./questions.ts";
import { staleSets } from "./stale-sets.ts";
import { describeOpening, inputChains, missingOpenings } from "./wanted.ts";
import { isWithinReach } from "./within-reach.ts";

/** The way in for the administrator, and for nobody the operator did not name. CIS Debian 12 4.2.6. */
export const firewallSsh = control({
  id: "firewall-ssh",
  guideline: ["OS-03", "OS-05"],
  title: "The firewall lets SSH in from the agreed networks, on its own port",
  failing: "The firewall and SSH do not agree",
  severity: "medium",
  risk: "lockout",
  rationale:
    "A firewall that does not know SSH's port is how administrators lock themselves out; one that admits the whole world when you named your office gives the scanners their chance. Connections that exist go on living whatever the rules say, so nobody notices before the next login.",
  references: [
    { source: "CIS Debian 12", id: "4.2.6" },
    { source: "CIS Ubuntu 24.04", id: "4.2.6" },
    { source: "NIST 800-53", id: "AC-17(1)" },
  ],
  needs: { firewall, network, listeners },
  inspect: (sight, answers) => {
    const policy = policyOf(answers);
    const present = sshListeningPorts(sight.listeners);
    if (present.length === 0) return notApplicable("no SSH daemon listens here");
    const missing = missingOpenings(sight, policy).filter(({ purpose }) => purpose === "SSH");
    const admissions = strangersToSsh(sight, policy);
    const evidence = [
      inputChains(sight.firewall),
      {
        asked: "who may reach SSH, by these rules and by agreement?",
        answered: `agreed: ${policy.sshPort}/tcp for ${policy.sshFrom.length === 0 ? "anyone" : policy.sshFrom.map(formatRange).join(", ")}; it listens on ${present.join(", ")}`,
      },
    ];
    const named = (wanted: string) => [
      ...new Set(admissions.filter(({ admission }) => admission === wanted).map(({ name }) => name)),
    ];
    const wrong = [
      ...missing.map((opening) => `${describeOpening(opening)} is closed`),
      ...named("yes").map((name) => `${name} is open to anyone`),
      ...staleSets(sight.firewall.own, policy, (name) => name.startsWith("ssh_")),
    ];
    if (wrong.length > 0) return fail(wrong.join("; "), evidence);
    const unclear = named("unknown");
    return unclear.length > 0
      ? unknownVerdict(`whether ${unclear.join(", ")} is open to anyone depends on rules that cannot be read`, evidence)
      : pass(evidence);
  },
  plan: (sight, answers) => {
    const surplus = () => strangersToSsh(sight, policyOf(answers)).some(({ admission }) => admission === "yes");
    return isWithinReach(sight, answers, "SSH", surplus) ? [fragment(firewallPolicy, "ssh")] : [];
  },
});

/** Whether strangers reach SSH, on the port it has and on the one it is to get; nobody asks where anyone may. */
const strangersToSsh = ({ firewall, network, listeners }: Sight, policy: Policy) =>
  policy.sshFrom.length === 0
    ? []
    : familiesOf(network).flatMap((family) =>
        [...new Set([...sshListeningPorts(listeners), policy.sshPort])].map((port) => ({
          name: `${port}/tcp`,
          admission: admitsStranger(firewall.ruleset, outsideOf(network), family, { transport: "tcp", port }),
        })),
      );
