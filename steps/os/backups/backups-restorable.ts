import { change } from "../../../src/model/change.ts";
import { control } from "../../../src/model/control.ts";
import { backups } from "../../../src/probes/backups.ts";
import { isUntried, type Judged, judgeRun, saves } from "./judging.ts";

/** A month, and some days for the timer and for somebody to look. */
const judged: Judged = {
  what: "restore drill",
  unit: "drawbridge-restore-drill",
  file: "drill",
  limit: 40 * 24 * 3600,
};

/** NIST CP-4, CP-9(1): files of the last backup come back as they were saved, by their hashes. */
export const backupsRestorable = control({
  id: "backups-restorable",
  guideline: ["OS-08"],
  title: "Restoring has been tried lately, and what came back is what was saved",
  failing: "Nobody knows whether the backup can be restored",
  severity: "high",
  risk: "none",
  rationale:
    "A backup that was never restored is a hope. Every month some hundred files and all dumps come back into a folder of their own, and their hashes are compared with those from the day they were saved.",
  references: [
    { source: "NIST 800-53", id: "CP-4" },
    { source: "NIST 800-53", id: "CP-9(1)" },
    { source: "man", id: "restic(1)" },
  ],
  needs: { saved: backups },
  applies: saves,
  inspect: ({ saved }) => judgeRun(saved, saved.drill, judged),
  // systemd starts it once the backup that begins with it has ended: the unit is ordered after it.
  plan: ({ saved }) =>
    isUntried(saved.drill)
      ? [
          change({
            kind: "command",
            phase: "services",
            risk: "none",
            title: "Try to restore, as soon as the first backup is made",
            argv: ["systemctl", "start", "--no-block", "drawbridge-restore-drill.service"],
          }),
        ]
      : [],
});
