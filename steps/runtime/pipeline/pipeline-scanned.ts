import { attestation } from "../../../src/core/attestations.ts";

/** RT-02 and the scan of RT-14: source and program are looked through before they get here. */
export const pipelineScanned = attestation({
  id: "pipeline.scanned",
  controlId: "pipeline-scanned",
  guideline: ["RT-02", "RT-14"],
  claim: "Every build is scanned: the source by bal scan, the program for known holes",
  failing: "Nobody vouches that builds are scanned",
  label: "Scans of every build",
  title: "Who sees to it that every build is scanned, and where do the results show?",
  why: "bal scan reads the source for mistakes that become holes; a scan of the JAR finds libraries with known holes, which no package manager here ever sees. Both need the source or the build, so they run where the program is built. drawbridge generate writes the pipelines.",
  severity: "medium",
  references: [
    { source: "NIST 800-53", id: "RA-5" },
    { source: "NIST 800-53", id: "SA-11(1)" },
  ],
  reviewMonths: 12,
});
