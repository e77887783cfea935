import { type Fact, unknown } from "../model/fact.ts";
import { type Facts, nothingAsked, type Probe, probeOf } from "../model/probe.ts";
import { satisfy } from "./needs.ts";
import { parsed } from "./probe-report.ts";

/** A probe on its way to the machine. */
export type Asked = {
  readonly probe: Probe<unknown>;
  /** Its standard input; undefined: none. */
  readonly input?: string | undefined;
  /** The values behind its `follows`, for `parse`. */
  readonly followed?: unknown;
};

export type Round = {
  readonly asked: readonly Asked[];
  /** Answered without asking: what they follow is not known, or left nothing to ask. */
  readonly settled: Facts;
};

/** Bytes of input that a probe may have. */
export const inputLimit = 1024 * 1024;

/** A probe that follows nothing. */
export const alone = (probe: Probe<unknown>): Asked => ({ probe });

/**
 * What can be asked now: every probe without a fact whose predecessors all have one, but those that are being asked already. A
 * round that asks nothing and settles nothing is the end. Facts settled here may free others: `settled` holds them all, and
 * `asked` what is left to ask.
 */
export const nextRound = (
  probes: readonly Probe<unknown>[],
  known: Facts,
  asking: ReadonlySet<string> = new Set(),
): Round => {
  const facts = new Map(known);
  const asked = new Map<string, Asked>();
  const settled = new Map<string, Fact<unknown>>();
  const settle = (probe: Probe<unknown>, fact: Fact<unknown>) => {
    facts.set(probe.id, fact);
    settled.set(probe.id, fact);
  };
  for (let before = -1; before !== settled.size; ) {
    before = settled.size;
    for (const probe of probes) {
      if (facts.has(probe.id) || asked.has(probe.id) || asking.has(probe.id)) continue;
      const { follows } = probe;
      if (follows === undefined) {
        asked.set(probe.id, alone(probe));
        continue;
      }
      if (!Object.values(follows).every((need) => facts.has(probeOf(need).id))) continue;
      const needs = satisfy(facts, follows);
      if (needs.state !== "known") {
        settle(probe, needs.state === "absent" ? { state: "absent", reason: needs.reason } : unknown(needs.reason));
        continue;
      }
      const question = ask(probe, needs.facts);
      if (question.state === "unknown") settle(probe, question);
      else if (question.input === undefined && probe.input !== undefined)
        settle(probe, parsed(probe, nothingAsked, needs.facts));
      else asked.set(probe.id, { probe, input: question.input, followed: needs.facts });
    }
  }
  return { asked: [...asked.values()], settled };
};

/** The same in up to two parts: first what others wait for, then the rest. */
export const followedFirst = (
  asked: readonly Asked[],
  probes: readonly Probe<unknown>[],
): readonly (readonly Asked[])[] => {
  const followed = new Set(
    probes.flatMap(({ follows }) => Object.values(follows ?? {}).map((need) => probeOf(need).id)),
  );
  const parts = [true, false].map((wanted) => asked.filter(({ probe: { id } }) => followed.has(id) === wanted));
  return parts.filter((part) => part.length > 0);
};

type Question =
  | { readonly state: "asks"; readonly input: string | undefined }
  | { readonly state: "unknown"; readonly reason: string };

const ask = (probe: Probe<unknown>, followed: unknown): Question => {
  try {
    const input = probe.input?.(followed);
    if (input !== undefined && Buffer.byteLength(input) > inputLimit)
      return { state: "unknown", reason: `"${probe.asks}" would ask about more than ${inputLimit / 1024} KiB` };
    // An empty input is none to dd(1), and a script that reads it sees the same end of file.
    return { state: "asks", input: input === "" ? "\n" : input };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { state: "unknown", reason: `"${probe.asks}" could not be asked: ${reason}` };
  }
};
