import type { z } from "zod";
import type { NeededFacts, Needs } from "./probe.ts";

export type QuestionKind = "confirm" | "select" | "multiselect" | "text" | "secret" | "list";

export type Choice = {
  readonly value: string;
  readonly label: string;
  /** Facts about this choice, dim beside the label: "key ed25519, sudo, here now". */
  readonly hint?: string;
  /** Why it cannot be chosen. */
  readonly disabled?: string;
};

/**
 * A question is data: two renderers (full screen and line by line) ask it, an answers file or `--set` answers it
 * unasked. Its default is derived from the facts; where they are silent it must still be a safe proposal.
 */
export type Question<T = unknown, N extends Needs = Needs> = {
  /** `<step>.<name>`, as in `--set ssh.port=22022`. */
  readonly id: `${string}.${string}`;
  readonly kind: QuestionKind;
  /** A short noun phrase for lists: "Who may log in". */
  readonly label: string;
  /** The full question. */
  readonly title: string;
  /** One paragraph: why it is asked and what the default is derived from. */
  readonly why: string;
  readonly schema: z.ZodType<T>;
  readonly needs: N;
  readonly default: (facts: NeededFacts<N>, answers: AnswerReader) => T;
  /** The state now, in words. */
  readonly current?: (facts: NeededFacts<N>) => string;
  readonly choices?: (facts: NeededFacts<N>, answers: AnswerReader) => readonly Choice[];
  /** A question that does not apply is not asked and takes its default. */
  readonly when?: (facts: NeededFacts<N>, answers: AnswerReader) => boolean;
  /** Beyond the schema: checks against this machine ("port 22022 is taken by nginx"). Returns what is wrong. */
  readonly check?: (value: T, facts: NeededFacts<N>, answers: AnswerReader) => string | undefined;
  /** How a value reads on the screen; default: joined with commas. */
  readonly describe?: (value: T) => string;
  /** Text longer than a line (a banner): the renderers offer an editor. */
  readonly multiline?: boolean;
  /**
   * False: the machine keeps this answer in a file of its own, which the default reads back. It is not written down a
   * second time with the other answers, where it would go on contradicting an edit of that file.
   */
  readonly remembered?: boolean;
  /** Asked once in the walk though nothing is amiss: no machine tells what is wanted, and without an answer nothing ever would be amiss. */
  readonly askedOnce?: boolean;
};

/** Reads an answer: the operator's, else the default. */
export type AnswerReader = { readonly get: <T, N extends Needs>(question: Question<T, N>) => T };

export const question = <T, N extends Needs>(definition: Question<T, N>): Question<T, N> => definition;

// biome-ignore lint/suspicious/noExplicitAny: registries hold questions of every type; the schema guards the values.
export type AnyQuestion = Question<any, any>;
