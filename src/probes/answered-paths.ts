import { z } from "zod";
import { parseJson } from "../core/parse-json.ts";
import { type Fact, knownValue } from "../model/fact.ts";
import { type Answers, answersFileSchema } from "../model/plan.ts";
import { askable } from "../model/probe.ts";

/** An absolute path that can travel as one field of a question. */
export const absolutePath = z
  .string()
  .trim()
  .regex(/^\/(?!.*(?:^|\/)\.\.?(?:\/|$))[^\t\n\r\0]+$/u, "must be an absolute path");

/** As many as one question takes. */
export const pathList = z.array(absolutePath).max(20, "20 paths at most");

/**
 * Paths that a question was answered with, for a probe that looks only where it is told to: this run's answer, else the
 * machine's recorded one; undefined when nobody answered.
 */
export const answeredPaths = (
  question: string,
  given: Answers,
  recorded: Fact<{ readonly content: string }>,
): readonly string[] | undefined => {
  const file = answersFileSchema.safeParse(parseJson(knownValue(recorded)?.content ?? ""));
  const answers: Answers = { ...(file.success ? file.data.answers : {}), ...given };
  const paths = pathList.safeParse(answers[question]);
  return paths.success ? paths.data.filter(askable) : undefined;
};
