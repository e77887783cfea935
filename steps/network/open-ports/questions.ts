import { z } from "zod";
import { includesPort, parsePorts, portsSchema } from "../../../src/core/ports.ts";
import { knownValue } from "../../../src/model/fact.ts";
import { raw } from "../../../src/model/probe.ts";
import { question } from "../../../src/model/question.ts";
import { audit } from "../../../src/probes/audit.ts";
import { integrations } from "../../../src/probes/integrations.ts";
import { describeListener, type Listener, listeners, portName } from "../../../src/probes/listeners.ts";
import { type Network, network } from "../../../src/probes/network.ts";
import { followMoves, movedPorts } from "../../runtime/defaults/moved-ports.ts";
import { type Judgement, judge, sshListeningPorts } from "./judgement.ts";
import { parsePortOwner } from "./owners.ts";
import { isAboutNetwork } from "./watch.ts";

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

export const portOwners = question({
  id: "open-ports.owners",
  kind: "list",
  label: "Owners of ports",
  title: "Whose is each open port, and why is it open?",
  why: "One entry for each port, as PORT; OWNER; REASON, such as 9443/tcp; Orders team; partners call it. A range (8000-8010/tcp) is one entry. The next audit asks for nothing else, and what has no owner can go.",
  schema: z.array(
    z
      .string()
      .refine((text) => parsePortOwner(text) !== undefined, "must be PORT; OWNER; REASON, such as 443/tcp; Web; shop"),
  ),
  needs: { listeners, network },
  default: () => [] as string[],
  current: ({ listeners: sockets, network: net }) =>
    sockets.state !== "known" || net.state !== "known"
      ? "not known"
      : `${[...new Set(offers(sockets.value, net.value).map(({ listener }) => portName(listener)))].sort(byPort).join(", ") || "nothing"} listens`,
  describe: (value) => (value.length === 0 ? "nobody has said" : value.join(", ")),
});

export const portsWatch = question({
  id: "open-ports.watch",
  kind: "confirm",
  label: "Daily look",
  title: "Should the machine look every day which ports and routes are new?",
  why: "A small program compares them with the day before and tells the journal; its unit fails when something is new. Where an integration is watched already, the same look serves both.",
  schema: z.boolean(),
  needs: { audit: raw(audit), here: raw(integrations) },
  // Where an integration runs, or it is set up already; on other machines somebody has to want it.
  default: ({ audit: fact, here }): boolean =>
    knownValue(fact)?.timer === "active" ||
    (knownValue(here)?.integrations ?? []).some(({ unit }) => unit !== undefined),
});

export const portsAccept = question({
  id: "open-ports.accept",
  kind: "confirm",
  label: "Accept what is new",
  title: "Are the ports and routes that are new as they should be?",
  why: "The daily look found some. Say yes when you know why: what is there now is then what the next look compares with.",
  schema: z.boolean(),
  needs: { audit: raw(audit) },
  when: ({ audit: fact }) => (knownValue(fact)?.changes ?? []).some(isAboutNetwork),
  default: () => false,
  // For this time only: the next surprise is asked about again.
  remembered: false,
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
