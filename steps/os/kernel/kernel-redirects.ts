import { control } from "../../../src/model/control.ts";
import { type Kernel, kernel } from "../../../src/probes/kernel.ts";
import { everyInterface, judgeSettings, proposeSettings, type Setting } from "./settings.ts";

const settings = (seen: Kernel): readonly Setting[] => [
  ...everyInterface(seen, "ipv4", "accept_redirects", 0),
  ...everyInterface(seen, "ipv4", "secure_redirects", 0),
  ...everyInterface(seen, "ipv4", "send_redirects", 0),
  ...everyInterface(seen, "ipv6", "accept_redirects", 0),
];

/** CIS Debian 12 3.3.2, 3.3.5, 3.3.6. */
export const redirects = control({
  id: "kernel-redirects",
  guideline: ["OS-09"],
  title: "Nobody on the network can redirect this machine's traffic",
  failing: "Neighbours can redirect this machine's traffic",
  severity: "medium",
  risk: "none",
  rationale:
    "An ICMP redirect tells a machine to send its packets another way, and anyone on the same network can send one. Servers have fixed routes and need none; only routers have a reason to send them.",
  references: [
    { source: "CIS Debian 12", id: "3.3.5" },
    { source: "CIS Debian 12", id: "3.3.2" },
    { source: "CIS Debian 13", id: "3.3.1.8" },
    { source: "CIS Debian 13", id: "3.3.1.4" },
    { source: "CIS Ubuntu 22.04", id: "3.3.5" },
    { source: "CIS Ubuntu 22.04", id: "3.3.2" },
    { source: "CIS Ubuntu 24.04", id: "3.3.5" },
    { source: "CIS Ubuntu 24.04", id: "3.3.2" },
    { source: "CIS RHEL 9", id: "3.3.5" },
    { source: "CIS RHEL 9", id: "3.3.2" },
    { source: "STIG RHEL 9", id: "RHEL-09-253015" },
    { source: "STIG RHEL 9", id: "RHEL-09-253065" },
    { source: "NIST 800-53", id: "CM-7(a)" },
    { source: "NIST 800-53", id: "CM-7(b)" },
    { source: "NIST 800-53", id: "CM-6(a)" },
    { source: "NIST 800-53", id: "SC-7(a)" },
    { source: "NIST 800-53", id: "SC-5" },
    { source: "man", id: "sysctl.d(5)" },
    { source: "Lynis", id: "KRNL-6000" },
  ],
  needs: { kernel },
  inspect: (facts) => judgeSettings(facts.kernel, settings(facts.kernel)),
  plan: (facts) => proposeSettings(facts.kernel, settings(facts.kernel)),
});
