import { z } from "zod";
import { parseJson } from "../core/parse-json.ts";
import { known, unknown } from "../model/fact.ts";
import { probe } from "../model/probe.ts";

export const attestationsPath = "/etc/drawbridge/attestations.json";

const date = z.iso.date();

/** Somebody's word for what no machine can show. */
export const attestationRecordSchema = z.strictObject({
  /** What is vouched for, as it was asked: "Every release runs in a staging environment first". */
  claim: z.string(),
  /** Who vouches: a team or a role. */
  owner: z.string().min(1),
  /** Where it can be seen: an address, a document, a ticket. */
  evidence: z.string().min(1),
  /** The day it was said, UTC. */
  attested: date,
  /** The last day it counts, UTC. */
  reviewBy: date,
});
export type AttestationRecord = z.infer<typeof attestationRecordSchema>;

export const attestationsFileSchema = z.strictObject({
  schemaVersion: z.literal(1),
  attestations: z.record(z.string(), attestationRecordSchema),
});

export type Attestations = {
  /** The machine's own date, UTC: "2026-11-22". What is overdue is judged by it. */
  readonly today: string;
  /** By the id of the question. */
  readonly records: Readonly<Record<string, AttestationRecord>>;
  /** The file as it is; undefined when there is none. */
  readonly file: { readonly content: string; readonly mode: string } | undefined;
};

/** What somebody vouched for on this machine, and until when. A file that cannot be read is never taken for an empty one. */
export const attestations = probe<Attestations>({
  id: "attestations",
  asks: `cat ${attestationsPath}; date -u +%F`,
  system: "image",
  script: `date -u +%F
file=$root${attestationsPath}
[ -e "$file" ] || [ -L "$file" ] || exit 0
stat -c '%F|%a|%u' "$file"
[ -L "$file" ] || cat "$file"`,
  parse: ({ stdout }) => {
    const [today = "", kind = "", ...rest] = stdout.split("\n");
    if (!date.safeParse(today).success) return unknown("the machine did not say what day it is");
    if (kind === "") return known({ today, records: {}, file: undefined });
    const [type = "", mode = "", owner = ""] = kind.split("|");
    const refused = (problem: string) => unknown(`${attestationsPath} ${problem}: mend it, or remove it`);
    if (!type.startsWith("regular") || owner !== "0" || (Number.parseInt(mode, 8) & 0o022) !== 0) {
      return refused("is not a file that only root can write");
    }
    const content = rest.join("\n");
    const value = parseJson(content);
    if (value === undefined) return refused("is not JSON");
    const parsed = attestationsFileSchema.safeParse(value);
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      return refused(`cannot be read (${[...(issue?.path ?? []), issue?.message].join(": ")})`);
    }
    return known({ today, records: parsed.data.attestations, file: { content, mode: mode.padStart(4, "0") } });
  },
});
