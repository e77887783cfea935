import type { Finding } from "../model/finding.ts";
import type { Answers, Host } from "../model/plan.ts";
import { type Facts, factOf } from "../model/probe.ts";
import type { AnswerReader, AnyQuestion } from "../model/question.ts";
import type { Step } from "../model/step.ts";
import { machine } from "../probes/machine.ts";
import { answerReader, settledAnswers } from "./answers.ts";
import { type Assembled, assemblePlan } from "./assemble-plan.ts";
import { inspectSteps } from "./inspect.ts";

export const questionsOf = (steps: readonly Step[]): readonly AnyQuestion[] =>
  steps.flatMap(({ questions }) => questions);

/** Facts and answers in, findings out: the half of the flow that every command shares. */
export type Judgement = { readonly reader: AnswerReader; readonly findings: readonly Finding[] };

export const judge = (steps: readonly Step[], facts: Facts, answers: Answers): Judgement => {
  const reader = answerReader(facts, answers);
  return { reader, findings: inspectSteps(steps, facts, reader) };
};

export const hostOf = (facts: Facts): Host => {
  const fact = factOf(facts, machine);
  if (fact.state !== "known") return { name: "unknown", machineId: "", release: "unknown Linux" };
  const { name, machineId, release } = fact.value;
  return { name, machineId, release };
};

export const planFor = (
  steps: readonly Step[],
  facts: Facts,
  answers: Answers,
  excluded: Readonly<Record<string, string>>,
  version: string,
  { reader, findings }: Judgement = judge(steps, facts, answers),
): Assembled =>
  assemblePlan({
    steps,
    facts,
    findings,
    reader,
    answers: settledAnswers(questionsOf(steps), facts, reader),
    excluded,
    host: hostOf(facts),
    version,
  });
