import { ruleControl } from "./rule-control.ts";
import { people, syscallRules } from "./syscalls.ts";

/** audit.rules(7); CIS Debian 12 6.2.3.19. */
export const auditModules = ruleControl({
  id: "audit-modules",
  topic: "kernel_modules",
  title: "Code that is loaded into the kernel is recorded",
  failing: "Nobody records code that is loaded into the kernel",
  severity: "medium",
  rationale:
    "A module can do anything and hide it. The record of its loading is the last thing that cannot be hidden by it.",
  references: [
    { source: "CIS Debian 12", id: "6.2.3.19" },
    { source: "CIS Debian 13", id: "6.2.3.32" },
    { source: "CIS Ubuntu 22.04", id: "6.3.3.19" },
    { source: "CIS Ubuntu 24.04", id: "6.2.3.19" },
    { source: "CIS RHEL 9", id: "6.3.3.19" },
    { source: "STIG Ubuntu 22.04", id: "UBTU-22-654175" },
    { source: "STIG Ubuntu 24.04", id: "UBTU-24-900340" },
    { source: "STIG RHEL 9", id: "RHEL-09-654080" },
    { source: "NIST 800-53", id: "AU-12(c)" },
    { source: "Lynis", id: "ACCT-9630" },
  ],
  rules: ({ seen }) => [
    ...syscallRules(seen, ["init_module", "finit_module", "delete_module"], `${people(seen)} -k kernel_modules`),
    ...(seen.present.includes("/usr/bin/kmod")
      ? [`-a always,exit -F path=/usr/bin/kmod -F perm=x ${people(seen)} -k kernel_modules`]
      : []),
  ],
});
