import { linkSync, mkdirSync, readFileSync, rmdirSync, rmSync, type Stats, utimesSync } from "node:fs";
import { hostname, userInfo } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { type LogDeed, logDeedSchema, nextEntry, type ReadLog, readHead, readLog } from "../configuration/audit-log.ts";
import { type ConfigurationText, isConfigurationFile, type PromotedFile } from "../configuration/promotion.ts";
import { sha256 } from "../core/assemble-plan.ts";
import { parseJson } from "../core/parse-json.ts";
import { failure, isFailure } from "../failure.ts";
import {
  type Attributes,
  type HeldFolder,
  holdFolder,
  inWords,
  letGo,
  namesIn,
  putInPlace,
  readIn,
  settle,
  stagedName,
  stageIn,
  statIn,
  trouble,
} from "./held-folder.ts";

/*
 * A folder of this machine that configuration is promoted to. What Drawbridge keeps of it lies in `.drawbridge` inside: the log, and for each
 * promotion what the files were before.
 */

const ownFolder = ".drawbridge";
const logFile = "log.jsonl";
const headFile = "log.head";
/** Names the promotion whose files are being put in place: while it lies there, they are some of both. */
const markFile = "unfinished.json";

/** Bytes of one configuration file, at most. */
const sizeLimit = 1024 * 1024;
/** Bytes of our own files, at most. */
const ownLimit = 64 * 1024 * 1024;

/** Who gives the order, as far as this machine knows. */
export const whoIsHere = (environment: NodeJS.ProcessEnv = process.env): string => {
  const username = accountName();
  const behind = environment.SUDO_USER;
  return `${username}${behind === undefined || behind === username ? "" : ` (${behind.slice(0, 64)})`}@${hostname()}`;
};

/** An account may be a number without a name: in a container, or with a directory service that is away. */
const accountName = (): string => {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? "unknown"}`;
  }
};

/** The configuration files of a folder, by name. No link is followed. */
export const readConfigurationFolder = (path: string): readonly ConfigurationText[] => {
  const folder = inWords(`read ${path}`, () => holdFolder(path));
  try {
    return configurationIn(folder).map(({ name, text }) => ({ name, text }));
  } finally {
    letGo(folder);
  }
};

type ConfigurationFile = ConfigurationText & { readonly stat: Stats };

const configurationIn = (folder: HeldFolder): readonly ConfigurationFile[] =>
  inWords(`read ${folder.path}`, () =>
    namesIn(folder)
      .map((bytes) => {
        const name = bytes.toString("utf8");
        // biome-ignore lint/suspicious/noControlCharactersInRegex: exactly those that no name should have.
        if (/\.toml$/u.test(name) && (/[\u0000-\u001f\u007f]/u.test(name) || !Buffer.from(name).equals(bytes)))
          throw failure("usage", `${folder.path} holds ${JSON.stringify(name)}, which is no name in UTF-8: rename it`);
        return name;
      })
      .filter(isConfigurationFile)
      .toSorted()
      .map((name) => {
        const file = readIn(folder, name, sizeLimit);
        if (file === undefined) throw failure("usage", `${folder.path}/${name} went while it was read: run it again`);
        const text = file.bytes.toString("utf8");
        if (!Buffer.from(text, "utf8").equals(file.bytes))
          throw failure("usage", `${folder.path}/${name} is not UTF-8 text: save it as UTF-8`);
        return { name, text, stat: file.stat };
      }),
  );

type HeldPlace = { readonly folder: HeldFolder; readonly own: HeldFolder };

/** A folder that is promoted to, and ours in it, both held. */
export type PromotionPlace = HeldPlace & {
  /** What was done here that the operator did not ask for: a promotion that was cut off was put back. */
  readonly notes: readonly string[];
  /** Of the promotion that was cut off and put back. */
  readonly putBack: string | undefined;
};

/** Keeps a second promotion to the same folder out while `act` runs. What an earlier one left half done is put back first. */
export const withFolderLock = async <T>(target: string, act: (place: PromotionPlace) => Promise<T>): Promise<T> => {
  const folder = inWords(`write to ${target}`, () => holdFolder(target));
  try {
    const { own, made } = inWords(`write to ${target}`, () => openOwnFolder(folder));
    try {
      inWords(`write to ${own.path}`, () => takeLock(target, own));
      try {
        removeStaged(own);
        const cutOff = inWords(`write to ${target}`, () => putCutOffBack({ folder, own }));
        return await act({ folder, own, ...cutOff });
      } finally {
        // What cannot be removed now is removed by the next one: its holder is gone then.
        quietly(() => removeStaged(own));
        quietly(() => rmSync(own.at("lock"), { force: true }));
      }
    } finally {
      letGo(own);
      // Where nothing was promoted nothing is left behind.
      if (made) removeIfEmpty(folder);
    }
  } finally {
    letGo(folder);
  }
};

/** What never came into place. */
const removeStaged = (own: HeldFolder): void => {
  for (const bytes of namesIn(own)) {
    const name = bytes.toString("latin1");
    if (stagedName.test(name)) rmSync(own.at(name), { force: true });
  }
};

const removeIfEmpty = ({ at }: HeldFolder): void => quietly(() => rmdirSync(at(ownFolder)));

/** Tidying up: where it does not succeed, nothing is lost. */
const quietly = (act: () => void): void => {
  try {
    act();
  } catch {
    // It stays.
  }
};

/** Our folder in the target: made where it is missing, refused where somebody put something else there. */
const openOwnFolder = (target: HeldFolder): { readonly own: HeldFolder; readonly made: boolean } => {
  const path = join(target.path, ownFolder);
  const made = statIn(target, ownFolder) === undefined;
  if (made) mkdirSync(target.at(ownFolder), { mode: 0o700 });
  const stat = statIn(target, ownFolder);
  if (stat?.isDirectory() !== true) throw failure("refused", `${path} is no folder: remove it; nothing was changed`);
  // Whoever owns it can put links into it, and read the secrets that are kept there.
  if (stat.uid !== process.getuid?.() || (stat.mode & 0o077) !== 0)
    throw failure(
      "refused",
      `${path} is not this account's alone: promote as the account that did it before, or move it aside; nothing was changed`,
    );
  return { own: holdFolder(path, target, ownFolder), made };
};

