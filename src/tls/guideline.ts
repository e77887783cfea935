import { z } from "zod";
import { template } from "../embedded/templates.ts";
import type { Protocol } from "./hello.ts";
import { protocols } from "./hello.ts";
import { suiteByCode, suiteByName } from "./suites.ts";

const profileSchema = z.object({
  certificate_types: z.array(z.string()),
  ciphers: z.object({ iana: z.array(z.string()), openssl: z.array(z.string()) }),
  ciphersuites: z.array(z.string()),
  dh_param_size: z.number().int().nullable(),
  hsts_min_age: z.number().int(),
  maximum_certificate_lifespan: z.number().int(),
  oldest_clients: z.array(z.string()),
  rsa_key_size: z.number().int().nullable(),
  tls_curves: z.array(z.string()),
  tls_versions: z.array(z.string()),
});

/** Mozilla's published guideline as it is, with the two fields that the publication keeps elsewhere: name and date. */
const guidelineSchema = z.object({
  name: z.string().default("Mozilla Server Side TLS"),
  version: z.union([z.number(), z.string()]),
  /** Date of the release in its changelog. */
  published: z.iso.date().optional(),
  href: z.string(),
  configurations: z.object({ modern: profileSchema, intermediate: profileSchema }),
});

export const profileNames = ["modern", "intermediate"] as const;
export type ProfileName = (typeof profileNames)[number];

export type Profile = {
  readonly name: ProfileName;
  readonly protocols: readonly Protocol[];
  /** Code points of everything that may be accepted, TLS 1.3's first. */
  readonly suites: readonly string[];
  /** Code points for TLS 1.2 in the guideline's order; none when TLS 1.2 is not spoken. */
  readonly suites12: readonly string[];
  readonly suites13: readonly string[];
  /** OpenSSL's names, most wanted first. */
  readonly groups: readonly string[];
  /** Bits. */
  readonly dhBits: number | undefined;
  readonly rsaBits: number | undefined;
  readonly certificateTypes: readonly string[];
  /** Days from the first to the last day of validity. */
  readonly certificateDays: number;
  /** Seconds. */
  readonly hsts: number;
  readonly oldestClients: readonly string[];
};

export type Guideline = {
  readonly name: string;
  readonly version: string;
  /** ISO date; undefined when a replacement does not say. */
  readonly published: string | undefined;
  readonly href: string;
  readonly profiles: Readonly<Record<ProfileName, Profile>>;
};

const codeOf = (name: string): string => {
  const suite = suiteByName(name);
  if (suite === undefined) throw new Error(`it names the cipher suite ${name}, which is not known here`);
  return suite.code;
};

const protocolOf = (name: string): Protocol => {
  const found = protocols.find((protocol) => protocol === name);
  if (found === undefined) throw new Error(`it names the protocol ${name}, which is not known here`);
  return found;
};

/** Reads the published JSON. Throws an Error whose message completes "the guideline cannot be used: …". */
export const readGuideline = (text: string): Guideline => {
  const read = guidelineSchema.safeParse(JSON.parse(text));
  if (!read.success) {
    const [issue] = read.error.issues;
    throw new Error(`${issue?.path.join(".") ?? "it"}: ${issue?.message ?? "does not fit"}`);
  }
  const { configurations, version, ...rest } = read.data;
  const profile = (name: ProfileName): Profile => {
    const from = configurations[name];
    const suites13 = from.ciphersuites.map(codeOf);
    const suites12 = from.ciphers.iana.map(codeOf);
    return {
      name,
      protocols: from.tls_versions.map(protocolOf),
      suites: [...suites13, ...suites12],
      suites12,
      suites13,
      groups: from.tls_curves,
      dhBits: from.dh_param_size ?? undefined,
      rsaBits: from.rsa_key_size ?? undefined,
      certificateTypes: from.certificate_types,
      certificateDays: from.maximum_certificate_lifespan,
      hsts: from.hsts_min_age,
      oldestClients: from.oldest_clients,
    };
  };
  return {
    name: rest.name,
    version: typeof version === "number" ? version.toFixed(1) : version,
    published: rest.published,
    href: rest.href,
    profiles: { modern: profile("modern"), intermediate: profile("intermediate") },
  };
};

let shipped: Guideline | undefined;

/** The one that came with this program. */
export const shippedGuideline = (): Guideline => {
  shipped ??= readGuideline(template("tls/guideline.json"));
  return shipped;
};

/** "Mozilla Server Side TLS 6.0 (2026-04-06)". */
export const describeGuideline = ({ name, version, published }: Guideline): string =>
  `${name} ${version}${published === undefined ? "" : ` (${published})`}`;

/** Names for nginx's ssl_ciphers, haproxy's ciphers: OpenSSL, colons; TLS 1.2 only. */
export const opensslCiphers = (profile: Profile): string =>
  profile.suites12.map((code) => suiteByCodeOrThrow(code).openssl ?? "").join(":");

export const opensslCiphersuites = (profile: Profile): string =>
  profile.suites13.map((code) => suiteByCodeOrThrow(code).iana).join(":");

/** Names as Ballerina and JSSE take them. */
export const javaSuites = (profile: Profile): readonly string[] =>
  profile.suites.map((code) => suiteByCodeOrThrow(code).jsse);

const suiteByCodeOrThrow = (code: string) => {
  const suite = suiteByCode(code);
  if (suite === undefined) throw new Error(`no suite has the number ${code}`);
  return suite;
};

/**
 * Groups an installed OpenSSL can parse: hybrid ones came with 3.5, and one unknown name makes nginx and haproxy refuse
 * the whole line. `version`: "3.0.19"; undefined counts as old.
 */
export const opensslGroups = (profile: Profile, version: string | undefined): readonly string[] => {
  const [major = 0, minor = 0] = (version ?? "0.0").split(".").map(Number);
  const hybrid = major > 3 || (major === 3 && minor >= 5);
  return profile.groups.filter((name) => hybrid || !/MLKEM/u.test(name));
};
