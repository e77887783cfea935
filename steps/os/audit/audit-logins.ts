import { ruleControl } from "./rule-control.ts";
import { watch } from "./syscalls.ts";

/** audit.rules(7); CIS Debian 12 6.2.3.12. */
export const auditLogins = ruleControl({
  id: "audit-logins",
  topic: "logins",
  title: "The list of logins cannot be changed unnoticed",
  failing: "The list of logins can be changed unnoticed",
  severity: "low",
  rationale: "Last logins and locked accounts stand in files that root can edit.",
  references: [
    { source: "CIS Debian 12", id: "6.2.3.12" },
    { source: "CIS Ubuntu 22.04", id: "6.3.3.12" },
    { source: "CIS Ubuntu 24.04", id: "6.2.3.12" },
    { source: "CIS RHEL 9", id: "6.3.3.12" },
    { source: "Lynis", id: "ACCT-9630" },
  ],
  rules: () => ["/var/log/lastlog", "/var/run/faillock"].map((path) => watch(path, "logins")),
});
