import type { Change } from "../model/change.ts";
import { type Answers, type AnswersFile, answersFileSchema } from "../model/plan.ts";
import { type Facts, factOf } from "../model/probe.ts";
import type { AnyQuestion } from "../model/question.ts";
import { recordedAnswers } from "../probes/machine.ts";
import { parseJson } from "./parse-json.ts";
import { rememberedFile } from "./remembered-file.ts";

const path = "/etc/drawbridge/answers.json";

export const renderAnswers = (answers: Answers, excluded: Readonly<Record<string, string>>): string =>
  `${JSON.stringify({ schemaVersion: 1, answers, excluded } satisfies AnswersFile, null, 2)}\n`;

/**
 * The machine remembers what was answered, so that the next inspection judges it by its own policy instead of by
 * defaults that the hardening itself has moved. Written with the changes, undone with them.
 */
export const recordAnswers = (
  facts: Facts,
  answers: Answers,
  excluded: Readonly<Record<string, string>>,
): readonly Change[] => {
  const recorded = factOf(facts, recordedAnswers);
  if (recorded.state === "unknown") return [];
  const before = recorded.state === "known" ? recorded.value : undefined;
  const content = renderAnswers(answers, excluded);
  if (before?.content === content) return [];
  return rememberedFile("Remember the answers on this machine", path, before, content);
};

/** What the machine remembers, as far as it still fits the questions of this version. */
export const readRecordedAnswers = (facts: Facts, questions: readonly AnyQuestion[]): AnswersFile => {
  const nothing: AnswersFile = { schemaVersion: 1, answers: {}, excluded: {} };
  const recorded = factOf(facts, recordedAnswers);
  if (recorded.state !== "known") return nothing;
  const parsed = answersFileSchema.safeParse(parseJson(recorded.value.content));
  if (!parsed.success) return nothing;
  const byId = new Map(questions.map((question) => [question.id as string, question]));
  const answers = Object.fromEntries(
    Object.entries(parsed.data.answers).filter(([id, value]) => byId.get(id)?.schema.safeParse(value).success === true),
  );
  return { ...parsed.data, answers };
};
