import type { Change } from "../model/change.ts";
import type { Finding } from "../model/finding.ts";
import { type Facts, factOf } from "../model/probe.ts";
import { type Waiver, type Waivers, waivers, waiversPath } from "../probes/waivers.ts";
import { rememberedFile } from "./remembered-file.ts";

export const isOverdue = ({ until }: Waiver, today: string): boolean => until < today;

/**
 * The finding as the machine's own waivers have it. A waived control was looked at like every other, and its finding still
 * says what was seen; it only stops counting. A waiver that has run out changes nothing but the words.
 */
export const withWaiver = (finding: Finding, facts: Facts): Finding => {
  const fact = factOf(facts, waivers);
  const waiver = fact.state === "known" ? fact.value.records[finding.controlId] : undefined;
  if (fact.state !== "known" || waiver === undefined) return finding;
  const { result, detail } = finding;
  if (result !== "fail" && result !== "unknown" && result !== "error") return finding;
  const { owner, reason, until } = waiver;
  const seen = detail === "" ? result : `${result}: ${detail}`;
  return isOverdue(waiver, fact.value.today)
    ? { ...finding, detail: `${detail === "" ? "" : `${detail}; `}the waiver of ${owner} ran out on ${until}` }
    : {
        ...finding,
        result: "waived",
        detail: `${seen}; waived until ${until} by ${owner}: ${reason}`,
        waiver: { owner, reason, until, found: result },
      };
};

const render = (records: Waivers["records"]): string => {
  const sorted = Object.entries(records).sort(([a], [b]) => (a < b ? -1 : 1));
  return `${JSON.stringify({ schemaVersion: 1, waivers: Object.fromEntries(sorted) }, null, 2)}\n`;
};

/** The changes that leave this record behind for a control, or none with `undefined`; nothing when it is so already. */
export const waiverChanges = (
  { file, records }: Waivers,
  controlId: string,
  wanted: Waiver | undefined,
): readonly Change[] => {
  const { [controlId]: recorded, ...others } = records;
  if (JSON.stringify(recorded) === JSON.stringify(wanted)) return [];
  return rememberedFile(
    wanted === undefined ? `Waive ${controlId} no longer` : `Waive ${controlId} until ${wanted.until}`,
    waiversPath,
    file,
    render(wanted === undefined ? others : { ...others, [controlId]: wanted }),
  );
};
