import type { Step } from "../../../src/model/step.ts";
import { masked, removed } from "./questions.ts";
import { legacySoftwareGone } from "./software-legacy.ts";
import { needlessServicesOff } from "./software-services.ts";
import { signedSources } from "./software-sources.ts";

export const softwareStep: Step = {
  id: "software",
  category: "os",
  title: "Software",
  intro: "Only what this server needs is installed and runs, and it comes from where it says.",
  questions: [removed, masked],
  controls: [legacySoftwareGone, needlessServicesOff, signedSources],
};
