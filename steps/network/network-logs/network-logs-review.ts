import { attestation } from "../../../src/core/attestations.ts";

/** NIST AU-6. */
export const networkLogsReview = attestation({
  id: "network-logs.review",
  controlId: "network-logs-review",
  guideline: ["NW-02"],
  claim: "Logs of firewalls and proxies are reviewed",
  failing: "Nobody vouches that network logs are reviewed",
  label: "Review of network logs",
  title: "Who reviews the logs of firewalls and proxies?",
  why: "A log that nobody reads tells of a break-in only afterwards. An alert on what is unusual counts as a review; so does an hour a week.",
  severity: "medium",
  references: [{ source: "NIST 800-53", id: "AU-6" }],
  reviewMonths: 6,
});
