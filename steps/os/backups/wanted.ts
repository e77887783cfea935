import { template } from "../../../src/embedded/templates.ts";
import type { AnswerReader } from "../../../src/model/question.ts";
import type { RenderedFile } from "../../../src/model/step.ts";
import { backupProgram, backupSettings, backupState, backupUnits } from "../../../src/probes/backups.ts";
import {
  backupAccessFile,
  backupDatabases,
  backupExclude,
  backupIdentityFile,
  backupKeep,
  backupPasswordFile,
  backupPaths,
  backupRepository,
  backupTime,
} from "./questions.ts";

const lines = (entries: readonly string[]): string => entries.map((entry) => `${entry}\n`).join("");

/** "daily 7" a line, as the program reads it. */
const keepLines = (text: string): string =>
  text === "forever" ? "" : lines(text.split(", ").map((part) => part.split(" ").toReversed().join(" ")));

/** systemd.exec(5) LoadCredential=: the service alone sees them, as files in a memory file system of its own. */
const credentials = (answers: AnswerReader): string =>
  [
    ["password", answers.get(backupPasswordFile)],
    ["access", answers.get(backupAccessFile)],
    ["identity", answers.get(backupIdentityFile)],
  ]
    .filter(([, path]) => path !== "")
    .map(([name, path]) => `LoadCredential=${name}:${path}`)
    .join("\n");

const unit = (name: string, answers: AnswerReader): string => {
  const repository = answers.get(backupRepository);
  // A repository on this machine has to be written; one that is not mounted is told of by the program, not by systemd.
  const writes = [backupState, ...(repository.startsWith("/") ? [`-${repository}`] : [])].join(" ");
  return template(`backups/${name}`)
    .replaceAll("{{credentials}}", () => credentials(answers))
    .replaceAll("{{writes}}", () => writes)
    .replaceAll("{{time}}", answers.get(backupTime));
};

/** Everything but the password, which no one who renders knows. */
export const wantedFiles = (answers: AnswerReader): readonly RenderedFile[] => [
  {
    path: backupProgram,
    content: template("backups/backup"),
    mode: "0755",
    about: "Program that saves the machine and tries to restore",
  },
  {
    path: `${backupSettings}/repository`,
    content: lines([answers.get(backupRepository)]),
    mode: "0600",
    about: "Where the backups go",
  },
  {
    path: `${backupSettings}/paths`,
    content: lines(answers.get(backupPaths)),
    mode: "0600",
    about: "What is saved",
  },
  {
    path: `${backupSettings}/exclude`,
    content: lines(answers.get(backupExclude)),
    mode: "0600",
    about: "What of that is left out",
  },
  {
    path: `${backupSettings}/databases`,
    content: lines(answers.get(backupDatabases)),
    mode: "0600",
    about: "Databases that are dumped into it",
  },
  {
    path: `${backupSettings}/keep`,
    content: keepLines(answers.get(backupKeep)),
    mode: "0600",
    about: "How many backups are kept",
  },
  ...backupUnits.flatMap((name) => [
    {
      path: `/etc/systemd/system/${name}.service`,
      content: unit(`${name}.service`, answers),
      mode: "0644",
      about: name === "drawbridge-backup" ? "Service of the backup" : "Service of the restore drill",
    },
    {
      path: `/etc/systemd/system/${name}.timer`,
      content: unit(`${name}.timer`, answers),
      mode: "0644",
      about: name === "drawbridge-backup" ? "Its timer: every day" : "Its timer: every month",
    },
  ]),
];

/** The files for a machine that is set up by other means; the password file is that one's to make. */
export const generateBackups = (answers: AnswerReader): readonly RenderedFile[] =>
  answers.get(backupRepository) === ""
    ? []
    : wantedFiles(answers).map(({ about, ...file }) => ({ ...file, about: `${about}.` }));
