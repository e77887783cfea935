import { attestation } from "../../../src/core/attestations.ts";

/** CF-05: what was tested is what runs. */
export const deliveryOneBuild = attestation({
  id: "delivery.one-build",
  controlId: "delivery-one-build",
  guideline: ["CF-05"],
  claim: "A release is built once, without configuration, and promoted by digest",
  failing: "Nobody vouches that production runs what was tested",
  label: "One build",
  title: "Who sees to it that every environment runs the same build, with its own configuration?",
  why: "A build per environment is three programs, of which two were tested. One build that is promoted by its digest is the same bytes everywhere, and going back is naming the one before.",
  severity: "medium",
  references: [{ source: "NIST 800-53", id: "CM-2" }],
  reviewMonths: 12,
});
