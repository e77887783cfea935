import {
  type Evidence,
  fail,
  notApplicable,
  pass,
  type Reference,
  type Severity,
  unknownVerdict,
  type Verdict,
} from "../../src/model/finding.ts";

/** What a rule about files of a project says of itself; the remarks it makes about one are its own. */
export type RuleDefinition = {
  readonly id: string;
  readonly guideline: readonly string[];
  readonly title: string;
  readonly failing: string;
  readonly severity: Severity;
  readonly rationale: string;
  readonly references: readonly Reference[];
  /** What a file without a remark is said to have. */
  readonly nothing: string;
};

/** Remarks told in one line; the others are in the evidence. */
const told = 4;

/** One remark is enough to fail. Without any, a file that was not read leaves it unknown, and without files the rule does not apply. */
export const verdictOf = ({
  remarks,
  evidence,
  unread,
  none,
}: {
  /** Each as a line: "compose.yaml:3 orders: privileged". */
  readonly remarks: readonly string[];
  readonly evidence: readonly Evidence[];
  /** What kept files from being judged, in words. */
  readonly unread: readonly string[];
  /** Why there is nothing to judge; undefined: there is something. */
  readonly none: string | undefined;
}): Verdict => {
  if (remarks.length > 0) {
    const more = remarks.length > told ? `; ${remarks.length - told} more` : "";
    return fail(`${remarks.slice(0, told).join("; ")}${more}`, evidence);
  }
  if (unread.length > 0) return unknownVerdict(unread.join("; "), evidence);
  return none === undefined ? pass(evidence) : notApplicable(none);
};
