import type { Fact } from "./fact.ts";

/** One probe's answer as it came back from the target. */
export type ProbeOutput = {
  readonly stdout: string;
  readonly exitCode: number;
  /** The answer was longer than the probe's `sizeLimit` and is cut. */
  readonly truncated: boolean;
  readonly timedOut: boolean;
};

/**
 * A question to the machine: fixed POSIX sh text and a pure parser of what it prints.
 *
 * All probes of a round travel as one script. The script text never contains data; it may use `$root` (the prefix of an
 * unpacked image, empty on a live system) and must leave the machine as it found it.
 */
export type Probe<T> = {
  readonly id: string;
  /** What is asked, in words a person can repeat at a shell: shown as evidence ("sshd -T", "nft list ruleset"). */
  readonly asks: string;
  readonly script: string;
  /** `root`: without root rights the fact is `unknown`, because a partial answer would mislead. */
  readonly rights: "root" | "anyone";
  /** `live`: needs the running system; against an unpacked image the fact is `unknown`. */
  readonly system: "live" | "image";
  /** It takes longer than most: asked first, so that nobody waits for it alone at the end. */
  readonly long?: boolean;
  /** Seconds after which the target stops the probe. */
  readonly timeLimit: number;
  /** Bytes of standard output kept. */
  readonly sizeLimit: number;
  /**
   * Facts that this probe waits for: it is asked in a later round (docs/adr/0006). They are asked too, whoever needs this
   * one. One that is not known makes this one `absent` or `unknown` for the same reason, unless it is `raw`.
   */
  readonly follows?: Needs;
  /**
   * What the script finds on its standard input: data, one question a line (`questionLine`), at most 1 MiB. undefined:
   * there is nothing to ask, and `parse` gets an empty output.
   */
  // biome-ignore lint/suspicious/noExplicitAny: typed where the probe is defined, by `followUp`.
  readonly input?: (facts: any) => string | undefined;
  /**
   * Pure. May throw on text it cannot read: the engine turns that into `unknown`. `facts`: what it follows; only a
   * follow-up gets them.
   */
  // biome-ignore lint/suspicious/noExplicitAny: as for `input`.
  readonly parse: (output: ProbeOutput, facts?: any) => Fact<T>;
};

type ProbeDefinition<T> = Pick<Probe<T>, "id" | "asks" | "script" | "parse"> & Partial<Probe<T>>;

/** A probe with the usual limits: needs root and a live system, 10 seconds, 256 KiB. */
export const probe = <T>(definition: ProbeDefinition<T>): Probe<T> => ({
  rights: "root",
  system: "live",
  timeLimit: 10,
  sizeLimit: 256 * 1024,
  ...definition,
});

/** A probe that waits for what others found, and asks about that. */
export const followUp = <T, const N extends Needs>(
  definition: Pick<Probe<T>, "id" | "asks" | "script"> &
    Partial<Pick<Probe<T>, "rights" | "system" | "long" | "timeLimit" | "sizeLimit">> & {
      readonly follows: N;
      readonly input?: (facts: KnownFacts<N>) => string | undefined;
      readonly parse: (output: ProbeOutput, facts: KnownFacts<N>) => Fact<T>;
    },
): Probe<T> => probe<T>(definition);

/** Whether a value can travel as a field of a question line. */
export const askable = (value: string): boolean => !/[\t\n\r\0]/u.test(value);

/** A question with its fields, for a script that splits them at TABs. Throws on a field that would break the line. */
export const questionLine = (...fields: readonly string[]): string => {
  const odd = fields.find((field) => !askable(field));
  if (odd !== undefined) throw new Error(`${JSON.stringify(odd.slice(0, 80))} cannot be asked about`);
  return `${fields.join("\t")}\n`;
};

/** A need whose absence or ignorance the control judges itself: it receives the `Fact`, not the value. */
export type RawNeed<T> = { readonly raw: Probe<T> };
export const raw = <T>(wanted: Probe<T>): RawNeed<T> => ({ raw: wanted });

// biome-ignore lint/suspicious/noExplicitAny: needs are a heterogeneous record; KnownFacts recovers each value's type.
export type Needs = Readonly<Record<string, Probe<any> | RawNeed<any>>>;

/** What a control or question receives for its `needs`: values for probes, facts for raw needs. */
export type KnownFacts<N extends Needs> = {
  readonly [K in keyof N]: N[K] extends Probe<infer T> ? T : N[K] extends RawNeed<infer T> ? Fact<T> : never;
};

/** What is known of every need, each as a fact. */
export type NeededFacts<N extends Needs> = {
  readonly [K in keyof N]: N[K] extends Probe<infer T> | RawNeed<infer T> ? Fact<T> : never;
};

/** The output of a probe that had nothing to ask. */
export const nothingAsked: ProbeOutput = { stdout: "", exitCode: 0, truncated: false, timedOut: false };

export const probeOf = (need: Needs[string]): Probe<unknown> => ("raw" in need ? need.raw : need);

/** Facts of a run, by probe id. */
export type Facts = ReadonlyMap<string, Fact<unknown>>;

export const factOf = <T>(facts: Facts, wanted: Probe<T>): Fact<T> =>
  (facts.get(wanted.id) as Fact<T> | undefined) ?? { state: "unknown", reason: `nobody asked for ${wanted.id}` };
