import { type Fact, known, unknown } from "../model/fact.ts";
import { probe } from "../model/probe.ts";
import { shippedTable, type VersionTable, versionTableSchema } from "../versions/table.ts";
import { readRootJson, rootJsonScript } from "./root-json.ts";

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
  script: rootJsonScript(versionTablePath),
  parse: ({ stdout }): Fact<Versions> => {
    const read = readRootJson(stdout, versionTablePath, versionTableSchema);
    if (read.problem !== undefined) return unknown(read.problem);
    const { today, file } = read;
    return known({ table: file?.value ?? shippedTable(), today, replacedBy: file && versionTablePath });
  },
});
