import { execa } from "execa";
import type { RunOptions, RunResult } from "./target.ts";

/** Nothing of the operator's shell leaks into what runs; ssh keeps what it needs to find keys and agents. */
const environment = (): Record<string, string> => {
  const kept: Record<string, string> = {
    PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    LC_ALL: "C",
  };
  for (const name of ["HOME", "USER", "LOGNAME", "SSH_AUTH_SOCK", "SSH_CONNECTION", "SUDO_USER", "TERM"]) {
    const value = process.env[name];
    if (value !== undefined) kept[name] = value;
  }
  return kept;
};

/** Bytes of an answer that are kept: all probes together may say far less. */
export const answerLimit = 64 * 1024 * 1024;

/**
 * Runs argv with the given standard input in a session of its own: a hang-up or Ctrl-C of this terminal does not reach it.
 * Never throws for an exit code; 124 stands for a time-out, 125 for an answer without end, 127 for a program that is not there.
 */
export const runDetached = async (
  [file, ...args]: readonly [string, ...string[]],
  input: Buffer,
  { timeoutSeconds, onLine }: Pick<RunOptions, "timeoutSeconds" | "onLine">,
): Promise<RunResult> => {
  const child = execa(file, args, {
    input,
    env: environment(),
    extendEnv: false,
    detached: true,
    cleanup: false,
    reject: false,
    timeout: timeoutSeconds * 1000,
    stripFinalNewline: false,
    maxBuffer: answerLimit,
  });
  const listening = onLine === undefined ? undefined : tellLines(child.iterable({ from: "stdout" }), onLine);
  const ended = await child;
  await listening;
  return runResult(ended);
};

/** What execa(…) says of a program that ended, in the exit codes of `runDetached`. */
export const runResult = ({ exitCode, stdout, stderr, timedOut, isMaxBuffer, code }: Ended): RunResult => {
  if (isMaxBuffer) {
    const said = `the answer has no end: it was cut after ${answerLimit / 1024 / 1024} MiB`;
    return { exitCode: 125, stdout: stdout ?? "", stderr: said };
  }
  return {
    exitCode: timedOut ? 124 : code === "ENOENT" ? 127 : (exitCode ?? 255),
    stdout: stdout ?? "",
    stderr: stderr ?? "",
  };
};

export type Ended = {
  readonly exitCode?: number | undefined;
  readonly stdout?: string | undefined;
  readonly stderr?: string | undefined;
  readonly timedOut: boolean;
  readonly isMaxBuffer: boolean;
  readonly code?: string | undefined;
};

const tellLines = async (lines: AsyncIterable<unknown>, onLine: (line: string) => void): Promise<void> => {
  try {
    for await (const line of lines) onLine(String(line));
  } catch {
    // The run itself reports how it failed; what was heard until then was passed on.
  }
};
