import type { z } from "zod";
import type { Answers } from "../model/plan.ts";
import type { Facts, Needs } from "../model/probe.ts";
import type { AnswerReader, AnyQuestion, Question } from "../model/question.ts";
import { nearest } from "./nearest.ts";
import { neededFacts } from "./needs.ts";

/** Reads answers: what was given (validated by the question's schema), else the default that the facts suggest. */
export const answerReader = (facts: Facts, given: Answers): AnswerReader => {
  const settled = new Map<string, unknown>();
  const asking = new Set<string>();
  const reader: AnswerReader = {
    get<T, N extends Needs>(question: Question<T, N>): T {
      if (settled.has(question.id)) return settled.get(question.id) as T;
      if (asking.has(question.id)) throw new Error(`the default of ${question.id} depends on itself`);
      asking.add(question.id);
      const needed = neededFacts(facts, question.needs);
      const applies = question.when?.(needed, reader) ?? true;
      const value =
        applies && question.id in given ? question.schema.parse(given[question.id]) : question.default(needed, reader);
      asking.delete(question.id);
      settled.set(question.id, value);
      return value;
    },
  };
  return reader;
};

/** "entry 2: wants a public key": entries count from one, as people do. */
const issueWords = ({ path, message }: z.core.$ZodIssue): string =>
  [...path.map((part) => (typeof part === "number" ? `entry ${part + 1}` : String(part))), message].join(": ");

export type AnswerProblem = { readonly question: string; readonly problem: string };

/** What is wrong with one value for one question; undefined when it may stand. */
export const answerProblem = (
  question: AnyQuestion,
  value: unknown,
  facts: Facts,
  reader: AnswerReader,
): string | undefined => {
  const parsed = question.schema.safeParse(value);
  if (!parsed.success) return parsed.error.issues.map(issueWords).join("; ");
  return question.check?.(parsed.data, neededFacts(facts, question.needs), reader);
};

/** Everything wrong with a set of given answers: ids nobody asks, values that do not fit the question or the machine. */
export const answerProblems = (
  questions: readonly AnyQuestion[],
  given: Answers,
  facts: Facts,
): readonly AnswerProblem[] => {
  const byId = new Map(questions.map((question) => [question.id as string, question]));
  const fitting: Record<string, unknown> = {};
  const problems: AnswerProblem[] = [];
  for (const [id, value] of Object.entries(given)) {
    const question = byId.get(id);
    if (question === undefined) {
      problems.push({ question: id, problem: `no such question${nearest(id, [...byId.keys()])}` });
    } else if (question.schema.safeParse(value).success) fitting[id] = value;
    else problems.push({ question: id, problem: answerProblem(question, value, facts, noAnswers) ?? "does not fit" });
  }
  const reader = answerReader(facts, fitting);
  for (const [id, value] of Object.entries(fitting)) {
    const question = byId.get(id) as AnyQuestion;
    const problem = answerProblem(question, value, facts, reader);
    if (problem !== undefined) problems.push({ question: id, problem });
  }
  return problems;
};

const noAnswers: AnswerReader = {
  get: () => {
    throw new Error("a schema may not depend on answers");
  },
};

/** What is asked of this machine given the answers so far, in order. */
export const applicableQuestions = (
  questions: readonly AnyQuestion[],
  facts: Facts,
  reader: AnswerReader,
): readonly AnyQuestion[] =>
  questions.filter((question) => question.when?.(neededFacts(facts, question.needs), reader) ?? true);

/** Every answer that may be written down: given or default, without secrets and what the machine keeps elsewhere. */
export const settledAnswers = (questions: readonly AnyQuestion[], facts: Facts, reader: AnswerReader): Answers =>
  Object.fromEntries(
    applicableQuestions(questions, facts, reader)
      .filter(({ kind, remembered }) => kind !== "secret" && remembered !== false)
      .map((question) => [question.id, reader.get(question)]),
  );