/** The lock names its holder, and when that process began: numbers of processes come again. */
const takeLock = (target: string, own: HeldFolder): void => {
  const taken = () =>
    failure(
      "refused",
      `another promotion works on ${target}: wait for it, or remove ${join(own.path, "lock")}; nothing was changed`,
    );
  const held = readIn(own, "lock", 4096)?.bytes.toString("utf8");
  if (held !== undefined) {
    const [, pid, began = ""] = /^(\d+)(?: (\d+))?\n$/u.exec(held) ?? [];
    if (pid === undefined || isAlive(Number(pid), began)) throw taken();
    // Two may see the same dead holder: only what was looked at is thrown away.
    const aside = stageIn(own, "", undefined);
    putInPlace(own, "lock", own, aside);
    const moved = readIn(own, aside, 4096)?.bytes.toString("utf8") === held;
    if (!moved) putInPlace(own, aside, own, "lock");
    else rmSync(own.at(aside), { force: true });
    if (!moved) throw taken();
  }
  const staged = stageIn(own, `${process.pid} ${beginningOf(process.pid)}`.trimEnd().concat("\n"), undefined);
  try {
    linkSync(own.at(staged), own.at("lock"));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") throw taken();
    throw error;
  } finally {
    rmSync(own.at(staged), { force: true });
  }
};

/** When a process began, in ticks since the boot (proc_pid_stat(5), field 22); empty where nobody tells. */
const beginningOf = (pid: number): string => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
  } catch {
    return "";
  }
};

const isAlive = (pid: number, began: string): boolean => {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false;
  }
  const now = beginningOf(pid);
  return began === "" || now === "" || now === began;
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
type Backup = z.output<typeof backupSchema>;

/** The line of the log that it will have when it is done. */
const markSchema = z.strictObject({ schemaVersion: z.literal(1), deed: logDeedSchema });

/** SHA-256 of what stands at a name of the target now; null: nothing. */
const hashIn = (folder: HeldFolder, name: string): string | null => {
  const file = readIn(folder, name, sizeLimit);
  return file === undefined ? null : sha256(file.bytes.toString("utf8"));
};

const backupFolder = (own: HeldFolder, id: string): string => join(own.path, "backups", id);

