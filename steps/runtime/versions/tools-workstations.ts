import { attestation } from "../../../src/core/attestations.ts";

/** The other half of "development tools current": they are on developers' machines, which nothing here can see. */
export const toolsWorkstations = attestation({
  id: "versions.workstations",
  controlId: "tools-workstations",
  guideline: ["RT-03"],
  claim: "Developers' tools are kept up to date",
  failing: "Nobody vouches for developers' tools being up to date",
  label: "Developers' tools",
  title: "Who keeps VS Code, its Ballerina extension and the developers' distributions up to date?",
  why: "What a developer's machine builds is what runs here: an old extension or an old distribution puts old holes into a new JAR.",
  severity: "low",
  references: [{ source: "NIST 800-53", id: "SI-2" }],
  reviewMonths: 6,
});
