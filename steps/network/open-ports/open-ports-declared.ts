import { control } from "../../../src/model/control.ts";
import { fail, pass } from "../../../src/model/finding.ts";
import { describeListener, listeners } from "../../../src/probes/listeners.ts";
import { network } from "../../../src/probes/network.ts";
import { allowedPorts, offers, undeclared } from "./questions.ts";

/** Every door is there because somebody wants it. CIS Debian 12 2.1.22, Lynis NETW-3012. */
export const openPortsDeclared = control({
  id: "open-ports-declared",
  guideline: ["NW-03", "RT-06"],
  title: "Only the agreed ports listen",
  failing: "Ports listen that nobody has agreed to",
  severity: "medium",
  risk: "none",
  rationale:
    "What listens can be attacked, also by a neighbour the firewall lets through. A list of what is meant to listen turns every later surprise into a finding: a debug port, a package that brought a service along, an intruder. Nothing is stopped from here: the firewall step closes ports, and whether a program goes is your decision.",
  references: [
    { source: "CIS Debian 12", id: "2.1.22" },
    { source: "CIS Ubuntu 22.04", id: "2.1.22" },
    { source: "NIST 800-53", id: "CM-7" },
    { source: "Lynis", id: "NETW-3012" },
  ],
  needs: { listeners, network },
  inspect: ({ listeners, network }, answers) => {
    const surprises = undeclared(listeners, network, answers.get(allowedPorts));
    const loopback = listeners.filter(({ reach }) => reach === "loopback");
    const evidence = [
      {
        asked: "ss -Hltnup, without loopback",
        answered:
          offers(listeners, network)
            .map(({ listener }) => describeListener(listener))
            .join("; ") || "nothing listens",
      },
      { asked: "ss -Hltnup, loopback", answered: loopback.map(describeListener).join("; ") || "nothing listens" },
    ];
    if (surprises.length === 0) return pass(evidence);
    const told = surprises.map(({ listener, judgement }) => `${describeListener(listener)}: ${judgement.what}`);
    return fail([...new Set(told)].join("; "), evidence);
  },
  plan: () => [],
});
