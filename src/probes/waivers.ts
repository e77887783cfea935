import { z } from "zod";
import { parseJson } from "../core/parse-json.ts";
import { known, unknown } from "../model/fact.ts";
import { probe } from "../model/probe.ts";

export const waiversPath = "/etc/drawbridge/waivers.json";

const date = z.iso.date();
const line = z
  .string()
  .min(1)
  .regex(/^[^\t\n\r\0]*$/u, "must be one line");

/** Somebody's word that a control may stay open here, until a day. */
export const waiverSchema = z.strictObject({
  /** Why it may: a sentence, or where that is written. */
  reason: line,
  /** Who answers for it: a team or a role. */
  owner: line,
  /** The day it was said, UTC. */
  waived: date,
  /** The last day it counts, UTC. */
  until: date,
});
export type Waiver = z.infer<typeof waiverSchema>;

export const waiversFileSchema = z.strictObject({
  schemaVersion: z.literal(1),
  /** By the id of the control. */
  waivers: z.record(z.string(), waiverSchema),
});

export type Waivers = {
  /** The machine's own date, UTC: "2026-11-22". What has run out is judged by it. */
  readonly today: string;
  readonly records: Readonly<Record<string, Waiver>>;
  /** The file as it is; undefined when there is none. */
  readonly file: { readonly content: string; readonly mode: string } | undefined;
};

/** What somebody allowed to stay open on this machine, and until when. A file that cannot be read waives nothing. */
export const waivers = probe<Waivers>({
  id: "waivers",
  asks: `cat ${waiversPath}; date -u +%F`,
  system: "image",
  script: `date -u +%F
file=$root${waiversPath}
[ -e "$file" ] || [ -L "$file" ] || exit 0
stat -c '%F|%a|%u' "$file"
[ -L "$file" ] || cat "$file"`,
  parse: ({ stdout }) => {
    const [today = "", kind = "", ...rest] = stdout.split("\n");
    if (!date.safeParse(today).success) return unknown("the machine did not say what day it is");
    if (kind === "") return known({ today, records: {}, file: undefined });
    const [type = "", mode = "", owner = ""] = kind.split("|");
    const refused = (problem: string) => unknown(`${waiversPath} ${problem}: mend it, or remove it`);
    if (!type.startsWith("regular") || owner !== "0" || (Number.parseInt(mode, 8) & 0o022) !== 0) {
      return refused("is not a file that only root can write");
    }
    const content = rest.join("\n");
    const value = parseJson(content);
    if (value === undefined) return refused("is not JSON");
    const parsed = waiversFileSchema.safeParse(value);
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      return refused(`cannot be read (${[...(issue?.path ?? []), issue?.message].join(": ")})`);
    }
    return known({ today, records: parsed.data.waivers, file: { content, mode: mode.padStart(4, "0") } });
  },
});
