import { keyLine, withKeyLines } from "../../../src/core/key-lines.ts";
import { change } from "../../../src/model/change.ts";
import { control } from "../../../src/model/control.ts";
import { fail, pass } from "../../../src/model/finding.ts";
import { type Daemons, daemons, debsumsFile } from "../../../src/probes/daemons.ts";
import { packagesCompared } from "./questions.ts";

const spans = ["daily", "weekly", "monthly"];

const cronRuns = ({ units }: Daemons): boolean => units.get("cron.service")?.active === "active";

/**
 * debsums(1). Beside AIDE for two things that AIDE cannot: its first database takes for good what is there on that day, and its
 * report after an update names files of packages, of which this says whether they are as delivered. What it finds goes to the
 * log as `debsums`. The sums lie on the same machine, so that it finds damage and clumsiness, not a careful intruder.
 */
export const deliveredPackages = control({
  id: "integrity-packages",
  guideline: ["OS-14"],
  title: "Installed packages are compared with what was delivered",
  failing: "Nobody would notice that a package's files are not what was delivered",
  severity: "low",
  risk: "none",
  rationale:
    "A comparison with yesterday finds what changed since yesterday. Compared with the sums that came with each package, also what was damaged or replaced before anybody looked comes to light.",
  references: [
    { source: "NIST 800-53", id: "SI-7" },
    { source: "Lynis", id: "PKGS-7370" },
    { source: "man", id: "debsums(1)" },
  ],
  needs: { daemons },
  applies: (facts, answers) => {
    if (!facts.daemons.folders.includes("/etc/apt/apt.conf.d")) return "dpkg does not install software here";
    return answers.get(packagesCompared) || "not wanted (integrity.packages)";
  },
  inspect: ({ daemons: seen }) => {
    const installed = seen.packages.includes("debsums");
    const span = keyLine(seen.files.get(debsumsFile)?.content ?? "", "CRON_CHECK");
    const evidence = [
      { asked: "package debsums", answered: installed ? "installed" : "not installed" },
      { asked: `CRON_CHECK in ${debsumsFile}`, answered: span ?? "not set" },
      { asked: "systemctl is-active cron.service", answered: cronRuns(seen) ? "active" : "not active" },
    ];
    const problems = [
      ...(installed ? [] : ["debsums is not installed"]),
      ...(spans.includes(span ?? "") ? [] : ["nothing compares by itself"]),
      ...(cronRuns(seen) ? [] : ["cron does not run, which would start it"]),
    ];
    return problems.length === 0 ? pass(evidence) : fail(problems.join("; "), evidence);
  },
  plan: ({ daemons: seen }) => {
    // Whoever runs no cron has to say what should start it.
    if (!cronRuns(seen)) return [];
    const before = seen.files.get(debsumsFile);
    const span = keyLine(before?.content ?? "", "CRON_CHECK") ?? "";
    return [
      ...(seen.packages.includes("debsums")
        ? []
        : [change({ kind: "package", phase: "packages", risk: "none", title: "Install debsums", names: ["debsums"] })]),
      change({
        kind: "file",
        phase: "files",
        risk: "none",
        title: "debsums: compare every week",
        path: debsumsFile,
        before: before ?? null,
        after: {
          content: withKeyLines(
            before?.content ?? "# Read by debsums' jobs in /etc/cron.daily, cron.weekly and cron.monthly.\n",
            { separator: "=" },
            { CRON_CHECK: spans.includes(span) ? span : "weekly" },
          ),
          mode: before?.mode ?? "0644",
          owner: before?.owner ?? "root",
          group: before?.group ?? "root",
        },
      }),
    ];
  },
  breaks: () => [
    "every file that a package brought is read once a week, at cron's hour and with idle priority on the disk",
  ],
});