/** `act` with the folder of a promotion's backup, held from ours on; undefined where there is none. */
const withBackup = <T>(own: HeldFolder, id: string, act: (backup: HeldFolder) => T): T | undefined => {
  if (statIn(own, "backups") === undefined) return undefined;
  const all = holdFolder(join(own.path, "backups"), own, "backups");
  try {
    if (statIn(all, id) === undefined) return undefined;
    const backup = holdFolder(backupFolder(own, id), all, id);
    try {
      return act(backup);
    } finally {
      letGo(backup);
    }
  } finally {
    letGo(all);
  }
};

const readBackup = (backup: HeldFolder): Backup | undefined => {
  const text = readIn(backup, "promotion.json", ownLimit)?.bytes.toString("utf8") ?? "";
  const parsed = backupSchema.safeParse(parseJson(text));
  return parsed.success ? parsed.data : undefined;
};

/** What is there now must be what was promoted from and compared: somebody else may have been faster. */
const demandUnchanged = (folder: HeldFolder, files: readonly PromotedFile[]): void => {
  for (const { name, before } of files)
    if (hashIn(folder, name) !== (before === null ? null : sha256(before)))
      throw failure(
        "refused",
        `${folder.path}/${name} was changed while the promotion was checked: run it again; nothing was changed`,
      );
};

/** Whose a file will be: as the one it replaces, else as those beside it, else as the folder. */
const attributesFor = (folder: HeldFolder, name: string): Attributes => {
  const [uid, gid] = [process.getuid?.() ?? 0, process.getgid?.() ?? 0];
  const like = statIn(folder, name) ?? configurationIn(folder)[0]?.stat;
  if (like === undefined) return { mode: 0o640, uid, gid: (uid === 0 ? statIn(folder, ".")?.gid : undefined) ?? gid };
  if (uid === 0 || like.uid === uid) return like;
  throw failure(
    "refused",
    `${folder.path}/${name} would belong to another account than its readers expect: promote as its owner (uid ${like.uid}) or as root; nothing was changed`,
  );
};

/**
 * Keeps what is there, writes all files and the line of the log, or nothing. Everything lies ready on the disk before the first file is
 * put in place: from there on nothing needs room, and what is cut off is put back by whoever comes next.
 */
export const applyToFolder = (
  place: HeldPlace,
  { source, files, deed }: { readonly source: string; readonly files: readonly PromotedFile[]; readonly deed: LogDeed },
): void => {
  const { folder, own } = place;
  demandUnchanged(folder, files);
  const log = stageLog(place, deed);
  const attributes = new Map(files.map(({ name }) => [name, attributesFor(folder, name)]));
  inWords(`write to ${own.path}`, () => {
    try {
      keep(place, deed.id, source, files);
      stageAndPut(
        place,
        deed,
        files.map(({ name, after }) => ({ name, bytes: after, like: attributes.get(name) })),
        log,
      );
    } catch (error) {
      if (!isFailure(error)) quietly(() => forget(own, deed.id));
      throw error;
    }
  });
};

/** A backup of a promotion that did not come about. */
const forget = (own: HeldFolder, id: string): void => {
  rmSync(own.at(join("backups", id)), { recursive: true, force: true });
  quietly(() => rmdirSync(own.at("backups")));
  if (statIn(own, "backups") === undefined) rmSync(own.at(".gitignore"), { force: true });
};

/** `bytes`: null takes the file away. `modified`: milliseconds since the epoch. */
type Staged = {
  readonly name: string;
  readonly bytes: Buffer | string | null;
  readonly like: Attributes | undefined;
  readonly modified?: number;
};

const stage = (own: HeldFolder, { bytes, like, modified }: Staged): string | undefined => {
  if (bytes === null) return undefined;
  const staged = stageIn(own, bytes, like);
  if (modified !== undefined) utimesSync(own.at(staged), modified / 1000, modified / 1000);
  return staged;
};

