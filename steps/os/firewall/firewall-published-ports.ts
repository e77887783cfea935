import { formatPorts, parsePorts } from "../../../src/core/ports.ts";
import { control } from "../../../src/model/control.ts";
import { fail, pass } from "../../../src/model/finding.ts";
import { firewall } from "../../../src/probes/firewall.ts";
import { allowedPorts } from "../../network/open-ports/questions.ts";
import { firewallPublic } from "./questions.ts";

/** Published ports are forwarded before the input rules see them, so no firewall here closes them. */
export const firewallPublishedPorts = control({
  id: "firewall-published-ports",
  guideline: ["OS-03", "NW-03"],
  title: "Containers publish agreed ports only",
  failing: "Containers publish ports past the firewall that nobody has agreed to",
  severity: "high",
  risk: "none",
  rationale:
    "A port that a container publishes is open to the world whatever the firewall says: the packet is sent on to the container before the ordinary rules see it. Many a database has been found that way. Publish on 127.0.0.1 instead, or filter in the chain DOCKER-USER; nothing of the container program's is changed from here.",
  references: [
    { source: "CIS Debian 12", id: "4.2.6" },
    { source: "NIST 800-53", id: "SC-7" },
  ],
  needs: { firewall },
  applies: ({ firewall }) => firewall.ruleset.published.length > 0 || "no port is sent on to a container",
  inspect: ({ firewall }, answers) => {
    const agreed = [...answers.get(allowedPorts), ...answers.get(firewallPublic)].flatMap(
      (text) => parsePorts(text) ?? [],
    );
    const shown = firewall.ruleset.published.map((port) => `${formatPorts(port)} to ${port.to}`);
    const evidence = [{ asked: "nft list ruleset; iptables-save -t nat", answered: [...new Set(shown)].join("; ") }];
    const surprises = firewall.ruleset.published.filter(
      (port) => !agreed.some((one) => one.transport === port.transport && one.low <= port.low && port.high <= one.high),
    );
    return surprises.length === 0
      ? pass(evidence)
      : fail(
          [...new Set(surprises.map((port) => `${formatPorts(port)} is published (to ${port.to})`))].join("; "),
          evidence,
        );
  },
  plan: () => [],
});
