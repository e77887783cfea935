import { rootFolder } from "../../../src/core/root-folder.ts";
import { template } from "../../../src/embedded/templates.ts";
import { change } from "../../../src/model/change.ts";
import { control } from "../../../src/model/control.ts";
import { fail, pass } from "../../../src/model/finding.ts";
import { type Daemons, daemons, rsyslogFile } from "../../../src/probes/daemons.ts";
import { textLogs } from "./questions.ts";

const runs = ({ units }: Daemons): boolean =>
  ["rsyslog.service", "syslog-ng.service"].some((name) => units.get(name)?.active === "active");

/** Octal: no bit beyond read and write of the owner and read of the group. */
const closed = (mode: string | undefined): boolean => mode !== undefined && (Number.parseInt(mode, 8) & ~0o640) === 0;

/** rsyslog.conf(5); CIS Debian 12 6.1.3.x. */
export const textFiles = control({
  id: "logging-text-files",
  guideline: ["OS-07"],
  title: "The log is kept as text files that strangers cannot read",
  failing: "No log is kept as text files, or strangers can read them",
  severity: "low",
  risk: "restart",
  rationale:
    "Tools that watch logs and ship them elsewhere read text files. rsyslog writes them as the journal hands them over, and makes each new one readable by its readers only.",
  references: [
    { source: "CIS Debian 12", id: "6.1.3.1" },
    { source: "CIS Debian 12", id: "6.1.3.4" },
    { source: "Lynis", id: "LOGG-2138" },
    { source: "man", id: "rsyslog.conf(5)" },
  ],
  needs: { daemons },
  applies: (_, answers) => answers.get(textLogs) || "the journal is enough here (logging.text-files)",
  inspect: ({ daemons: seen }) => {
    const rsyslog = seen.units.get("rsyslog.service")?.active === "active";
    const evidence = [
      { asked: "systemctl is-active rsyslog syslog-ng", answered: runs(seen) ? "active" : "neither is active" },
      { asked: "$FileCreateMode in rsyslog.conf and its folder", answered: seen.logFileMode ?? "not set" },
    ];
    const problems = [
      ...(runs(seen) ? [] : ["neither rsyslog nor syslog-ng runs"]),
      ...(rsyslog && !closed(seen.logFileMode) ? [`new files get mode ${seen.logFileMode ?? "0644"}`] : []),
    ];
    return problems.length === 0 ? pass(evidence) : fail(problems.join("; "), evidence);
  },
  plan: ({ daemons: seen }) => {
    // syslog-ng was somebody's choice.
    if (seen.units.has("syslog-ng.service")) return [];
    const installed = seen.packages.includes("rsyslog");
    // Debian's own rsyslog.conf closes new files already; said a second time, nobody knows which line counts.
    const closes = installed ? closed(seen.logFileMode) : seen.folders.includes("/etc/apt/apt.conf.d");
    return [
      ...(installed
        ? []
        : [change({ kind: "package", phase: "packages", risk: "none", title: "Install rsyslog", names: ["rsyslog"] })]),
      ...(closes
        ? []
        : [
            ...(seen.folders.includes("/etc/rsyslog.d")
              ? []
              : [rootFolder("A folder for settings of rsyslog", "/etc/rsyslog.d")]),
            change({
              kind: "file",
              phase: "files",
              risk: "restart",
              title: "rsyslog: new log files are closed to strangers",
              path: rsyslogFile,
              before: seen.files.get(rsyslogFile) ?? null,
              after: {
                content: template("etc/rsyslog.d/00-drawbridge.conf"),
                mode: "0644",
                owner: "root",
                group: "root",
              },
              verify: [["rsyslogd", "-N1"]],
            }),
          ]),
      change({
        kind: "unit",
        phase: "services",
        risk: closes ? "none" : "restart",
        title: closes ? "Start rsyslog" : "Restart rsyslog",
        unit: "rsyslog.service",
        action: closes ? "active" : "restarted",
      }),
    ];
  },
});
