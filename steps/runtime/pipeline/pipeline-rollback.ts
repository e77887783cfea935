import { attestation } from "../../../src/core/attestations.ts";

export const pipelineRollback = attestation({
  id: "pipeline.rollback",
  controlId: "pipeline-rollback",
  guideline: ["RT-02"],
  claim: "There is a rollback plan, and it was rehearsed",
  failing: "Nobody vouches for a rollback plan",
  label: "Rollback plan",
  title: "Who keeps the plan for going back to the release before, and when was it rehearsed?",
  why: "In the night of a bad release nobody has time to find out how to go back. A plan that was never rehearsed is a hope. drawbridge generate writes one to fill in.",
  severity: "medium",
  references: [{ source: "NIST 800-53", id: "CP-10" }],
  reviewMonths: 6,
});
