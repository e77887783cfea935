import { readFileSync } from "node:fs";
import { answerProblems, answerReader, settledAnswers } from "../../src/core/answers.ts";
import { assemblePlan } from "../../src/core/assemble-plan.ts";
import { inspectSteps } from "../../src/core/inspect.ts";
import type { Fact } from "../../src/model/fact.ts";
import type { Answers } from "../../src/model/plan.ts";
import type { Facts, Probe } from "../../src/model/probe.ts";
import type { Step } from "../../src/model/step.ts";

/** The answer of a probe as captured on a real machine: test/fixtures/<probe>/<name>.txt. */
export const captured = (probe: string, name: string): string =>
  readFileSync(new URL(`../fixtures/${probe}/${name}.txt`, import.meta.url), "utf8");

export const parsed = <T>(probe: Probe<T>, stdout: string): Fact<T> =>
  probe.parse({ stdout, exitCode: 0, truncated: false, timedOut: false });

export const factsOf = (...facts: readonly (readonly [Probe<unknown>, Fact<unknown>])[]): Facts =>
  new Map(facts.map(([probe, fact]) => [probe.id, fact]));

/** What the whole engine makes of facts and answers. */
export const settle = (steps: readonly Step[], facts: Facts, given: Answers = {}) => {
  const questions = steps.flatMap((step) => step.questions);
  const reader = answerReader(facts, given);
  const findings = inspectSteps(steps, facts, reader);
  const answers = settledAnswers(questions, facts, reader);
  const host = { name: "test", machineId: "", release: "" };
  const { plan, refusals } = assemblePlan({
    steps,
    facts,
    findings,
    reader,
    answers,
    excluded: {},
    host,
    version: "0.0.0",
  });
  return {
    findings,
    results: Object.fromEntries(findings.map(({ controlId, result }) => [controlId, result])),
    details: Object.fromEntries(findings.map(({ controlId, detail }) => [controlId, detail])),
    changes: plan.changes,
    titles: plan.changes.map(({ title }) => title),
    refusals,
    answers,
    problems: problemsOf(steps, facts, given),
  };
};

/** What is wrong with answers, as the command line would say it. */
export const problemsOf = (steps: readonly Step[], facts: Facts, given: Answers): readonly string[] =>
  answerProblems(
    steps.flatMap((step) => step.questions),
    given,
    facts,
  ).map(({ question, problem }) => `${question}: ${problem}`);
