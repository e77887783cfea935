import { control } from "../../../src/model/control.ts";
import { machine } from "../../../src/probes/machine.ts";
import { versions } from "../../../src/probes/versions.ts";
import { daysBetween, releaseKey } from "../../../src/versions/table.ts";
import { days, tableEvidence } from "./evidence.ts";
import { fine, type Judged, open, verdictOf, wrong } from "./judging.ts";

/** A release without updates keeps every hole that is found from then on. */
export const versionsOs = control({
  id: "versions-os",
  guideline: ["RT-01", "OS-06"],
  title: "The operating system's release still gets security updates",
  failing: "The operating system's release gets no security updates any more",
  severity: "high",
  risk: "none",
  rationale:
    "When a release ends, its package manager goes on saying that everything is up to date. Debian's long-term support counts as support here, because it arrives by the same repository; Ubuntu's and Red Hat's paid extensions do not, because nothing on the machine shows that they are paid for.",
  references: [
    { source: "NIST 800-53", id: "SA-22" },
    { source: "Lynis", id: "GEN-0010" },
  ],
  needs: { machine, versions },
  inspect: ({ machine, versions }) => {
    const { distribution, version, release } = machine;
    const { table, today } = versions;
    const evidence = [
      { asked: "cat /etc/os-release; date -u +%F", answered: `${release} (${distribution} ${version}); ${today}` },
      tableEvidence(versions),
    ];
    const key = releaseKey(table, distribution, version);
    const dates = key === undefined ? undefined : table.releases[key];
    const judge = (): Judged => {
      if (dates === undefined) return open(`the table does not know ${distribution} ${version}`);
      const ends = dates.longTermEnds ?? dates.securityEnds;
      if (ends < today) return wrong(`${release} ended on ${ends}: move to a newer release`);
      if (dates.securityEnds < today) {
        return fine(
          `regular support ended on ${dates.securityEnds}; long-term support lasts until ${ends}: plan the move`,
        );
      }
      const left = daysBetween(today, ends);
      return fine(left <= 180 ? `it ends on ${ends}, in ${days(left)}: plan the move` : undefined);
    };
    return verdictOf(judge(), evidence);
  },
  plan: () => [],
});
