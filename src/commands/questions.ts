import { applicableQuestions, settledAnswers } from "../core/answers.ts";
import { questionsOf } from "../core/judge.ts";
import { neededFacts } from "../core/needs.ts";
import { renderAnswers } from "../core/recorded-answers.ts";
import { counted } from "../core/wizard/words.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import type { DocumentBody } from "../model/documents.ts";
import { documentText } from "../reports/json.ts";
import { questionsText } from "../reports/text.ts";
import { type Inspected, inspectMachine } from "./inspect-machine.ts";
import type { OptionsOf } from "./options.ts";
import { deliver, say, sayRights, textStyle } from "./output.ts";
import type { Streams } from "./streams.ts";
import { type Opened, untilInterrupted } from "./with-session.ts";

export const run = (options: OptionsOf<"questions">, streams: Streams): Promise<ExitCode> =>
  untilInterrupted(options, streams, async (opened) => {
    const inspected = await inspectMachine(opened, options, streams);
    const { host, rights } = inspected.inspection;
    const questions = askedHere(opened, inspected);
    if (options.output !== undefined) {
      // A file is what --answers reads: every answer as it would be taken now, to be edited and replayed.
      deliver(answersHere(opened, inspected), options.output, streams);
      say(streams, `${counted(questions.length, "answer")} for ${host.name} saved to ${options.output}`);
    } else if (options.format === "json") {
      deliver(documentText("questions", { host, questions }), undefined, streams);
    } else deliver(questionsText(questions, textStyle(streams)), undefined, streams);
    sayRights(streams, rights);
    return exitCodes.fine;
  });

/** Steps of which no control was chosen have nothing to ask. */
const chosenQuestions = ({ steps }: Opened) => questionsOf(steps.filter(({ controls }) => controls.length > 0));

const answersHere = (opened: Opened, { inspection: { facts }, reader, choices }: Inspected): string =>
  renderAnswers(settledAnswers(chosenQuestions(opened), facts, reader), choices.excluded);

const askedHere = (
  opened: Opened,
  { inspection: { facts }, reader }: Inspected,
): DocumentBody<"questions">["questions"] =>
  applicableQuestions(chosenQuestions(opened), facts, reader).map((question) => {
    const needed = neededFacts(facts, question.needs);
    return {
      id: question.id,
      kind: question.kind,
      title: question.title,
      why: question.why,
      default: question.kind === "secret" ? null : reader.get(question),
      ...(question.current ? { current: question.current(needed) } : {}),
      ...(question.choices ? { choices: [...question.choices(needed, reader)] } : {}),
    };
  });
