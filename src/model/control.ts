import type { Change } from "./change.ts";
import type { Reference, Risk, Severity, Verdict } from "./finding.ts";
import type { KnownFacts, Needs } from "./probe.ts";
import type { AnswerReader } from "./question.ts";

/**
 * Joins what several controls want of one shared place (sshd's drop-in, a ruleset) into changes.
 *
 * `wanted` holds every value offered by the controls that are in force; `needed` is false for those that pass already:
 * a composer writes nothing when nothing is needed, and pins the passing ones too when it writes anyway.
 */
export type Composer<V> = {
  readonly id: string;
  readonly needs: Needs;
  readonly compose: (
    wanted: readonly { readonly value: V; readonly because: string; readonly needed: boolean }[],
    // biome-ignore lint/suspicious/noExplicitAny: a composer's facts are typed where it is defined, by `composer`.
    facts: any,
    answers: AnswerReader,
  ) => readonly Change[];
};

export const composer = <V, N extends Needs>(definition: {
  readonly id: string;
  readonly needs: N;
  readonly compose: (
    wanted: readonly { readonly value: V; readonly because: string; readonly needed: boolean }[],
    facts: KnownFacts<N>,
    answers: AnswerReader,
  ) => readonly Change[];
}): Composer<V> => definition;

/** One control's share of a composed change. */
// biome-ignore lint/suspicious/noExplicitAny: fragments of every composer meet in one list; each composer knows its own.
export type Fragment<V = any> = { readonly kind: "fragment"; readonly composer: Composer<V>; readonly value: V };
export const fragment = <V>(to: Composer<V>, value: V): Fragment<V> => ({ kind: "fragment", composer: to, value });

/** A change without `because`: the engine fills in the control's id. */
export type Proposal = Change | Fragment;

/** One rule about a machine: how to see whether it holds, and what would make it hold. One control, one file. */
export type Control<N extends Needs = Needs> = {
  readonly id: string;
  /** Rows of the guideline table this control serves ("OS-05"). */
  readonly guideline: readonly string[];
  /** The state wanted, as a sentence: "Root cannot log in over SSH". */
  readonly title: string;
  /** The state feared: "SSH lets root log in". */
  readonly failing: string;
  readonly severity: Severity;
  readonly risk: Risk;
  /** Why it matters, for a tired person: two or three sentences. */
  readonly rationale: string;
  readonly references: readonly Reference[];
  readonly needs: N;
  /** Whether the control makes sense here; a string says why it does not. */
  readonly applies?: (facts: KnownFacts<N>, answers: AnswerReader) => true | string;
  readonly inspect: (facts: KnownFacts<N>, answers: AnswerReader) => Verdict;
  readonly plan: (facts: KnownFacts<N>, answers: AnswerReader) => readonly Proposal[];
  /** What may stop working here if this is applied, from the facts: shown before anything happens. */
  readonly breaks?: (facts: KnownFacts<N>, answers: AnswerReader) => readonly string[];
};

/** What a control says of itself; the makers of similar controls take it as it is. */
export type ControlText = Pick<
  Control,
  "id" | "guideline" | "title" | "failing" | "severity" | "rationale" | "references"
>;

export const control = <N extends Needs>(definition: Control<N>): Control<N> => definition;

// biome-ignore lint/suspicious/noExplicitAny: registries hold controls with every kind of needs.
export type AnyControl = Control<any>;

/** A reason not to apply, and what would make it safe. */
export type Refusal = { readonly guard: string; readonly reason: string; readonly remedy: string };

/** Looks at a whole plan for lock-outs: a plan with refusals is never applied. */
export type Guard<N extends Needs = Needs> = {
  readonly id: string;
  readonly needs: N;
  readonly refuse: (
    facts: KnownFacts<N>,
    answers: AnswerReader,
    changes: readonly Change[],
  ) => readonly Omit<Refusal, "guard">[];
};
export const guard = <N extends Needs>(definition: Guard<N>): Guard<N> => definition;
// biome-ignore lint/suspicious/noExplicitAny: as for AnyControl.
export type AnyGuard = Guard<any>;
