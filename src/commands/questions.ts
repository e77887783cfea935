import { applicableQuestions } from "../core/answers.ts";
import { questionsOf } from "../core/judge.ts";
import { neededFacts } from "../core/needs.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { inspectMachine } from "./inspect-machine.ts";
import type { OptionsOf } from "./options.ts";
import { deliver, json, textStyle } from "./output.ts";
import type { Streams } from "./streams.ts";
import { withSession } from "./with-session.ts";

export const run = (options: OptionsOf<"questions">, streams: Streams): Promise<ExitCode> =>
  withSession(options, streams, async (opened) => {
    const { inspection, reader } = await inspectMachine(opened, options, streams);
    const { facts } = inspection;
    const asked = applicableQuestions(
      questionsOf(opened.steps.filter(({ controls }) => controls.length > 0)),
      facts,
      reader,
    ).map((question) => {
      const needed = neededFacts(facts, question.needs);
      return {
        id: question.id,
        kind: question.kind,
        title: question.title,
        why: question.why,
        default: question.kind === "secret" ? null : reader.get(question),
        ...(question.current ? { current: question.current(needed) } : {}),
        ...(question.choices ? { choices: question.choices(needed, reader) } : {}),
      };
    });
    if (options.format === "json" || options.output !== undefined) {
      deliver(json({ questions: asked }), options.output, streams);
      return exitCodes.fine;
    }
    const { paint } = textStyle(streams);
    const lines = asked.flatMap(({ id, title, why, default: value }) => [
      `${paint("bold", id)} = ${JSON.stringify(value)}`,
      `  ${title}`,
      paint("dim", `  ${why}`),
    ]);
    deliver(`${lines.join("\n")}\n`, undefined, streams);
    return exitCodes.fine;
  });
