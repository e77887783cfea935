import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { isAbsolute, join } from "node:path";

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The running account's own state folder (XDG base directories). Under sudo the environment may still be the caller's,
 * and root must not write where somebody else can lay links: then only the account database is believed.
 */
const stateFolder = ({ SUDO_USER, XDG_STATE_HOME }: Environment): string =>
  SUDO_USER === undefined && XDG_STATE_HOME !== undefined && isAbsolute(XDG_STATE_HOME)
    ? XDG_STATE_HOME
    : join(userInfo().homedir, ".local", "state");

/** Where an interrupted wizard is kept: one file per target, readable by nobody else. */
export const progressKeeper = (label: string, environment: Environment = process.env) => {
  const folder = join(stateFolder(environment), "drawbridge");
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
