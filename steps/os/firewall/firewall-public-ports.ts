import { formatPorts, includesPort, joinPorts } from "../../../src/core/ports.ts";
import { control, fragment } from "../../../src/model/control.ts";
import { fail, pass, unknownVerdict } from "../../../src/model/finding.ts";
import { firewall } from "../../../src/probes/firewall.ts";
import { listeners, portName } from "../../../src/probes/listeners.ts";
import { network, outsideOf } from "../../../src/probes/network.ts";
import { judge, sshListeningPorts } from "../../network/open-ports/judgement.ts";
import type { Sight } from "./admitted.ts";
import { firewallPolicy } from "./composer.ts";
import { openings } from "./packet.ts";
import type { Policy } from "./policy.ts";
import { policyOf } from "./questions.ts";
import { staleSets } from "./stale-sets.ts";
import { describeOpening, inputChains, missingOpenings } from "./wanted.ts";
import { isWithinReach } from "./within-reach.ts";

/** The rules in force are the agreement, no more and no less. CIS Debian 12 4.2.6. */
export const firewallPublicPorts = control({
  id: "firewall-public-ports",
  guideline: ["OS-03", "RT-06"],
  title: "The firewall opens the agreed ports and no others",
  failing: "The firewall does not match the agreed ports",
  severity: "high",
  risk: "lockout",
  rationale:
    "A port that someone opened for a day and forgot is found by scanners within hours. The agreed list says what this machine offers; whatever else listens has to stay behind the firewall.",
  references: [
    { source: "CIS Debian 12", id: "4.2.6" },
    { source: "CIS Ubuntu 22.04", id: "4.1.6" },
    { source: "CIS Ubuntu 24.04", id: "4.2.6" },
    { source: "STIG Ubuntu 22.04", id: "UBTU-22-251030" },
    { source: "STIG Ubuntu 24.04", id: "UBTU-24-300041" },
    { source: "NIST 800-53", id: "CM-7" },
  ],
  needs: { firewall, network, listeners },
  inspect: (sight, answers) => {
    const policy = policyOf(answers);
    const open = openings(sight.firewall.ruleset, outsideOf(sight.network));
    const surplus = (admission: "yes" | "unknown") => surplusPorts(sight, policy, open, admission);
    const stale = staleSets(sight.firewall.own, policy, (name) => name.startsWith("public_"));
    const missing = missingOpenings(sight, policy).filter(({ purpose }) => purpose === "public");
    const evidence = [
      inputChains(sight.firewall),
      {
        asked: "which ports do these rules open to anyone?",
        answered:
          joinPorts(open.filter(({ admission }) => admission === "yes"))
            .map(formatPorts)
            .join(", ") || "none",
      },
    ];
    const wrong = [
      ...surplus("yes").map((name) => `${name} is open to anyone and not agreed`),
      ...missing.map((opening) => `${describeOpening(opening)} is agreed and closed`),
      ...stale,
    ];
    if (wrong.length > 0) return fail(wrong.join("; "), evidence);
    const unclear = surplus("unknown");
    return unclear.length > 0
      ? unknownVerdict(`whether ${unclear.join(", ")} is open depends on rules that cannot be read`, evidence)
      : pass(evidence);
  },
  plan: (sight, answers) => {
    const open = openings(sight.firewall.ruleset, outsideOf(sight.network));
    const surplus = () => surplusPorts(sight, policyOf(answers), open, "yes").length > 0;
    return isWithinReach(sight, answers, "public", surplus) ? [fragment(firewallPolicy, "ports")] : [];
  },
});

/** Ports that are listened on, that the rules let strangers reach, and that are not in the agreement. */
const surplusPorts = (
  { listeners, network }: Sight,
  policy: Policy,
  open: ReturnType<typeof openings>,
  admission: "yes" | "unknown",
): readonly string[] => {
  const context = { sshPorts: sshListeningPorts(listeners), ephemeral: network.ephemeral };
  const surplus = listeners
    .map((listener) => ({ listener, kind: judge(listener, context).kind }))
    // SSH has a control of its own.
    .filter(({ kind }) => kind !== "loopback" && kind !== "client" && kind !== "ssh")
    .map(({ listener }) => listener)
    .filter(({ port, transport }) => !(transport === "tcp" && port === policy.sshPort))
    .filter(({ port, transport }) => !includesPort(policy.publicPorts, port, transport))
    .filter(({ port, transport }) =>
      open.some((one) => one.admission === admission && includesPort([one], port, transport)),
    );
  return [...new Set(surplus.map(portName))];
};
