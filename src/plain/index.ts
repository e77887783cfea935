import { startWizard, type WizardOptions, type WizardOutcome } from "../commands/wizard-start.ts";
import { summary } from "../core/wizard/views.ts";
import { plainTextFor } from "./ascii.ts";
import { converse, greeting } from "./conversation.ts";
import { summaryLine } from "./pages/applying.ts";
import { openTerminal } from "./terminal.ts";

/**
 * The wizard line by line, for serial consoles, screen readers and pipes: the same steps, nothing drawn over. Takes and gives what
 * `runWizard` does; what it leaves in the scrollback ends with the same summary.
 */
export const runPlainWizard = async (options: WizardOptions): Promise<WizardOutcome> => {
  const { input, output, environment, signal } = options;
  const plainText = plainTextFor(environment);
  const runner = startWizard(options);
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
