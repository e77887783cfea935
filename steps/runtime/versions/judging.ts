import { type Evidence, fail, pass, unknownVerdict, type Verdict } from "../../../src/model/finding.ts";

/** What was found wrong, and what could not be judged: one thing wrong fails, one thing unknown is no pass. */
export type Judged = {
  readonly wrong: readonly string[];
  readonly open: readonly string[];
  readonly told?: readonly string[];
};

/** `told`: worth saying beside a pass. */
export const verdictOf = ({ wrong, open, told = [] }: Judged, evidence: readonly Evidence[]): Verdict => {
  if (wrong.length > 0) return fail([...wrong, ...open].join("; "), evidence);
  if (open.length > 0) return unknownVerdict(open.join("; "), evidence);
  return pass(evidence, told.join("; "));
};

export const collect = (all: readonly Judged[]): Judged => ({
  wrong: all.flatMap(({ wrong }) => wrong),
  open: all.flatMap(({ open }) => open),
  told: all.flatMap(({ told = [] }) => told),
});

export const wrong = (text: string): Judged => ({ wrong: [text], open: [] });
export const open = (text: string): Judged => ({ wrong: [], open: [text] });
export const fine = (told?: string): Judged => ({ wrong: [], open: [], told: told === undefined ? [] : [told] });
