import { ruleControl } from "./rule-control.ts";
import { syscallRules, watches } from "./syscalls.ts";

/** audit.rules(7); CIS Debian 12 6.2.3.5. */
export const auditNetwork = ruleControl({
  id: "audit-network",
  topic: "system-locale",
  title: "Changes of the machine's name and network are recorded",
  failing: "Nobody records changes of the machine's name and network",
  severity: "medium",
  rationale: "Another name or another name server sends traffic and logs elsewhere.",
  references: [
    { source: "CIS Debian 12", id: "6.2.3.5" },
    { source: "CIS Ubuntu 22.04", id: "6.3.3.5" },
    { source: "CIS Ubuntu 24.04", id: "6.2.3.5" },
    { source: "CIS RHEL 9", id: "6.3.3.5" },
    { source: "Lynis", id: "ACCT-9630" },
  ],
  rules: ({ seen }) => [
    ...syscallRules(seen, ["sethostname", "setdomainname"], "-k system-locale"),
    ...watches(
      seen,
      [
        "/etc/issue",
        "/etc/issue.net",
        "/etc/hosts",
        "/etc/hostname",
        "/etc/networks",
        "/etc/network",
        "/etc/netplan",
        "/etc/systemd/network",
        "/etc/NetworkManager",
        "/etc/sysconfig/network",
        "/etc/sysconfig/network-scripts",
      ],
      "system-locale",
    ),
  ],
});
