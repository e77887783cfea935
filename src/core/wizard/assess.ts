import type { AnyControl } from "../../model/control.ts";
import type { Finding } from "../../model/finding.ts";
import type { Answers } from "../../model/plan.ts";
import type { Facts, Needs } from "../../model/probe.ts";
import type { AnswerReader, AnyQuestion, Question } from "../../model/question.ts";
import type { Step } from "../../model/step.ts";
import { answerProblem, answerReader, applicableQuestions, settledAnswers } from "../answers.ts";
import { assemblePlan } from "../assemble-plan.ts";
import { byUrgency, inspectControl, waive } from "../inspect.ts";
import { neededFacts, satisfy } from "../needs.ts";
import { forecast, score } from "../score.ts";
import { type Assessment, type Setting, skippedForNow, type WizardState } from "./state.ts";
import { oneLine } from "./words.ts";

const noFacts: Facts = new Map();

export const factsOf = ({ machine }: Pick<WizardState, "machine">): Facts => machine?.facts ?? noFacts;

/** Findings, plan and score that follow from what is known and what was answered. Pure; never throws. */
export const assess = (
  setting: Setting,
  state: Pick<WizardState, "machine" | "answers" | "secrets" | "excluded">,
): Assessment => {
  const facts = factsOf(state);
  const reader = answerReader(facts, { ...state.answers, ...Object.fromEntries(state.secrets) });
  const questions = new Map<string, readonly AnyQuestion[]>();
  const problems = new Map<string, string>();
  for (const step of setting.steps) {
    const applicable = attempt(() => applicableQuestions(step.questions, facts, reader));
    const list = "value" in applicable ? applicable.value : step.questions;
    questions.set(step.id, list);
    for (const question of list) {
      const problem = attempt(() => answerProblem(question, reader.get(question), facts, reader));
      const said = "value" in problem ? problem.value : problem.failure;
      if (said !== undefined) problems.set(question.id, said);
    }
  }
  const { findings, links } = inspectAll(setting.steps, facts, reader, questions);
  const waived = findings.map((finding) => waive(finding, state.excluded));
  const base = {
    reader,
    questions,
    problems,
    findings: waived,
    byControl: new Map(waived.map((finding) => [finding.controlId, finding])),
    byUrgency: byUrgency(waived),
    links,
    scoreNow: score(waived),
  };
  const unplanned = {
    ...base,
    plan: null,
    refusals: [],
    conflict: "",
    fixed: new Set<string>(),
    scoreThen: base.scoreNow,
  };
  const { machine } = state;
  if (machine === null) return unplanned;
  const assembled = attempt(() =>
    assemblePlan({
      steps: setting.steps,
      facts,
      // What is skipped is not planned, but it does not become the machine's policy either.
      findings: findings.filter(({ controlId }) => state.excluded[controlId] !== skippedForNow),
      reader,
      answers: settled(setting.steps, facts, reader),
      excluded: lasting(state.excluded),
      host: machine.host,
      version: setting.version,
    }),
  );
  if ("failure" in assembled) return { ...unplanned, conflict: assembled.failure };
  const { plan, refusals } = assembled.value;
  const failing = new Set(waived.filter(({ result }) => result === "fail").map(({ controlId }) => controlId));
  const fixed = new Set(plan.changes.flatMap(({ because }) => because).filter((id) => failing.has(id)));
  return { ...base, plan, refusals, conflict: "", fixed, scoreThen: forecast(waived, fixed) };
};

/** What was left out for good, with the reason. */
export const lasting = (excluded: WizardState["excluded"]): WizardState["excluded"] =>
  Object.fromEntries(Object.entries(excluded).filter(([, reason]) => reason !== skippedForNow));

/** Answers that may be written down, as they stand. */
export const settled = (steps: readonly Step[], facts: Facts, reader: AnswerReader): Answers =>
  settledAnswers(
    steps.flatMap((step) => step.questions),
    facts,
    reader,
  );

/** A mistake in one step must not take the others with it: it becomes a sentence beside what it belongs to. */
const attempt = <T>(compute: () => T): { readonly value: T } | { readonly failure: string } => {
  try {
    return { value: compute() };
  } catch (error) {
    return { failure: oneLine(error instanceof Error ? error.message : String(error)) };
  }
};

const inspectAll = (
  steps: readonly Step[],
  facts: Facts,
  reader: AnswerReader,
  questions: Assessment["questions"],
): Pick<Assessment, "links"> & { readonly findings: readonly Finding[] } => {
  const findings: Finding[] = [];
  const links = new Map<string, readonly string[]>();
  for (const step of steps) {
    const asked = new Set((questions.get(step.id) ?? []).map(({ id }) => id as string));
    for (const control of step.controls) {
      const read = new Set<string>();
      const tracing: AnswerReader = {
        get<T, N extends Needs>(question: Question<T, N>): T {
          read.add(question.id);
          return reader.get(question);
        },
      };
      findings.push(inspectControl(step, control, facts, tracing));
      tracePlan(control, facts, tracing);
      links.set(
        control.id,
        [...read].filter((id) => asked.has(id)),
      );
    }
  }
  return { findings, links };
};

/** Which questions decide what a control would do is not declared anywhere: it shows in what its plan reads. */
const tracePlan = (control: AnyControl, facts: Facts, tracing: AnswerReader): void => {
  const needs = satisfy(facts, control.needs);
  if (needs.state !== "known") return;
  attempt(() => control.plan(needs.facts, tracing));
};

export type QuestionState = {
  readonly question: AnyQuestion;
  /** The answer in force, or the draft that is not valid yet. */
  readonly value: unknown;
  readonly proposed: unknown;
  /** The operator (or an answers file) said so. */
  readonly given: boolean;
  /** The state now, in words; empty when the question cannot tell. */
  readonly current: string;
  readonly problem: string;
};

/** Everything a screen shows about one question. */
export const questionState = (state: WizardState, question: AnyQuestion): QuestionState => {
  const { assessment, answers, secrets, drafts } = state;
  const needed = neededFacts(factsOf(state), question.needs);
  const proposed = attempt(() => question.default(needed, assessment.reader));
  const proposal = "value" in proposed ? proposed.value : undefined;
  const inForce = attempt(() => assessment.reader.get(question));
  const current = attempt(() => question.current?.(needed) ?? "");
  const draft = drafts.get(question.id);
  const value = draft ?? ("value" in inForce ? inForce.value : proposal);
  const problem =
    draft === undefined
      ? assessment.problems.get(question.id)
      : answerProblem(question, draft, factsOf(state), assessment.reader);
  return {
    question,
    value,
    proposed: proposal,
    given: question.id in answers || secrets.has(question.id),
    current: "value" in current ? oneLine(current.value) : "unknown",
    problem: problem ?? "",
  };
};

/** The choices of a question; yes and no for `confirm`, none for the kinds that are typed. */
export const choicesOf = (state: WizardState, question: AnyQuestion) => {
  if (question.kind === "confirm") {
    return [
      { value: "yes", label: "yes" },
      { value: "no", label: "no" },
    ];
  }
  const choices = attempt(
    () => question.choices?.(neededFacts(factsOf(state), question.needs), state.assessment.reader) ?? [],
  );
  return "value" in choices ? choices.value : [];
};

export const findQuestion = (steps: readonly Step[], id: string): AnyQuestion | undefined =>
  steps.flatMap((step) => step.questions).find((question) => question.id === id);

export const findControl = (steps: readonly Step[], id: string): AnyControl | undefined =>
  steps.flatMap((step) => step.controls).find((control) => control.id === id);
