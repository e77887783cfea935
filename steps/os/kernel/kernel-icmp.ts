import { control } from "../../../src/model/control.ts";
import { kernel } from "../../../src/probes/kernel.ts";
import { judgeSettings, proposeSettings, type Setting, setting } from "./settings.ts";

const settings: readonly Setting[] = [
  setting("net.ipv4.icmp_echo_ignore_broadcasts", 1),
  setting("net.ipv4.icmp_ignore_bogus_error_responses", 1),
];

/** CIS Debian 12 3.3.3, 3.3.4. */
export const icmp = control({
  id: "kernel-icmp",
  guideline: ["OS-09"],
  title: "Pings to everybody and broken ICMP answers are ignored",
  failing: "Pings to everybody are answered",
  severity: "low",
  risk: "none",
  rationale:
    "A ping to a broadcast address makes every machine answer a forged sender at once. Broken ICMP errors only fill the log.",
  references: [
    { source: "CIS Debian 12", id: "3.3.3" },
    { source: "CIS Debian 12", id: "3.3.4" },
    { source: "NIST 800-53", id: "SC-5" },
    { source: "Lynis", id: "KRNL-6000" },
    { source: "man", id: "sysctl.d(5)" },
  ],
  needs: { kernel },
  inspect: (facts) => judgeSettings(facts.kernel, settings),
  plan: (facts) => proposeSettings(facts.kernel, settings),
});
