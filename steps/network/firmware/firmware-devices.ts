import { attestation } from "../../../src/core/attestations.ts";

/** NIST SI-2, SA-22: firmware of what is no server. */
export const firmwareDevices = attestation({
  id: "firmware.devices",
  controlId: "firmware-devices",
  guideline: ["NW-05"],
  claim: "Routers, switches and firewalls run firmware that their vendors still mend",
  failing: "Nobody vouches for the firmware of the network devices",
  label: "Firmware of devices",
  title: "Who keeps the firmware of routers, switches and firewalls current?",
  why: "Devices at the edge are attacked within days of an advisory, and most of them never tell that an update is there. What its vendor no longer mends is replaced.",
  severity: "medium",
  references: [{ source: "NIST 800-53", id: "SI-2" }],
  reviewMonths: 3,
});
