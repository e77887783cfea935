import { ruleControl } from "./rule-control.ts";
import { watch } from "./syscalls.ts";

/** audit.rules(7); CIS Debian 12 6.2.3.3. */
export const auditSudoLog = ruleControl({
  id: "audit-sudo-log",
  topic: "sudo_log_file",
  title: "Changes of sudo's log are recorded",
  failing: "Nobody records changes of sudo's log",
  severity: "medium",
  rationale:
    "The log of sudo is a plain file that root can edit. A record of every write shows the ones that were not sudo's own.",
  references: [
    { source: "CIS Debian 12", id: "6.2.3.3" },
    { source: "CIS Ubuntu 22.04", id: "6.3.3.3" },
    { source: "CIS Ubuntu 24.04", id: "6.2.3.3" },
    { source: "CIS RHEL 9", id: "6.3.3.3" },
    { source: "Lynis", id: "ACCT-9630" },
  ],
  rules: ({ seen }) =>
    seen.sudoLog === undefined || !/^\/[\w./-]+$/u.test(seen.sudoLog)
      ? "sudo has no log file of its own (authentication-sudo)"
      : [watch(seen.sudoLog, "sudo_log_file")],
});
