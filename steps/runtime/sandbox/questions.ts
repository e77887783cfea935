import { z } from "zod";
import { knownValue } from "../../../src/model/fact.ts";
import { raw } from "../../../src/model/probe.ts";
import { type AnswerReader, question } from "../../../src/model/question.ts";
import { audit } from "../../../src/probes/audit.ts";
import { integrations } from "../../../src/probes/integrations.ts";
import { network } from "../../../src/probes/network.ts";
import { unitFiles } from "../../../src/probes/unit-files.ts";
import { servedByFacts } from "../jvm/questions.ts";
import { ground, heightOf, rungs, topRung } from "./rungs.ts";

const needs = { here: raw(integrations), units: raw(unitFiles) };

const line = /^([A-Za-z0-9:_.\\@-]+)=([a-z-]+)$/u;

export const sandboxRung = question({
  id: "sandbox.rung",
  kind: "list",
  label: "Sandbox",
  title: "Which services stand below the top of the sandbox ladder?",
  why: `One line each: orders.service=capabilities. A service that is not named gets the whole sandbox, and everything goes back if it does not answer as before; drawbridge sandbox finds the highest rung on which it works and writes it down here. Rungs, from the ground: ${ground}, ${rungs.map(({ id }) => id).join(", ")}.`,
  schema: z.array(z.string().regex(line, "must be SERVICE=RUNG, such as orders.service=capabilities")),
  needs,
  when: (facts, answers) => servedByFacts(facts, answers).length > 0,
  default: () => [],
  check: (lines, { units }) => {
    const known = knownValue(units);
    for (const text of lines) {
      const [, unit, rung] = line.exec(text) ?? [];
      if (rung !== ground && heightOf(rung ?? "") === 0)
        return `there is no rung ${rung}: ${ground}, ${rungs.map(({ id }) => id).join(", ")}`;
      if (known !== undefined && !known.units.some(({ name }) => name === unit))
        return `${unit} is not among the services that run Java here`;
    }
    return undefined;
  },
  describe: (lines) => (lines.length === 0 ? "every service on the top rung" : lines.join(", ")),
});

/** The rung that a service is to stand on. */
export const answeredRung = (answers: AnswerReader, unit: string): string =>
  answers
    .get(sandboxRung)
    .findLast((text) => text.startsWith(`${unit}=`))
    ?.slice(unit.length + 1) ?? topRung;

/** The answer with one service put on a rung; on the top one it needs no line. */
export const withRung = (lines: readonly string[], unit: string, rung: string): string[] => [
  ...lines.filter((text) => !text.startsWith(`${unit}=`)),
  ...(rung === topRung ? [] : [`${unit}=${rung}`]),
];

export const sandboxWritable = question({
  id: "sandbox.writable",
  kind: "list",
  label: "Written folders",
  title: "Which further folders do the integrations write to?",
  why: "On the top rung a service writes only into its own folders. Those of its logs and state, and what it holds open for writing right now, are found by themselves; name what it writes to now and then, such as /srv/outbox. File modes count as before.",
  schema: z.array(
    z
      .string()
      .regex(/^\/(?!.*(?:^|\/)\.{1,2}(?:\/|$))[^\t\n\r\0"]+$/u, "must be an absolute path without . or .. parts"),
  ),
  needs,
  when: (facts, answers) => servedByFacts(facts, answers).length > 0,
  default: () => [],
  check: (paths) => {
    const wide = paths.find((path) =>
      /^\/(?:bin|boot|dev|etc|home|lib[^/]*|opt|proc|root|run|sbin|srv|sys|tmp|usr|var)?$/u.test(path),
    );
    return wide === undefined ? undefined : `${wide} is too much: name the folder in it that is the integration's`;
  },
  describe: (paths) => (paths.length === 0 ? "none" : paths.join(", ")),
});

export const sandboxAcceptChanges = question({
  id: "sandbox.accept-changes",
  kind: "confirm",
  label: "Accept changes",
  title: "Is what changed around the integrations as it should be?",
  why: "The daily look found that files, accounts or ports are not as they were. Say yes when you know why: what is there now is then what the next look compares with. What drawbridge changed is accepted by itself.",
  schema: z.boolean(),
  needs: { audit: raw(audit) },
  when: ({ audit: fact }) => (knownValue(fact)?.changes.length ?? 0) > 0,
  default: () => false,
  // For this time only: the next surprise is asked about again.
  remembered: false,
});

export const sandboxAddress = question({
  id: "sandbox.address",
  kind: "text",
  label: "Own address",
  title: "On which address do the integrations listen?",
  why: "Leave it empty to go on listening on every address. On a machine with several networks name the address of the callers' one; behind a proxy on this machine 127.0.0.1 is enough. It is written for the default listener, where the program knows the key.",
  schema: z
    .string()
    .regex(/^(?:|\d{1,3}(?:\.\d{1,3}){3}|[0-9a-fA-F:]*:[0-9a-fA-F:]*)$/u, "must be an IP address, or empty"),
  needs: { ...needs, net: raw(network) },
  when: (facts, answers) => servedByFacts(facts, answers).length > 0,
  default: () => "",
  check: (address, { net }) => {
    const known = knownValue(net);
    const own = known?.interfaces.flatMap(({ addresses }) => addresses.map((each) => each.address));
    return address === "" || own === undefined || own.includes(address)
      ? undefined
      : `this machine has no address ${address}: ${own.join(", ")}`;
  },
  describe: (address) => (address === "" ? "every address" : address),
});
