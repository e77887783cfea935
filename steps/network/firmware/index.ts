import type { Step } from "../../../src/model/step.ts";
import { firmwareDevices } from "./firmware-devices.ts";
import { firmwareHost } from "./firmware-host.ts";
import { generateChecklist } from "./generate.ts";

export const firmwareStep: Step = {
  id: "firmware",
  category: "network",
  title: "Firmware",
  intro: "What lies below the system, here and in the devices on the way.",
  questions: [firmwareDevices.question],
  controls: [firmwareHost, firmwareDevices.control],
  generate: generateChecklist,
};
