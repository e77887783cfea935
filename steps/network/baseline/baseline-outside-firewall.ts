import { attestation } from "../../../src/core/attestations.ts";

/** What no server can see of the devices around it. NIST SC-7. */
export const baselineOutsideFirewall = attestation({
  id: "baseline.outside-firewall",
  controlId: "baseline-outside-firewall",
  guideline: ["NW-04"],
  claim: "Rules of the firewalls outside this machine are reviewed",
  failing: "Nobody vouches for the firewalls outside",
  label: "Firewalls outside",
  title: "Who reviews the rules of the firewalls outside, the provider's security groups among them?",
  why: "What the machine's own firewall refuses may be let in further out, and the other way round. A rule that nobody can explain goes.",
  severity: "medium",
  references: [{ source: "NIST 800-53", id: "SC-7" }],
  reviewMonths: 6,
});
