import { few } from "../../../src/core/few.ts";
import { control } from "../../../src/model/control.ts";
import { fail, pass } from "../../../src/model/finding.ts";
import { daemons } from "../../../src/probes/daemons.ts";

/**
 * aa-status(8), aa-enforce(8); CIS Debian 12 1.3.1.4. Only found: what a profile would forbid stands in the log of the weeks in which it
 * only watched, and somebody has to read that first; a program gets its profile at its next start.
 */
export const profilesEnforced = control({
  id: "integrity-profiles-enforced",
  guideline: ["OS-13"],
  title: "AppArmor's profiles hold what they are for",
  failing: "Programs run past their AppArmor profiles",
  severity: "low",
  risk: "none",
  rationale:
    "A profile that only complains writes down what it should have stopped. A program that was started before its profile was loaded runs without it until it is started again. Both look protected in a list of profiles.",
  references: [
    { source: "CIS Debian 12", id: "1.3.1.4" },
    { source: "CIS Debian 13", id: "1.3.1.3" },
    { source: "CIS Ubuntu 22.04", id: "1.3.1.4" },
    { source: "CIS Ubuntu 24.04", id: "1.3.1.4" },
    { source: "NIST 800-53", id: "AC-3(3)(a)" },
    { source: "Lynis", id: "MACF-6208" },
    { source: "man", id: "aa-status(8)" },
  ],
  needs: { daemons },
  applies: (facts) => {
    if (facts.daemons.container) return "in a container this is the host's to decide";
    return facts.daemons.appArmor === "Y" || "AppArmor is not on here";
  },
  inspect: ({ daemons: { appArmorLoose } }) => {
    const { complaining, unconfined } = appArmorLoose;
    const evidence = [
      { asked: "/sys/kernel/security/apparmor/profiles", answered: `complain: ${complaining.join(", ") || "none"}` },
      { asked: "/proc/*/attr/current", answered: `without their profile: ${unconfined.join(", ") || "none"}` },
    ];
    const problems = [
      ...(complaining.length > 0
        ? [`${few(complaining, 4)}: read journalctl -k -g ALLOWED, then aa-enforce (apparmor-utils)`]
        : []),
      ...(unconfined.length > 0 ? [`${few(unconfined, 4)}: start the service anew`] : []),
    ];
    return problems.length === 0 ? pass(evidence) : fail(problems.join("; "), evidence);
  },
  plan: () => [],
});
