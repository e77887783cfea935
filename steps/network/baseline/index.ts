import type { Step } from "../../../src/model/step.ts";
import { baselineDeviceCredentials } from "./baseline-device-credentials.ts";
import { baselineForwarding } from "./baseline-forwarding.ts";
import { baselineGateways } from "./baseline-gateways.ts";
import { baselineNameServers } from "./baseline-name-servers.ts";
import { baselineOutsideFirewall } from "./baseline-outside-firewall.ts";
import { baselineRouters } from "./baseline-routers.ts";
import { baselineRoutes } from "./baseline-routes.ts";
import { baselineSwitches } from "./baseline-switches.ts";
import { baselineAccept } from "./questions.ts";

const attested = [baselineRouters, baselineSwitches, baselineOutsideFirewall, baselineDeviceCredentials];

export const baseline: Step = {
  id: "baseline",
  category: "network",
  title: "Routes and devices",
  intro:
    "How packets leave this machine, compared with what was agreed to; and who looks after the devices on the way.",
  questions: [baselineAccept, ...attested.map(({ question }) => question)],
  controls: [
    baselineRoutes,
    baselineForwarding,
    baselineGateways,
    baselineNameServers,
    ...attested.map(({ control }) => control),
  ],
};
