import type { Finding, Result, Severity } from "../model/finding.ts";

const weights: Readonly<Record<Severity, number>> = { critical: 10, high: 6, medium: 3, low: 1 };
const counted: ReadonlySet<Result> = new Set<Result>(["pass", "fail", "unknown", "error", "attested"]);

/**
 * 0 to 100: the severity-weighted share of controls that pass. What is unknown counts against it as a failure does;
 * what does not apply or is waived does not count at all. No control at all scores 100.
 */
export const score = (findings: readonly Pick<Finding, "result" | "severity">[]): number => {
  let reached = 0;
  let reachable = 0;
  for (const { result, severity } of findings) {
    if (!counted.has(result)) continue;
    reachable += weights[severity];
    if (result === "pass" || result === "attested") reached += weights[severity];
  }
  return reachable === 0 ? 100 : Math.floor((100 * reached) / reachable);
};

/** The score if every control in `fixed` passed. */
export const forecast = (findings: readonly Finding[], fixed: ReadonlySet<string>): number =>
  score(
    findings.map(({ controlId, result, severity }) => ({
      severity,
      result: fixed.has(controlId) ? ("pass" as const) : result,
    })),
  );
