import { attestation } from "../../../src/core/attestations.ts";

/** CF-05: the last step is somebody's decision. */
export const deliveryApproval = attestation({
  id: "delivery.approval",
  controlId: "delivery-approval",
  guideline: ["CF-05"],
  claim: "Nothing reaches production without somebody's approval",
  failing: "Nobody vouches that production is approved by somebody",
  label: "Approval",
  title: "Who approves releases to production, and where is that enforced?",
  why: "A pipeline that goes through to production by itself carries every stolen login and every mistake there by itself. Protected environments with required reviewers, or an input step, make it a decision.",
  severity: "medium",
  references: [{ source: "NIST 800-53", id: "CM-3(2)" }],
  reviewMonths: 12,
});
