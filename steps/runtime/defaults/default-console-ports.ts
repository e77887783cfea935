import { control } from "../../../src/model/control.ts";
import { passWhen } from "../../../src/model/finding.ts";
import { firewall } from "../../../src/probes/firewall.ts";
import { describeListener, type Listener, listeners } from "../../../src/probes/listeners.ts";
import { network, outsideOf } from "../../../src/probes/network.ts";
import { familiesOf } from "../../os/firewall/admitted.ts";
import { admitsStranger } from "../../os/firewall/packet.ts";

/** Consoles, metrics and helpers by the port they are shipped with. */
const companions: ReadonlyMap<number, string> = new Map([
  [3000, "Grafana"],
  [5005, "Java debugging"],
  [8234, "workflow interface of the control plane bridge"],
  [9200, "OpenSearch"],
  [9264, "management service of an integration"],
  [9445, "Integration Control Plane, for runtimes"],
  [9446, "Integration Control Plane console"],
  [9447, "Integration Control Plane logins"],
  [9449, "Integration Control Plane, OpenSearch adaptor"],
  [9450, "Integration Control Plane, LDAP"],
  [9743, "Integration Control Plane 1 dashboard"],
  [9797, "metrics of an integration"],
  [16686, "Jaeger"],
]);

/** Whether it is that program and not another one at the same port: only 3000 and 9200 are used by many. */
const isCompanion = ({ port, transport, reach }: Listener): boolean =>
  transport === "tcp" && reach !== "loopback" && companions.has(port);

export const defaultConsolePorts = control({
  id: "default-console-ports",
  guideline: ["RT-06", "NW-03"],
  title: "Strangers cannot reach consoles, metrics and debugging at their default ports",
  failing: "Strangers can reach consoles, metrics or debugging at their default ports",
  severity: "high",
  risk: "none",
  rationale:
    "Consoles of an integration and of its helpers are made for a few people, several of them ask for no password at all, and their ports are known. They belong on loopback, behind a firewall, or in a network of their own. The firewall step closes them for strangers and leaves them to named peers.",
  references: [
    { source: "NIST 800-53", id: "CM-7" },
    { source: "NIST 800-53", id: "SC-7" },
  ],
  needs: { listeners, firewall, network },
  applies: ({ listeners }) => listeners.some(isCompanion) || "none of their ports listens for others here",
  inspect: ({ listeners, firewall, network }) => {
    const found = listeners.filter(isCompanion);
    const families = familiesOf(network);
    const open = found.filter(({ port, families: own }) =>
      families.some(
        (family) =>
          own.includes(family) &&
          admitsStranger(firewall.ruleset, outsideOf(network), family, { transport: "tcp", port }) !== "no",
      ),
    );
    const name = (listener: Listener) => `${describeListener(listener)}: ${companions.get(listener.port)}`;
    const shut = found.filter((listener) => !open.includes(listener)).map(name);
    return passWhen(
      open.length === 0,
      [
        {
          asked: "ss -Hltnup; nft list ruleset",
          answered: [
            ...open.map((one) => `${name(one)}, open to anyone`),
            ...shut.map((text) => `${text}, shut by the firewall`),
          ].join("; "),
        },
      ],
      [...new Set(open.map(name))].join("; "),
    );
  },
  plan: () => [],
});
