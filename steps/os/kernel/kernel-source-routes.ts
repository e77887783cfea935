import { control } from "../../../src/model/control.ts";
import { type Kernel, kernel } from "../../../src/probes/kernel.ts";
import { everyInterface, judgeSettings, proposeSettings, type Setting } from "./settings.ts";

const settings = (seen: Kernel): readonly Setting[] => [
  ...everyInterface(seen, "ipv4", "accept_source_route", 0),
  ...everyInterface(seen, "ipv6", "accept_source_route", 0, -1),
];

/** CIS Debian 12 3.3.8. */
export const sourceRoutes = control({
  id: "kernel-source-routes",
  guideline: ["OS-09"],
  title: "Packets cannot choose their own way",
  failing: "Packets may choose their own way",
  severity: "medium",
  risk: "none",
  rationale:
    "A source-routed packet carries its own way through the network, past firewalls and to addresses that should not be reached. Nothing useful does this any more.",
  references: [
    { source: "CIS Debian 12", id: "3.3.8" },
    { source: "CIS Ubuntu 22.04", id: "3.3.8" },
    { source: "CIS Ubuntu 24.04", id: "3.3.8" },
    { source: "CIS RHEL 9", id: "3.3.8" },
    { source: "NIST 800-53", id: "CM-7(a)" },
    { source: "Lynis", id: "KRNL-6000" },
    { source: "man", id: "sysctl.d(5)" },
  ],
  needs: { kernel },
  inspect: (facts) => judgeSettings(facts.kernel, settings(facts.kernel)),
  plan: (facts) => proposeSettings(facts.kernel, settings(facts.kernel)),
});
