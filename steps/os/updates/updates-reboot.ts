import { control } from "../../../src/model/control.ts";
import { fail, pass } from "../../../src/model/finding.ts";
import { daemons } from "../../../src/probes/daemons.ts";

/** /run/reboot-required of Debian and Ubuntu; needs-restarting(1) on RHEL is asked by hand. */
export const rebootDone = control({
  id: "updates-reboot",
  guideline: ["OS-06"],
  title: "No update waits for a reboot",
  failing: "An update waits for a reboot",
  severity: "medium",
  risk: "none",
  rationale:
    "A new kernel or C library protects nobody until the old one is gone from memory. Until the reboot the machine is as open as before the update.",
  references: [
    { source: "NIST 800-53", id: "SI-2" },
    { source: "Lynis", id: "KRNL-5830" },
  ],
  needs: { daemons },
  inspect: (facts) => {
    const evidence = [
      { asked: "ls /run/reboot-required", answered: facts.daemons.rebootNeeded ? "it is there" : "no such file" },
    ];
    return facts.daemons.rebootNeeded ? fail("choose an hour, and reboot", evidence) : pass(evidence);
  },
  plan: () => [],
});
