import type { Step } from "../../../src/model/step.ts";
import { waiversCurrent } from "./waivers-current.ts";

export const waiversStep: Step = {
  id: "waivers",
  category: "configuration",
  title: "Waivers",
  intro: "What was let pass on this machine, by whom, and until when.",
  questions: [],
  controls: [waiversCurrent],
};
