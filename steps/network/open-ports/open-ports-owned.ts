import { includesPort } from "../../../src/core/ports.ts";
import { control } from "../../../src/model/control.ts";
import { fail, pass, unknownVerdict } from "../../../src/model/finding.ts";
import { listeners, portName } from "../../../src/probes/listeners.ts";
import { network } from "../../../src/probes/network.ts";
import { describePortOwner, parsePortOwner } from "./owners.ts";
import { offers, portOwners } from "./questions.ts";

/** A port without an owner is one that nobody closes. NIST CM-7(1). */
export const openPortsOwned = control({
  id: "open-ports-owned",
  guideline: ["NW-03"],
  title: "Each open port has an owner and a reason",
  failing: "Ports are open for which nobody answers",
  severity: "low",
  risk: "none",
  rationale:
    "Whoever finds a port in an audit asks whose it is and what for. With the answer written down it takes a minute; without it the port stays open because closing it might break something.",
  references: [
    { source: "NIST 800-53", id: "CM-7(1)" },
    { source: "CIS Debian 12", id: "2.1.22" },
  ],
  needs: { listeners, network },
  inspect: ({ listeners: sockets, network: net }, answers) => {
    const entries = answers.get(portOwners).flatMap((text) => parsePortOwner(text) ?? []);
    const offered = [...new Map(offers(sockets, net).map(({ listener }) => [portName(listener), listener])).values()];
    const evidence = [
      { asked: "open-ports.owners", answered: entries.map(describePortOwner).join("\n") || "(nobody has said)" },
      { asked: "ss -Hltnup, without loopback", answered: offered.map(portName).join(", ") || "nothing listens" },
    ];
    if (offered.length === 0) return pass(evidence);
    const owned = entries.map(({ ports }) => ports);
    const without = offered.filter(({ port, transport }) => !includesPort(owned, port, transport)).map(portName);
    if (without.length === 0) return pass(evidence);
    const how = '--set "open-ports.owners=9443/tcp; OWNER; REASON"';
    return entries.length === 0
      ? unknownVerdict(`nobody has said whose ${without.join(", ")} are: ${how}`, evidence)
      : fail(`nobody answers for ${without.join(", ")}`, evidence);
  },
  plan: () => [],
});
