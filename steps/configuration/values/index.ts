import type { Step } from "../../../src/model/step.ts";
import { valuesKnown, valuesStage } from "./questions.ts";
import { valuesEndpoints } from "./values-endpoints.ts";
import { valuesShadowed } from "./values-shadowed.ts";

export const values: Step = {
  id: "values",
  category: "configuration",
  title: "Values that count",
  intro: "What a configuration file says is what the program has, and belongs to this stage.",
  questions: [valuesKnown, valuesStage],
  controls: [valuesShadowed, valuesEndpoints],
};
