import { fail, pass, unknownVerdict, type Verdict } from "../../../src/model/finding.ts";
import type { Integration } from "../../../src/model/integration.ts";
import type { StoreFile } from "../../../src/probes/stores.ts";
import { evidenceOf } from "./subjects.ts";

type Subject = { readonly integration: Integration; readonly file: StoreFile; readonly obstacle: string | undefined };

/** undefined: nothing is wrong. `unknown`: nobody can say. */
export type Judgement = string | { readonly unknown: string } | undefined;

/** Those that are wrong, for the plan. */
export const wrongOnes = <S extends Subject>(subjects: readonly S[], judge: (subject: S) => Judgement): readonly S[] =>
  subjects.filter((subject) => subject.obstacle === undefined && typeof judge(subject) === "string");

/** One finding about all integrations: what is wrong with which of them, each named. */
export const judged = <S extends Subject>(
  subjects: readonly S[],
  judge: (subject: S) => Judgement,
  /** Why it is not mended from here. */
  byHand: (subject: S) => string | undefined = () => undefined,
): Verdict => {
  const problems: string[] = [];
  const doubts: string[] = [];
  for (const subject of subjects) {
    const judgement = subject.obstacle === undefined ? judge(subject) : { unknown: subject.obstacle };
    const name = subject.integration.id;
    if (typeof judgement === "string") {
      const why = byHand(subject);
      problems.push(`${name}: ${judgement}${why === undefined ? "" : ` (by hand: ${why})`}`);
    } else if (judgement !== undefined) doubts.push(`${name}: ${judgement.unknown}`);
  }
  const evidence = evidenceOf(subjects);
  const unique = (texts: readonly string[]): string => [...new Set(texts)].join("; ");
  if (problems.length > 0) return fail(unique([...problems, ...doubts]), evidence);
  return doubts.length > 0 ? unknownVerdict(unique(doubts), evidence) : pass(evidence);
};

export const noKeyStores = "no integration here names a key store";
export const noTrustStores = "no integration here names a truststore";
export const noStores = "no integration here names a store";
