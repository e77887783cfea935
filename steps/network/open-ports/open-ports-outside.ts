import { covers, parseNetwork } from "../../../src/core/address.ts";
import { formatPorts } from "../../../src/core/ports.ts";
import { control } from "../../../src/model/control.ts";
import { knownValue } from "../../../src/model/fact.ts";
import { fail, pass } from "../../../src/model/finding.ts";
import { raw } from "../../../src/model/probe.ts";
import { network } from "../../../src/probes/network.ts";
import { compareOutside, outside } from "../../../src/probes/outside.ts";
import { policyOf } from "../../os/firewall/questions.ts";
import { openingsOf } from "../../os/firewall/wanted.ts";

/** The only view that counts in the end: rules, containers and the provider's own firewall together. */
export const openPortsOutside = control({
  id: "open-ports-outside",
  guideline: ["NW-03", "OS-03"],
  title: "Seen from outside, the agreed ports answer and no others",
  failing: "Seen from outside, the machine is not what was agreed",
  severity: "high",
  risk: "none",
  rationale:
    "Rules can be right and the machine open all the same: a container that publishes past them, a second interface, a load balancer that forwards more than it should. And a port that is agreed may still be shut further out. Nothing on the machine itself can tell; a scan from elsewhere can.",
  references: [
    { source: "NIST 800-53", id: "CM-7" },
    { source: "Lynis", id: "NETW-3012" },
    { source: "man", id: "nmap(1)" },
  ],
  needs: { outside, network: raw(network) },
  inspect: ({ outside: scan, network: net }, answers) => {
    const agreed = openingsOf(policyOf(answers));
    const forAnyone = agreed.filter(({ from }) => from === undefined).map(({ ports }) => ports);
    // Whoever scans may be one of those a limited port is for: the machine knows from where it is spoken to.
    const here = parseNetwork(knownValue(net)?.session?.remoteAddress ?? "");
    const limited = agreed
      .filter(({ from }) => from !== undefined && (here === undefined || covers(from, here)))
      .map(({ ports }) => ports);
    const isLimited = ({ port, transport }: { port: number; transport: string }) =>
      limited.some((ports) => ports.transport === transport && ports.low <= port && port <= ports.high);
    const surprises = compareOutside(scan, forAnyone).filter(
      ({ port, surprise }) => surprise === "shut" || !isLimited(port),
    );
    const open = scan.ports.filter(({ state }) => state === "open");
    const evidence = [
      {
        asked: `nmap -sT -Pn ${scan.address}`,
        answered: open.map(({ port, transport }) => `${port}/${transport}`).join(", ") || "nothing answers",
      },
    ];
    if (surprises.length === 0) return pass(evidence);
    const told = surprises.map(({ port: { port, transport, state }, surprise }) => {
      const name = formatPorts({ transport, low: port, high: port });
      return surprise === "open" ? `${name} answers and is not agreed` : `${name} is agreed and ${state}`;
    });
    return fail(told.join("; "), evidence);
  },
  plan: () => [],
});
