import type { Step } from "../../../src/model/step.ts";
import { administratorAccess } from "./administrator-access.ts";
import { administratorAccount } from "./administrator-account.ts";
import { administratorKey } from "./administrator-key.ts";
import { administratorSudoRights } from "./administrator-sudo.ts";
import { generateAdministrator } from "./generate.ts";
import {
  administratorKeys,
  administratorName,
  administratorPassword,
  administratorRepair,
  administratorSudo,
} from "./questions.ts";

/** First of the walk: access is made before anything narrows it. */
export const administrator: Step = {
  id: "administrator",
  category: "os",
  title: "Administrator",
  intro: "Makes sure that you get in and become root under your own name, before any other door is closed.",
  questions: [administratorName, administratorRepair, administratorKeys, administratorSudo, administratorPassword],
  controls: [administratorAccount, administratorKey, administratorSudoRights],
  guards: [administratorAccess],
  comesFirst: true,
  generate: generateAdministrator,
};
