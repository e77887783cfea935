import { formatPorts, includesPort } from "../../../src/core/ports.ts";
import { guard } from "../../../src/model/control.ts";
import { known } from "../../../src/model/fact.ts";
import { integrations } from "../../../src/probes/integrations.ts";
import { firewallOwner, policyOf } from "../../os/firewall/questions.ts";
import { movedPorts } from "./moved-ports.ts";

/** A service that moves to a port which the firewall keeps shut is gone for everybody outside. */
export const movedPortsGuard = guard({
  id: "moved-ports",
  needs: { here: integrations },
  refuse: ({ here }, answers, changes) => {
    const moving = new Set(changes.flatMap(({ because }) => because));
    if (!moving.has("default-ports") || answers.get(firewallOwner) === "unmanaged") return [];
    const open = policyOf(answers).publicPorts;
    return movedPorts(known(here), answers)
      .filter(({ from, to }) => includesPort(open, from, "tcp") && !includesPort(open, to, "tcp"))
      .map(({ id, from, to }) => ({
        reason: `${id} would move to ${to}/tcp, which firewall.public does not name, while it names ${from}/tcp`,
        remedy: `answer firewall.public with ${to}/tcp in it: ${[...open.map(formatPorts), `${to}/tcp`].join(",")}`,
      }));
  },
});
