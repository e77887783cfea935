import { change } from "../../../src/model/change.ts";
import { control } from "../../../src/model/control.ts";
import { fail, pass } from "../../../src/model/finding.ts";
import { auditd } from "../../../src/probes/auditd.ts";
import { install } from "./composer.ts";
import { wanted } from "./questions.ts";

/** auditd(8), auditctl(8); CIS Debian 12 6.2.1.1, 6.2.1.2. */
export const running = control({
  id: "audit-running",
  guideline: ["OS-07"],
  title: "An audit trail is kept",
  failing: "No audit trail is kept",
  severity: "medium",
  risk: "none",
  rationale:
    "Logs say what programs want to say. The audit trail is written by the kernel: who logged in, and what was done from there on, under whatever name.",
  references: [
    { source: "CIS Debian 12", id: "6.2.1.1" },
    { source: "CIS Debian 12", id: "6.2.1.2" },
    { source: "CIS Debian 13", id: "6.2.1.1" },
    { source: "CIS Debian 13", id: "6.2.1.2" },
    { source: "CIS Ubuntu 22.04", id: "6.3.1.1" },
    { source: "CIS Ubuntu 22.04", id: "6.3.1.2" },
    { source: "CIS Ubuntu 24.04", id: "6.2.1.1" },
    { source: "CIS Ubuntu 24.04", id: "6.2.1.2" },
    { source: "CIS RHEL 9", id: "6.3.1.1" },
    { source: "CIS RHEL 9", id: "6.3.1.4" },
    { source: "STIG Ubuntu 22.04", id: "UBTU-22-653010" },
    { source: "STIG Ubuntu 22.04", id: "UBTU-22-653015" },
    { source: "STIG Ubuntu 24.04", id: "UBTU-24-100400" },
    { source: "STIG Ubuntu 24.04", id: "UBTU-24-100410" },
    { source: "STIG RHEL 9", id: "RHEL-09-653010" },
    { source: "STIG RHEL 9", id: "RHEL-09-653015" },
    { source: "NIST 800-53", id: "AU-12(2)" },
    { source: "Lynis", id: "ACCT-9628" },
    { source: "man", id: "auditd(8)" },
  ],
  needs: { seen: auditd },
  inspect: ({ seen }, answers) => {
    const { enabled: on, lost, backlog_limit: backlog } = seen.status;
    const evidence = [
      { asked: `package ${seen.packageName}`, answered: seen.installed ? "installed" : "not installed" },
      {
        asked: "systemctl show -p ActiveState -p UnitFileState auditd.service",
        answered: `${seen.active ? "active" : "not active"}, ${seen.enabled || "no unit"}`,
      },
      {
        asked: "auditctl -s",
        answered: `enabled ${on ?? "?"}, backlog_limit ${backlog ?? "?"}, lost ${lost ?? "?"}`,
      },
    ];
    if (!seen.installed && !answers.get(wanted))
      return fail("auditd is not installed: answer audit.wanted to have it", evidence);
    const problems = [
      ...(seen.installed ? [] : [`${seen.packageName} is not installed`]),
      ...(seen.active ? [] : ["auditd does not run"]),
      ...(seen.enabled === "enabled" ? [] : ["auditd is not started at boot"]),
      ...(on === "0" ? ["the kernel's audit is switched off (auditctl -e 0)"] : []),
    ];
    return problems.length === 0 ? pass(evidence) : fail(problems.join("; "), evidence);
  },
  plan: ({ seen }, answers) => {
    if (!answers.get(wanted)) return [];
    return [
      ...install(seen),
      ...(seen.installed && seen.enabled !== "enabled"
        ? [
            change({
              kind: "command",
              phase: "services",
              risk: "none",
              title: "Start auditd with the server",
              argv: ["systemctl", "enable", "auditd.service"],
              inverse: ["systemctl", "disable", "auditd.service"],
              touches: ["/etc/systemd/system/multi-user.target.wants/auditd.service"],
            }),
          ]
        : []),
      ...(seen.active
        ? []
        : [
            change({
              kind: "unit",
              phase: "services",
              risk: "none",
              title: "Start auditd",
              unit: "auditd.service",
              action: "active",
            }),
          ]),
    ];
  },
});
