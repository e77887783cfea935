import { ruleControl } from "./rule-control.ts";
import { watches } from "./syscalls.ts";

/** audit.rules(7); CIS Debian 12 6.2.3.8. */
export const auditIdentity = ruleControl({
  id: "audit-identity",
  topic: "identity",
  title: "Changes of accounts, groups and the ways in are recorded",
  failing: "Nobody records changes of accounts, groups and the ways in",
  severity: "medium",
  rationale:
    "A new account, a changed password, a key or another rule for logins: whoever wants to come back changes one of these files.",
  references: [
    { source: "CIS Debian 12", id: "6.2.3.8" },
    { source: "CIS Debian 13", id: "6.2.3.13" },
    { source: "CIS Ubuntu 22.04", id: "6.3.3.8" },
    { source: "CIS Ubuntu 24.04", id: "6.2.3.8" },
    { source: "CIS RHEL 9", id: "6.3.3.8" },
    { source: "STIG Ubuntu 22.04", id: "UBTU-22-654145" },
    { source: "STIG Ubuntu 24.04", id: "UBTU-24-200280" },
    { source: "STIG RHEL 9", id: "RHEL-09-654240" },
    { source: "NIST 800-53", id: "AC-2(4)" },
    { source: "NIST 800-53", id: "AU-2(d)" },
    { source: "Lynis", id: "ACCT-9630" },
  ],
  rules: ({ seen }) =>
    watches(
      seen,
      [
        "/etc/group",
        "/etc/passwd",
        "/etc/gshadow",
        "/etc/shadow",
        "/etc/security/opasswd",
        "/etc/nsswitch.conf",
        "/etc/pam.conf",
        "/etc/pam.d",
        "/etc/ssh",
      ],
      "identity",
    ),
});
