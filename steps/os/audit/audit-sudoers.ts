import { ruleControl } from "./rule-control.ts";
import { watches } from "./syscalls.ts";

/** audit.rules(7); CIS Debian 12 6.2.3.1. */
export const auditSudoers = ruleControl({
  id: "audit-sudoers",
  topic: "scope",
  title: "Changes of who may use sudo are recorded",
  failing: "Nobody records changes of who may use sudo",
  severity: "medium",
  rationale: "Whoever wants to stay gives an account more rights. The record names who changed them, and when.",
  references: [
    { source: "CIS Debian 12", id: "6.2.3.1" },
    { source: "CIS Debian 13", id: "6.2.3.1" },
    { source: "CIS Ubuntu 22.04", id: "6.3.3.1" },
    { source: "CIS Ubuntu 24.04", id: "6.2.3.1" },
    { source: "CIS RHEL 9", id: "6.3.3.1" },
    { source: "NIST 800-53", id: "AU-2(d)" },
    { source: "NIST 800-53", id: "AU-12(c)" },
    { source: "Lynis", id: "ACCT-9630" },
  ],
  rules: ({ seen }) => watches(seen, ["/etc/sudoers", "/etc/sudoers.d"], "scope"),
});
