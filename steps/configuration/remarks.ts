import { few } from "../../src/core/few.ts";
import type { ControlText } from "../../src/model/control.ts";
import { type Evidence, fail, notApplicable, pass, unknownVerdict, type Verdict } from "../../src/model/finding.ts";

/** What a rule about files of a project says of itself; the remarks it makes about one are its own. */
export type RuleDefinition = ControlText & {
  /** What a file without a remark is said to have. */
  readonly nothing: string;
};

/** Remarks in one line, the first of them by words; all are in the evidence. */
export const remarksLine = (remarks: readonly string[]): string => few(remarks, 4, "; ");

/** One remark is enough to fail. Without any, a file that was not read leaves it unknown, and without files the rule does not apply. */
export const verdictOf = ({
  wrong,
  evidence,
  unread,
  none,
}: {
  /** What is wrong, in one line: "compose.yaml:3 orders: privileged". Empty: nothing is. */
  readonly wrong: string;
  readonly evidence: readonly Evidence[];
  /** What kept files from being judged, in words. */
  readonly unread: readonly string[];
  /** Why there is nothing to judge; undefined: there is something. */
  readonly none: string | undefined;
}): Verdict => {
  if (wrong !== "") return fail(wrong, evidence);
  if (unread.length > 0) return unknownVerdict(unread.join("; "), evidence);
  return none === undefined ? pass(evidence) : notApplicable(none);
};
