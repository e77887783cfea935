import { z } from "zod";
import { knownValue } from "../../../src/model/fact.ts";
import type { Integration } from "../../../src/model/integration.ts";
import { question } from "../../../src/model/question.ts";
import { backupPassword, backupState, backups } from "../../../src/probes/backups.ts";
import { integrations } from "../../../src/probes/integrations.ts";

/** Nothing that restic, systemd or a list of lines would read as anything but a name. */
const plainPath = z.string().regex(/^\/[A-Za-z0-9._@+/-]+$/u, "must be an absolute path of plain characters");
const listedPath = z.string().regex(/^\/[^\t\n\r\0]*$/u, "must be absolute paths");

const host = "[A-Za-z0-9][A-Za-z0-9.-]*|\\[[0-9A-Fa-f:]+\\]";
const path = "[A-Za-z0-9._@+/-]*";
const repositoryForm = new RegExp(
  [
    "^(?:",
    `|/${path}`,
    `|sftp:(?:[A-Za-z0-9._-]+@)?[A-Za-z0-9][A-Za-z0-9.-]*:${path}`,
    `|sftp://(?:[A-Za-z0-9._-]+@)?[A-Za-z0-9][A-Za-z0-9.-]*(?::\\d{1,5})?/${path}`,
    `|s3:(?:https?://)?(?:${host})(?::\\d{1,5})?/${path}`,
    `|rest:https?://(?:${host})(?::\\d{1,5})?/${path}`,
    ")$",
  ].join(""),
  "u",
);

const needs = { saved: backups };

export const backupRepository = question({
  id: "backups.repository",
  kind: "text",
  label: "Repository",
  title: "Where does restic keep the backups of this machine? (empty: it does not)",
  why: "A place on another machine: sftp:USER@HOST:/PATH, rest:https://HOST:8000/PATH, s3:https://HOST/BUCKET, or a folder such as a mounted share. Only you know it, so without an answer nothing is installed. No passwords in it: they come from files.",
  schema: z
    .string()
    .trim()
    .regex(repositoryForm, "must be /PATH, sftp:USER@HOST:/PATH, sftp://USER@HOST:PORT/PATH, rest:https://… or s3:…")
    .refine((text) => text !== "/", "must be a folder of its own"),
  needs,
  default: () => "",
  current: ({ saved }) =>
    knownValue(saved)?.files.get("/etc/drawbridge/backups/repository")?.content.trim() || "no backup is known",
  describe: (text) => (text === "" ? "none" : text),
});

const named = (answers: { get: (asked: typeof backupRepository) => string }): boolean =>
  answers.get(backupRepository) !== "";

/** What usually holds what nobody can install again, as far as it is there. */
const usual = ["/etc", "/root", "/home", "/srv", "/opt", "/usr/local", "/var/spool/cron", "/var/www"];

const within = (path: string, folder: string): boolean => path === folder || path.startsWith(`${folder}/`);

const folderOf = (path: string): string => path.slice(0, path.lastIndexOf("/")) || "/";

/** Where an integration's program, configuration, stores and units lie; what a system folder above holds is saved with it. */
const placesOf = ({ jar, configuration, stores, unitFiles, environmentFiles, workingDirectory }: Integration) => [
  ...(jar === undefined ? [] : [jar.path]),
  ...configuration.files.filter(({ state }) => state !== "missing").map(({ path }) => path),
  ...stores.map(({ path }) => path),
  ...[...unitFiles, ...environmentFiles].filter(({ state }) => state !== "missing").map(({ path }) => path),
  // A service without a folder of its own works in the whole disk.
  ...(folderOf(workingDirectory) === "/" || workingDirectory === "" ? [] : [workingDirectory]),
];

const outmost = (paths: readonly string[]): readonly string[] =>
  [...new Set(paths)].filter((path) => !paths.some((other) => other !== path && within(path, other))).toSorted();

const isWorthSaving = (path: string): boolean =>
  listedPath.safeParse(path).success && !/^\/(?:proc|sys|dev|run|tmp|usr\/lib|lib)(?:\/|$)/u.test(path);

export const backupPaths = question({
  id: "backups.paths",
  kind: "list",
  label: "What is saved",
  title: "Which folders and files are saved?",
  why: "The default is what nobody can install again: configuration, homes, and of each integration its program, configuration, stores and units. Data of databases is saved as dumps, not from their folders.",
  schema: z.array(listedPath).min(1, "must not be empty"),
  needs: { saved: backups, here: integrations },
  when: (_, answers) => named(answers),
  default: ({ saved, here }) => {
    const folders = knownValue(saved)?.folders ?? ["/etc"];
    const places = (knownValue(here)?.integrations ?? []).flatMap(placesOf);
    return [...outmost([...usual.filter((path) => folders.includes(path)), ...places.filter(isWorthSaving)])];
  },
});

