import { attestation } from "../../../src/core/attestations.ts";

/** What no server can see of the devices around it. NIST CM-6. */
export const baselineSwitches = attestation({
  id: "baseline.switches",
  controlId: "baseline-switches",
  guideline: ["NW-04"],
  claim: "Networks, ports and management access of the switches are reviewed",
  failing: "Nobody vouches for the switches",
  label: "Switches",
  title: "Who reviews the switches: networks, unused ports, access to their management?",
  why: "A port that is on in a meeting room, or a management page in everybody's network, is a door that no server sees.",
  severity: "medium",
  references: [{ source: "NIST 800-53", id: "CM-6" }],
  reviewMonths: 6,
});
