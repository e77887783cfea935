import { steps as allSteps } from "../../steps/index.ts";
import { renderFiles } from "../backends/files.ts";
import { settledAnswers } from "../core/answers.ts";
import { judge, questionsOf } from "../core/judge.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import type { Facts } from "../model/probe.ts";
import { demandFittingAnswers, givenChoices, selectSteps } from "./choices.ts";
import { inspectMachine } from "./inspect-machine.ts";
import type { OptionsOf } from "./options.ts";
import { say } from "./output.ts";
import type { Streams } from "./streams.ts";
import { untilInterrupted } from "./with-session.ts";
import { writeFolder } from "./write-folder.ts";

/** Without --host or --root no machine is asked: every default is the one for an unknown machine. */
export const run = async (options: OptionsOf<"generate">, streams: Streams): Promise<ExitCode> => {
  const steps = selectSteps(allSteps, options);
  if (options.target.kind === "local") {
    const choices = givenChoices(steps, options);
    const facts: Facts = new Map();
    demandFittingAnswers(steps, choices.answers, facts);
    return write(steps, facts, choices, options, streams);
  }
  return untilInterrupted(options, streams, async (opened) => {
    const { inspection, choices } = await inspectMachine(opened, options, streams);
    return write(opened.steps, inspection.facts, choices, options, streams);
  });
};

const write = (
  steps: ReturnType<typeof selectSteps>,
  facts: Facts,
  { answers, excluded }: ReturnType<typeof givenChoices>,
  { arguments: { directory } }: OptionsOf<"generate">,
  streams: Streams,
): ExitCode => {
  const { reader } = judge(steps, facts, answers);
  const files = renderFiles(steps, reader, settledAnswers(questionsOf(steps), facts, reader), excluded, facts);
  writeFolder(directory, files);
  for (const { path } of files) streams.output.write(`${directory}${path}\n`);
  say(streams, `${files.length} files written to ${directory}; no machine was changed`);
  return exitCodes.fine;
};
