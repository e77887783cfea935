import { control } from "../../../src/model/control.ts";
import { kernel } from "../../../src/probes/kernel.ts";
import { judgeSettings, proposeSettings, type Setting, setting } from "./settings.ts";

const settings: readonly Setting[] = [setting("kernel.randomize_va_space", 2)];

/** CIS Debian 12 1.5.1. */
export const addressLayout = control({
  id: "kernel-address-layout",
  guideline: ["OS-09"],
  title: "Programs lie at addresses nobody can guess",
  failing: "Programs lie at addresses that can be guessed",
  severity: "high",
  risk: "none",
  rationale:
    "Most ways to turn a memory error into control need to know where things lie. Full randomisation takes that away at no cost.",
  references: [
    { source: "CIS Debian 12", id: "1.5.1" },
    { source: "CIS Debian 13", id: "1.5.9" },
    { source: "CIS Ubuntu 22.04", id: "1.5.1" },
    { source: "CIS Ubuntu 24.04", id: "1.5.1" },
    { source: "CIS RHEL 9", id: "1.5.1" },
    { source: "STIG Ubuntu 22.04", id: "UBTU-22-213020" },
    { source: "STIG Ubuntu 24.04", id: "UBTU-24-700310" },
    { source: "STIG RHEL 9", id: "RHEL-09-213070" },
    { source: "NIST 800-53", id: "SC-30" },
    { source: "NIST 800-53", id: "SC-30(2)" },
    { source: "NIST 800-53", id: "CM-6(a)" },
    { source: "man", id: "sysctl.d(5)" },
    { source: "Lynis", id: "KRNL-6000" },
  ],
  needs: { kernel },
  inspect: (facts) => judgeSettings(facts.kernel, settings),
  plan: (facts) => proposeSettings(facts.kernel, settings),
});
