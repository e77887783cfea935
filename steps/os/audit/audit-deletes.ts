import { ruleControl } from "./rule-control.ts";
import { people, syscallRules } from "./syscalls.ts";

/** audit.rules(7); CIS Debian 12 6.2.3.13. */
export const auditDeletes = ruleControl({
  id: "audit-deletes",
  topic: "delete",
  title: "Files that people delete or rename are recorded",
  failing: "Nobody records which files people delete or rename",
  severity: "low",
  rationale: "Traces are removed last.",
  references: [
    { source: "CIS Debian 12", id: "6.2.3.13" },
    { source: "CIS Ubuntu 22.04", id: "6.3.3.13" },
    { source: "CIS Ubuntu 24.04", id: "6.2.3.13" },
    { source: "CIS RHEL 9", id: "6.3.3.13" },
    { source: "Lynis", id: "ACCT-9630" },
  ],
  rules: ({ seen }) => syscallRules(seen, ["unlink", "unlinkat", "rename", "renameat"], `${people(seen)} -k delete`),
});
