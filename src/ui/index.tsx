import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { WriteStream } from "node:tty";
import { render } from "ink";
import { runEffects, type WizardCallbacks } from "../commands/wizard-effects.ts";
import { restoreProgress } from "../core/wizard/progress.ts";
import type { Mode } from "../core/wizard/state.ts";
import { summary } from "../core/wizard/views.ts";
import { initialState } from "../core/wizard.ts";
import type { Answers } from "../model/plan.ts";
import type { Session } from "../model/session.ts";
import type { Step } from "../model/step.ts";
import { App } from "./app.tsx";
import { type Theme, themeFor } from "./theme.ts";

export type WizardOptions = {
  /** null: no machine, templates only. */
  readonly session: Session | null;
  readonly steps: readonly Step[];
  readonly version: string;
  /** Options that name the target on the command line, for the commands the wizard teaches: ["--host", "op@app01"]. */
  readonly targetOptions: readonly string[];
  /** Seconds until the revert fires. */
  readonly confirmWithin: number;
  /** Skips the entry menu. */
  readonly startAt?: Mode | "resume";
  /** What `keepProgress` was given by a wizard that was interrupted. */
  readonly resume?: string;
  readonly initialAnswers?: Answers;
  /** Control ids left out, with the reason. */
  readonly excluded?: Readonly<Record<string, string>>;
  readonly callbacks: WizardCallbacks;
  readonly input: NodeJS.ReadStream;
  readonly output: WriteStream;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Ends the wizard as Ctrl-C does. */
  readonly signal?: AbortSignal;
};

export type WizardOutcome = {
  readonly exitCode: number;
  /** The text that stays in the scrollback; already printed. */
  readonly summary: readonly string[];
};

/**
 * The wizard on the full screen. Both streams have to be terminals. The terminal is as it was when this settles, with the summary
 * printed below what was there before; the session stays open.
 */
export const runWizard = async (options: WizardOptions): Promise<WizardOutcome> => {
  const { session, input, output, environment, signal } = options;
  const theme = themeFor(environment);
  const now = () => performance.now();
  const suspension: { suspend?: (during: () => Promise<void>) => Promise<void> } = {};
  const runner = runEffects({
    initial: initialState({
      setting: {
        steps: options.steps,
        version: options.version,
        target: session === null ? null : { label: session.label, kind: session.kind },
        targetOptions: options.targetOptions,
        confirmWithin: options.confirmWithin,
        resumes: options.callbacks.keepProgress !== undefined,
      },
      ...(options.initialAnswers !== undefined && { answers: options.initialAnswers }),
      ...(options.excluded !== undefined && { excluded: options.excluded }),
      resumable: options.resume === undefined ? undefined : restoreProgress(options.resume),
      now: now(),
    }),
    session,
    callbacks: options.callbacks,
    now,
    openEditor: (text) => editText(text, environment, async (during) => suspension.suspend?.(during)),
  });
  if (options.startAt !== undefined) runner.dispatch({ type: "start", mode: options.startAt });

  // What a narrower or lower terminal pushed together would stay on the screen: wipe it before Ink draws again.
  const wipe = () => output.write("\u001b[2J\u001b[H");
  output.prependListener("resize", wipe);
  const interrupt = () => runner.dispatch({ type: "interrupt" });
  signal?.addEventListener("abort", interrupt, { once: true });
  // Keys pressed before Ink listens must not be echoed into the first picture.
  input.setRawMode(true);
  const instance = render(<App runner={runner} theme={theme} suspension={suspension} />, {
    stdin: input,
    stdout: output,
    interactive: true,
    alternateScreen: true,
    incrementalRendering: true,
    // Ink waits for the next picture: at 30 a second a key may take 33 ms to show.
    maxFps: 60,
    exitOnCtrlC: false,
    patchConsole: false,
  });
  try {
    await instance.waitUntilExit();
  } finally {
    input.setRawMode(false);
    output.off("resize", wipe);
    signal?.removeEventListener("abort", interrupt);
  }
  const exitCode = await runner.ended;
  const lines = summary(runner.state()).map(theme.plainText);
  output.write(`${lines.join("\n")}\n`);
  return { exitCode, summary: lines };
};

/** Hands a text to the operator's editor in a folder only they can read; undefined when the editor failed. */
const editText = async (
  text: string,
  environment: Readonly<Record<string, string | undefined>>,
  suspend: (during: () => Promise<void>) => Promise<void>,
): Promise<string | undefined> => {
  const editor = environment.VISUAL || environment.EDITOR || "vi";
  const [program = "vi", ...words] = editor.split(/\s+/u);
  const folder = await mkdtemp(join(tmpdir(), "drawbridge-"));
  const file = join(folder, "text");
  try {
    await writeFile(file, text, { mode: 0o600 });
    let code: number | null = null;
    await suspend(async () => {
      code = await new Promise((resolve, reject) => {
        const child = spawn(program, [...words, file], { stdio: "inherit" });
        child.once("error", reject);
        child.once("exit", resolve);
      });
    });
    return code === 0 ? await readFile(file, "utf8") : undefined;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

export type { Theme };
