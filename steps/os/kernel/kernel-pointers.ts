import { control } from "../../../src/model/control.ts";
import { kernel } from "../../../src/probes/kernel.ts";
import { judgeSettings, proposeSettings, type Setting, setting } from "./settings.ts";

const settings: readonly Setting[] = [
  setting("kernel.kptr_restrict", 2, 1),
  setting("kernel.dmesg_restrict", 1),
  setting("kernel.perf_event_paranoid", 3, 4, 2),
];

/** CIS Debian 13 1.5.5, 1.5.8; perf_event_paranoid 3 and more are Debian's and Ubuntu's own. */
export const pointers = control({
  id: "kernel-pointers",
  guideline: ["OS-09"],
  title: "The kernel keeps its addresses and messages to root",
  failing: "Anyone can read the kernel's addresses and messages",
  severity: "medium",
  risk: "none",
  rationale:
    "Kernel addresses and boot messages tell an attacker with a plain account where to aim. Root still sees them.",
  references: [
    { source: "CIS Debian 13", id: "1.5.8" },
    { source: "CIS Debian 13", id: "1.5.5" },
    { source: "STIG Ubuntu 22.04", id: "UBTU-22-213010" },
    { source: "STIG Ubuntu 24.04", id: "UBTU-24-600140" },
    { source: "STIG RHEL 9", id: "RHEL-09-213025" },
    { source: "STIG RHEL 9", id: "RHEL-09-213010" },
    { source: "NIST 800-53", id: "SC-30" },
    { source: "NIST 800-53", id: "SC-30(2)" },
    { source: "NIST 800-53", id: "SC-30(5)" },
    { source: "NIST 800-53", id: "CM-6(a)" },
    { source: "NIST 800-53", id: "SI-11(a)" },
    { source: "NIST 800-53", id: "SI-11(b)" },
    { source: "man", id: "sysctl.d(5)" },
    { source: "Lynis", id: "KRNL-6000" },
  ],
  needs: { kernel },
  inspect: (facts) => judgeSettings(facts.kernel, settings),
  plan: (facts) => proposeSettings(facts.kernel, settings),
  breaks: () => ["people without root's rights no longer read dmesg, and profile with perf only what is theirs"],
});
