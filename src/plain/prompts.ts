import { failure } from "../failure.ts";
import { plainTextFor } from "./ascii.ts";
import { type Ask, openTerminal } from "./terminal.ts";
import { isInterruption } from "./typed-lines.ts";

const { env, stdin, stderr } = process;

/** A single question outside the wizard. It stands on standard error: standard output belongs to the result. */
const askOnce = async (ask: Ask): Promise<string> => {
  const terminal = openTerminal({ input: stdin, output: stderr, plainText: plainTextFor(env) });
  // The terminal stays in its line mode, so Ctrl-C comes as the signal it is everywhere else.
  const interrupted = new AbortController();
  const interrupt = () => interrupted.abort();
  process.once("SIGINT", interrupt);
  try {
    const typed = await terminal.ask(ask, interrupted.signal);
    if (typed !== undefined) return typed;
  } catch (error) {
    if (!isInterruption(error)) throw error;
  } finally {
    process.off("SIGINT", interrupt);
    terminal.close();
  }
  throw failure("interrupted", "interrupted; nothing was changed by this prompt");
};

export const askSecret = (message: string): Promise<string> => askOnce({ message: `${message}:`, hidden: true });

/** True when exactly `word` was typed. */
export const askToType = async (message: string, word: string): Promise<boolean> =>
  (await askOnce({ message: `${message}:` })).trim() === word;
