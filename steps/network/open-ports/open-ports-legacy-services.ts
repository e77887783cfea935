import { control } from "../../../src/model/control.ts";
import { fail, pass } from "../../../src/model/finding.ts";
import { describeListener, listeners, portName } from "../../../src/probes/listeners.ts";
import { legacyServices } from "./judgement.ts";

/** Protocols that send passwords in clear text or ask for none. CIS Debian 12 2.1.12, Lynis INSE-8xxx. */
export const openPortsLegacyServices = control({
  id: "open-ports-legacy-services",
  guideline: ["NW-03", "OS-02"],
  title: "No clear-text service of the past listens",
  failing: "A clear-text service of the past listens",
  severity: "high",
  risk: "none",
  rationale:
    "Telnet, FTP, the r-commands and their kin send passwords as they are typed, or trust an address; rpcbind and the small services mostly serve attackers, as amplifiers and as maps. Each has had a safe successor for decades. Nothing is stopped from here, because something may still use it: find out who, then remove the package.",
  references: [
    { source: "CIS Debian 12", id: "2.1.12" },
    { source: "CIS Debian 13", id: "2.1.16" },
    { source: "CIS Ubuntu 22.04", id: "2.1.12" },
    { source: "STIG Ubuntu 22.04", id: "UBTU-22-215035" },
    { source: "STIG Ubuntu 24.04", id: "UBTU-24-100030" },
    { source: "NIST 800-53", id: "CM-7(b)" },
    { source: "Lynis", id: "INSE-8310" },
  ],
  needs: { listeners },
  inspect: ({ listeners }) => {
    const open = listeners.filter(({ reach }) => reach !== "loopback");
    const old = open.filter((listener) => legacyServices.has(portName(listener)));
    const evidence = [
      { asked: "ss -Hltnup", answered: old.map(describeListener).join("; ") || "none of the known ports" },
    ];
    if (old.length === 0) return pass(evidence);
    return fail(
      [
        ...new Set(old.map((listener) => `${describeListener(listener)}: ${legacyServices.get(portName(listener))}`)),
      ].join("; "),
      evidence,
    );
  },
  plan: () => [],
});
