import { control } from "../../../src/model/control.ts";
import { kernel } from "../../../src/probes/kernel.ts";
import { judgeSettings, proposeSettings, type Setting, setting } from "./settings.ts";

const settings: readonly Setting[] = [
  setting("fs.protected_symlinks", 1),
  setting("fs.protected_hardlinks", 1),
  setting("fs.protected_fifos", 2, 1),
  setting("fs.protected_regular", 2, 1),
];

/** CIS Debian 13 1.5.1, 1.5.2. */
export const links = control({
  id: "kernel-links",
  guideline: ["OS-09"],
  title: "Links and pipes in shared folders cannot trick privileged programs",
  failing: "Links in shared folders can trick privileged programs",
  severity: "high",
  risk: "none",
  rationale:
    "In a folder that everybody may write, such as /tmp, a link or pipe laid out in time makes a privileged program write where it should not. The kernel can refuse to follow those of strangers.",
  references: [
    { source: "CIS Debian 13", id: "1.5.2" },
    { source: "CIS Debian 13", id: "1.5.1" },
    { source: "STIG RHEL 9", id: "RHEL-09-213035" },
    { source: "STIG RHEL 9", id: "RHEL-09-213030" },
    { source: "NIST 800-53", id: "CM-6(a)" },
    { source: "NIST 800-53", id: "AC-6(1)" },
    { source: "man", id: "sysctl.d(5)" },
    { source: "Lynis", id: "KRNL-6000" },
  ],
  needs: { kernel },
  inspect: (facts) => judgeSettings(facts.kernel, settings),
  plan: (facts) => proposeSettings(facts.kernel, settings),
});
