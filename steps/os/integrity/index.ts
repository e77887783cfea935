import type { Step } from "../../../src/model/step.ts";
import { aide } from "./integrity-aide.ts";
import { aideChecksums } from "./integrity-aide-checksums.ts";
import { mandatoryAccess } from "./integrity-mandatory-access.ts";
import { deliveredPackages } from "./integrity-packages.ts";
import { profilesEnforced } from "./integrity-profiles-enforced.ts";
import { aideWanted, packagesCompared } from "./questions.ts";

export const integrity: Step = {
  id: "integrity",
  category: "os",
  title: "Integrity",
  intro: "Has the kernel hold programs to their own files, and somebody notice when one was changed.",
  questions: [aideWanted, packagesCompared],
  controls: [mandatoryAccess, profilesEnforced, aideChecksums, aide, deliveredPackages],
};
