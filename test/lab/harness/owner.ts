/**
 * Who owns what, across processes. A claim names its owner, so that what a dead process left behind can be told from what a
 * living one uses; it is a symbolic link whose target is text: making one is atomic and never shows a half-written owner.
 * A lock is for the moments in which claims are made and swept.
 */
import { spawn } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync, symlinkSync, unlinkSync } from "node:fs";

/** Field 22 of proc_pid_stat(5): a process id is used again one day, the pair of id and start time is not. */
function startTime(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined;
  }
}

const self = (): string => `${process.pid}:${startTime(process.pid)}`;

/** The text a claim was made with; empty when there is none. */
export function noteOf(path: string): string {
  return (ownerOf(path) ?? "").split(":").slice(2).join(":");
}

function ownerOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

/** True when the process that made the claim at `path` still runs. */
export function isAlive(path: string): boolean {
  const [pid, start] = (ownerOf(path) ?? "").split(":");
  return pid !== undefined && start !== undefined && startTime(Number(pid)) === start;
}

/** Makes the claim if there is none, with a note for whoever finds it. False when there is one, of a living or a dead process. */
export function claim(path: string, note = ""): boolean {
  try {
    symlinkSync(`${self()}:${note}`, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

export function release(path: string): void {
  if (ownerOf(path)?.startsWith(`${self()}:`)) unlinkSync(path);
}

/**
 * Runs `work` while holding the lock file at `path`, which nobody else on this machine can hold then. The kernel gives it
 * back when this process dies: flock(1) holds it for as long as its stdin, a pipe from here, stays open.
 */
export async function withLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  const holder = spawn("flock", ["--exclusive", path, "sh", "-c", "echo held; exec cat"], {
    stdio: ["pipe", "pipe", "inherit"],
    detached: true,
  });
  const ended = new Promise<void>((resolve) => holder.once("close", () => resolve()));
  await new Promise<void>((resolve, reject) => {
    holder.stdout.once("data", () => resolve());
    holder.once("error", reject);
    holder.once("exit", (code) => reject(new Error(`flock ${path}: exit ${code}`)));
  });
  try {
    return await work();
  } finally {
    holder.stdin.end();
    await ended;
  }
}

/** Ids of all processes for which `wanted` says yes, given their command line as words. */
export function processesWhere(wanted: (argv: string[]) => boolean): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return wanted(readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").slice(0, -1));
      } catch {
        return false;
      }
    });
}
