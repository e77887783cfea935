import { attestation } from "../../../src/core/attestations.ts";

export const pipelineStaging = attestation({
  id: "pipeline.staging",
  controlId: "pipeline-staging",
  guideline: ["RT-02", "OS-06"],
  claim: "Patches and releases run in a staging environment first",
  failing: "Nobody vouches for a staging environment",
  label: "Staging",
  title: "Who runs the staging environment through which patches and releases pass first?",
  why: "A patch that breaks something is put off the next time, and then holes stay. Where it runs somewhere else first, patching stays a habit.",
  severity: "medium",
  references: [{ source: "NIST 800-53", id: "CM-4(1)" }],
  reviewMonths: 12,
});
