import { control } from "../../../src/model/control.ts";
import { fail, pass, unknownVerdict } from "../../../src/model/finding.ts";
import { firmware } from "../../../src/probes/firmware.ts";

/** Days after which a list of releases says nothing about today. */
const stale = 30;

/** fwupdmgr(1), NIST SI-2. */
export const firmwareHost = control({
  id: "firmware-host",
  guideline: ["NW-05"],
  title: "No firmware update waits for this machine",
  failing: "Firmware updates wait for this machine",
  severity: "medium",
  risk: "none",
  rationale:
    "Holes in firmware lie below everything that the system can defend, and survive a new installation. Updates come through fwupd (fwupdmgr refresh, fwupdmgr update) or from the vendor, and most need a reboot, so nothing is installed from here.",
  references: [
    { source: "NIST 800-53", id: "SI-2" },
    { source: "man", id: "fwupdmgr(1)" },
  ],
  needs: { firmware },
  applies: ({ firmware: seen }) =>
    seen.virtualisation === "" || `this is a ${seen.virtualisation} guest: its host has the firmware`,
  inspect: ({ firmware: seen }) => {
    const { updates, fwupd, problem, listed, now } = seen;
    const days = listed === undefined ? undefined : Math.floor((now - listed) / 86_400);
    const evidence = [
      {
        asked: "fwupdmgr get-updates --json",
        answered: !fwupd
          ? "fwupd is not installed"
          : (updates?.map(({ device, from, to }) => `${device}: ${from} to ${to}`).join("\n") ?? problem) || "none",
      },
      {
        asked: "age of fwupd's list of releases",
        answered: days === undefined ? "there is none" : `${days} days`,
      },
    ];
    if (!fwupd) return unknownVerdict("fwupd is not installed: nothing here knows of firmware updates", evidence);
    if (updates === undefined) return unknownVerdict(`fwupdmgr did not say: ${problem}`, evidence);
    if (updates.length > 0) {
      const told = updates.map(({ device, to, urgency }) => `${device} to ${to}${urgency && ` (${urgency})`}`);
      return fail(`${told.join("; ")}: fwupdmgr update`, evidence);
    }
    if (days === undefined || days > stale)
      return unknownVerdict(
        `no list of releases from the last ${stale} days: fwupdmgr refresh, then look again`,
        evidence,
      );
    return pass(evidence);
  },
  plan: () => [],
});
