import { control } from "../../../src/model/control.ts";
import { fail, pass, unknownVerdict } from "../../../src/model/finding.ts";
import { guidelinePath, tlsSystem } from "../../../src/probes/tls-system.ts";
import { describeGuideline } from "../../../src/tls/guideline.ts";
import { guidelineInForce } from "./measure.ts";
import { tlsReviewMonths } from "./questions.ts";

/** Seconds of an average month. */
const month = 2_629_746;

/** What is strong today is looked at again: RT-10 asks for a review against a current standard. */
export const tlsReviewAge = control({
  id: "tls-review-age",
  guideline: ["RT-10"],
  title: "The TLS guideline that judges here is current",
  failing: "The TLS guideline that judges here is old",
  severity: "low",
  risk: "none",
  rationale:
    "Suites and groups age: what was strong when a list was made may be broken today. The guideline that checks and generates carries its version and date, and a newer one can take its place without an update of this program.",
  references: [{ source: "NIST 800-53", id: "CM-6" }],
  needs: { system: tlsSystem },
  inspect: ({ system }, answers) => {
    const { guideline, replaced, problem } = guidelineInForce(system);
    const evidence = [
      {
        asked: replaced ? guidelinePath : "the guideline that came with this program",
        answered: `${describeGuideline(guideline)}, ${guideline.href}`,
      },
    ];
    if (problem !== undefined) return fail(`${guidelinePath} cannot be used: ${problem}`, evidence);
    if (guideline.published === undefined)
      return unknownVerdict(
        `${guidelinePath} does not say when it was published: add "published": "YYYY-MM-DD"`,
        evidence,
      );
    const age = Math.floor((system.now - Date.parse(guideline.published) / 1000) / month);
    const limit = answers.get(tlsReviewMonths);
    return age >= limit
      ? fail(
          `it is ${age} months old, more than the ${limit} agreed: put the newest one that Mozilla publishes to ${guidelinePath}, or update drawbridge`,
          evidence,
        )
      : pass(evidence, `${Math.max(age, 0)} months old`);
  },
  plan: () => [],
});