const stageAndPut = (
  { folder, own }: HeldPlace,
  deed: LogDeed,
  files: readonly Staged[],
  log: () => () => void,
): void => {
  const ready = files.map((file) => ({ name: file.name, staged: stage(own, file) }));
  const noteDeed = log();
  putInPlace(own, stageIn(own, `${JSON.stringify({ schemaVersion: 1, deed })}\n`, undefined), own, markFile);
  settle(own);
  try {
    for (const { name, staged } of ready)
      if (staged === undefined) rmSync(folder.at(name), { force: true });
      else putInPlace(own, staged, folder, name);
    settle(folder);
    noteDeed();
  } catch (error) {
    const why = `cannot write to ${folder.path}: ${trouble(error)}`;
    try {
      const { putBack } = putCutOffBack({ folder, own });
      // With its line in the log it was done all the same; and what goes back has gone to its end.
      if (putBack === undefined || deed.what === "rolled back") return;
    } catch (again) {
      throw failure(
        "notReverted",
        `${why}; not everything could be put back (${trouble(again)}), and the next promote there does it`,
        error,
      );
    }
    throw failure("reverted", `${why}; everything is as it was before`, error);
  }
  quietly(() => rmSync(own.at(markFile), { force: true }));
  quietly(() => settle(own));
};

