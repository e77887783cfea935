import { z } from "zod";
import { known, unknown } from "../model/fact.ts";
import { type Probe, probe } from "../model/probe.ts";
import { readRootJson, rootJsonScript } from "./root-json.ts";

/** What people said about this machine, each with the last day it counts. */
export type DatedRecords<T> = {
  /** The machine's own date, UTC. What has run out is judged by it. */
  readonly today: string;
  readonly records: Readonly<Record<string, T>>;
  /** The file as it is; undefined when there is none. */
  readonly file: { readonly content: string; readonly mode: string } | undefined;
};

/** Such a file: `{ schemaVersion: 1, <id>: { <name>: record } }`. */
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
  const schema = z.strictObject({ schemaVersion: z.literal(1), [id]: records });
  return probe<DatedRecords<T>>({
    id,
    asks: `cat ${path}; date -u +%F`,
    system: "image",
    script: rootJsonScript(path),
    parse: ({ stdout }) => {
      const read = readRootJson(stdout, path, schema);
      if (read.problem !== undefined) return unknown(read.problem);
      const { today, file } = read;
      if (file === undefined) return known({ today, records: {}, file });
      const { value, content, mode } = file;
      return known({ today, records: records.parse(value[id]), file: { content, mode } });
    },
  });
};
