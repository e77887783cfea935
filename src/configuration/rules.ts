import { z } from "zod";
import type { TomlValue } from "../model/integration.ts";
import { readToml } from "../toml/document.ts";

/** What changes on the way from one stage to the next, as a TOML or JSON file (docs/promotion.md). */

const host = z
  .string()
  .regex(/^[A-Za-z0-9*]([A-Za-z0-9.:_*-]*[A-Za-z0-9*])?$|^::1$/u, "must be a host name or address");
const key = z.string().regex(/^[^\s.=[\]"']+(?:\.[^\s.=[\]"']+)*$/u, "must be a key as in ballerina.log.level");
const file = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*\.toml$/u, "must be the name of a .toml file");
const count = z.union([z.number(), z.bigint()]).transform(Number);

const tomlValue: z.ZodType<TomlValue> = z.lazy(() =>
  z.union([
    z.string(),
    z.bigint(),
    z.boolean(),
    // JSON knows no integers: what has no fraction is one.
    z.number(),
    z.array(tomlValue),
    z.record(z.string(), tomlValue),
  ]),
);

export const promotionRules = z.strictObject({
  schemaVersion: z
    .union([z.literal(1), z.literal(1n)])
    .transform(() => 1 as const)
    .default(1),
  /** Names of the two stages, for the log. */
  from: z.string().max(80).optional(),
  to: z.string().max(80).optional(),
  /** A host of the source, and the one of the target that takes its place: in addresses and as a value of its own. */
  hosts: z.record(host, host).default({}),
  /** ballerina.log.level of the target, where the source says one. */
  logLevel: z.enum(["DEBUG", "INFO", "WARN", "ERROR"]).optional(),
  /** Values that are the target's, whatever the source says: written where the source has the key, else into the weakest file. */
  set: z.record(key, tomlValue).default({}),
  /** Numbers are brought within these. */
  limits: z
    .record(
      key,
      z
        .strictObject({ minimum: count.optional(), maximum: count.optional() })
        .refine(
          ({ minimum, maximum }) => minimum === undefined || maximum === undefined || minimum <= maximum,
          "its minimum is above its maximum",
        ),
    )
    .default({}),
  /** Keys and tables of which the target keeps its own value. */
  keep: z.array(key).default([]),
  /** Keys and tables that are secret though their names do not say so: never taken from the source. */
  secrets: z.array(key).default([]),
  /** Files that stay as they are in the target. */
  skip: z.array(file).default([]),
  /** Hosts that no endpoint of the target may have; `*` stands for any part. */
  forbid: z.array(host).default(["localhost", "*.localhost", "127.*", "::1"]),
  endpoints: z
    .strictObject({
      /** Whether each new endpoint has to answer from the target's machine. */
      check: z.boolean().default(true),
      /** Whether what speaks TLS must have a certificate that the target's machine trusts, for its name. */
      certificates: z.boolean().default(true),
    })
    .default({ check: true, certificates: true }),
});
export type PromotionRules = z.output<typeof promotionRules>;

export const noRules: PromotionRules = promotionRules.parse({});

/** Rules from the text of their file; `name` ends in .json or .toml. A problem is one line without the text's values. */
export const readRules = (
  name: string,
  text: string,
): { readonly ok: true; readonly rules: PromotionRules } | { readonly ok: false; readonly problem: string } => {
  const value = name.endsWith(".json") ? fromJson(text.replace(/^\uFEFF/u, "")) : fromToml(text);
  if (!value.ok) return value;
  const parsed = promotionRules.safeParse(value.value);
  if (parsed.success) return { ok: true, rules: parsed.data };
  const problems = parsed.error.issues.map(({ path, message }) =>
    path.length === 0 ? message : `${path.join(".")}: ${message}`,
  );
  return { ok: false, problem: problems.join("; ") };
};

type Read = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly problem: string };

const fromJson = (text: string): Read => {
  try {
    return { ok: true, value: withIntegers(JSON.parse(text)) };
  } catch {
    return { ok: false, problem: "it is no JSON" };
  }
};

const fromToml = (text: string): Read => {
  const read = readToml(text);
  return read.ok ? { ok: true, value: plain(read.root) } : { ok: false, problem: read.problem };
};

/** Numbers of JSON as TOML has them. */
const withIntegers = (value: unknown): unknown => {
  if (typeof value === "number") return Number.isInteger(value) ? BigInt(value) : value;
  if (Array.isArray(value)) return value.map(withIntegers);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, withIntegers(inner)]));
};

/** Objects with a prototype: zod wants them so. */
const plain = (value: TomlValue): unknown => {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plain(inner as TomlValue)]));
};
