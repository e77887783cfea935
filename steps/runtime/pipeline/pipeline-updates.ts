import { attestation } from "../../../src/core/attestations.ts";

export const pipelineUpdates = attestation({
  id: "pipeline.updates",
  controlId: "pipeline-updates",
  guideline: ["RT-02"],
  claim: "A bot proposes new versions of the distribution, of libraries and of images",
  failing: "Nobody vouches that new versions are proposed by themselves",
  label: "Update bots",
  title: "Who sees to it that new versions are proposed by a bot, the Ballerina distribution included?",
  why: "Neither Dependabot nor Renovate knows Ballerina by itself: without a pattern for its files the distribution stays where it is while everything else moves. drawbridge generate writes configurations that cover it.",
  severity: "medium",
  references: [{ source: "NIST 800-53", id: "SI-2(2)" }],
  reviewMonths: 12,
});
