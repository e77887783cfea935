import { change } from "../../../src/model/change.ts";
import { control } from "../../../src/model/control.ts";
import { backups } from "../../../src/probes/backups.ts";
import { isUntried, type Judged, judgeRun, saves } from "./judging.ts";

/** A day, what the timer may come later, and what a run may take. */
const judged: Judged = { what: "backup", unit: "drawbridge-backup", file: "save", limit: 36 * 3600 };

/** NIST CP-9: what is scheduled is judged by what became of it. */
export const backupsRecent = control({
  id: "backups-recent",
  guideline: ["OS-08"],
  title: "The last backup ended well, and not long ago",
  failing: "There is no recent backup that ended well",
  severity: "high",
  risk: "none",
  rationale:
    "Backups stop without a sound: a full repository, a changed password, a network that is gone. Everything since the last good one is lost with the disk.",
  references: [
    { source: "NIST 800-53", id: "CP-9" },
    { source: "man", id: "restic(1)" },
  ],
  needs: { saved: backups },
  applies: saves,
  inspect: ({ saved }) => judgeRun(saved, saved.save, judged),
  plan: ({ saved }) =>
    isUntried(saved.save)
      ? [
          change({
            kind: "command",
            phase: "services",
            risk: "none",
            title: "Begin with the first backup; it goes on by itself",
            argv: ["systemctl", "start", "--no-block", "drawbridge-backup.service"],
          }),
        ]
      : [],
});
