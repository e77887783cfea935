import type { Integration } from "../../../src/model/integration.ts";
import type { AnswerReader } from "../../../src/model/question.ts";
import { ballerinaDefaultPort, defaultListenerPort as configuredPort } from "../../../src/workload/listeners.ts";
import { linked, type Support, supports } from "../../../src/workload/modules.ts";
import { settingAt } from "../../../src/workload/settings.ts";
import { configurationObstacle } from "../configuration.ts";
import { statedDistribution } from "../workload/described.ts";

export const portKey = ["ballerina", "http", "defaultListenerPort"] as const;

/**
 * The default listener's port as a socket of the program: where the configuration puts it, or 9090 while a changed
 * configuration waits for a restart. undefined: no such socket, so the program uses no default listener or does not run.
 */
export const listenerPort = (integration: Integration): number | undefined => {
  if (linked(integration, "ballerina/http") === undefined && integration.kind !== "ballerina") return undefined;
  const configured = configuredPort(integration);
  return [configured, ballerinaDefaultPort].find((port) => integration.sockets.some((socket) => socket.port === port));
};

export type Movable = "yes" | { readonly because: "module" | "unknown" | "configuration"; readonly detail: string };

/** Whether its configuration can move it. Even a program that knows the key may have a listener of its own at that port. */
export const movable = (integration: Integration, answers: AnswerReader): Movable => {
  const knows: Support = supports(integration, "http.defaultListenerPort", statedDistribution(answers));
  if (knows === "no") return { because: "module", detail: "" };
  if (knows === "unknown") return { because: "unknown", detail: "" };
  const obstacle = configurationObstacle(integration);
  if (obstacle !== undefined) return { because: "configuration", detail: obstacle };
  const source = settingAt(integration, portKey.join("."))?.source;
  return source === undefined || source.kind === "file"
    ? "yes"
    : {
        because: "configuration",
        detail: `the key is given by ${source.kind === "data" ? "BAL_CONFIG_DATA" : source.from}`,
      };
};

export const describeObstacle = (obstacle: Exclude<Movable, "yes">): string => {
  switch (obstacle.because) {
    case "module":
      return "the http module in its JAR does not know defaultListenerPort, and an unknown key would stop it: build it with distribution 2201.12 or newer, or name the port in the code";
    case "unknown":
      return "its JAR does not tell whether its http module knows defaultListenerPort, and an unknown key would stop it: answer workload.distribution";
    case "configuration":
      return obstacle.detail;
  }
};
