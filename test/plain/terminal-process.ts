import { fileURLToPath } from "node:url";
import { spawn } from "@lydell/node-pty";

export type TerminalProcess = {
  /** Settles when the text has come since the last thing that was waited for; rejects with the whole output when the program ends first. */
  readonly until: (text: string) => Promise<void>;
  /** Waits for a question and types a line. */
  readonly answer: (question: string, line: string) => Promise<void>;
  readonly type: (text: string) => void;
  /** Everything that came, as the bytes were. */
  readonly output: () => string;
  readonly exit: Promise<number>;
};

/** Runs a script of this folder in a terminal of 80 columns that can do nothing. */
export const onTerminal = (script: string, environment: Readonly<Record<string, string>> = {}): TerminalProcess => {
  const child = spawn(process.execPath, [fileURLToPath(new URL(script, import.meta.url))], {
    cols: 80,
    rows: 24,
    env: { PATH: process.env.PATH ?? "", TERM: "dumb", LC_ALL: "C.UTF-8", ...environment },
  });
  let output = "";
  let seen = 0;
  let code: number | undefined;
  const listeners = new Set<() => void>();
  const wake = () => {
    for (const listener of [...listeners]) listener();
  };
  child.onData((data) => {
    output += data;
    wake();
  });
  const exit = new Promise<number>((resolve) => {
    child.onExit(({ exitCode }) => {
      code = exitCode;
      resolve(exitCode);
      wake();
    });
  });
  const until = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = () => {
        const found = output.indexOf(text, seen);
        if (found === -1 && code === undefined) return;
        listeners.delete(look);
        if (found === -1) reject(new Error(`ended with ${code} before "${text}" came:\n${output}`));
        seen = Math.max(found + text.length, seen);
        resolve();
      };
      listeners.add(look);
      look();
    });
  return {
    until,
    answer: async (question, line) => {
      await until(question);
      child.write(`${line}\r`);
    },
    type: (text) => child.write(text),
    output: () => output,
    exit,
  };
};
