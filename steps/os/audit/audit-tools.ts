import { ruleControl } from "./rule-control.ts";
import { people } from "./syscalls.ts";

/** audit.rules(7); CIS Debian 12 6.2.3.15 to 6.2.3.18. */
export const auditTools = ruleControl({
  id: "audit-tools",
  topic: "perm_chng",
  title: "The use of chcon, setfacl, chacl and usermod is recorded",
  failing: "Nobody records the use of chcon, setfacl, chacl and usermod",
  severity: "low",
  rationale: "These programs change who may do what without touching a file that is watched.",
  references: [
    { source: "CIS Debian 12", id: "6.2.3.15" },
    { source: "CIS Ubuntu 22.04", id: "6.3.3.15" },
    { source: "CIS Ubuntu 24.04", id: "6.2.3.15" },
    { source: "CIS RHEL 9", id: "6.3.3.15" },
    { source: "CIS Debian 12", id: "6.2.3.18" },
    { source: "Lynis", id: "ACCT-9630" },
  ],
  rules: ({ seen }) => {
    const tools = ["/usr/bin/chcon", "/usr/bin/setfacl", "/usr/bin/chacl", "/usr/sbin/usermod"];
    return tools
      .filter((path) => seen.present.includes(path))
      .map(
        (path) =>
          `-a always,exit -F path=${path} -F perm=x ${people(seen)} -k ${path.endsWith("usermod") ? "usermod" : "perm_chng"}`,
      );
  },
});
