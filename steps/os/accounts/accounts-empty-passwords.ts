import { change } from "../../../src/model/change.ts";
import { control } from "../../../src/model/control.ts";
import { fail, pass } from "../../../src/model/finding.ts";
import { type Policy, policy } from "../../../src/probes/policy.ts";

const open = ({ ageing }: Policy) => ageing.filter(({ hash }) => hash === "empty").map(({ user }) => user);

/** shadow(5); CIS Debian 12 7.2.2. */
export const emptyPasswords = control({
  id: "accounts-empty-passwords",
  guideline: ["OS-10"],
  title: "Every account needs a password or takes none",
  failing: "Accounts can be entered without a password",
  severity: "critical",
  risk: "lockout",
  rationale:
    "An empty password field lets anyone in who knows the name, at the console and wherever else passwords are taken. Locked, the account still takes keys.",
  references: [
    { source: "CIS Debian 12", id: "7.2.2" },
    { source: "CIS Debian 13", id: "7.2.2" },
    { source: "CIS Ubuntu 22.04", id: "7.2.2" },
    { source: "CIS Ubuntu 24.04", id: "7.2.2" },
    { source: "CIS RHEL 9", id: "7.2.2" },
    { source: "STIG Ubuntu 22.04", id: "UBTU-22-611065" },
    { source: "STIG Ubuntu 24.04", id: "UBTU-24-300027" },
    { source: "STIG RHEL 9", id: "RHEL-09-611155" },
    { source: "NIST 800-53", id: "CM-6(b)" },
    { source: "NIST 800-53", id: "CM-6.1(iv)" },
    { source: "Lynis", id: "AUTH-9283" },
    { source: "man", id: "shadow(5)" },
  ],
  needs: { policy },
  inspect: (facts) => {
    const names = open(facts.policy);
    const evidence = [{ asked: "getent shadow: empty password field", answered: names.join(", ") || "none" }];
    return names.length === 0 ? pass(evidence) : fail(names.join(", "), evidence);
  },
  plan: (facts) =>
    open(facts.policy).map((name) =>
      change({
        kind: "user",
        phase: "accounts",
        risk: "lockout",
        title: `${name}: no login by password`,
        name,
        lockPassword: true,
      }),
    ),
  breaks: (facts) =>
    open(facts.policy).map((name) => `${name} no longer logs in without a password: give it one, or a key`),
});
