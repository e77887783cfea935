/**
 * Locks that name their owner, so that what a dead process left behind can be told from what a living one uses.
 * A lock is a symbolic link whose target is text: making one is atomic and never shows a half-written owner.
 */
import { readdirSync, readFileSync, readlinkSync, symlinkSync, unlinkSync } from "node:fs";
import { until } from "./run.ts";

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

/** The text a lock was taken with (see {@link tryLock}); empty when there is none. */
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

/** True when the process that took the lock at `path` still runs. */
export function isHeld(path: string): boolean {
  const [pid, start] = (ownerOf(path) ?? "").split(":");
  return pid !== undefined && start !== undefined && startTime(Number(pid)) === start;
}

/** Takes the lock if nobody has it, with a note for whoever finds it. False when someone has it, dead or alive. */
export function tryLock(path: string, note = ""): boolean {
  try {
    symlinkSync(`${self()}:${note}`, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

export function unlock(path: string): void {
  if (ownerOf(path)?.startsWith(`${self()}:`)) unlinkSync(path);
}

/** Waits for the lock, runs `work` under it, gives it back. A lock whose owner died is taken over. */
export async function withLock<T>(path: string, work: () => Promise<T>, timeoutMs = 900_000): Promise<T> {
  await until(
    `lock ${path}`,
    () => {
      if (tryLock(path)) return true;
      const owner = ownerOf(path);
      if (owner !== undefined && !isHeld(path) && ownerOf(path) === owner) {
        try {
          unlinkSync(path);
        } catch {
          // Another process noticed the dead owner first.
        }
      }
      return undefined;
    },
    { timeoutMs, detail: () => `held by process ${ownerOf(path)}` },
  );
  try {
    return await work();
  } finally {
    unlock(path);
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
