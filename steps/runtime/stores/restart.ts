import type { AnswerReader } from "../../../src/model/question.ts";
import { type Bench, decideKey } from "./repair.ts";
import type { KeySubject } from "./subjects.ts";

/** What stops for a moment, and what clients notice afterwards. */
export const restartOf = (subjects: readonly KeySubject[], bench: Bench, answers: AnswerReader): readonly string[] => [
  ...new Set(
    subjects.flatMap((subject) => {
      const decision = decideKey(subject, bench, answers);
      if (decision === undefined) return [];
      const { id, unit } = subject.integration;
      return [
        `${unit?.name ?? id} restarts: requests under way are cut off`,
        ...(decision === "rewrap"
          ? []
          : [
              `${id} answers with another certificate: clients that were given the present one have to be given the new one`,
            ]),
      ];
    }),
  ),
];
