import type { Step } from "../../../src/model/step.ts";
import { generateOutsideLook } from "./generate.ts";
import { openPortsDeclared } from "./open-ports-declared.ts";
import { openPortsLegacyServices } from "./open-ports-legacy-services.ts";
import { openPortsOutside } from "./open-ports-outside.ts";
import { openPortsOwned } from "./open-ports-owned.ts";
import { openPortsWatched } from "./open-ports-watched.ts";
import { allowedPorts, portOwners, portsAccept, portsWatch } from "./questions.ts";

export const openPorts: Step = {
  id: "open-ports",
  category: "network",
  title: "Open ports",
  intro: "Every door this machine offers, who stands behind it, and whether it should be there.",
  questions: [allowedPorts, portOwners, portsWatch, portsAccept],
  controls: [openPortsDeclared, openPortsOwned, openPortsLegacyServices, openPortsOutside, openPortsWatched],
  generate: generateOutsideLook,
};
