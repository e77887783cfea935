import { z } from "zod";
import { includesPort, parsePorts, portsSchema } from "../../../src/core/ports.ts";
import { raw } from "../../../src/model/probe.ts";
import { question } from "../../../src/model/question.ts";
import { integrations } from "../../../src/probes/integrations.ts";
import { describeListener, type Listener, listeners, portName } from "../../../src/probes/listeners.ts";
import { type Network, network } from "../../../src/probes/network.ts";
import { followMoves, movedPorts } from "../../runtime/defaults/moved-ports.ts";
import { type Judgement, judge, sshListeningPorts } from "./judgement.ts";

/** Sockets that others can reach, each with what it is for; clients that wait for an answer are no offers. */
export const offers = (
  all: readonly Listener[],
  facts: Pick<Network, "ephemeral">,
): readonly { readonly listener: Listener; readonly judgement: Judgement }[] => {
  const context = { sshPorts: sshListeningPorts(all), ephemeral: facts.ephemeral };
  return all
    .map((listener) => ({ listener, judgement: judge(listener, context) }))
    .filter(({ judgement }) => judgement.kind !== "loopback" && judgement.kind !== "client");
};

/** Needs that explain themselves: the integration, a web server on its own ports, a time service. */
const explained: ReadonlySet<Judgement["kind"]> = new Set(["workload", "web", "time"]);

const byPort = (a: string, b: string): number => Number.parseInt(a, 10) - Number.parseInt(b, 10) || (a < b ? -1 : 1);

export const allowedPorts = question({
  id: "open-ports.allowed",
  kind: "multiselect",
  label: "Ports that may listen",
  title: "Which of these ports is this machine meant to offer?",
  why: "Every listening port is a door, also behind a firewall: rules change, and neighbours are inside already. What only this machine itself can reach (loopback) is not asked about. SSH's own port is a matter of its step. Ticked are ports that explain themselves: the integration, a web server on 80 and 443, a time service. Everything else waits for your word, because a list that simply repeats what listens would bless whatever is there.",
  schema: z.array(portsSchema),
  needs: { listeners, network, here: raw(integrations) },
  default: ({ listeners: sockets, network: net, here }, answers) =>
    sockets.state !== "known" || net.state !== "known"
      ? []
      : followMoves(
          offers(sockets.value, net.value)
            .filter(({ judgement }) => explained.has(judgement.kind))
            .map(({ listener }) => portName(listener)),
          movedPorts(here, answers),
        ).sort(byPort),
  current: ({ listeners: sockets, network: net }) =>
    sockets.state !== "known" || net.state !== "known"
      ? "not known"
      : [...new Set(offers(sockets.value, net.value).map(({ listener }) => portName(listener)))]
          .sort(byPort)
          .join(", ") || "none",
  choices: ({ listeners: sockets, network: net }) => {
    if (sockets.state !== "known" || net.state !== "known") return [];
    const byName = new Map<string, { label: string; hints: Set<string> }>();
    for (const { listener, judgement } of offers(sockets.value, net.value)) {
      if (judgement.kind === "ssh") continue;
      const name = portName(listener);
      const choice = byName.get(name) ?? { label: name, hints: new Set([judgement.what]) };
      choice.hints.add(describeListener(listener).replace(/^\S+ /u, ""));
      byName.set(name, choice);
    }
    return [...byName]
      .sort(([a], [b]) => byPort(a, b))
      .map(([value, { label, hints }]) => ({ value, label, hint: [...hints].join(", ") }));
  },
  describe: (value) => (value.length === 0 ? "none" : value.join(", ")),
});

/** Offers that nobody allowed. SSH is always meant: its own step asks about it. */
export const undeclared = (
  all: readonly Listener[],
  facts: Pick<Network, "ephemeral">,
  allowed: readonly string[],
): readonly { readonly listener: Listener; readonly judgement: Judgement }[] => {
  const list = allowed.flatMap((text) => parsePorts(text) ?? []);
  return offers(all, facts).filter(
    ({ listener, judgement }) => judgement.kind !== "ssh" && !includesPort(list, listener.port, listener.transport),
  );
};