/** What the files were, in a folder of its own; the list is written last, and without it there is no promotion. */
const keep = ({ folder, own }: HeldPlace, id: string, source: string, files: readonly PromotedFile[]): void => {
  if (statIn(own, "backups") === undefined) mkdirSync(own.at("backups"), { mode: 0o700 });
  mkdirSync(own.at(join("backups", id)), { mode: 0o700 });
  // Secrets of the target are in it: no version control may pick it up.
  putInPlace(own, stageIn(own, "*\n", undefined), own, ".gitignore");
  withBackup(own, id, (backup) => {
    const kept = files.map(({ name, before, after }) => {
      const stat = statIn(folder, name);
      if (before !== null) putInPlace(own, stageIn(own, before, undefined), backup, name);
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
    const list = `${JSON.stringify({ schemaVersion: 1, source, files: kept }, null, 2)}\n`;
    putInPlace(own, stageIn(own, list, undefined), backup, "promotion.json");
    settle(backup);
  });
};

/** The files of a backup as they have to lie there again. */
const asBefore = (
  backup: HeldFolder,
  { files }: Backup,
  isWanted: (name: string) => boolean,
): readonly (Staged & { readonly modified?: number })[] =>
  files
    .filter(({ name }) => isWanted(name))
    .map(({ name, before }) => {
      if (before === null) return { name, bytes: null, like: undefined };
      const kept = readIn(backup, name, sizeLimit);
      if (kept === undefined || sha256(kept.bytes.toString("utf8")) !== before.sha256)
        throw failure("refused", `${join(backup.path, name)} is not as it was kept: put ${name} right by hand`);
      return { name, bytes: kept.bytes, like: before, modified: before.modified };
    });

/**
 * A promotion whose process was killed between two files: those that it had put in place go back, and what was edited since stays. A way
 * back that was cut off is gone to its end. Leftovers that never came into place are removed.
 */
const putCutOffBack = (place: HeldPlace): Pick<PromotionPlace, "notes" | "putBack"> => {
  const { folder, own } = place;
  const marked = readIn(own, markFile, ownLimit);
  if (marked === undefined) return { notes: [], putBack: undefined };
  const parsed = markSchema.safeParse(parseJson(marked.bytes.toString("utf8")));
  if (!parsed.success)
    throw failure("refused", `${join(own.path, markFile)} is not as it was written: find out who changed it`);
  const { deed } = parsed.data;
  const { id } = deed;
  const goesBack = deed.what === "rolled back";
  const notes: string[] = [];
  const { entries, problems, head } = logIn(own);
  const isDone = entries.findLast((entry) => entry.id === id)?.what === deed.what;
  // Cut off between the log and what is noted apart from it.
  if (isDone && problems.length === 0)
    putInPlace(own, stageIn(own, `${JSON.stringify(head)}\n`, undefined), own, headFile);
  if (!isDone) {
    withBackup(own, id, (backup) => {
      const kept = readBackup(backup);
      const now = new Map(kept?.files.map(({ name }) => [name, hashIn(folder, name)]));
      const ours = new Set(kept?.files.filter(({ name, after }) => now.get(name) === after).map(({ name }) => name));
      const files = kept === undefined ? [] : asBefore(backup, kept, (name) => ours.has(name));
      const ready = files.map((file) => ({ name: file.name, staged: stage(own, file) }));
      for (const { name, staged } of ready)
        if (staged === undefined) rmSync(folder.at(name), { force: true });
        else putInPlace(own, staged, folder, name);
      settle(folder);
      for (const { name, before } of kept?.files ?? [])
        if (!ours.has(name) && now.get(name) !== (before?.sha256 ?? null))
          notes.push(`${join(folder.path, name)} was edited since ${id} was cut off, and stays as it is`);
    });
    notes.unshift(
      goesBack
        ? `the way back of ${id} had been cut off, and is gone to its end now`
        : `promotion ${id} had been cut off: its files are as they were before it`,
    );
    if (goesBack) stageLog(place, deed)()();
  }
  rmSync(own.at(markFile), { force: true });
  settle(own);
  return { notes, putBack: isDone ? undefined : id };
};

/** Puts the files of a promotion back as they were, to the byte; refused where somebody has edited one since. */
export const rollBackFolder = (place: HeldPlace, deed: Omit<LogDeed, "files">): LogDeed["files"] => {
  const { folder, own } = place;
  const { id } = deed;
  const taken = withBackup(own, id, (backup) => {
    const kept = readBackup(backup);
    if (kept === undefined) return undefined;
    const states = kept.files.map(({ name, before, after }) => {
      const now = hashIn(folder, name);
      return { name, isAfter: now === after, isBefore: now === (before?.sha256 ?? null) };
    });
    const edited = states.find(({ isAfter, isBefore }) => !isAfter && !isBefore);
    if (edited !== undefined)
      throw failure(
        "refused",
        `${join(folder.path, edited.name)} was edited since ${id}: take the later change back first, or put it right by hand from ${backup.path}; nothing was changed`,
      );
    if (states.every(({ isAfter, isBefore }) => isBefore && !isAfter))
      throw failure("refused", `${id} was taken back already; nothing was changed`);
    const files = kept.files.map(({ name, before, after }) => ({
      path: join(folder.path, name),
      before: after,
      after: before?.sha256 ?? null,
    }));
    const whole = { ...deed, files };
    const log = stageLog(place, whole);
    inWords(`write to ${folder.path}`, () =>
      stageAndPut(
        place,
        whole,
        asBefore(backup, kept, () => true),
        log,
      ),
    );
    return files;
  });
  if (taken === undefined)
    throw failure("usage", `there is no promotion ${id} to ${folder.path}; drawbridge log ${folder.path} lists them`);
  return taken;
};

const logIn = (own: HeldFolder): ReadLog & { readonly text: string } => {
  const text = readIn(own, logFile, ownLimit)?.bytes.toString("utf8") ?? "";
  return { ...readLog(text, readHead(readIn(own, headFile, 4096)?.bytes.toString("utf8"))), text };
};

/** The log of a folder, with its chain followed; empty where nothing was promoted yet. */
export const readFolderLog = (target: string): ReadLog & { readonly cutOff: boolean } => {
  const folder = inWords(`read ${target}`, () => holdFolder(target));
  try {
    if (statIn(folder, ownFolder) === undefined) return { ...readLog(""), cutOff: false };
    const path = join(target, ownFolder);
    const own = inWords(`read ${path}`, () => holdFolder(path, folder, ownFolder));
    try {
      return { ...logIn(own), cutOff: statIn(own, markFile) !== undefined };
    } finally {
      letGo(own);
    }
  } finally {
    letGo(folder);
  }
};

/** Stages the log with one entry more; what comes back puts it in place. A log that does not hold is not gone on with: what is wrong with it would look like ours. */
const stageLog = (place: HeldPlace, deed: LogDeed): (() => () => void) => {
  const { own } = place;
  const { head, text } = demandLog(place);
  const next = nextEntry(head, deed);
  return () => {
    const log = stageIn(own, `${text}${next.line}`, undefined);
    const noted = stageIn(own, `${JSON.stringify(next.head)}\n`, undefined);
    return () => {
      // With its line the deed is done: an entry more than the head knows is one whose writer was cut off here.
      putInPlace(own, log, own, logFile);
      putInPlace(own, noted, own, headFile);
      settle(own);
    };
  };
};

export const demandLog = ({ folder, own }: HeldPlace): ReadLog & { readonly text: string } => {
  const log = inWords(`read ${join(own.path, logFile)}`, () => logIn(own));
  if (log.problems.length > 0)
    throw failure(
      "refused",
      `the log of ${folder.path} is not as it was written (${log.problems[0]}): find out who changed it, then move ${own.path} aside; nothing was changed`,
    );
  return log;
};
