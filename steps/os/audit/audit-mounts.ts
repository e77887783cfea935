import { ruleControl } from "./rule-control.ts";
import { people, syscallRules } from "./syscalls.ts";

/** audit.rules(7); CIS Debian 12 6.2.3.10. */
export const auditMounts = ruleControl({
  id: "audit-mounts",
  topic: "mounts",
  title: "Mounted file systems are recorded",
  failing: "Nobody records mounted file systems",
  severity: "low",
  rationale: "A mount brings programs and takes data, or hides what lies below it.",
  references: [
    { source: "CIS Debian 12", id: "6.2.3.10" },
    { source: "CIS Ubuntu 22.04", id: "6.3.3.10" },
    { source: "CIS Ubuntu 24.04", id: "6.2.3.10" },
    { source: "CIS RHEL 9", id: "6.3.3.10" },
    { source: "Lynis", id: "ACCT-9630" },
  ],
  rules: ({ seen }) => syscallRules(seen, ["mount"], `${people(seen)} -k mounts`),
});
