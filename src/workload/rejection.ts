import { maskText } from "./secrecy.ts";

/** Lines of a journal that tell why a sandboxed program did not work, the most telling kind first. */
const telling: readonly RegExp[] = [
  /Failed at step \w+ spawning/u,
  /Failed to set up mount namespacing/u,
  /status=31\/SYS|SIGSYS/u,
  /Read-only file system|AccessDenied|Permission denied|Operation not permitted|Address family not supported/u,
  /status=2\d\d\/[A-Z_]+/u,
  /UnsatisfiedLinkError|Could not reserve|Could not create the Java virtual machine/iu,
  /Main process exited, code=\w+, status=[1-9]/u,
];

/**
 * One line on what a program was denied, from its journal of the time: the system call where the kernel names it, the
 * path where the program does. undefined when nothing tells. Secrets are masked.
 */
export const rejectionReason = (journal: string): string | undefined => {
  const lines = journal.split("\n").map((line) => line.trim());
  const call = lines
    .map((line) => /type=1326 .*\bsyscall=(\d+)/u.exec(line)?.[1])
    .find((number) => number !== undefined);
  for (const pattern of telling) {
    const line = lines.find((text) => pattern.test(text));
    if (line === undefined) continue;
    const said = maskText(line).slice(0, 240);
    return [said, ...(call === undefined ? [] : [`system call ${call} was refused`]), ...adviceOn(line)].join("; ");
  }
  return call === undefined ? undefined : `system call ${call} was refused`;
};

/** A folder that it must write to is an answer, not the end of the climb. */
const adviceOn = (line: string): readonly string[] => {
  const [before, ...after] = line.split("Read-only file system");
  if (after.length === 0) return [];
  const path = before?.match(/(?<![\w.])\/[^\s:'"()]+/gu)?.at(-1);
  if (path === undefined) return [];
  const folder = path.slice(0, path.lastIndexOf("/")) || path;
  return [`if it has to write there: drawbridge sandbox --set sandbox.writable=${folder}`];
};

/** Whether a reason is about writing where the file system is read-only: the last rung's doing, and no other's. */
export const isAboutWriting = (reason: string): boolean =>
  /Read-only file system|mount namespacing|226\/NAMESPACE/u.test(reason);
