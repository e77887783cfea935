import { attestation } from "../../../src/core/attestations.ts";

/** No server sees its readers. NIST AU-6. */
export const forwardingReview = attestation({
  id: "forwarding.review",
  controlId: "forwarding-review",
  guideline: ["OS-07"],
  claim: "Somebody looks at the collected logs",
  failing: "Nobody vouches for looking at the collected logs",
  label: "Review of logs",
  title: "Who looks at the collected logs, how often, and where is that written down?",
  why: "A log that nobody reads tells of a break-in after it has been noticed by other means.",
  severity: "low",
  references: [{ source: "NIST 800-53", id: "AU-6" }],
  reviewMonths: 6,
});
