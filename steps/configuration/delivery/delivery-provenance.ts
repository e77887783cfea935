import { attestation } from "../../../src/core/attestations.ts";

/** CF-05: a scan, a bill of materials, and a signed word of where a build comes from. */
export const deliveryProvenance = attestation({
  id: "delivery.provenance",
  controlId: "delivery-provenance",
  guideline: ["CF-05", "RT-02"],
  claim: "Every image is scanned and carries a bill of materials and its provenance",
  failing: "Nobody vouches for what is inside the images",
  label: "Bill of materials",
  title: "Who sees to it that images are scanned and carry a bill of materials and their provenance?",
  why: "When a hole in a library becomes known, the bill of materials answers in a minute where it runs. The provenance tells an image of the pipeline from one that somebody pushed by hand.",
  severity: "low",
  references: [
    { source: "NIST 800-53", id: "SR-4" },
    { source: "NIST 800-53", id: "SA-11(1)" },
  ],
  reviewMonths: 12,
});
