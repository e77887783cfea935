import type { AnyControl, AnyGuard } from "./control.ts";
import type { Category } from "./finding.ts";
import type { KnownFacts, Needs } from "./probe.ts";
import type { AnswerReader, AnyQuestion } from "./question.ts";

/** How the operator gets in once the plan is applied. */
export type Access<N extends Needs = Needs> = {
  readonly needs: N;
  readonly after: (facts: KnownFacts<N>, answers: AnswerReader) => { administrator: string; port: number };
};
export const access = <N extends Needs>(definition: Access<N>): Access<N> => definition;

/** One screen of the wizard: an ordered group of questions and controls. */
export type Step = {
  readonly id: string;
  readonly category: Category;
  readonly title: string;
  /** One sentence on what the step protects. */
  readonly intro: string;
  readonly questions: readonly AnyQuestion[];
  readonly controls: readonly AnyControl[];
  readonly guards?: readonly AnyGuard[];
  // biome-ignore lint/suspicious/noExplicitAny: as for AnyControl.
  readonly access?: Access<any>;
};
