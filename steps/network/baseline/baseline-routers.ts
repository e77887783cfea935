import { attestation } from "../../../src/core/attestations.ts";

/** What no server can see of the devices around it. NIST AC-4. */
export const baselineRouters = attestation({
  id: "baseline.routers",
  controlId: "baseline-routers",
  guideline: ["NW-04"],
  claim: "Routes and access lists of the routers are reviewed",
  failing: "Nobody vouches for the routers",
  label: "Routers",
  title: "Who reviews the routes and access lists of the routers?",
  why: "An access list grows by exceptions that nobody takes out again. Whoever compares it with what is meant finds them.",
  severity: "medium",
  references: [{ source: "NIST 800-53", id: "AC-4" }],
  reviewMonths: 6,
});
