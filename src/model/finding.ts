import { z } from "zod";

export const categories = ["runtime", "os", "network", "configuration"] as const;
export type Category = (typeof categories)[number];
export const categoryTitles: Readonly<Record<Category, string>> = {
  runtime: "Runtime security",
  os: "OS level security",
  network: "Network level security",
  configuration: "Configuration",
};

/** Most urgent first: this order is the order of every list of findings. */
export const severities = ["critical", "high", "medium", "low"] as const;
export type Severity = (typeof severities)[number];

/** XCCDF 1.2 result words (NIST IR 7275), plus `waived` and `attested`. */
export const results = ["fail", "unknown", "error", "pass", "notapplicable", "waived", "attested"] as const;
export type Result = (typeof results)[number];

/** What applying a change can cost: from nothing to being locked out or a reboot. */
export const risks = ["none", "restart", "lockout", "reboot"] as const;
export type Risk = (typeof risks)[number];

export const referenceSchema = z.object({
  /** "CIS Debian 12", "NIST 800-53", "STIG RHEL 9", "Lynis", "man", "RFC", "CVE" … */
  source: z.string(),
  id: z.string(),
});
export type Reference = z.infer<typeof referenceSchema>;

export const evidenceSchema = z.object({ asked: z.string(), answered: z.string() });
/** What was asked of the machine and what it answered; secrets are masked before they get here. */
export type Evidence = z.infer<typeof evidenceSchema>;

export const findingSchema = z.object({
  controlId: z.string(),
  guideline: z.array(z.string()),
  category: z.enum(categories),
  step: z.string(),
  /** A sentence about the state found: "SSH lets root log in" when it fails, the control's title when it passes. */
  title: z.string(),
  severity: z.enum(severities),
  result: z.enum(results),
  /** Why it is unknown, does not apply, or what exactly was wrong; one line. */
  detail: z.string(),
  evidence: z.array(evidenceSchema),
  references: z.array(referenceSchema),
  /** Of a finding that the machine's own record waives: who answers for it, why, until when, and what was seen. */
  waiver: z
    .object({ owner: z.string(), reason: z.string(), until: z.string(), found: z.enum(["fail", "unknown", "error"]) })
    .optional(),
});
export type Finding = z.infer<typeof findingSchema>;

/** What a control's `inspect` says; the engine adds the rest of the finding. */
export type Verdict = {
  readonly result: "pass" | "fail" | "notapplicable" | "unknown" | "attested";
  readonly detail: string;
  readonly evidence: readonly Evidence[];
};

export const pass = (evidence: readonly Evidence[], detail = ""): Verdict => ({ result: "pass", detail, evidence });
export const fail = (detail: string, evidence: readonly Evidence[]): Verdict => ({ result: "fail", detail, evidence });
export const notApplicable = (detail: string): Verdict => ({ result: "notapplicable", detail, evidence: [] });
export const unknownVerdict = (detail: string, evidence: readonly Evidence[] = []): Verdict => ({
  result: "unknown",
  detail,
  evidence,
});
/** Somebody vouches for what no machine can show. */
export const attested = (detail: string, evidence: readonly Evidence[]): Verdict => ({
  result: "attested",
  detail,
  evidence,
});
export const passWhen = (condition: boolean, evidence: readonly Evidence[], detail = ""): Verdict => ({
  result: condition ? "pass" : "fail",
  detail: condition ? "" : detail,
  evidence,
});
