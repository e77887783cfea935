import { ruleControl } from "./rule-control.ts";
import { people } from "./syscalls.ts";

/** audit.rules(7); CIS Debian 12 6.2.3.6. */
export const auditPrivileged = ruleControl({
  id: "audit-privileged",
  topic: "privileged",
  title: "The use of programs with root's rights is recorded",
  failing: "Nobody records the use of programs with root's rights",
  severity: "medium",
  rationale:
    "Programs with the setuid bit are the usual way from an account to root. The list is made from what is on this machine's disks now.",
  references: [
    { source: "CIS Debian 12", id: "6.2.3.6" },
    { source: "CIS Ubuntu 22.04", id: "6.3.3.6" },
    { source: "CIS Ubuntu 24.04", id: "6.2.3.6" },
    { source: "CIS RHEL 9", id: "6.3.3.6" },
    { source: "Lynis", id: "ACCT-9630" },
  ],
  rules: ({ seen, privileged }) => {
    const plain = (privileged ?? []).filter((path) => /^\/[\w./+-]+$/u.test(path));
    return privileged === undefined
      ? "it is not known which programs have root's rights here"
      : plain.map((path) => `-a always,exit -F path=${path} -F perm=x ${people(seen)} -k privileged`);
  },
});
