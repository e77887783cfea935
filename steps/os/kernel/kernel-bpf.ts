import { control } from "../../../src/model/control.ts";
import { kernel } from "../../../src/probes/kernel.ts";
import { judgeSettings, proposeSettings, type Setting, setting } from "./settings.ts";

const settings: readonly Setting[] = [
  // 1 cannot be taken back before the next boot (Documentation/admin-guide/sysctl/kernel.rst), 2 can: both keep everyone but root out.
  setting("kernel.unprivileged_bpf_disabled", 2, 1),
  setting("net.core.bpf_jit_harden", 2),
];

/** STIG RHEL 9 213075, 251045. */
export const bpf = control({
  id: "kernel-bpf",
  guideline: ["OS-09"],
  title: "Only root may load programs into the kernel",
  failing: "Anyone may load programs into the kernel",
  severity: "medium",
  risk: "none",
  rationale:
    "BPF programs run inside the kernel, and errors in their checker have made root of plain accounts more than once. Servers load them as root, if at all.",
  references: [
    { source: "STIG RHEL 9", id: "RHEL-09-213075" },
    { source: "NIST 800-53", id: "AC-6" },
    { source: "NIST 800-53", id: "SC-7(10)" },
    { source: "man", id: "sysctl.d(5)" },
    { source: "Lynis", id: "KRNL-6000" },
  ],
  needs: { kernel },
  inspect: (facts) => judgeSettings(facts.kernel, settings),
  plan: (facts) => proposeSettings(facts.kernel, settings),
});
