import { z } from "zod";
import { template } from "../embedded/templates.ts";

const day = z.iso.date();
/** Numbers between dots: versions are compared by them, one by one. */
const numbers = z.string().regex(/^\d+(?:\.\d+)*$/u, "must be numbers between dots");

/** What was current on one day. Shipped with the program; a file of the same shape on the machine replaces it whole. */
export const versionTableSchema = z.strictObject({
  schemaVersion: z.literal(1),
  /** The day on which somebody last looked, UTC. */
  date: day,
  /** Days after which its age is a finding. */
  staleAfterDays: z.number().int().positive(),
  /** By line: "2201.13". */
  ballerina: z.record(
    numbers,
    z.strictObject({
      latest: numbers,
      released: day.optional(),
      /** Whether the line still gets patches. */
      patched: z.boolean(),
      /** Version of the Java runtime that its installers bring along, as far as it is known. */
      bundledJava: numbers,
    }),
  ),
  /** By major version. No `latest`: nobody looked. */
  java: z.record(z.string().regex(/^\d+$/u), z.strictObject({ latest: numbers.optional(), supportEnds: day })),
  /** By ID and VERSION_ID of os-release(5); where point releases are numbered ("9.5"), by the part before the dot. */
  releases: z.record(z.string(), z.strictObject({ securityEnds: day, longTermEnds: day.optional() })),
  /** Base images by name without tag. `release`: a key of `releases`. */
  images: z.record(
    z.string(),
    z.strictObject({
      latest: z.string(),
      tags: z.record(z.string(), z.strictObject({ release: z.string(), java: numbers.optional() })),
    }),
  ),
  netty: z.strictObject({
    latest: numbers,
    /** Oldest first: the version that fixed them. */
    fixes: z.array(z.strictObject({ version: numbers, advisories: z.array(z.string()).min(1) })),
    /** Which Netty a version of ballerina/http brings along. */
    byHttpModule: z.record(numbers, numbers),
  }),
  /** Where it was looked up, for whoever brings it up to date. */
  sources: z.array(z.string()),
});
export type VersionTable = z.infer<typeof versionTableSchema>;

let shipped: VersionTable | undefined;

export const shippedTable = (): VersionTable => {
  shipped ??= versionTableSchema.parse(JSON.parse(template("runtime/versions/versions.json")));
  return shipped;
};

/** The version's numbers: "21.0.13.1+2-LTS" is 21, 0, 13, 1. */
const parts = (version: string): readonly number[] =>
  (/^\d+(?:\.\d+)*/u.exec(version)?.[0] ?? "").split(".").map(Number);

/** Below 0: `a` is older than `b`. What is missing counts as 0; what follows the numbers (build, suffix) does not count. */
export const compareVersions = (a: string, b: string): number => {
  const [left, right] = [parts(a), parts(b)];
  for (let index = 0; index < Math.max(left.length, right.length); index += 1) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
};

/** "2201.13" of "2201.13.3". */
export const lineOf = (distribution: string): string => parts(distribution).slice(0, 2).join(".");

/** Whole days from one date to another; negative when the second is earlier. */
export const daysBetween = (from: string, to: string): number =>
  Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / 86_400_000);

/** Key of `releases` for a distribution: Debian and Ubuntu by their whole version, RHEL and its rebuilds by its major. */
export const releaseKey = (table: VersionTable, distribution: string, version: string): string | undefined =>
  [`${distribution} ${version}`, `${distribution} ${version.split(".")[0]}`].find((key) => key in table.releases);
