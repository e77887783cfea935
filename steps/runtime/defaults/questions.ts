import { z } from "zod";
import { knownValue } from "../../../src/model/fact.ts";
import { raw } from "../../../src/model/probe.ts";
import { question } from "../../../src/model/question.ts";
import { tryLoginsQuestion } from "../../../src/probes/default-logins.ts";
import { integrations } from "../../../src/probes/integrations.ts";
import { listeners } from "../../../src/probes/listeners.ts";
import { describeObstacle, listenerPort, movable } from "./default-listener.ts";

const wish = /^([A-Za-z0-9:_.@\\-]+)=(\d{1,5})$/u;

/** "orders-api=9443": which integration's default listener goes where. */
export const readWish = (text: string): { readonly id: string; readonly port: number } | undefined => {
  const match = wish.exec(text);
  const port = Number(match?.[2]);
  return match === null || port < 1024 || port > 65535 ? undefined : { id: match[1] as string, port };
};

export const listenerPorts = question({
  id: "defaults.ports",
  kind: "list",
  label: "Ports of default listeners",
  title: "Which integrations' default listeners should move to another port?",
  why: "Ballerina's default listener waits at 9090 unless told otherwise, and whoever looks for it looks there first. Moving it is easy here and hard outside: every client, proxy and load balancer that names the port has to follow, and no server can see them. So none moves unless you name it, as orders-api=9443. Ports that anyone may reach follow by themselves where they were not answered before.",
  schema: z.array(
    z
      .string()
      .trim()
      .refine((text) => readWish(text) !== undefined, "must be INTEGRATION=PORT with a port from 1024 to 65535"),
  ),
  needs: { here: raw(integrations), sockets: raw(listeners) },
  when: ({ here }) => (knownValue(here)?.integrations.length ?? 1) > 0,
  default: () => [] as string[],
  current: ({ here }) =>
    (knownValue(here)?.integrations ?? [])
      .flatMap((one) => {
        const port = listenerPort(one);
        return port === undefined ? [] : [`${one.id} at ${port}`];
      })
      .join(", ") || "no default listener is seen",
  check: (wishes, { here, sockets }, answers) => {
    const what = knownValue(here);
    const ports = new Set<number>();
    for (const text of wishes) {
      const { id, port } = readWish(text) ?? { id: text, port: 0 };
      if (ports.has(port)) return `${port} is named twice`;
      ports.add(port);
      if (what === undefined) continue;
      const integration = what.integrations.find((one) => one.id === id);
      if (integration === undefined) {
        return `${id} is no integration of this host: ${what.integrations.map((one) => one.id).join(", ") || "there is none"}`;
      }
      const now = listenerPort(integration);
      if (now === port) continue;
      const obstacle = movable(integration, answers);
      if (obstacle !== "yes") return `${id} cannot be moved by configuration: ${describeObstacle(obstacle)}`;
      if (now === undefined) {
        return `${id} is not seen at a default listener: there is nothing that configuration could move`;
      }
      const taken = (knownValue(sockets) ?? []).find((one) => one.transport === "tcp" && one.port === port);
      const own = integration.sockets.some((one) => one.port === port);
      if (taken !== undefined && !own) return `${port} is taken by ${taken.processes[0]?.name ?? "something"}`;
    }
    return undefined;
  },
  describe: (wishes) => (wishes.length === 0 ? "none moves" : wishes.join(", ")),
});

export const tryLogins = question({
  id: tryLoginsQuestion,
  kind: "confirm",
  label: "Try known logins",
  title: "Shall every inspection try to log in to the consoles here with the account that everybody knows?",
  why: "Whether admin still has its first password cannot be read anywhere: it is hashed in a database. A login tells. It leaves a line in the console's log, may raise an alarm, and after several may lock the account, so nothing is tried unless you say yes. It is made from this machine to itself, once per console and inspection.",
  schema: z.boolean(),
  needs: {},
  default: () => false,
});
