import { change } from "../../../src/model/change.ts";
import { control } from "../../../src/model/control.ts";
import { passWhen } from "../../../src/model/finding.ts";
import { daemons } from "../../../src/probes/daemons.ts";
import { changesTold } from "./questions.ts";

/**
 * apt-listchanges(1). As Debian sets it: only NEWS, in a pager where there is a terminal, nothing to confirm. Unattended updates
 * and this program switch it off for their own runs.
 */
export const toldChanges = control({
  id: "updates-changes-told",
  guideline: ["OS-06"],
  title: "An update says what it changes before it is installed",
  failing: "What an update changes comes to light afterwards",
  severity: "low",
  risk: "none",
  rationale:
    "Updates are put off where one of them once broke a service by surprise. The maintainers had written it down; read before the update, it is a line in a configuration file, and not an outage.",
  references: [
    { source: "NIST 800-53", id: "SI-2(b)" },
    { source: "Lynis", id: "DEB-0811" },
    { source: "man", id: "apt-listchanges(1)" },
  ],
  needs: { daemons },
  applies: (facts, answers) => {
    if (!facts.daemons.folders.includes("/etc/apt/apt.conf.d")) return "apt does not install software here";
    return answers.get(changesTold) || "not wanted (updates.news)";
  },
  inspect: ({ daemons: seen }) => {
    const there = seen.packages.includes("apt-listchanges");
    return passWhen(
      there,
      [{ asked: "package apt-listchanges", answered: there ? "installed" : "not installed" }],
      "apt-listchanges is not installed",
    );
  },
  plan: ({ daemons: seen }) =>
    seen.packages.includes("apt-listchanges")
      ? []
      : [
          change({
            kind: "package",
            phase: "packages",
            risk: "none",
            title: "Install apt-listchanges",
            names: ["apt-listchanges"],
          }),
        ],
  breaks: () => ["apt upgrade at a terminal opens a pager where there is news; scripts are not held up by it"],
});
