import { control, fragment } from "../../../src/model/control.ts";
import { fail, pass } from "../../../src/model/finding.ts";
import type { Integration } from "../../../src/model/integration.ts";
import type { AnswerReader } from "../../../src/model/question.ts";
import { integrations } from "../../../src/probes/integrations.ts";
import { describeListener } from "../../../src/probes/listeners.ts";
import { ballerinaDefaultPort, defaultListenerPort as configuredPort } from "../../../src/workload/listeners.ts";
import { configurationEdits } from "../configuration.ts";
import { unitRestart } from "../unit.ts";
import { describeObstacle, listenerPort, movable, portKey } from "./default-listener.ts";
import { listenerPorts, readWish } from "./questions.ts";

const wishedPort = ({ id }: Integration, answers: AnswerReader): number | undefined =>
  answers
    .get(listenerPorts)
    .map(readWish)
    .find((wish) => wish?.id === id)?.port;

type Judged = { readonly text: string; readonly wrong: boolean };

const judge = (integration: Integration, answers: AnswerReader): Judged | undefined => {
  const { id } = integration;
  const port = listenerPort(integration);
  if (port === undefined) return undefined;
  const wished = wishedPort(integration, answers);
  const configured = configuredPort(integration);
  if (wished !== undefined && wished !== port) {
    if (configured === wished && answers.get(unitRestart) === "later") {
      return { text: `${id}: ${wished} counts from its next start`, wrong: false };
    }
    return { text: `${id} waits at ${port}, and ${wished} was chosen`, wrong: true };
  }
  const outside = integration.sockets.some((socket) => socket.port === port && socket.reach !== "loopback");
  if (port !== ballerinaDefaultPort || !outside) return { text: `${id} waits at ${port}`, wrong: false };
  const obstacle = movable(integration, answers);
  const way =
    obstacle === "yes"
      ? `--set defaults.ports=${id}=PORT moves it`
      : `${describeObstacle(obstacle)}; drawbridge generate writes the lines`;
  return {
    text: `${id} waits for others at ${port}, the port that every Ballerina program has at first: ${way}`,
    wrong: true,
  };
};

/** Ports of listeners that Ballerina's designer makes; `new http:Listener(PORT)` is a matter of the code. */
export const defaultPorts = control({
  id: "default-ports",
  guideline: ["RT-06"],
  title: "Integrations do not wait for others at the port that everybody expects",
  failing: "An integration waits for others at Ballerina's default port",
  severity: "low",
  risk: "restart",
  rationale:
    "Scanners try the ports that programs are shipped with first, and a default port says which program it is. Moving it holds off whoever does not look closely, nobody else: what keeps strangers out is the firewall, TLS and a login. A listener on loopback, behind a proxy of this machine, is fine where it is.",
  references: [
    { source: "NIST 800-53", id: "CM-6" },
    { source: "NIST 800-53", id: "CM-7(1)" },
  ],
  needs: { here: integrations },
  applies: ({ here }) =>
    here.integrations.some((one) => !one.container && listenerPort(one) !== undefined) ||
    "no program here is seen at a default listener of Ballerina",
  inspect: ({ here }, answers) => {
    const local = here.integrations.filter(({ container }) => !container);
    const judged = local.flatMap((one) => judge(one, answers) ?? []);
    const evidence = [
      {
        asked: "ss -Hltnup; ballerina.http.defaultListenerPort in Config.toml",
        answered: local
          .map((one) => `${one.id}: ${one.sockets.map(describeListener).join(", ") || "no socket"}`)
          .join("; "),
      },
    ];
    const wrong = judged.filter((one) => one.wrong).map(({ text }) => text);
    return wrong.length > 0
      ? fail(wrong.join("; "), evidence)
      : pass(evidence, judged.map(({ text }) => text).join("; "));
  },
  plan: ({ here }, answers) =>
    here.integrations.flatMap((integration) => {
      const wished = wishedPort(integration, answers);
      if (wished === undefined || listenerPort(integration) === undefined) return [];
      if (configuredPort(integration) === wished || movable(integration, answers) !== "yes") return [];
      const edits = [{ set: [...portKey], value: BigInt(wished) }];
      return [fragment(configurationEdits, { integration: integration.id, edits })];
    }),
  breaks: ({ here }, answers) =>
    here.integrations.flatMap((integration) => {
      const wished = wishedPort(integration, answers);
      const port = listenerPort(integration);
      return wished === undefined || port === undefined || wished === port
        ? []
        : [
            `whoever calls ${integration.id} at ${port} (clients, proxies, load balancers, monitoring) has to call ${wished}`,
          ];
    }),
});
