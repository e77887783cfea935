import { attestation } from "../../../src/core/attestations.ts";

/** CF-09: no machine knows whether the other side still takes the old password. */
export const repositoryRotationPlan = attestation({
  id: "repository.rotation-plan",
  controlId: "repository-rotation-plan",
  guideline: ["CF-09"],
  claim: "Secrets are changed on a schedule, when somebody leaves, and when one leaked",
  failing: "Nobody vouches that secrets are ever changed",
  label: "Rotation of secrets",
  title: "Who changes the secrets, and where is written how?",
  why: "Changing a secret takes both sides, an order that keeps the service up, and somebody who does it: in the hour of a leak nobody finds that out. drawbridge generate writes a procedure to fill in.",
  severity: "medium",
  references: [{ source: "NIST 800-53", id: "IA-5" }],
  reviewMonths: 6,
});
