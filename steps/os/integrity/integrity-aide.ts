import { change } from "../../../src/model/change.ts";
import { control } from "../../../src/model/control.ts";
import { fail, pass } from "../../../src/model/finding.ts";
import { type Daemons, daemons } from "../../../src/probes/daemons.ts";
import { aideWanted } from "./questions.ts";

const timers = ["dailyaidecheck.timer", "aidecheck.timer"] as const;

const timer = ({ units }: Daemons) =>
  timers.map((name) => units.get(name)).find((unit) => unit?.enabled === "enabled" || unit?.active === "active");

export const installAide = () =>
  change({ kind: "package", phase: "packages", risk: "none", title: "Install AIDE", names: ["aide", "aide-common"] });

/** aide(1); CIS Debian 12 6.3.1, 6.3.2. The first database is taken of the machine as it is when the plan is applied. */
export const aide = control({
  id: "integrity-aide",
  guideline: ["OS-14"],
  title: "Changed programs are noticed",
  failing: "Nobody would notice a changed program",
  severity: "low",
  risk: "none",
  rationale:
    "Whoever gets in replaces a program to stay. Compared every day with what was there before, the change shows, provided that the list of what was there cannot be changed as well: keep a copy elsewhere.",
  references: [
    { source: "CIS Debian 12", id: "6.3.1" },
    { source: "CIS Debian 13", id: "6.3.1" },
    { source: "CIS Ubuntu 22.04", id: "6.1.1" },
    { source: "CIS Ubuntu 24.04", id: "6.3.1" },
    { source: "CIS RHEL 9", id: "6.1.1" },
    { source: "STIG Ubuntu 22.04", id: "UBTU-22-651010" },
    { source: "STIG Ubuntu 22.04", id: "UBTU-22-651015" },
    { source: "STIG Ubuntu 24.04", id: "UBTU-24-100100" },
    { source: "STIG Ubuntu 24.04", id: "UBTU-24-100110" },
    { source: "STIG RHEL 9", id: "RHEL-09-651010" },
    { source: "NIST 800-53", id: "CM-6(a)" },
    { source: "CIS Debian 12", id: "6.3.2" },
    { source: "Lynis", id: "FINT-4350" },
    { source: "man", id: "aide(1)" },
  ],
  needs: { daemons },
  applies: (_, answers) => answers.get(aideWanted) || "not wanted (integrity.aide)",
  inspect: ({ daemons: seen }) => {
    const found = timer(seen);
    const evidence = [
      { asked: "package aide", answered: seen.packages.includes("aide") ? "installed" : "not installed" },
      {
        asked: "stat /var/lib/aide/aide.db",
        answered: seen.aideDatabase === undefined ? "no database" : `${seen.aideDatabase.bytes} bytes`,
      },
      { asked: `systemctl is-enabled ${timers.join(" ")}`, answered: found?.name ?? "none" },
    ];
    const problems = [
      ...(seen.packages.includes("aide") ? [] : ["aide is not installed"]),
      ...(seen.aideDatabase === undefined ? ["there is nothing to compare with"] : []),
      ...(found === undefined ? ["nothing compares every day"] : []),
    ];
    return problems.length === 0 ? pass(evidence) : fail(problems.join("; "), evidence);
  },
  plan: ({ daemons: seen }) => {
    // On RHEL the tool of the package differs, and no timer comes with it.
    if (!seen.packages.includes("aide-common") && seen.packages.includes("aide")) return [];
    return [
      ...(seen.packages.includes("aide") ? [] : [installAide()]),
      ...(seen.aideDatabase === undefined
        ? [
            change({
              kind: "command",
              phase: "services",
              risk: "none",
              title: "AIDE: take down how everything is now (a minute or more)",
              argv: ["aideinit", "--yes", "--force"],
              touches: ["/var/lib/aide"],
            }),
          ]
        : []),
      ...(timer(seen) === undefined && seen.packages.includes("aide")
        ? [
            change({
              kind: "command",
              phase: "services",
              risk: "none",
              title: "AIDE: compare every day",
              argv: ["systemctl", "enable", "--now", "dailyaidecheck.timer"],
              inverse: ["systemctl", "disable", "--now", "dailyaidecheck.timer"],
              touches: ["/etc/systemd/system/timers.target.wants/dailyaidecheck.timer"],
            }),
          ]
        : []),
    ];
  },
  breaks: () => ["the first comparison and every daily one read the whole disk for some minutes"],
});
