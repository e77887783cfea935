import { control } from "../../../src/model/control.ts";
import { kernel } from "../../../src/probes/kernel.ts";
import { judgeSettings, proposeSettings, type Setting, setting } from "./settings.ts";

const settings: readonly Setting[] = [setting("net.ipv4.tcp_syncookies", 1)];

/** CIS Debian 12 3.3.10; RFC 4987. */
export const synCookies = control({
  id: "kernel-syn-cookies",
  guideline: ["OS-09"],
  title: "Half-open connections cannot fill the tables",
  failing: "Half-open connections can fill the tables",
  severity: "medium",
  risk: "none",
  rationale:
    "An attacker who opens connections and never completes them fills the queue until nobody gets in. SYN cookies let the kernel answer without remembering.",
  references: [
    { source: "CIS Debian 12", id: "3.3.10" },
    { source: "CIS Debian 13", id: "3.3.1.18" },
    { source: "CIS Ubuntu 22.04", id: "3.3.10" },
    { source: "CIS Ubuntu 24.04", id: "3.3.10" },
    { source: "CIS RHEL 9", id: "3.3.10" },
    { source: "STIG Ubuntu 22.04", id: "UBTU-22-253010" },
    { source: "STIG Ubuntu 24.04", id: "UBTU-24-600190" },
    { source: "STIG RHEL 9", id: "RHEL-09-253010" },
    { source: "NIST 800-53", id: "CM-7(a)" },
    { source: "NIST 800-53", id: "CM-7(b)" },
    { source: "NIST 800-53", id: "SC-5(1)" },
    { source: "NIST 800-53", id: "SC-5(2)" },
    { source: "NIST 800-53", id: "SC-5(3)(a)" },
    { source: "NIST 800-53", id: "CM-6(a)" },
    { source: "man", id: "sysctl.d(5)" },
    { source: "Lynis", id: "KRNL-6000" },
    { source: "RFC", id: "4987" },
  ],
  needs: { kernel },
  inspect: (facts) => judgeSettings(facts.kernel, settings),
  plan: (facts) => proposeSettings(facts.kernel, settings),
});
