import type { Step } from "../../../src/model/step.ts";
import { accountDatabases } from "./files-account-databases.ts";
import { homeDirectories } from "./files-home-directories.ts";
import { loginRecords } from "./files-login-records.ts";
import { logPermissions } from "./files-logs.ts";
import { mountOptions } from "./files-mounts.ts";
import { scheduledJobs } from "./files-scheduled-jobs.ts";
import { setuid } from "./files-setuid.ts";
import { unowned } from "./files-unowned.ts";
import { worldWritable } from "./files-world-writable.ts";
import { executableTemporary, jobOwners, setuidKept, setuidStripped, sharedPaths } from "./questions.ts";

export const filesStep: Step = {
  id: "files",
  category: "os",
  title: "Files and mounts",
  intro: "Closes what every account can read, write or run although only some have to.",
  questions: [jobOwners, sharedPaths, setuidKept, setuidStripped, executableTemporary],
  controls: [
    accountDatabases,
    scheduledJobs,
    homeDirectories,
    logPermissions,
    worldWritable,
    loginRecords,
    unowned,
    setuid,
    mountOptions,
  ],
};
