import { type Change, change } from "../model/change.ts";
import { type Answers, type AnswersFile, answersFileSchema } from "../model/plan.ts";
import { type Facts, factOf } from "../model/probe.ts";
import type { AnyQuestion } from "../model/question.ts";
import { recordedAnswers } from "../probes/machine.ts";
import { parseJson } from "./parse-json.ts";

const directory = "/etc/drawbridge";
const path = `${directory}/answers.json`;

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
  const content = renderAnswers(answers, excluded);
  const before =
    recorded.state === "known"
      ? { content: recorded.value.content, mode: recorded.value.mode, owner: "root", group: "root" }
      : null;
  if (before?.content === content) return [];
  const owned = { owner: "root", group: "root" };
  const common = { phase: "files", risk: "none" } as const;
  const file = change({
    kind: "file",
    title: "Remember the answers on this machine",
    path,
    before,
    after: { content, mode: "0600", ...owned },
    ...common,
  });
  if (before !== null) return [file];
  const made = change({
    kind: "directory",
    title: "Make drawbridge's own configuration folder",
    path: directory,
    after: { mode: "0700", ...owned },
    ...common,
  });
  return [made, file];
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
