import { randomBytes } from "node:crypto";
import {
  closeSync,
  constants,
  existsSync,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  type Stats,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { failure, isFailure } from "../failure.ts";
import { reasons } from "./output.ts";

/**
 * A folder that stays the one that was opened: whoever may rename what lies above it cannot put another in its place. That is what
 * openat(2) is for; Node has only paths, and Linux gives an open folder one (proc_pid_fd(5)).
 */
export type HeldFolder = {
  /** As the operator knows it. */
  readonly path: string;
  readonly handle: number;
  /** The way to a name in it. */
  readonly at: (name: string) => string;
};

const nextSteps: Readonly<Record<string, string>> = {
  EACCES: "run it as an account that may",
  EPERM: "run it as an account that may",
  ENOSPC: "make room, and run it again",
  EDQUOT: "make room, and run it again",
  EFBIG: "allow larger files (ulimit -f), and run it again",
  EROFS: "make it writable, or name another folder",
  ENOENT: "name one that is",
  ENOTDIR: "name a folder",
  EISDIR: "name a file",
  ENAMETOOLONG: "name a shorter path",
};

/** errno(3) in words with what to do about it: "the disk is full: make room, and run it again". */
export const trouble = (error: unknown): string => {
  const { code = "", message } = error as NodeJS.ErrnoException;
  const said = code === "ENOENT" ? "it is not there" : (reasons[code] ?? (code === "" ? message : code));
  const next = nextSteps[code];
  return next === undefined ? said : `${said}; ${next}`;
};

/** The operator's words were right, and the disk refuses. */
const noRoom: ReadonlySet<string> = new Set(["ENOSPC", "EDQUOT", "EFBIG", "EROFS"]);

/** A failed call of the system in one line; everything else goes on as it is. Nothing may have been changed before it. */
export const inWords = <T>(doing: string, act: () => T): T => {
  try {
    return act();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (isFailure(error) || code === undefined) throw error;
    const line = `cannot ${doing}: ${trouble(error)}`;
    throw noRoom.has(code) ? failure("refused", `${line}; nothing was changed`, error) : failure("usage", line, error);
  }
};

/** `inside`: of a folder that is held; a link is not followed there. The operator's own words may name one. */
export const holdFolder = (path: string, inside?: HeldFolder, name = ""): HeldFolder => {
  const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = constants;
  const handle = openSync(inside?.at(name) ?? path, O_RDONLY | O_DIRECTORY | (inside === undefined ? 0 : O_NOFOLLOW));
  const anchor = `/proc/self/fd/${handle}`;
  const base = existsSync(anchor) ? anchor : path;
  return { path, handle, at: (inner) => join(base, inner) };
};

export const letGo = ({ handle }: HeldFolder): void => closeSync(handle);

/** The names in it as bytes: not everything that Linux takes for a name is text. */
export const namesIn = ({ at }: HeldFolder): readonly Buffer[] => readdirSync(at("."), { encoding: "buffer" });

export const statIn = ({ at }: HeldFolder, name: string): Stats | undefined =>
  lstatSync(at(name), { throwIfNoEntry: false });

export type HeldFile = { readonly bytes: Buffer; readonly stat: Stats };

/** A regular file with what it was when it was read; undefined where there is none. Links and devices are complained about. */
export const readIn = (folder: HeldFolder, name: string, limit: number): HeldFile | undefined => {
  const path = join(folder.path, name);
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  let file: number;
  try {
    file = openSync(folder.at(name), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return undefined;
    if (code === "ELOOP" || code === "ENXIO")
      throw failure("usage", `${path} is no regular file: put the file itself there`);
    throw failure("usage", `cannot read ${path}: ${trouble(error)}`, error);
  }
  try {
    const stat = fstatSync(file);
    if (!stat.isFile()) throw failure("usage", `${path} is no regular file: put the file itself there`);
    if (stat.size > limit)
      throw failure("usage", `${path} is larger than ${limit / 1024 / 1024} MiB: nothing of that size belongs there`);
    return { bytes: readFileSync(file), stat };
  } finally {
    closeSync(file);
  }
};

export type Attributes = Pick<Stats, "mode" | "uid" | "gid">;

/** What a file that is not in place yet is called: so it is found when its writer was cut off. */
export const stagedName = /^staged-[0-9a-f]{12}$/u;

/**
 * A file that lies ready beside its place, whole and on the disk: putting it there is one rename(2), which needs no room. `like`: whose
 * it is and who may read it; undefined: its writer's alone.
 */
export const stageIn = (folder: HeldFolder, bytes: Buffer | string, like: Attributes | undefined): string => {
  const name = `staged-${randomBytes(6).toString("hex")}`;
  const file = openSync(folder.at(name), "wx", 0o600);
  try {
    // Not writeSync: on a disk that fills up it writes a part, and says so only to those who ask.
    writeFileSync(file, bytes);
    const now = fstatSync(file);
    if (like !== undefined && (now.uid !== like.uid || now.gid !== like.gid)) fchownSync(file, like.uid, like.gid);
    fchmodSync(file, like === undefined ? 0o600 : like.mode & 0o7777);
    fsyncSync(file);
  } catch (error) {
    rmSync(folder.at(name), { force: true });
    throw error;
  } finally {
    closeSync(file);
  }
  return name;
};

export const putInPlace = (from: HeldFolder, staged: string, to: HeldFolder, name: string): void =>
  renameSync(from.at(staged), to.at(name));

/** What was renamed or removed in it is so after a power cut, too. */
export const settle = ({ handle }: HeldFolder): void => fsyncSync(handle);
