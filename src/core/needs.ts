import type { Fact } from "../model/fact.ts";
import {
  type Facts,
  factOf,
  type KnownFacts,
  type NeededFacts,
  type Needs,
  type Probe,
  probeOf,
} from "../model/probe.ts";
import type { Step } from "../model/step.ts";
import { machine, recordedAnswers } from "../probes/machine.ts";
import { waivers } from "../probes/waivers.ts";

export const neededFacts = <N extends Needs>(facts: Facts, needs: N): NeededFacts<N> =>
  Object.fromEntries(
    Object.entries(needs).map(([name, need]) => [name, factOf(facts, probeOf(need))]),
  ) as NeededFacts<N>;

export type Satisfied<N extends Needs> =
  | { readonly state: "known"; readonly facts: KnownFacts<N> }
  | { readonly state: "absent" | "unknown"; readonly reason: string };

/** The values behind `needs`, or why they cannot be had: one unknown fact makes the whole unknown. */
export const satisfy = <N extends Needs>(facts: Facts, needs: N): Satisfied<N> => {
  const values: Record<string, unknown> = {};
  let missing: Satisfied<N> | undefined;
  for (const [name, need] of Object.entries(needs)) {
    const fact: Fact<unknown> = factOf(facts, probeOf(need));
    if ("raw" in need) values[name] = fact;
    else if (fact.state === "known") values[name] = fact.value;
    else if (missing?.state !== "unknown") missing = fact;
  }
  return missing ?? { state: "known", facts: values as KnownFacts<N> };
};

/**
 * Every probe that a run over these steps asks, each once and after those that it follows; who the machine is and what it
 * remembers or lets pass come first.
 */
export const probesOf = (steps: readonly Step[]): readonly Probe<unknown>[] => {
  const probes = new Map<string, Probe<unknown>>([machine, recordedAnswers, waivers].map((probe) => [probe.id, probe]));
  const add = (needs: Needs) => {
    for (const need of Object.values(needs)) {
      const probe = probeOf(need);
      if (probes.has(probe.id)) continue;
      if (probe.follows !== undefined) add(probe.follows);
      probes.set(probe.id, probe);
    }
  };
  for (const step of steps) {
    for (const { needs } of [...step.questions, ...step.controls, ...(step.guards ?? [])]) add(needs);
    if (step.access) add(step.access.needs);
    if (step.health) add(step.health.needs);
    if (step.picture) add(step.picture.needs);
    if (step.documents) add(step.documents.needs);
  }
  return [...probes.values()];
};