export const backupExclude = question({
  id: "backups.exclude",
  kind: "list",
  label: "What is left out",
  title: "What of that is not worth saving?",
  why: "Patterns as restic reads them. The default leaves out caches, heap dumps and the backup's own place.",
  schema: z.array(z.string().regex(/^[^\t\n\r\0#!][^\t\n\r\0]*$/u, "must be patterns of restic, one a line")),
  needs,
  when: (_, answers) => named(answers),
  default: (_, answers) => {
    const repository = answers.get(backupRepository);
    return [
      ...(repository.startsWith("/") ? [repository] : []),
      `${backupState}/cache`,
      answers.get(backupPasswordFile),
      "/var/lib/drawbridge",
      "/home/*/.cache",
      "/root/.cache",
      "*.hprof",
      "hs_err_pid*.log",
    ];
  },
});

export const backupDatabases = question({
  id: "backups.databases",
  kind: "list",
  label: "Databases dumped",
  title: "Which databases on this machine are dumped into each backup?",
  why: "The default is every PostgreSQL and MariaDB or MySQL server that runs here. They are dumped as their own administrator, without a password, through the local socket; a dump that fails makes the backup fail.",
  schema: z.array(
    z
      .string()
      .regex(
        /^(?:postgresql(?:@[A-Za-z0-9.]+-[A-Za-z0-9._-]+)?|mariadb|mysql)$/u,
        "must be postgresql, postgresql@VERSION-CLUSTER, mariadb or mysql",
      ),
  ),
  needs,
  when: (_, answers) => named(answers),
  default: ({ saved }) => [...(knownValue(saved)?.databases ?? [])],
});

export const backupKeep = question({
  id: "backups.keep",
  kind: "text",
  label: "Kept for",
  title: "How many backups are kept? (such as: 7 daily, 5 weekly, 12 monthly; or: forever)",
  why: "Older ones are removed after each run. Where the repository only lets this machine add, and removes by itself, say forever: whoever breaks in here can then delete nothing there.",
  schema: z
    .string()
    .trim()
    .regex(
      /^(?:forever|[1-9]\d{0,3} (?:hourly|daily|weekly|monthly|yearly)(?:, [1-9]\d{0,3} (?:hourly|daily|weekly|monthly|yearly)){0,4})$/u,
      "must be like: 7 daily, 5 weekly, 12 monthly; or forever",
    ),
  needs,
  when: (_, answers) => named(answers),
  default: () => "7 daily, 5 weekly, 12 monthly",
});

export const backupTime = question({
  id: "backups.time",
  kind: "text",
  label: "Time of day",
  title: "When does the daily backup begin?",
  why: "It works at the lowest priority, and up to a quarter of an hour later, so that not all machines come at once. A run that was missed is made up for.",
  schema: z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/u, "must be hours and minutes like 02:30"),
  needs,
  when: (_, answers) => named(answers),
  default: () => "02:30",
});

export const backupPasswordFile = question({
  id: "backups.password-file",
  kind: "text",
  label: "Password file",
  title: "Which file on this machine holds the repository's password?",
  why: "At its default place it is made, random, if it is not there. Without that password nobody can read the backups: keep a copy of it elsewhere.",
  schema: plainPath,
  needs,
  when: (_, answers) => named(answers),
  default: () => backupPassword,
});

export const backupAccessFile = question({
  id: "backups.access-file",
  kind: "text",
  label: "Keys to the repository",
  title: "Which file on this machine holds the keys of the S3 store or the REST server? (empty: none)",
  why: "Lines such as AWS_ACCESS_KEY_ID=… and AWS_SECRET_ACCESS_KEY=…, or RESTIC_REST_USERNAME=… and RESTIC_REST_PASSWORD=…, in a file that root alone reads. Only the backup's service sees it.",
  schema: z.union([z.literal(""), plainPath]),
  needs,
  when: (_, answers) => /^(?:s3|rest):/u.test(answers.get(backupRepository)),
  default: () => "",
});

export const backupIdentityFile = question({
  id: "backups.identity-file",
  kind: "text",
  label: "SSH key",
  title: "Which private key opens the SFTP server? (empty: what root's ssh uses by itself)",
  why: "A key without a passphrase, and best one that only may sftp there. The server's host key must stand in root's known_hosts: nobody is there to ask at night.",
  schema: z.union([z.literal(""), plainPath]),
  needs,
  when: (_, answers) => answers.get(backupRepository).startsWith("sftp:"),
  default: () => "",
});
