import { parseJson } from "../core/parse-json.ts";
import { type Fact, known, unknown } from "../model/fact.ts";
import { probe } from "../model/probe.ts";
import { shippedTable, type VersionTable, versionTableSchema } from "../versions/table.ts";

export const versionTablePath = "/etc/drawbridge/versions.json";

export type Versions = {
  readonly table: VersionTable;
  /** The machine's own date, UTC: "2026-11-22". */
  readonly today: string;
  /** Path of the file that replaces the shipped table; undefined when nothing does. */
  readonly replacedBy: string | undefined;
};

/** The table of versions in force here. A file that cannot be read is refused, not passed over in silence. */
export const versions = probe<Versions>({
  id: "versions",
  asks: `cat ${versionTablePath}; date -u +%F`,
  system: "image",
  script: `date -u +%F
file=$root${versionTablePath}
[ -e "$file" ] || [ -L "$file" ] || exit 0
stat -c '%F|%a|%u' "$file"
[ -L "$file" ] || cat "$file"`,
  parse: ({ stdout }): Fact<Versions> => {
    const [today = "", kind = "", ...content] = stdout.split("\n");
    if (!/^\d{4}-\d{2}-\d{2}$/u.test(today)) return unknown("the machine did not say what day it is");
    if (kind === "") return known({ table: shippedTable(), today, replacedBy: undefined });
    const refused = (problem: string) => unknown(`${versionTablePath} ${problem}: mend it, or remove it`);
    const [type = "", mode = "", owner = ""] = kind.split("|");
    if (!type.startsWith("regular") || owner !== "0" || (Number.parseInt(mode, 8) & 0o022) !== 0) {
      return refused("is not a file that only root can write");
    }
    const value = parseJson(content.join("\n"));
    if (value === undefined) return refused("is not JSON");
    const parsed = versionTableSchema.safeParse(value);
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      return refused(`cannot be used (${[...(issue?.path ?? []), issue?.message].join(": ")})`);
    }
    return known({ table: parsed.data, today, replacedBy: versionTablePath });
  },
});
