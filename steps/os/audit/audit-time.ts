import { ruleControl } from "./rule-control.ts";
import { syscallRules, watches } from "./syscalls.ts";

/** audit.rules(7); CIS Debian 12 6.2.3.4. */
export const auditTime = ruleControl({
  id: "audit-time",
  topic: "time-change",
  title: "Changes of the clock are recorded",
  failing: "Nobody records changes of the clock",
  severity: "medium",
  rationale:
    "Records with wrong times prove nothing. Whoever turns the clock back to hide something is written down with it.",
  references: [
    { source: "CIS Debian 12", id: "6.2.3.4" },
    { source: "CIS Ubuntu 22.04", id: "6.3.3.4" },
    { source: "CIS Ubuntu 24.04", id: "6.2.3.4" },
    { source: "CIS RHEL 9", id: "6.3.3.4" },
    { source: "NIST 800-53", id: "AU-12(c)" },
    { source: "Lynis", id: "ACCT-9630" },
  ],
  rules: ({ seen }) => [
    ...syscallRules(seen, ["adjtimex", "settimeofday"], "-k time-change"),
    ...syscallRules(seen, ["clock_settime"], "-F a0=0x0 -k time-change"),
    ...watches(seen, ["/etc/localtime"], "time-change"),
  ],
});
