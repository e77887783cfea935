import { ruleControl } from "./rule-control.ts";
import { watch } from "./syscalls.ts";

/** audit.rules(7); CIS Debian 12 6.2.3.11. */
export const auditSessions = ruleControl({
  id: "audit-sessions",
  topic: "session",
  title: "The list of sessions cannot be changed unnoticed",
  failing: "The list of sessions can be changed unnoticed",
  severity: "low",
  rationale: "Who logged in and when stands in files that root can edit.",
  references: [
    { source: "CIS Debian 12", id: "6.2.3.11" },
    { source: "CIS Ubuntu 22.04", id: "6.3.3.11" },
    { source: "CIS Ubuntu 24.04", id: "6.2.3.11" },
    { source: "CIS RHEL 9", id: "6.3.3.11" },
    { source: "Lynis", id: "ACCT-9630" },
  ],
  rules: () => ["/var/run/utmp", "/var/log/wtmp", "/var/log/btmp"].map((path) => watch(path, "session")),
});
