import { keyLine, withKeyLines } from "../../../src/core/key-lines.ts";
import { template } from "../../../src/embedded/templates.ts";
import { change } from "../../../src/model/change.ts";
import { control } from "../../../src/model/control.ts";
import { fail, pass } from "../../../src/model/finding.ts";
import type { AnswerReader } from "../../../src/model/question.ts";
import { auditd, auditdConfig } from "../../../src/probes/auditd.ts";
import { install } from "./composer.ts";
import { diskFull, fileSize, megabytes, wanted } from "./questions.ts";

/** auditd.conf(5). Whoever wants the machine to stop wants it for every way in which the trail can end. */
export const spaceKeys = (answers: AnswerReader): Readonly<Record<string, string>> => {
  const action = answers.get(diskFull);
  const stops = action === "single" || action === "halt";
  return {
    max_log_file: String(fileSize),
    num_logs: String(Math.max(2, Math.min(999, Math.floor(answers.get(megabytes) / fileSize)))),
    max_log_file_action: stops ? "KEEP_LOGS" : "ROTATE",
    space_left_action: "SYSLOG",
    admin_space_left_action: stops ? action.toUpperCase() : "SYSLOG",
    disk_full_action: action.toUpperCase(),
    disk_error_action: stops ? action.toUpperCase() : "SYSLOG",
  };
};

export const spaceContent = (before: string | undefined, answers: AnswerReader): string =>
  withKeyLines(before ?? template("os/audit/auditd.conf"), { separator: " = " }, spaceKeys(answers));

/** auditd(8) SIGNALS. Its unit knows no reload and refuses to be restarted. */
const readAgain = ["systemctl", "kill", "--signal=HUP", "auditd.service"] as const;

/** auditd.conf(5); CIS Debian 12 6.2.2.1 to 6.2.2.4. */
export const space = control({
  id: "audit-space",
  guideline: ["OS-07"],
  title: "The audit trail has its room, and it is decided what happens when there is none",
  failing: "Nobody decided what happens when there is no room for the audit trail",
  severity: "low",
  risk: "restart",
  rationale:
    "The trail may stop the machine, stop itself in silence, or give up its oldest records. Each is right somewhere; the default of auditd, to stop in silence, hardly anywhere.",
  references: [
    { source: "CIS Debian 12", id: "6.2.2.3" },
    { source: "CIS Debian 13", id: "6.2.2.3" },
    { source: "CIS Ubuntu 22.04", id: "6.3.2.3" },
    { source: "CIS Ubuntu 24.04", id: "6.2.2.3" },
    { source: "CIS RHEL 9", id: "6.3.2.3" },
    { source: "STIG Ubuntu 22.04", id: "UBTU-22-653030" },
    { source: "NIST 800-53", id: "AU-5(b)" },
    { source: "man", id: "auditd.conf(5)" },
  ],
  needs: { seen: auditd },
  applies: (_, answers) => answers.get(wanted) || "no audit trail is wanted (audit.wanted)",
  inspect: ({ seen }, answers) => {
    const text = seen.files.get(auditdConfig)?.content;
    const keys = spaceKeys(answers);
    const now = (key: string) => keyLine(text ?? "", key);
    const evidence = [
      {
        asked: `cat ${auditdConfig}`,
        answered: Object.keys(keys)
          .map((key) => `${key} = ${now(key) ?? "(not set)"}`)
          .join("\n"),
      },
    ];
    const different = Object.entries(keys).filter(([key, value]) => now(key)?.toLowerCase() !== value.toLowerCase());
    return different.length === 0
      ? pass(evidence)
      : fail(different.map(([key]) => `${key} = ${now(key) ?? "(not set)"}`).join("; "), evidence);
  },
  plan: ({ seen }, answers) => {
    const before = seen.files.get(auditdConfig);
    return [
      ...install(seen),
      change({
        kind: "file",
        phase: "files",
        risk: "restart",
        title: "The audit trail: its size, and what happens when the disk is full",
        path: auditdConfig,
        before: before ?? null,
        after: {
          content: spaceContent(before?.content, answers),
          mode: before?.mode ?? "0640",
          owner: before?.owner ?? "root",
          group: before?.group ?? "root",
        },
      }),
      // One that is started for it reads it then.
      ...(seen.installed && !seen.active
        ? []
        : [
            change({
              kind: "command",
              phase: "services",
              risk: "none",
              title: "auditd reads its configuration again",
              argv: [...readAgain],
              // A package that goes leaves the kernel's audit on, and with nobody to listen it fills the kernel's messages.
              inverse:
                seen.installed || seen.commandLine.includes("audit=1") ? [...readAgain] : ["auditctl", "-e", "0"],
            }),
          ]),
    ];
  },
  breaks: (_, answers) =>
    ["single", "halt"].includes(answers.get(diskFull))
      ? ["a full disk stops this machine and all that runs on it"]
      : [],
});
