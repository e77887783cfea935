import { z } from "zod";
import { parseJson } from "../core/parse-json.ts";
import { known, unknown } from "../model/fact.ts";
import { type Probe, probe } from "../model/probe.ts";

/** UTC: "2026-11-22". */
export const day = z.iso.date();

/** What people said about this machine, each with the last day it counts. */
export type DatedRecords<T> = {
  /** The machine's own date, UTC. What has run out is judged by it. */
  readonly today: string;
  readonly records: Readonly<Record<string, T>>;
  /** The file as it is; undefined when there is none. */
  readonly file: { readonly content: string; readonly mode: string } | undefined;
};

/**
 * Such a file, `{ schemaVersion: 1, <id>: { <name>: record } }`. One that others than root can write, or that cannot be read, is
 * unknown: it is never taken for an empty one.
 */
export const datedRecords = <T>({
  id,
  path,
  record,
}: {
  readonly id: string;
  readonly path: string;
  readonly record: z.ZodType<T>;
}): Probe<DatedRecords<T>> => {
  const records = z.record(z.string(), record);
  const file = z.strictObject({ schemaVersion: z.literal(1), [id]: records });
  return probe<DatedRecords<T>>({
    id,
    asks: `cat ${path}; date -u +%F`,
    system: "image",
    script: `date -u +%F
file=$root${path}
[ -e "$file" ] || [ -L "$file" ] || exit 0
stat -c '%F|%a|%u' "$file"
[ -L "$file" ] || cat "$file"`,
    parse: ({ stdout }) => {
      const [today = "", kind = "", ...rest] = stdout.split("\n");
      if (!day.safeParse(today).success) return unknown("the machine did not say what day it is");
      if (kind === "") return known({ today, records: {}, file: undefined });
      const [type = "", mode = "", owner = ""] = kind.split("|");
      const refused = (problem: string) => unknown(`${path} ${problem}: mend it, or remove it`);
      if (!type.startsWith("regular") || owner !== "0" || (Number.parseInt(mode, 8) & 0o022) !== 0) {
        return refused("is not a file that only root can write");
      }
      const content = rest.join("\n");
      const value = parseJson(content);
      if (value === undefined) return refused("is not JSON");
      const parsed = file.safeParse(value);
      if (!parsed.success) {
        const [issue] = parsed.error.issues;
        return refused(`cannot be read (${[...(issue?.path ?? []), issue?.message].join(": ")})`);
      }
      return known({
        today,
        records: records.parse(parsed.data[id]),
        file: { content, mode: mode.padStart(4, "0") },
      });
    },
  });
};
