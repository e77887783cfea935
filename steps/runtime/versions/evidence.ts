import type { Evidence } from "../../../src/model/finding.ts";
import type { Versions } from "../../../src/probes/versions.ts";
import { daysBetween } from "../../../src/versions/table.ts";

/** "1 day", "12 days". */
export const days = (count: number): string => `${count} ${Math.abs(count) === 1 ? "day" : "days"}`;

/** Every judgement by the table says how old the table is. */
export const tableEvidence = ({ table, today, replacedBy }: Versions): Evidence => ({
  asked: replacedBy === undefined ? "the table of versions that ships with drawbridge" : `cat ${replacedBy}`,
  answered: `of ${table.date}, ${days(daysBetween(table.date, today))} old`,
});
