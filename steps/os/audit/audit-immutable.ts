import { change } from "../../../src/model/change.ts";
import { control } from "../../../src/model/control.ts";
import { fail, pass } from "../../../src/model/finding.ts";
import { auditd, finalRulesFile } from "../../../src/probes/auditd.ts";
import { install } from "./composer.ts";
import { immutable, wanted } from "./questions.ts";

export const finalContent =
  "## Written by drawbridge. Rules are locked until the next reboot: auditctl(8). Delete this file and reboot to change them.\n-e 2\n";

/** auditctl(8) -e 2; CIS Debian 12 6.2.3.20. Takes effect at the next boot: until then everything can still be undone. */
export const locked = control({
  id: "audit-immutable",
  guideline: ["OS-07"],
  title: "The rules of the audit trail are locked until the next reboot",
  failing: "The rules of the audit trail can be changed while the machine runs",
  severity: "low",
  risk: "reboot",
  rationale:
    "Whoever becomes root switches the trail off first. Locked, it goes on until a reboot, and that is noticed.",
  references: [
    { source: "CIS Debian 12", id: "6.2.3.20" },
    { source: "CIS Debian 13", id: "6.2.3.36" },
    { source: "CIS Ubuntu 22.04", id: "6.3.3.20" },
    { source: "CIS Ubuntu 24.04", id: "6.2.3.20" },
    { source: "CIS RHEL 9", id: "6.3.3.20" },
    { source: "STIG Ubuntu 24.04", id: "UBTU-24-909000" },
    { source: "STIG RHEL 9", id: "RHEL-09-654275" },
    { source: "NIST 800-53", id: "AC-6(9)" },
    { source: "man", id: "auditctl(8)" },
  ],
  needs: { seen: auditd },
  applies: ({ seen }, answers) =>
    (answers.get(wanted) && answers.get(immutable)) || seen.status.enabled === "2" || "not asked for (audit.immutable)",
  inspect: ({ seen }) => {
    const now = seen.status.enabled === "2";
    const written = [...seen.otherRules, ...(seen.files.get(finalRulesFile)?.content.split("\n") ?? [])].some((line) =>
      /^-e\s*2\s*$/u.test(line),
    );
    const evidence = [
      { asked: "auditctl -s", answered: `enabled ${seen.status.enabled ?? "?"}` },
      { asked: "-e 2 in /etc/audit/rules.d", answered: written ? "there" : "not there" },
    ];
    if (!written)
      return fail(now ? "locked now, and open again after a reboot" : "-e 2 is in no file of rules", evidence);
    return pass(evidence, now ? "" : "from the next reboot on");
  },
  plan: ({ seen }) => [
    ...install(seen),
    change({
      kind: "file",
      // After the rules were handed to the kernel.
      phase: "services",
      risk: "reboot",
      title: "Lock the rules, from the next reboot on",
      path: finalRulesFile,
      before: seen.files.get(finalRulesFile) ?? null,
      after: { content: finalContent, mode: "0640", owner: "root", group: "root" },
    }),
  ],
  breaks: () => ["after the next reboot, a changed rule (and undoing these) needs another reboot"],
});
