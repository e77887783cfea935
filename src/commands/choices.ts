import { readFileSync } from "node:fs";
import type { z } from "zod";
import { answerProblems } from "../core/answers.ts";
import { questionsOf } from "../core/judge.ts";
import { nearest } from "../core/nearest.ts";
import { failure } from "../failure.ts";
import { type Answers, type AnswersFile, answersFileSchema } from "../model/plan.ts";
import type { Facts } from "../model/probe.ts";
import type { AnyQuestion } from "../model/question.ts";
import type { Step } from "../model/step.ts";
import type { Options } from "./options.ts";

export const readTextFile = (path: string, what: string): string => {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code === "ENOENT" ? "there is no such file" : "it cannot be read";
    throw failure("usage", `${what} ${path}: ${reason}`, error);
  }
};

/** Parses a JSON file that people may have edited: what is wrong is said with zod's path, in one line. */
export const readJsonFile = <T>(path: string, what: string, schema: z.ZodType<T>): T => {
  let json: unknown;
  try {
    json = JSON.parse(readTextFile(path, what));
  } catch (error) {
    if (error instanceof SyntaxError) throw failure("usage", `${what} ${path} is not JSON: ${error.message}`);
    throw error;
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const place = issue === undefined || issue.path.length === 0 ? "" : ` at ${issue.path.join(".")}`;
  throw failure("usage", `${what} ${path} does not fit${place}: ${issue?.message ?? "unknown reason"}`);
};

/** Only the chosen controls stay; questions and guards of every step do, because a lock-out does not ask for a filter. */
export const selectSteps = (
  steps: readonly Step[],
  { categories, steps: chosen, controls }: Pick<Options, "categories" | "steps" | "controls">,
): readonly Step[] => {
  const ids = steps.flatMap((step) => step.controls.map(({ id }) => id as string));
  const stepIds = steps.map(({ id }) => id);
  for (const id of chosen) {
    if (!stepIds.includes(id))
      throw failure("usage", `there is no step ${id}${nearest(id, stepIds) || "; drawbridge list shows them"}`);
  }
  for (const id of controls) {
    if (!ids.includes(id))
      throw failure("usage", `there is no control ${id}${nearest(id, ids) || "; drawbridge list shows them"}`);
  }
  return steps.map((step) => ({
    ...step,
    controls: step.controls.filter(
      ({ id }) =>
        (controls.length === 0 || controls.includes(id)) &&
        (chosen.length === 0 || chosen.includes(step.id)) &&
        (categories.length === 0 || categories.includes(step.category)),
    ),
  }));
};

/** The answers file and the `--set` options; the latter win. */
export const givenChoices = (
  steps: readonly Step[],
  { answers, settings }: Pick<Options, "answers" | "settings">,
): AnswersFile => {
  const saved: AnswersFile =
    answers === undefined
      ? { schemaVersion: 1, answers: {}, excluded: {} }
      : readJsonFile(answers, "the answers file", answersFileSchema);
  const questions = new Map(questionsOf(steps).map((question) => [question.id as string, question]));
  const given: Record<string, unknown> = { ...saved.answers };
  for (const { question: id, value } of settings) {
    const question = questions.get(id);
    if (question === undefined) {
      throw failure(
        "usage",
        `--set ${id}: there is no such question${nearest(id, [...questions.keys()]) || "; drawbridge questions lists them"}`,
      );
    }
    given[id] = readSetting(question, value);
  }
  return { ...saved, answers: given };
};

/** The reading of a `--set` text that the question's schema accepts; else the text itself, for the complaint. */
const readSetting = (question: AnyQuestion, text: string): unknown => {
  const value = text.startsWith("@") ? readTextFile(text.slice(1), `--set ${question.id}:`) : text;
  const candidates: unknown[] = [];
  switch (question.kind) {
    case "confirm":
      candidates.push(/^(?:yes|true|on|1)$/iu.test(value) || (/^(?:no|false|off|0)$/iu.test(value) ? false : value));
      break;
    case "list":
    case "multiselect": {
      const separator = text.startsWith("@") ? /\n/u : /[,\n]/u;
      candidates.push(
        value
          .split(separator)
          .map((part) => part.trim())
          .filter((part) => part !== ""),
      );
      break;
    }
    default:
      candidates.push(value, Number(value));
  }
  const json = parsedJson(value);
  // Commas split a JSON list as well, into pieces that might even fit: it is meant as the list that it is.
  if (Array.isArray(json)) candidates.unshift(json);
  else if (json !== undefined) candidates.push(json);
  return candidates.find((candidate) => question.schema.safeParse(candidate).success) ?? candidates[0];
};

const parsedJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** Refuses answers that do not fit: exit 2, every problem in one line. */
export const demandFittingAnswers = (steps: readonly Step[], given: Answers, facts: Facts): void => {
  const problems = answerProblems(questionsOf(steps), given, facts);
  if (problems.length === 0) return;
  throw failure("usage", problems.map(({ question, problem }) => `${question}: ${problem}`).join("; "));
};

/** Refuses exclusions of controls that do not exist: they would exclude nothing in silence. */
export const demandKnownControls = (steps: readonly Step[], excluded: Readonly<Record<string, string>>): void => {
  const ids = steps.flatMap((step) => step.controls.map(({ id }) => id as string));
  for (const id of Object.keys(excluded)) {
    if (!ids.includes(id))
      throw failure("usage", `excluded control ${id}: there is no such control${nearest(id, ids)}`);
  }
};
