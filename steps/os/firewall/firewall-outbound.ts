import { formatRange } from "../../../src/core/address.ts";
import { formatPorts } from "../../../src/core/ports.ts";
import { control, fragment } from "../../../src/model/control.ts";
import { fail, passWhen, unknownVerdict } from "../../../src/model/finding.ts";
import { firewall } from "../../../src/probes/firewall.ts";
import { listeners } from "../../../src/probes/listeners.ts";
import { network, outsideOf } from "../../../src/probes/network.ts";
import { familiesOf } from "./admitted.ts";
import { firewallPolicy } from "./composer.ts";
import { admits, stranger } from "./packet.ts";
import { firewallOutbound, policyOf } from "./questions.ts";
import { staleSets } from "./stale-sets.ts";
import { inputChains } from "./wanted.ts";

/** Data that leaves and programs that are fetched both need a way out. CIS Debian 12 4.2.5, 4.3.7. */
export const firewallOutboundControl = control({
  id: "firewall-outbound",
  guideline: ["OS-03", "RT-07"],
  title: "Outgoing connections go to the agreed places only",
  failing: "Outgoing connections may go anywhere",
  severity: "medium",
  risk: "lockout",
  rationale:
    "Whoever breaks into a program wants to fetch tools and carry data away. When the machine can only talk to its partners, both fail and both show in the log. The list has to be complete, so this is in force only when you ask for it.",
  references: [
    { source: "CIS Debian 12", id: "4.3.7" },
    { source: "CIS Debian 12", id: "4.2.5" },
    { source: "NIST 800-53", id: "AC-4" },
  ],
  needs: { firewall, network, listeners },
  applies: ({ firewall }, answers) =>
    answers.get(firewallOutbound) === "allow-list" ||
    firewall.own?.rules.output !== undefined ||
    "outgoing connections are left open, as chosen",
  inspect: ({ firewall, network }, answers) => {
    const { outbound } = policyOf(answers);
    if (outbound === undefined) {
      return fail("our table limits them to a list, and what is agreed is open", [inputChains(firewall)]);
    }
    const named = new Set(outbound.flatMap(({ ports }) => [ports.low, ports.high]));
    let port = 1;
    while (named.has(port)) port++;
    const verdicts = familiesOf(network).map((family) => {
      const [way] = outsideOf(network).filter(
        ({ anyone, addresses }) => anyone && addresses.some((one) => one.family === family),
      );
      const source = way?.addresses.find((one) => one.family === family);
      const destinations = [stranger(firewall.ruleset, family)];
      const wayOut = way?.device ?? "";
      return {
        family,
        admission:
          source === undefined
            ? ("no" as const)
            : admits(firewall.ruleset, { transport: "tcp", port, source, destinations, device: "", wayOut }, "output"),
      };
    });
    const evidence = [
      {
        asked: `would a connection to any address, port ${port}, get out?`,
        answered: verdicts.map(({ family, admission }) => `IPv${family}: ${admission}`).join(", "),
      },
    ];
    const open = verdicts.filter(({ admission }) => admission === "yes").map(({ family }) => `IPv${family}`);
    if (open.length > 0) return fail(`${open.join(" and ")}: what is not on the list gets out`, evidence);
    if (verdicts.some(({ admission }) => admission === "unknown")) {
      return unknownVerdict("rules decide that cannot be read from outside the kernel", evidence);
    }
    const stale =
      firewall.own?.rules.output === undefined
        ? []
        : staleSets(firewall.own, policyOf(answers), (name) => name.startsWith("out"));
    return passWhen(stale.length === 0, evidence, "the list in force is not the one agreed");
  },
  plan: () => [fragment(firewallPolicy, "outbound")],
  breaks: ({ network, listeners }, answers) => {
    const outbound = policyOf(answers).outbound ?? [];
    const listening = new Set(listeners.map(({ port, transport }) => `${port}/${transport}`));
    const allowed = (address: string, port: number, transport: string) =>
      outbound.some(
        ({ to, ports }) =>
          ports.transport === transport &&
          ports.low <= port &&
          port <= ports.high &&
          (to === undefined || formatRange(to) === address),
      );
    return [
      "names are looked up once, here: a partner whose address changes is out of reach until the list is changed",
      ...network.connections
        .filter(({ localPort, transport }) => !listening.has(`${localPort}/${transport}`))
        .filter(
          ({ remoteAddress, remotePort, transport }) =>
            !remoteAddress.startsWith("127.") &&
            remoteAddress !== "::1" &&
            !allowed(remoteAddress, remotePort, transport),
        )
        .map(
          ({ remoteAddress, remotePort, transport }) =>
            `not on the list, connected now: ${remoteAddress} ${formatPorts({ transport, low: remotePort, high: remotePort })}`,
        ),
    ];
  },
});
