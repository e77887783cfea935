import { attestation } from "../../../src/core/attestations.ts";

export const pipelineAdvisories = attestation({
  id: "pipeline.advisories",
  controlId: "pipeline-advisories",
  guideline: ["RT-02"],
  claim: "Somebody reads the security advisories of what runs here",
  failing: "Nobody vouches that security advisories are read",
  label: "Security advisories",
  title: "Who reads the advisories of WSO2, Ballerina's releases, Netty, Java and the distribution?",
  why: "WSO2 announces on its security page, Ballerina in the notes of its releases; holes in Netty, which every HTTP service carries, appear in Netty's own news first. None of them reaches this server by itself.",
  severity: "low",
  references: [{ source: "NIST 800-53", id: "SI-5" }],
  reviewMonths: 12,
});
