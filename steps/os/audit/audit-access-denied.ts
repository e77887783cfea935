import { ruleControl } from "./rule-control.ts";
import { people, syscallRules } from "./syscalls.ts";

/** audit.rules(7); CIS Debian 12 6.2.3.7. */
export const auditAccessDenied = ruleControl({
  id: "audit-access-denied",
  topic: "access",
  title: "Refused access to files is recorded",
  failing: "Nobody records refused access to files",
  severity: "low",
  rationale: "Somebody who looks for what he may read is refused many times first.",
  references: [
    { source: "CIS Debian 12", id: "6.2.3.7" },
    { source: "CIS Ubuntu 22.04", id: "6.3.3.7" },
    { source: "CIS Ubuntu 24.04", id: "6.2.3.7" },
    { source: "CIS RHEL 9", id: "6.3.3.7" },
    { source: "Lynis", id: "ACCT-9630" },
  ],
  rules: ({ seen }) =>
    ["-EACCES", "-EPERM"].flatMap((exit) =>
      syscallRules(
        seen,
        ["creat", "open", "openat", "truncate", "ftruncate"],
        `-F exit=${exit} ${people(seen)} -k access`,
      ),
    ),
});
