import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { render } from "ink";
import { startWizard, type WizardOptions, type WizardOutcome } from "../commands/wizard-start.ts";
import { summary } from "../core/wizard/views.ts";
import { App } from "./app.tsx";
import { type Theme, themeFor } from "./theme.ts";

/**
 * The wizard on the full screen. Both streams have to be terminals. The terminal is as it was when this settles, with the summary
 * printed below what was there before; the session stays open.
 */
export const runWizard = async (options: WizardOptions): Promise<WizardOutcome> => {
  const { input, output, environment, signal } = options;
  const theme = themeFor(environment);
  const suspension: { suspend?: (during: () => Promise<void>) => Promise<void> } = {};
  const runner = startWizard(options, {
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
