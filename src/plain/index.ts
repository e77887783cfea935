import { runEffects } from "../commands/wizard-effects.ts";
import { restoreProgress } from "../core/wizard/progress.ts";
import { summary } from "../core/wizard/views.ts";
import { initialState } from "../core/wizard.ts";
import type { WizardOptions, WizardOutcome } from "../ui/index.tsx";
import { plainTextFor } from "./ascii.ts";
import { converse, greeting } from "./conversation.ts";
import { summaryLine } from "./pages/applying.ts";
import { openTerminal } from "./terminal.ts";

/**
 * The wizard line by line, for serial consoles, screen readers and pipes: the same steps, nothing drawn over. Takes and gives what
 * `runWizard` does; what it leaves in the scrollback ends with the same summary.
 */
export const runPlainWizard = async (options: WizardOptions): Promise<WizardOutcome> => {
  const { session, input, output, environment, signal } = options;
  const plainText = plainTextFor(environment);
  const now = () => performance.now();
  const runner = runEffects({
    initial: initialState({
      setting: {
        steps: options.steps,
        version: options.version,
        target: session === null ? null : { label: session.label, kind: session.kind },
        targetOptions: options.targetOptions,
        confirmWithin: options.confirmWithin,
      },
      ...(options.initialAnswers !== undefined && { answers: options.initialAnswers }),
      ...(options.excluded !== undefined && { excluded: options.excluded }),
      resumable: options.resume === undefined ? undefined : restoreProgress(options.resume),
      now: now(),
    }),
    session,
    callbacks: options.callbacks,
    now,
  });
  const terminal = openTerminal({ input, output, plainText });
  terminal.write(greeting);
  const interrupt = () => runner.dispatch({ type: "interrupt" });
  signal?.addEventListener("abort", interrupt, { once: true });
  if (signal?.aborted) interrupt();
  try {
    const last = await converse(runner, terminal, () => {
      if (options.startAt !== undefined) runner.dispatch({ type: "start", mode: options.startAt });
    });
    const exitCode = await runner.ended;
    const lines = summary(runner.state());
    // The result has been read already when that is what the operator left from.
    if (last !== "result") terminal.write(lines.map(summaryLine));
    return { exitCode, summary: lines.map(plainText) };
  } finally {
    signal?.removeEventListener("abort", interrupt);
    terminal.close();
  }
};
