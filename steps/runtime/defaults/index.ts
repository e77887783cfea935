import type { Step } from "../../../src/model/step.ts";
import { defaultConsolePorts } from "./default-console-ports.ts";
import { defaultLogins } from "./default-logins.ts";
import { defaultPorts } from "./default-ports.ts";
import { defaultSecrets } from "./default-secrets.ts";
import { generateDefaults } from "./generate.ts";
import { movedPortsGuard } from "./guard.ts";
import { listenerPorts, tryLogins } from "./questions.ts";

export const defaults: Step = {
  id: "defaults",
  category: "runtime",
  title: "Defaults",
  intro: "Ports, accounts and secrets as they were shipped: what everybody knows of Ballerina and its consoles.",
  questions: [listenerPorts, tryLogins],
  controls: [defaultSecrets, defaultLogins, defaultConsolePorts, defaultPorts],
  guards: [movedPortsGuard],
  generate: generateDefaults,
};
