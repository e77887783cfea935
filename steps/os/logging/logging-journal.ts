import { withKeyLines } from "../../../src/core/key-lines.ts";
import { rootFolder } from "../../../src/core/root-folder.ts";
import { template } from "../../../src/embedded/templates.ts";
import { type Change, change } from "../../../src/model/change.ts";
import { control } from "../../../src/model/control.ts";
import { fail, pass } from "../../../src/model/finding.ts";
import type { AnswerReader } from "../../../src/model/question.ts";
import { type Daemons, daemons, journalFile, journalMain } from "../../../src/probes/daemons.ts";
import { method } from "../forwarding/questions.ts";
import { journalDays, journalMegabytes, textLogs } from "./questions.ts";

/** rsyslog gets everything where it runs: two ways of forwarding would each lose what the other one has. */
const forwards = ({ units }: Daemons, wanted: boolean): boolean =>
  wanted || units.get("rsyslog.service")?.active === "active";

/** Text files are wanted, or rsyslog is what carries the log to a central receiver. */
const wantsSyslog = (answers: AnswerReader): boolean => answers.get(textLogs) || answers.get(method) === "rsyslog";

export const journalContent = (megabytes: number, days: number, forward: boolean): string =>
  template("etc/systemd/journald.conf.d/zz-drawbridge.conf")
    .replace("{{size}}", `${megabytes}M`)
    .replace("{{days}}", String(days))
    .replace("{{forward}}", forward ? "yes" : "no");

/**
 * The same in the main file, for whoever reads only that; ours in the folder has the last word. The file has one section.
 */
const mainFile = (seen: Daemons, content: string): readonly Change[] => {
  const before = seen.files.get(journalMain);
  if (before === undefined || before.content.match(/^\[/gmu)?.length !== 1) return [];
  const keys = Object.fromEntries(
    [...content.matchAll(/^([A-Za-z]+)=(.*)$/gmu)].map(([, key, value]) => [key as string, value]),
  );
  return [
    change({
      kind: "file",
      phase: "files",
      risk: "none",
      title: "The journal: the same in its main file",
      path: journalMain,
      before,
      after: { ...before, content: withKeyLines(before.content, { separator: "=" }, keys) },
    }),
  ];
};

/** journald.conf(5); CIS Debian 12 6.1.2.3, 6.1.2.4. */
export const journal = control({
  id: "logging-journal",
  guideline: ["OS-07"],
  title: "The journal survives a reboot and cannot fill the disk",
  failing: "The journal is lost at a reboot, or may grow until the disk is full",
  severity: "medium",
  risk: "restart",
  rationale:
    "After a break-in or a crash the first thing missing is yesterday's log. Kept on disk, with a size and an age at which the oldest goes, it is there and harms nobody.",
  references: [
    { source: "CIS Debian 12", id: "6.1.2.4" },
    { source: "CIS Debian 12", id: "6.1.2.3" },
    { source: "CIS Debian 13", id: "6.1.1.1.5" },
    { source: "CIS Debian 13", id: "6.1.1.1.6" },
    { source: "CIS Ubuntu 22.04", id: "6.2.1.1.5" },
    { source: "CIS Ubuntu 22.04", id: "6.2.1.1.6" },
    { source: "CIS Ubuntu 24.04", id: "6.1.2.4" },
    { source: "CIS Ubuntu 24.04", id: "6.1.2.3" },
    { source: "CIS RHEL 9", id: "6.2.2.4" },
    { source: "CIS RHEL 9", id: "6.2.2.3" },
    { source: "Lynis", id: "LOGG-2130" },
    { source: "man", id: "journald.conf(5)" },
  ],
  needs: { daemons },
  applies: (facts) =>
    facts.daemons.units.has("systemd-journald.service") || "there is no journal here (systemd-journald)",
  inspect: ({ daemons: seen }, answers) => {
    const { Storage, Compress, SystemMaxUse, MaxRetentionSec, ForwardToSyslog } = seen.journal;
    const evidence = [
      {
        asked: "systemd-analyze cat-config systemd/journald.conf",
        answered: Object.entries({ Storage, Compress, SystemMaxUse, MaxRetentionSec, ForwardToSyslog })
          .map(([key, value]) => `${key}=${value ?? "(not set)"}`)
          .join("\n"),
      },
    ];
    const problems = [
      ...(Storage === "persistent" ? [] : [`Storage=${Storage ?? "(not set)"}`]),
      ...(Compress === "no" || Compress === undefined ? ["not compressed for certain"] : []),
      ...(SystemMaxUse === undefined || SystemMaxUse === "" ? ["no limit of its size"] : []),
      ...(MaxRetentionSec === undefined || MaxRetentionSec === "" ? ["no limit of its age"] : []),
      ...((ForwardToSyslog === "yes") === forwards(seen, wantsSyslog(answers))
        ? []
        : [`ForwardToSyslog=${ForwardToSyslog ?? "(not set)"}`]),
    ];
    return problems.length === 0 ? pass(evidence) : fail(problems.join("; "), evidence);
  },
  plan: ({ daemons: seen }, answers) => {
    const content = journalContent(
      answers.get(journalMegabytes),
      answers.get(journalDays),
      forwards(seen, wantsSyslog(answers)),
    );
    return [
      ...(seen.folders.includes("/etc/systemd/journald.conf.d")
        ? []
        : [rootFolder("A folder for settings of the journal", "/etc/systemd/journald.conf.d")]),
      change({
        kind: "file",
        phase: "files",
        risk: "restart",
        title: "The journal: on disk, with limits",
        path: journalFile,
        before: seen.files.get(journalFile) ?? null,
        after: { content, mode: "0644", owner: "root", group: "root" },
      }),
      ...mainFile(
        seen,
        journalContent(answers.get(journalMegabytes), answers.get(journalDays), forwards(seen, wantsSyslog(answers))),
      ),
      change({
        kind: "unit",
        phase: "services",
        risk: "restart",
        title: "Restart the journal (nothing is lost: sockets stay open)",
        unit: "systemd-journald.service",
        action: "restarted",
      }),
    ];
  },
});
