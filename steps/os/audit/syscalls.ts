import type { Auditd } from "../../../src/probes/auditd.ts";

/** Of people, and of what runs since they logged in: not of services. */
export const people = ({ firstUid }: Pick<Auditd, "firstUid">): string => `-F auid>=${firstUid} -F auid!=unset`;

/** System calls that only the older architectures have. */
const old = new Set(["chmod", "chown", "lchown", "creat", "open", "rename", "unlink", "rmdir", "stime", "time"]);

/**
 * One rule for each kind of program that the machine runs: 64 and 32 bits on x86_64, where a 32-bit program would get past a
 * rule for the other. Names that an architecture does not have are refused by auditctl, so they are left out.
 */
export const syscallRules = (
  { architecture }: Pick<Auditd, "architecture">,
  calls: readonly string[],
  rest: string,
): readonly string[] => {
  const kinds = architecture === "x86_64" ? ["b64", "b32"] : /^i\d86$/u.test(architecture) ? ["b32"] : ["b64"];
  return kinds.map((kind) => {
    const known = calls.filter((call) =>
      kind === "b32" ? true : architecture === "x86_64" ? call !== "stime" : !old.has(call),
    );
    return `-a always,exit -F arch=${kind} -S ${known.join(",")} ${rest}`;
  });
};

export const watch = (path: string, key: string): string => `-w ${path} -p wa -k ${key}`;

/** Watches of those that are there. */
export const watches = (
  { present }: Pick<Auditd, "present">,
  paths: readonly string[],
  key: string,
): readonly string[] => paths.filter((path) => present.includes(path)).map((path) => watch(path, key));
