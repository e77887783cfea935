import { ruleControl } from "./rule-control.ts";
import { watches } from "./syscalls.ts";

/** audit.rules(7); CIS Debian 12 6.2.3.14. */
export const auditMandatoryAccess = ruleControl({
  id: "audit-mandatory-access",
  topic: "MAC-policy",
  title: "Changes of AppArmor's or SELinux' rules are recorded",
  failing: "Nobody records changes of AppArmor's or SELinux' rules",
  severity: "medium",
  rationale: "Whoever is held by a profile first looks for a way to change it.",
  references: [
    { source: "CIS Debian 12", id: "6.2.3.14" },
    { source: "CIS Ubuntu 22.04", id: "6.3.3.14" },
    { source: "CIS Ubuntu 24.04", id: "6.2.3.14" },
    { source: "CIS RHEL 9", id: "6.3.3.14" },
    { source: "Lynis", id: "ACCT-9630" },
  ],
  rules: ({ seen }) => {
    const rules = watches(
      seen,
      ["/etc/apparmor", "/etc/apparmor.d", "/etc/selinux", "/usr/share/selinux"],
      "MAC-policy",
    );
    return rules.length === 0 ? "there is neither AppArmor nor SELinux here (integrity-mandatory-access)" : rules;
  },
});
