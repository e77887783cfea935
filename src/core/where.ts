import type { AnyControl } from "../model/control.ts";
import type { NeededFacts, Needs } from "../model/probe.ts";
import type { AnswerReader, AnyQuestion } from "../model/question.ts";
import type { Step } from "../model/step.ts";

/** Whether something makes sense on this machine; a string completes "does not apply: …". */
export type Condition<N extends Needs = Needs> = {
  /** Raw needs: the condition judges absence and ignorance itself. */
  readonly needs: N;
  readonly holds: (facts: NeededFacts<N>, answers: AnswerReader) => true | string;
};
export const condition = <N extends Needs>(definition: Condition<N>): Condition<N> => definition;

/** The step, with its questions asked and its controls judged only where the condition holds. */
export const stepWhere = <N extends Needs>(where: Condition<N>, step: Step): Step => ({
  ...step,
  questions: step.questions.map(
    (question): AnyQuestion => ({
      ...question,
      needs: { ...question.needs, ...where.needs },
      when: (facts, answers) =>
        where.holds(facts as NeededFacts<N>, answers) === true && (question.when?.(facts, answers) ?? true),
    }),
  ),
  controls: step.controls.map(
    (control): AnyControl => ({
      ...control,
      needs: { ...control.needs, ...where.needs },
      applies: (facts, answers) => {
        const holds = where.holds(facts as NeededFacts<N>, answers);
        return holds === true ? (control.applies?.(facts, answers) ?? true) : holds;
      },
    }),
  ),
});
