import type { Step } from "../../../src/model/step.ts";
import { generateUnit } from "./generate.ts";
import { sandboxAcceptChanges, sandboxAddress, sandboxRung, sandboxWritable } from "./questions.ts";
import { runtimeAuditTimer } from "./runtime-audit-timer.ts";
import { sandboxBindAddress } from "./sandbox-bind-address.ts";
import { sandboxUnit } from "./sandbox-unit.ts";

export const sandbox: Step = {
  id: "sandbox",
  category: "runtime",
  title: "Sandbox",
  intro: "Takes from each integration what it does not use, so that whoever breaks into it finds nothing else.",
  questions: [sandboxWritable, sandboxRung, sandboxAddress, sandboxAcceptChanges],
  controls: [sandboxUnit, sandboxBindAddress, runtimeAuditTimer],
  generate: generateUnit,
};
