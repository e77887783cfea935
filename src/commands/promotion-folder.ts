import { randomBytes } from "node:crypto";
import {
  closeSync,
  existsSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  type Stats,
  utimesSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { hostname, userInfo } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import {
  type LogDeed,
  type LogHead,
  nextEntry,
  noEntry,
  type ReadLog,
  readHead,
  readLog,
} from "../configuration/audit-log.ts";
import { type ConfigurationText, isConfigurationFile, type PromotedFile } from "../configuration/promotion.ts";
import { sha256 } from "../core/assemble-plan.ts";
import { parseJson } from "../core/parse-json.ts";
import { failure, isFailure } from "../failure.ts";
import { reasons } from "./output.ts";

/*
 * A folder of this machine that configuration is promoted to. What Drawbridge keeps of it lies in `.drawbridge` inside: the log, and for each
 * promotion what the files were before.
 */

const ownFolder = ".drawbridge";

/** Bytes of one configuration file, at most. */
const sizeLimit = 1024 * 1024;

/** Who gives the order, as far as this machine knows. */
export const whoIsHere = (environment: NodeJS.ProcessEnv = process.env): string => {
  const { username } = userInfo();
  const behind = environment.SUDO_USER;
  return `${username}${behind === undefined || behind === username ? "" : ` (${behind})`}@${hostname()}`;
};

/** A failed call of the system in one line; everything else goes on as it is. */
export const inWords = <T>(doing: string, act: () => T): T => {
  try {
    return act();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (isFailure(error) || code === undefined) throw error;
    throw failure("usage", `cannot ${doing}: ${reasons[code] ?? code}`, error);
  }
};

/** The configuration files of a folder, by name. No link is followed. */
export const readConfigurationFolder = (folder: string): readonly ConfigurationText[] =>
  inWords(`read ${folder}`, () =>
    readdirSync(folder)
      .filter(isConfigurationFile)
      .toSorted()
      .map((name) => {
        const path = join(folder, name);
        const stat = lstatSync(path);
        if (!stat.isFile()) throw failure("usage", `${path} is no regular file: name a folder of the files themselves`);
        if (stat.size > sizeLimit) throw failure("usage", `${path} is larger than 1 MiB: that is no configuration`);
        const bytes = readFileSync(path);
        const text = bytes.toString("utf8");
        if (!Buffer.from(text, "utf8").equals(bytes)) throw failure("usage", `${path} is not UTF-8 text`);
        return { name, text };
      }),
  );

const at = (path: string): Stats | undefined => lstatSync(path, { throwIfNoEntry: false });

/** Our folder in the target: made where it is missing, refused where somebody put something else there. */
const openOwnFolder = (target: string): string => {
  const folder = join(target, ownFolder);
  const stat = at(folder);
  if (stat === undefined) mkdirSync(folder, { mode: 0o700 });
  else if (!stat.isDirectory()) throw failure("refused", `${folder} is no folder: remove it; nothing was changed`);
  // Whoever owns it can put links into it, and read the secrets that are kept there.
  else if (stat.uid !== process.getuid?.() || (stat.mode & 0o077) !== 0)
    throw failure(
      "refused",
      `${folder} is not this account's alone: promote as the account that did it before, or move it aside; nothing was changed`,
    );
  return folder;
};

/** Keeps a second promotion to the same folder out while `act` runs. */
export const withFolderLock = async <T>(target: string, act: (own: string) => Promise<T>): Promise<T> => {
  const own = inWords(`write to ${target}`, () => openOwnFolder(target));
  const lock = join(own, "lock");
  const holder = Number(at(lock) === undefined ? Number.NaN : readFileSync(lock, "utf8"));
  if (Number.isInteger(holder) && !isAlive(holder)) rmSync(lock, { force: true });
  try {
    writeFileSync(lock, `${process.pid}\n`, { flag: "wx", mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    throw failure(
      "refused",
      `another promotion works on ${target}: wait for it, or remove ${lock}; nothing was changed`,
    );
  }
  try {
    return await act(own);
  } finally {
    rmSync(lock, { force: true });
  }
};

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
};

/** The whole file or the one that was there: written beside, synced, renamed. */
const replace = (path: string, text: string, like: Pick<Stats, "mode" | "uid" | "gid"> | undefined): void => {
  const beside = `${path}.${randomBytes(6).toString("hex")}`;
  const file = openSync(beside, "wx", 0o600);
  try {
    writeSync(file, text);
    fchmodSync(file, like === undefined ? 0o640 : like.mode & 0o7777);
    if (like !== undefined && process.getuid?.() === 0) fchownSync(file, like.uid, like.gid);
    fsyncSync(file);
    closeSync(file);
    renameSync(beside, path);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
};

const backupSchema = z.strictObject({
  schemaVersion: z.literal(1),
  source: z.string(),
  files: z.array(
    z.strictObject({
      name: z.string().refine(isConfigurationFile),
      before: z
        .strictObject({ sha256: z.string(), mode: z.number(), uid: z.number(), gid: z.number(), modified: z.number() })
        .nullable(),
      after: z.string(),
    }),
  ),
});

/** What is there now must be what was promoted from and compared: somebody else may have been faster. */
const demandUnchanged = (target: string, files: readonly PromotedFile[]): void => {
  for (const { name, before } of files) {
    const path = join(target, name);
    const now = at(path) === undefined ? null : readFileSync(path, "utf8");
    if (now !== before)
      throw failure(
        "refused",
        `${path} was changed while the promotion was checked: run it again; nothing was changed`,
      );
  }
};

/** Keeps what is there, writes all files or none of them. */
export const applyToFolder = (
  target: string,
  own: string,
  id: string,
  source: string,
  files: readonly PromotedFile[],
): void => {
  demandUnchanged(target, files);
  const backup = join(own, "backups", id);
  inWords(`write to ${backup}`, () => {
    mkdirSync(backup, { recursive: true, mode: 0o700 });
    // Secrets of the target are in it: no version control may pick it up.
    writeFileSync(join(own, ".gitignore"), "*\n", { mode: 0o600 });
    const kept = files.map(({ name, before, after }) => {
      const stat = at(join(target, name));
      if (before !== null) writeFileSync(join(backup, name), before, { mode: 0o600, flag: "wx" });
      return {
        name,
        before:
          before === null || stat === undefined
            ? null
            : {
                sha256: sha256(before),
                mode: stat.mode & 0o7777,
                uid: stat.uid,
                gid: stat.gid,
                modified: stat.mtimeMs,
              },
        after: sha256(after),
      };
    });
    replace(
      join(backup, "promotion.json"),
      `${JSON.stringify({ schemaVersion: 1, source, files: kept }, null, 2)}\n`,
      undefined,
    );
  });
  const written: PromotedFile[] = [];
  try {
    for (const file of files) {
      const stat = at(join(target, file.name));
      replace(join(target, file.name), file.after, stat);
      written.push(file);
    }
  } catch (error) {
    for (const file of written) putBack(target, backup, file.name);
    const { code = String(error) } = error as NodeJS.ErrnoException;
    throw failure(
      "reverted",
      `cannot write to ${target}: ${reasons[code] ?? code}; everything is as it was before`,
      error,
    );
  }
};

const readBackup = (backup: string): z.output<typeof backupSchema> | undefined => {
  const path = join(backup, "promotion.json");
  if (!existsSync(path)) return undefined;
  const parsed = backupSchema.safeParse(parseJson(readFileSync(path, "utf8")));
  return parsed.success ? parsed.data : undefined;
};

const putBack = (target: string, backup: string, name: string): void => {
  const kept = readBackup(backup)?.files.find((file) => file.name === name);
  const path = join(target, name);
  if (kept === undefined) return;
  if (kept.before === null) rmSync(path, { force: true });
  else {
    replace(path, readFileSync(join(backup, name), "utf8"), kept.before);
    utimesSync(path, kept.before.modified / 1000, kept.before.modified / 1000);
  }
};

/** Puts the files of a promotion back as they were, to the byte; refused where somebody has edited one since. */
export const rollBackFolder = (
  target: string,
  own: string,
  id: string,
): readonly { readonly path: string; readonly before: string | null; readonly after: string | null }[] => {
  const backup = join(own, "backups", id);
  const kept = readBackup(backup);
  if (kept === undefined)
    throw failure("usage", `there is no promotion ${id} to ${target}; drawbridge log ${target} lists them`);
  for (const { name, after, before } of kept.files) {
    const path = join(target, name);
    const now = at(path) === undefined ? null : sha256(readFileSync(path, "utf8"));
    if (now !== after)
      throw failure(
        "refused",
        now === (before?.sha256 ?? null)
          ? `${id} was taken back already; nothing was changed`
          : `${path} was edited since ${id}: take the later change back first, or put it right by hand from ${backup}; nothing was changed`,
      );
  }
  for (const { name } of kept.files) inWords(`write to ${target}`, () => putBack(target, backup, name));
  return kept.files.map(({ name, before, after }) => ({
    path: join(target, name),
    before: after,
    after: before?.sha256 ?? null,
  }));
};

/** The log of a folder, with its chain followed; empty where nothing was promoted yet. */
export const readFolderLog = (target: string): ReadLog => {
  const own = join(target, ownFolder);
  const log = join(own, "log.jsonl");
  const head = join(own, "log.head");
  return inWords(`read ${log}`, () =>
    readLog(
      existsSync(log) ? readFileSync(log, "utf8") : "",
      readHead(existsSync(head) ? readFileSync(head, "utf8") : undefined),
    ),
  );
};

/** Adds one entry. A log that does not hold is not gone on with: what is wrong with it would look like ours. */
export const logToFolder = (target: string, own: string, deed: LogDeed): LogHead => {
  const { head } = demandLog(target);
  const next = nextEntry(head, deed);
  inWords(`write to ${own}`, () => {
    const file = openSync(join(own, "log.jsonl"), "a", 0o600);
    writeSync(file, next.line);
    fsyncSync(file);
    closeSync(file);
    replace(join(own, "log.head"), `${JSON.stringify(next.head)}\n`, {
      mode: 0o600,
      uid: process.getuid?.() ?? 0,
      gid: process.getgid?.() ?? 0,
    });
  });
  return next.head;
};

export const demandLog = (target: string): ReadLog => {
  const log = readFolderLog(target);
  if (log.problems.length > 0)
    throw failure(
      "refused",
      `the log of ${target} is not as it was written (${log.problems[0]}): find out who changed it, then move ${join(target, ownFolder)} aside; nothing was changed`,
    );
  return log;
};

export { noEntry };
