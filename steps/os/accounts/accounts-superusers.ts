import { control } from "../../../src/model/control.ts";
import { fail, pass } from "../../../src/model/finding.ts";
import { policy } from "../../../src/probes/policy.ts";

/** passwd(5); CIS Debian 12 5.4.2.1. Whose account it is has to be found out first: found, not changed. */
export const superusers = control({
  id: "accounts-superusers",
  guideline: ["OS-10"],
  title: "Only root is root",
  failing: "Another account has root's number",
  severity: "critical",
  risk: "none",
  rationale:
    "An account with number 0 is root under another name: it passes every check, and logs show it as root. Intruders leave such accounts; administrators need none.",
  references: [
    { source: "CIS Debian 12", id: "5.4.2.1" },
    { source: "CIS Debian 13", id: "5.4.2.1" },
    { source: "CIS Ubuntu 22.04", id: "5.4.2.1" },
    { source: "CIS Ubuntu 24.04", id: "5.4.2.1" },
    { source: "CIS RHEL 9", id: "5.4.2.1" },
    { source: "STIG RHEL 9", id: "RHEL-09-411100" },
    { source: "NIST 800-53", id: "IA-2" },
    { source: "NIST 800-53", id: "AC-6(5)" },
    { source: "NIST 800-53", id: "IA-4(b)" },
    { source: "Lynis", id: "AUTH-9204" },
    { source: "man", id: "passwd(5)" },
  ],
  needs: { policy },
  inspect: (facts) => {
    const zero = facts.policy.ageing.filter(({ uid }) => uid === 0).map(({ user }) => user);
    const evidence = [{ asked: "getent passwd: number 0", answered: zero.join(", ") }];
    const others = zero.filter((user) => user !== "root");
    return others.length === 0
      ? pass(evidence)
      : fail(
          `${others.join(", ")}: find out whose it is, then remove it (userdel) or give it a number of its own`,
          evidence,
        );
  },
  plan: () => [],
});
