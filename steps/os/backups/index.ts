import type { Step } from "../../../src/model/step.ts";
import { backupsElsewhere } from "./backups-known.ts";
import { backupsOffHost } from "./backups-off-host.ts";
import { backupsPasswordKept } from "./backups-password-kept.ts";
import { backupsRecent } from "./backups-recent.ts";
import { backupsRestorable } from "./backups-restorable.ts";
import { backupsScheduled } from "./backups-scheduled.ts";
import {
  backupAccessFile,
  backupDatabases,
  backupExclude,
  backupIdentityFile,
  backupKeep,
  backupPasswordFile,
  backupPaths,
  backupRepository,
  backupTime,
} from "./questions.ts";
import { generateBackups } from "./wanted.ts";

export const backupsStep: Step = {
  id: "backups",
  category: "os",
  title: "Backups",
  intro: "Saves what nobody can install again, encrypted and elsewhere, and tries every month whether it comes back.",
  questions: [
    backupRepository,
    backupsElsewhere.question,
    backupPaths,
    backupExclude,
    backupDatabases,
    backupKeep,
    backupTime,
    backupPasswordFile,
    backupAccessFile,
    backupIdentityFile,
    backupsPasswordKept.question,
  ],
  controls: [
    backupsElsewhere.control,
    backupsScheduled,
    backupsRecent,
    backupsRestorable,
    backupsOffHost,
    backupsPasswordKept.control,
  ],
  generate: generateBackups,
};
