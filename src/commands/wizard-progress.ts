import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";

/**
 * Where an interrupted wizard is kept: the running account's own state folder (XDG base directories), one file per
 * target, readable by nobody else. $HOME is not asked: under sudo it may be somebody else's.
 */
export const progressKeeper = (label: string) => {
  const folder = join(userInfo().homedir, ".local", "state", "drawbridge");
  const file = join(folder, `wizard-${createHash("sha256").update(label).digest("hex").slice(0, 16)}.json`);
  return {
    read: (): string | undefined => {
      try {
        return readFileSync(file, "utf8");
      } catch {
        return undefined;
      }
    },
    /** A place that cannot be kept is no reason to stop the wizard. */
    keep: (text: string | undefined): void => {
      try {
        if (text === undefined) {
          rmSync(file, { force: true });
          return;
        }
        mkdirSync(folder, { recursive: true, mode: 0o700 });
        writeFileSync(file, text, { mode: 0o600 });
      } catch {
        // A read-only home: the wizard works on, it only cannot be resumed.
      }
    },
  };
};
