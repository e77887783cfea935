import inquirer from "inquirer";
import { failure } from "../failure.ts";

/**
 * Inquirer after (or between) Ink: Ink lets go of standard input on its way out, and a prompt on an unreferenced stream
 * ends the process; the turn of the loop afterwards lets Ink take over again.
 */
export const withTerminal = async <T>(ask: () => Promise<T>): Promise<T> => {
  process.stdin.ref();
  try {
    return await ask();
  } catch (error) {
    if (error instanceof Error && error.name === "ExitPromptError")
      throw failure("interrupted", "interrupted; nothing was changed by this prompt");
    throw error;
  } finally {
    await new Promise((resume) => setImmediate(resume));
  }
};

export const askSecret = (message: string): Promise<string> =>
  withTerminal(async () => {
    const { value } = await inquirer.prompt<{ value: string }>([
      { type: "password", name: "value", message, mask: "*" },
    ]);
    return value;
  });

/** True when exactly `word` was typed. */
export const askToType = (message: string, word: string): Promise<boolean> =>
  withTerminal(async () => {
    const { value } = await inquirer.prompt<{ value: string }>([{ type: "input", name: "value", message }]);
    return value.trim() === word;
  });
