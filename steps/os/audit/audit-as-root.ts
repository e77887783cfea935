import { ruleControl } from "./rule-control.ts";
import { syscallRules } from "./syscalls.ts";

/** audit.rules(7); CIS Debian 12 6.2.3.2. */
export const auditAsRoot = ruleControl({
  id: "audit-as-root",
  topic: "user_emulation",
  title: "What people do with somebody else's rights is recorded",
  failing: "Nobody records what people do with somebody else's rights",
  severity: "medium",
  rationale:
    "With sudo everybody is root, and the usual logs say no more than that. The audit trail keeps the account that logged in, for every program it starts as another.",
  references: [
    { source: "CIS Debian 12", id: "6.2.3.2" },
    { source: "CIS Debian 13", id: "6.2.3.2" },
    { source: "CIS Ubuntu 22.04", id: "6.3.3.2" },
    { source: "CIS Ubuntu 24.04", id: "6.2.3.2" },
    { source: "CIS RHEL 9", id: "6.3.3.2" },
    { source: "Lynis", id: "ACCT-9630" },
  ],
  rules: ({ seen }) => syscallRules(seen, ["execve"], "-C euid!=uid -F auid!=unset -k user_emulation"),
});
