import { control } from "../../../src/model/control.ts";
import { passWhen } from "../../../src/model/finding.ts";
import { versions, versionTablePath } from "../../../src/probes/versions.ts";
import { daysBetween, shippedTable } from "../../../src/versions/table.ts";
import { days, tableEvidence } from "./evidence.ts";

/** Every other control of this step is only as good as the day its table was made. */
export const versionsTableAge = control({
  id: "versions-table-age",
  guideline: ["RT-01"],
  title: "The table of current versions is recent",
  failing: "The table of current versions is old",
  severity: "low",
  risk: "none",
  rationale:
    "A server that often may not reach the Internet is judged by a table that somebody made on one day. Java alone is patched four times a year: an old table calls old versions current. A newer drawbridge brings a newer table, and so does a file of your own.",
  references: [{ source: "NIST 800-53", id: "SI-2" }],
  needs: { versions },
  inspect: ({ versions }) => {
    const { table, today, replacedBy } = versions;
    const age = daysBetween(table.date, today);
    const shipped = shippedTable().date;
    if (replacedBy !== undefined && table.date < shipped) {
      return passWhen(
        false,
        [tableEvidence(versions)],
        `${replacedBy} is of ${table.date}, and the table that ships is of ${shipped}: remove the file, or renew it`,
      );
    }
    return passWhen(
      age <= table.staleAfterDays,
      [tableEvidence(versions)],
      `it is ${days(age)} old, more than ${table.staleAfterDays}: update drawbridge, or give it a newer ${versionTablePath} (docs/versions.md)`,
    );
  },
  plan: () => [],
});
