import { attestation } from "../../../src/core/attestations.ts";

/** What no server can see of the devices around it. NIST IA-5(5). */
export const baselineDeviceCredentials = attestation({
  id: "baseline.device-credentials",
  controlId: "baseline-device-credentials",
  guideline: ["NW-04"],
  claim: "No network device has the credentials it was delivered with",
  failing: "Nobody vouches that the devices' first credentials are gone",
  label: "Credentials of devices",
  title: "Who has seen to it that no router, switch or firewall has its first password?",
  why: "First passwords of devices are in public lists, and programs try them all. Named accounts on each device, and no password that two devices share.",
  severity: "high",
  references: [{ source: "NIST 800-53", id: "IA-5(5)" }],
  reviewMonths: 6,
});
