import { formatRange } from "../../../src/core/address.ts";
import { includesPort } from "../../../src/core/ports.ts";
import { control, fragment } from "../../../src/model/control.ts";
import { fail, notApplicable, pass, unknownVerdict } from "../../../src/model/finding.ts";
import { firewall } from "../../../src/probes/firewall.ts";
import { describeListener, listeners } from "../../../src/probes/listeners.ts";
import { network } from "../../../src/probes/network.ts";
import { judge, sshListeningPorts } from "../../network/open-ports/judgement.ts";
import { familiesOf } from "./admitted.ts";
import { firewallPolicy } from "./composer.ts";
import { byDefault, quietPort } from "./derive.ts";
import { mayDropForwarded } from "./nftables.ts";
import { firewallOwner, policyOf } from "./questions.ts";
import { inputChains } from "./wanted.ts";

/** What no rule allows is refused, in both families, whoever wrote the rules. CIS Debian 12 4.3.8, 4.2.7. */
export const firewallInboundDefaultDeny = control({
  id: "firewall-inbound-default-deny",
  guideline: ["OS-03"],
  title: "Incoming packets are refused unless a rule allows them",
  failing: "The firewall lets anyone reach any port",
  severity: "high",
  risk: "lockout",
  rationale:
    "Without a firewall every program that starts to listen is on the Internet that minute, a test server and a database included. With a default of refusal a mistake stays inside. IPv6 counts as much as IPv4: most servers have both, and rules are often written for one.",
  references: [
    { source: "CIS Debian 12", id: "4.3.8" },
    { source: "CIS Debian 12", id: "4.2.7" },
    { source: "CIS Ubuntu 22.04", id: "4.2.8" },
    { source: "CIS Ubuntu 24.04", id: "4.3.8" },
    { source: "STIG RHEL 9", id: "RHEL-09-251015" },
    { source: "NIST 800-53", id: "SC-7" },
    { source: "Lynis", id: "FIRE-4590" },
  ],
  needs: { firewall, network, listeners },
  inspect: (sight) => {
    const families = familiesOf(sight.network);
    if (families.length === 0) return notApplicable("no interface of this machine leads outside");
    const port = quietPort(sight);
    const verdicts = families.map((family) => ({ family, admission: byDefault(sight, family) }));
    const evidence = [
      inputChains(sight.firewall),
      {
        asked: `would a new packet from anyone to port ${port} get in, by these rules?`,
        answered: verdicts.map(({ family, admission }) => `IPv${family}: ${admission}`).join(", "),
      },
    ];
    const open = verdicts.filter(({ admission }) => admission === "yes").map(({ family }) => `IPv${family}`);
    if (open.length > 0) return fail(`${open.join(" and ")}: what no rule mentions gets in`, evidence);
    return verdicts.some(({ admission }) => admission === "unknown")
      ? unknownVerdict("rules decide that cannot be read from outside the kernel", evidence)
      : pass(evidence);
  },
  plan: () => [fragment(firewallPolicy, "inbound")],
  breaks: ({ firewall, network, listeners }, answers) => {
    const policy = policyOf(answers);
    const context = { sshPorts: sshListeningPorts(listeners), ephemeral: network.ephemeral };
    const closed = listeners.filter((listener) => {
      const { port, transport } = listener;
      return (
        !["loopback", "client", "ssh"].includes(judge(listener, context).kind) &&
        !(transport === "tcp" && port === policy.sshPort) &&
        !includesPort(policy.publicPorts, port, transport) &&
        !(policy.peers.length > 0 && includesPort(policy.peerPorts, port, transport))
      );
    });
    return [
      ...closed.map((listener) => `closed to everyone: ${describeListener(listener)}`),
      ...(policy.sshFrom.length > 0 ? [`SSH answers ${policy.sshFrom.map(formatRange).join(", ")} only`] : []),
      ...(policy.peerPorts.length > 0 && policy.peers.length > 0
        ? ["ports for peers answer no one but the peers named"]
        : []),
      ...(firewall.containers.length > 0
        ? [
            `${firewall.containers.join(" and ")}: packets for containers are forwarded past these rules, so they go on working, and published ports stay open`,
          ]
        : answers.get(firewallOwner) === "nftables" && mayDropForwarded(firewall, network)
          ? ["forwarding is refused: run this again after installing Docker or making this machine a router"]
          : []),
    ];
  },
});
