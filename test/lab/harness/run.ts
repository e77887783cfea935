import { execa } from "execa";

/** What a finished program left behind. A program ended by a signal counts as 128 + signal, as in a shell. */
export type RunResult = {
  exitCode: number;
  stdout: string;
  stderr: string;
  timedOut: boolean;
};

export type RunOptions = {
  /** Written to stdin, which is empty otherwise. */
  input?: string | Uint8Array;
  /** Path of a file to read stdin from, instead of `input`. */
  inputFile?: string;
  /** Milliseconds until the program and its process group are killed. Default two minutes. */
  timeoutMs?: number;
  /** Added to this process's environment, or the whole of it when `cleanEnvironment` is set. */
  env?: Record<string, string>;
  cleanEnvironment?: boolean;
  cwd?: string;
};

/** Runs a program of this machine and waits for its end. Any exit code is an answer; only a program that cannot start throws. */
export async function run(argv: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const [file, ...rest] = argv;
  if (file === undefined) throw new Error("run: no program was named; pass at least one word");
  const result = await execa(file, rest, {
    ...(options.inputFile === undefined ? { input: options.input ?? "" } : { inputFile: options.inputFile }),
    timeout: options.timeoutMs ?? 120_000,
    killSignal: "SIGKILL",
    killDescendants: true,
    env: options.env ?? {},
    extendEnv: !(options.cleanEnvironment ?? false),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    reject: false,
    stripFinalNewline: false,
    maxBuffer: 512 * 1024 * 1024,
  });
  const started = result.exitCode !== undefined || result.signal !== undefined || result.timedOut;
  if (!started) throw new Error(`${file} could not be started: ${result.shortMessage ?? "unknown reason"}`);
  return {
    exitCode: result.exitCode ?? 128 + (result.signal === "SIGKILL" ? 9 : 15),
    stdout: result.stdout ?? "",
    stderr: result.stderr ?? "",
    timedOut: result.timedOut,
  };
}

/** Like {@link run}, for a program that has to succeed: returns its stdout and throws one line naming program and reason. */
export async function must(argv: readonly string[], options: RunOptions = {}): Promise<string> {
  const result = await run(argv, options);
  if (result.exitCode === 0) return result.stdout;
  const reason = result.timedOut
    ? `no end after ${options.timeoutMs ?? 120_000} ms`
    : (result.stderr || result.stdout).trim().split("\n").slice(-3).join(" / ") || "no message";
  throw new Error(`${argv.join(" ")}: exit ${result.exitCode}: ${reason}`);
}

/** Asks again and again until the answer is defined. Throws naming `what` when `timeoutMs` have passed. */
export async function until<T>(
  what: string,
  ask: () => Promise<T | undefined> | T | undefined,
  options: { timeoutMs?: number; everyMs?: number; detail?: () => string } = {},
): Promise<T> {
  const limit = options.timeoutMs ?? 60_000;
  const end = Date.now() + limit;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > end) {
      const detail = options.detail?.();
      throw new Error(`${what}: not within ${limit} ms${detail ? `; ${detail}` : ""}`);
    }
    await new Promise((resolve) => setTimeout(resolve, options.everyMs ?? 100));
  }
}
