import { isOpenToAll } from "../../../src/containers/compose.ts";
import { composeControl } from "./judgement.ts";

/** Docker opens a published port past the host's own firewall. */
export const composePorts = composeControl({
  id: "compose-ports",
  guideline: ["CF-03", "NW-03"],
  title: "Compose files publish ports on one named address",
  failing: "A compose file publishes a port on every address",
  severity: "medium",
  rationale:
    "A port without an address is published on all of them, and the engine's own rules let it past ufw and firewalld. Behind a proxy 127.0.0.1 is enough.",
  references: [{ source: "CIS Docker", id: "5.14" }],
  nothing: "ports are published on named addresses",
  remarks: ({ ports, networkMode }) =>
    networkMode === "host"
      ? []
      : ports
          .filter(isOpenToAll)
          .map(({ published, target }) => `port ${published === "" ? target : published} on every address`),
});
