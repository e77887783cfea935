import type { Step } from "../../../src/model/step.ts";
import { upgradesFile } from "../../../src/probes/daemons.ts";
import { changesTold, heldKept, rebootTime } from "./questions.ts";
import { automaticUpdates, upgradesContent } from "./updates-automatic.ts";
import { toldChanges } from "./updates-changes-told.ts";
import { heldPackages } from "./updates-held.ts";
import { pendingUpdates } from "./updates-pending.ts";
import { rebootDone } from "./updates-reboot.ts";

export const updates: Step = {
  id: "updates",
  category: "os",
  title: "Updates",
  intro: "Has security updates come in by themselves, and says which ones wait.",
  questions: [rebootTime, heldKept, changesTold],
  controls: [automaticUpdates, pendingUpdates, rebootDone, heldPackages, toldChanges],
  generate: (answers) => [
    {
      path: upgradesFile,
      content: upgradesContent(answers.get(rebootTime)),
      mode: "0644",
      about: "Security updates every day; needs the package unattended-upgrades.",
    },
  ],
};
