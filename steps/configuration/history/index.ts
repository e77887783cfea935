import type { Step } from "../../../src/model/step.ts";
import { historyIntact } from "./history-intact.ts";
import { historyRecorded } from "./history-recorded.ts";
import { historyAccept } from "./questions.ts";

export const history: Step = {
  id: "history",
  category: "configuration",
  title: "Changes on record",
  intro: "Who changed what, when, from where to where, and how to go back: for every change of a configuration.",
  questions: [historyAccept],
  controls: [historyRecorded, historyIntact],
};
