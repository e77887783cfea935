import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import * as pty from "@lydell/node-pty";

/** Several runs of one thing. Times are in milliseconds, memory in bytes. */
export type Sample = { readonly wall: number; readonly peakMemory: number };

export type Summary = {
  readonly runs: number;
  readonly median: number;
  readonly fastest: number;
  readonly slowest: number;
  readonly peakMemory: number;
};

export async function repeat(runs: number, measure: () => Promise<Sample>): Promise<Summary> {
  // The first run warms the file cache and does not count.
  await measure();
  const samples: Sample[] = [];
  for (let run = 0; run < runs; run += 1) samples.push(await measure());
  return summarise(
    samples.map(({ wall }) => wall),
    Math.max(...samples.map(({ peakMemory }) => peakMemory)),
  );
}

function summarise(walls: readonly number[], peakMemory: number): Summary {
  const sorted = walls.toSorted((a, b) => a - b);
  return {
    runs: sorted.length,
    median: median(sorted),
    fastest: sorted[0] ?? Number.NaN,
    slowest: sorted.at(-1) ?? Number.NaN,
    peakMemory,
  };
}

/** Of numbers in ascending order. */
export function median(sorted: readonly number[]): number {
  const middle = sorted.length / 2;
  const [low = Number.NaN, high = low] = sorted.slice(Math.ceil(middle) - 1, Math.floor(middle) + 1);
  return (low + high) / 2;
}

/** From start to end of a command. Throws when it ends with another exit code than these. */
export async function runTime(
  argv: readonly [string, ...string[]],
  accepted: readonly number[] = [0],
): Promise<Sample> {
  const [file, ...words] = argv;
  const started = performance.now();
  const child = spawn(file, words, { stdio: ["ignore", "ignore", "inherit"] });
  const memory = watchMemory(child.pid);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", resolve);
  });
  const wall = performance.now() - started;
  if (code === null || !accepted.includes(code)) throw new Error(`${argv.join(" ")} ended with ${code}`);
  return { wall, peakMemory: memory.stop() };
}

export type Screen = { readonly columns: number; readonly rows: number };

/** From the start of a command on a terminal to the moment its output satisfies `until`; it is then ended. Throws when it never does. */
export async function screenTime(
  argv: readonly [string, ...string[]],
  { columns, rows }: Screen,
  until: (output: string) => boolean,
): Promise<Sample> {
  const [file, ...words] = argv;
  const started = performance.now();
  const terminal = pty.spawn(file, words, { cols: columns, rows, env: { ...process.env, TERM: "xterm-256color" } });
  const memory = watchMemory(terminal.pid);
  let output = "";
  let wall: number | undefined;
  terminal.onData((part) => {
    output += part;
    if (wall === undefined && until(output)) {
      wall = performance.now() - started;
      terminal.kill("SIGTERM");
    }
  });
  await new Promise<void>((resolve) => terminal.onExit(() => resolve()));
  const peakMemory = memory.stop();
  if (wall === undefined) throw new Error(`${argv.join(" ")} never showed what was waited for; it showed:\n${output}`);
  return { wall, peakMemory };
}

export type Keys = { readonly open: readonly string[]; readonly pressed: readonly string[]; readonly presses: number };

/**
 * From a key press to the output that answers it. `open` leads to the screen in question; `pressed` are then pressed in turn, each when
 * the screen has been quiet for a while. Throws when a key draws nothing.
 */
export async function keyTimes(
  argv: readonly [string, ...string[]],
  { columns, rows }: Screen,
  { open, pressed, presses }: Keys,
): Promise<Summary> {
  const [file, ...words] = argv;
  const terminal = pty.spawn(file, words, { cols: columns, rows, env: { ...process.env, TERM: "xterm-256color" } });
  const ended = new Promise<void>((resolve) => terminal.onExit(() => resolve()));
  const memory = watchMemory(terminal.pid);
  let heard: (() => void) | undefined;
  terminal.onData(() => heard?.());
  const output = (limit: number): Promise<boolean> =>
    new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), limit);
      heard = () => {
        clearTimeout(timer);
        resolve(true);
      };
    });
  const quiet = async (): Promise<void> => {
    while (await output(150));
  };
  const walls: number[] = [];
  try {
    if (!(await output(20_000))) throw new Error(`${argv.join(" ")} shows nothing`);
    for (const key of open) {
      await quiet();
      terminal.write(key);
      await output(5000);
    }
    for (let press = 0; press < presses; press += 1) {
      await quiet();
      const started = performance.now();
      terminal.write(pressed[press % pressed.length] ?? "");
      if (!(await output(5000))) throw new Error(`${argv.join(" ")} draws nothing for a key`);
      walls.push(performance.now() - started);
    }
  } finally {
    terminal.kill("SIGKILL");
    await ended;
  }
  return summarise(walls, memory.stop());
}

/** Keeps the largest resident set that proc_pid_status(5) reports for a process: VmHWM, which only grows. */
function watchMemory(pid: number | undefined): { stop: () => number } {
  let peak = 0;
  const look = (): void => {
    try {
      const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
      peak = Math.max(peak, Number(kilobytes ?? 0) * 1024);
    } catch {
      // It has ended, and what was seen last is what there is.
    }
  };
  const timer = setInterval(look, 5);
  return {
    stop: () => {
      clearInterval(timer);
      return peak;
    },
  };
}
