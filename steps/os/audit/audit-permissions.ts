import { ruleControl } from "./rule-control.ts";
import { people, syscallRules } from "./syscalls.ts";

/** audit.rules(7); CIS Debian 12 6.2.3.9. */
export const auditPermissions = ruleControl({
  id: "audit-permissions",
  topic: "perm_mod",
  title: "Changed rights and owners of files are recorded",
  failing: "Nobody records changed rights and owners of files",
  severity: "low",
  rationale: "Opening a file to others is how data leave without any program being changed.",
  references: [
    { source: "CIS Debian 12", id: "6.2.3.9" },
    { source: "CIS Ubuntu 22.04", id: "6.3.3.9" },
    { source: "CIS Ubuntu 24.04", id: "6.2.3.9" },
    { source: "CIS RHEL 9", id: "6.3.3.9" },
    { source: "Lynis", id: "ACCT-9630" },
  ],
  rules: ({ seen }) =>
    [
      ["chmod", "fchmod", "fchmodat"],
      ["chown", "fchown", "lchown", "fchownat"],
      ["setxattr", "lsetxattr", "fsetxattr", "removexattr", "lremovexattr", "fremovexattr"],
    ].flatMap((calls) => syscallRules(seen, calls, `${people(seen)} -k perm_mod`)),
});
