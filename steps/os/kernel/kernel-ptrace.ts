import { control } from "../../../src/model/control.ts";
import { kernel } from "../../../src/probes/kernel.ts";
import { judgeSettings, proposeSettings, type Setting, setting } from "./settings.ts";

const settings: readonly Setting[] = [setting("kernel.yama.ptrace_scope", 1, 2, 3)];

/** CIS Debian 12 1.5.2. */
export const ptrace = control({
  id: "kernel-ptrace",
  guideline: ["OS-09"],
  title: "A process cannot read the memory of its neighbours",
  failing: "A process can read the memory of its neighbours",
  severity: "medium",
  risk: "none",
  rationale:
    "With ptrace one broken program of an account reads keys and passwords out of all the others of the same account. Restricted, only a parent may look into its children.",
  references: [
    { source: "CIS Debian 12", id: "1.5.2" },
    { source: "CIS Debian 13", id: "1.5.3" },
    { source: "CIS Debian 13", id: "1.5.10" },
    { source: "CIS Ubuntu 22.04", id: "1.5.2" },
    { source: "CIS Ubuntu 24.04", id: "1.5.2" },
    { source: "CIS RHEL 9", id: "1.5.2" },
    { source: "STIG RHEL 9", id: "RHEL-09-213080" },
    { source: "NIST 800-53", id: "SC-7(10)" },
    { source: "man", id: "sysctl.d(5)" },
    { source: "Lynis", id: "KRNL-6000" },
  ],
  needs: { kernel },
  inspect: (facts) => judgeSettings(facts.kernel, settings),
  plan: (facts) => proposeSettings(facts.kernel, settings),
  breaks: () => ["debuggers attach to a running process only as root, or to a program that they started"],
});
