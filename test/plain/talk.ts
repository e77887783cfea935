import { PassThrough } from "node:stream";
import type { WizardOptions, WizardOutcome } from "../../src/commands/wizard-start.ts";
import { runPlainWizard } from "../../src/plain/index.ts";
import { fakeSession, fakeSteps, noCallbacks } from "./fake-wizard.ts";

export type Talk = {
  /** Settles when the text has come since the last thing that was waited for. */
  readonly until: (text: string) => Promise<void>;
  readonly type: (text: string) => void;
  /** Waits for a question and types a line. */
  readonly answer: (question: string, line: string) => Promise<void>;
  readonly end: () => void;
  readonly output: () => string;
  readonly outcome: Promise<WizardOutcome>;
};

/** The plain wizard between two streams. `terminal`: the input says that it is one, and that a person types. */
export const talk = (more: Partial<WizardOptions> = {}, { terminal = false } = {}): Talk => {
  const input = new PassThrough();
  const output = new PassThrough();
  let text = "";
  let seen = 0;
  const listeners = new Set<() => void>();
  output.on("data", (chunk) => {
    text += chunk;
    for (const listener of [...listeners]) listener();
  });
  const stream = terminal ? Object.assign(input, { isTTY: true, setRawMode: () => input }) : input;
  const outcome = runPlainWizard({
    session: fakeSession(),
    steps: fakeSteps,
    version: "0.1.0",
    targetOptions: ["--host", "op@app01"],
    confirmWithin: 120,
    callbacks: noCallbacks,
    input: stream as unknown as NodeJS.ReadStream,
    output: output as unknown as WizardOptions["output"],
    environment: { TERM: "xterm", LANG: "C.UTF-8" },
    ...more,
  });
  const until = (wanted: string): Promise<void> =>
    new Promise((resolve) => {
      const look = () => {
        const found = text.indexOf(wanted, seen);
        if (found === -1) return;
        listeners.delete(look);
        seen = found + wanted.length;
        resolve();
      };
      listeners.add(look);
      look();
    });
  return {
    until,
    type: (line) => input.write(line),
    answer: async (question, line) => {
      await until(question);
      input.write(`${line}\n`);
    },
    end: () => input.end(),
    output: () => text,
    outcome,
  };
};
