import { steps as registeredSteps } from "../../steps/index.ts";
import { planFiles, renderFiles } from "../backends/files.ts";
import { settledAnswers } from "../core/answers.ts";
import { judge, questionsOf } from "../core/judge.ts";
import { renderAnswers } from "../core/recorded-answers.ts";
import type { ExitCode } from "../exit-codes.ts";
import type { Step } from "../model/step.ts";
import { version } from "../version.ts";
import { demandKnownControls, givenChoices } from "./choices.ts";
import type { OptionsOf } from "./options.ts";
import { deliver } from "./output.ts";
import type { Streams } from "./streams.ts";
import { targetWords } from "./target-words.ts";
import { withSession } from "./with-session.ts";
import type { WizardCallbacks } from "./wizard-effects.ts";
import { progressKeeper } from "./wizard-progress.ts";
import { writeFolder } from "./write-folder.ts";

/** Full screen, or line by line with --plain: one flow, two drawings. */
export const run = (options: OptionsOf<"wizard">, streams: Streams): Promise<ExitCode> =>
  withSession(options, streams, async ({ session, steps }) => {
    const { answers, excluded } = givenChoices(steps, options);
    demandKnownControls(registeredSteps, excluded);
    const progress = progressKeeper(session.label);
    const resume = progress.read();
    const wizard = {
      session,
      steps,
      version,
      targetOptions: targetWords(options.target),
      confirmWithin: options.confirmWithin,
      ...(options.recommended ? { startAt: "setup" as const } : {}),
      ...(resume === undefined ? {} : { resume }),
      initialAnswers: answers,
      excluded,
      callbacks: callbacks(steps, streams, progress.keep),
      input: streams.input,
      output: streams.output,
      environment: process.env,
      signal: streams.signal,
    };
    const { exitCode } = options.plain
      ? await (await import("../plain/index.ts")).runPlainWizard(wizard)
      : await (await import("../ui/index.tsx")).runWizard(wizard);
    return exitCode as ExitCode;
  });

const callbacks = (
  steps: readonly Step[],
  streams: Streams,
  keepProgress: NonNullable<WizardCallbacks["keepProgress"]>,
): WizardCallbacks => ({
  keepProgress,
  savePlan: async (plan, path) => {
    deliver(`${JSON.stringify(plan, null, 2)}\n`, path, streams);
    return path;
  },
  saveAnswers: async ({ answers, excluded }, path) => {
    deliver(renderAnswers(answers, excluded), path, streams);
    return path;
  },
  writeFiles: async ({ plan, answers, directory }) => {
    const files = plan === null ? templatesFor(steps, answers) : planFiles(plan);
    writeFolder(directory, files);
    return files.map(({ path }) => `${directory}${path}`);
  },
});

const templatesFor = (steps: readonly Step[], answers: Readonly<Record<string, unknown>>) => {
  const { reader } = judge(steps, new Map(), answers);
  return renderFiles(steps, reader, settledAnswers(questionsOf(steps), new Map(), reader), {});
};
