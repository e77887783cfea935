import { once } from "node:events";
import { createInterface } from "node:readline";
import { steps as allSteps } from "../../steps/index.ts";
import { failure } from "../failure.ts";
import type { Session } from "../model/session.ts";
import type { Step } from "../model/step.ts";
import { openTarget } from "../targets/open.ts";
import type { Target } from "../targets/target.ts";
import { selectSteps } from "./choices.ts";
import { loggedSession } from "./logged-session.ts";
import type { Options } from "./options.ts";
import { openSession } from "./session.ts";
import type { Streams } from "./streams.ts";

export type Opened = { readonly session: Session; readonly target: Target; readonly steps: readonly Step[] };

/** Opens the target that the options name, hands it over, and closes it whatever happens. */
export const withSession = async <T>(
  options: Options,
  streams: Streams,
  use: (opened: Opened) => Promise<T>,
): Promise<T> => {
  const steps = selectSteps(allSteps, options);
  const target = await (streams.ahead?.take(options.target) ??
    openTarget(options.target, streams.input.isTTY === true && !options.yes, streams.signal));
  const session = loggedSession(openSession(target, steps), target);
  try {
    if (options.askSudoPassword) await askSudoPassword(session, streams);
    return await use({ session, target, steps });
  } finally {
    await session.close();
  }
};

/** What an interruption means right now; said when one comes. A command that has begun to change something says more. */
export type Interruption = { line: string };

/**
 * `withSession` that ends at once when a signal comes: nothing is waited for, the connection is closed, and the operator
 * reads in one line how things stand. What runs on the machine is never stopped halfway by that.
 */
export const untilInterrupted = async <T>(
  options: Options,
  streams: Streams,
  use: (opened: Opened, interruption: Interruption) => Promise<T>,
): Promise<T> => {
  const interruption: Interruption = { line: "interrupted: nothing was changed" };
  return withSession(options, streams, async (opened) => {
    const { signal } = streams;
    const interrupted = Promise.withResolvers<never>();
    const stop = () => interrupted.reject(failure("interrupted", interruption.line));
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop);
    try {
      return await Promise.race([use(opened, interruption), interrupted.promise]);
    } finally {
      signal.removeEventListener("abort", stop);
    }
  });
};

/** From the terminal, or the first line of standard input. */
export const readSudoPassword = async (label: string, { input }: Streams): Promise<string> => {
  const password = input.isTTY ? await promptForPassword(label) : await firstLine(input);
  if (password === "") {
    throw failure("usage", "no password came on standard input: type it there, or pipe it in as one line");
  }
  return password;
};

const askSudoPassword = async (session: Session, streams: Streams): Promise<void> => {
  const password = await readSudoPassword(session.label, streams);
  const problem = await session.giveSudoPassword(password);
  if (problem !== undefined) throw failure("usage", `${session.label}: ${problem}`);
};

const promptForPassword = async (label: string): Promise<string> => {
  const { askSecret } = await import("../plain/prompts.ts");
  return askSecret(`sudo's password on ${label}`);
};

const firstLine = async (input: NodeJS.ReadableStream): Promise<string> => {
  const lines = createInterface({ input });
  const [line] = (await Promise.race([once(lines, "line"), once(lines, "close").then(() => [""])])) as [string];
  lines.close();
  return line;
};
