import { control } from "../../../src/model/control.ts";
import { fail, pass } from "../../../src/model/finding.ts";
import { auditd } from "../../../src/probes/auditd.ts";
import { wanted } from "./questions.ts";

/** kernel-command-line(7); CIS Debian 12 6.2.1.3, 6.2.1.4. A boot loader is not edited for it: named, not changed. */
export const boot = control({
  id: "audit-boot",
  guideline: ["OS-07"],
  title: "Programs that start before auditd are recorded",
  failing: "Programs that start before auditd are not recorded",
  severity: "low",
  risk: "reboot",
  rationale:
    "Processes that exist before the kernel's audit is switched on are not marked, and what they do later may be missed. The kernel can have it on from the first moment, with room for what happens until auditd runs.",
  references: [
    { source: "CIS Debian 12", id: "6.2.1.3" },
    { source: "CIS Debian 13", id: "6.2.1.3" },
    { source: "CIS Ubuntu 22.04", id: "6.3.1.3" },
    { source: "CIS Ubuntu 24.04", id: "6.2.1.3" },
    { source: "CIS RHEL 9", id: "6.3.1.2" },
    { source: "STIG Ubuntu 22.04", id: "UBTU-22-212015" },
    { source: "STIG Ubuntu 24.04", id: "UBTU-24-102010" },
    { source: "STIG RHEL 9", id: "RHEL-09-212055" },
    { source: "NIST 800-53", id: "AU-14(1)" },
  ],
  needs: { seen: auditd },
  applies: (_, answers) => answers.get(wanted) || "no audit trail is wanted (audit.wanted)",
  inspect: ({ seen }) => {
    const word = (name: string) => seen.commandLine.filter((text) => text.startsWith(`${name}=`)).at(-1);
    const backlog = Number(word("audit_backlog_limit")?.split("=")[1] ?? 0);
    const evidence = [
      {
        asked: "cat /proc/cmdline",
        answered: `${word("audit") ?? "no audit="} ${word("audit_backlog_limit") ?? "no audit_backlog_limit="}`,
      },
    ];
    return word("audit") === "audit=1" && backlog >= 8192
      ? pass(evidence)
      : fail(
          "add audit=1 audit_backlog_limit=8192 to GRUB_CMDLINE_LINUX in /etc/default/grub, run update-grub (RHEL: grubby --update-kernel=ALL --args=...), and reboot",
          evidence,
        );
  },
  plan: () => [],
});
