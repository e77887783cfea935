import type { Step } from "../../../src/model/step.ts";
import { bootLoaderPassword } from "./bootloader-password.ts";
import { wanted } from "./questions.ts";

export const bootLoaderStep: Step = {
  id: "bootloader",
  category: "os",
  title: "Boot loader",
  intro: "Keeps whoever is at the console from starting something else.",
  questions: [wanted],
  controls: [bootLoaderPassword],
};
