import type { Plan } from "../model/plan.ts";
import type { TargetOptions } from "./options.ts";

/** The words that name a target on a command line. `access`: how it is reached once a plan is in force. */
export const targetWords = (target: TargetOptions, access: Plan["access"] = null): readonly string[] => {
  switch (target.kind) {
    case "local":
      return [];
    case "root":
      return ["--root", target.directory];
    case "ssh": {
      const user = access?.administrator ?? target.user;
      const port = access === null || access.stays ? target.port : access.port;
      const name = target.name.includes(":") ? `[${target.name}]` : target.name;
      const host = `${user === undefined ? "" : `${user}@`}${name}${port === undefined ? "" : `:${port}`}`;
      return ["--host", host, ...(target.sshConfig === undefined ? [] : ["--ssh-config", target.sshConfig])];
    }
  }
};

/**
 * What is new about the way in; null where nothing is, as far as it can be seen from here: a port that is forwarded is not the one that the
 * machine knows.
 */
export const newAccess = (target: TargetOptions, access: Plan["access"]): Plan["access"] =>
  target.kind === "ssh" && access?.stays ? null : access;

/** What the operator types next, ready to be pasted into a shell. */
export const drawbridgeCommand = (
  words: readonly string[],
  target: TargetOptions,
  access: Plan["access"] = null,
): string => ["drawbridge", ...words, ...targetWords(target, access)].map(shellWord).join(" ");

const shellWord = (word: string): string =>
  /^[A-Za-z0-9_./:@%+=[\],-]+$/u.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
