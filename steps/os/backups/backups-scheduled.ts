import { mask } from "../../../src/core/concealed.ts";
import { ownFolder, programFolder, rootFolder } from "../../../src/core/root-folder.ts";
import { change } from "../../../src/model/change.ts";
import { control } from "../../../src/model/control.ts";
import { fail, pass } from "../../../src/model/finding.ts";
import type { AnswerReader } from "../../../src/model/question.ts";
import {
  type Backups,
  backupPassword,
  backupSettings,
  backupState,
  backups,
  backupUnits,
} from "../../../src/probes/backups.ts";
import { saves } from "./judging.ts";
import { backupExclude, backupPasswordFile, backupPaths, backupRepository } from "./questions.ts";
import { wantedFiles } from "./wanted.ts";

const wants = "/etc/systemd/system/timers.target.wants";
const owned = { owner: "root", group: "root" } as const;

const timers = ({ save, drill }: Backups) => [
  { unit: `${backupUnits[0]}.timer`, seen: save },
  { unit: `${backupUnits[1]}.timer`, seen: drill },
];

const runs = ({ unit, seen }: ReturnType<typeof timers>[number]): boolean =>
  seen.timer === "active" && seen.want === `/etc/systemd/system/${unit}`;

const stale = ({ files }: Backups, answers: AnswerReader) =>
  wantedFiles(answers).filter(({ path, content, mode }) => {
    const found = files.get(path);
    return found?.content !== content || found.mode !== mode || found.owner !== "root";
  });

const ownPassword = (answers: AnswerReader): boolean => answers.get(backupPasswordFile) === backupPassword;

const problems = (saved: Backups, answers: AnswerReader): readonly string[] => {
  const differing = stale(saved, answers);
  const { password } = saved;
  return [
    ...(saved.restic ? [] : ["restic is not installed"]),
    ...timers(saved)
      .filter((timer) => !runs(timer))
      .map(({ unit }) => `${unit} does not run`),
    ...(ownPassword(answers) && password === undefined ? ["there is no password yet"] : []),
    ...(ownPassword(answers) && password !== undefined && (password.owner !== "root" || !/00$/u.test(password.mode))
      ? [`${backupPassword} can be read by others`]
      : []),
    ...(differing.length === 0 ? [] : [`not as answered: ${differing.map(({ path }) => path).join(", ")}`]),
  ];
};

/** NIST CP-9; restic(1), systemd.timer(5), systemd.exec(5) LoadCredential=. */
export const backupsScheduled = control({
  id: "backups-scheduled",
  guideline: ["OS-08"],
  title: "Every day this machine is saved, encrypted, by itself",
  failing: "Nothing saves this machine every day as it was answered",
  severity: "high",
  risk: "none",
  rationale:
    "What is saved by hand is not saved on the day it is needed. restic encrypts before anything leaves the machine, so whoever keeps the repository reads nothing of it.",
  references: [
    { source: "NIST 800-53", id: "CP-9" },
    { source: "man", id: "restic(1)" },
    { source: "man", id: "systemd.exec(5)" },
  ],
  needs: { saved: backups },
  applies: saves,
  inspect: ({ saved }, answers) => {
    const evidence = [
      {
        asked: `systemctl show ${backupUnits.map((unit) => `${unit}.timer`).join(" ")}`,
        answered: timers(saved)
          .map(({ unit, seen }) => `${unit} ${seen.timer || "missing"}`)
          .join(", "),
      },
      {
        asked: `cat ${backupSettings}/paths ${backupSettings}/exclude`,
        answered: `saved: ${answers.get(backupPaths).join(", ")}; left out: ${answers.get(backupExclude).join(", ")}`,
      },
    ];
    const found = problems(saved, answers);
    return found.length === 0 ? pass(evidence) : fail(found.join("; "), evidence);
  },
  plan: ({ saved }, answers) => {
    const common = { phase: "services" as const, risk: "none" as const };
    const repository = answers.get(backupRepository);
    const missing = (folder: typeof ownFolder) => (saved.folders.includes(folder.path) ? [] : [folder]);
    return [
      ...(saved.restic
        ? []
        : [change({ kind: "package", phase: "packages", risk: "none", title: "Install restic", names: ["restic"] })]),
      ...missing(programFolder),
      ...missing(ownFolder),
      ...missing(rootFolder("A folder for what the backup is told", backupSettings, { mode: "0700" })),
      ...(ownPassword(answers) && saved.password === undefined
        ? [
            change({
              ...common,
              kind: "file",
              title: "Make the repository's password: keep a copy of it elsewhere",
              path: backupPassword,
              before: null,
              after: {
                content: mask,
                parts: [{ random: { name: "backup-password", bytes: 33 } }],
                mode: "0400",
                ...owned,
              },
              sensitive: true,
            }),
          ]
        : []),
      ...(ownPassword(answers) && saved.password !== undefined && !/00$/u.test(saved.password.mode)
        ? [
            change({
              ...common,
              kind: "permissions",
              title: "The repository's password is root's alone",
              path: backupPassword,
              before: { ...owned, ...saved.password },
              after: { mode: "0400", ...owned },
            }),
          ]
        : []),
      ...(saved.folders.includes(backupState)
        ? []
        : [
            change({
              ...common,
              kind: "command",
              title: "A folder for how backups ended",
              argv: ["install", "-d", "-m", "0700", backupState],
              touches: [backupState],
            }),
          ]),
      // A folder that is there stays as it is, and what was saved in it stays when all of this is taken back. One that this made and
      // that is still empty goes: the sticky bit, which means nothing in a folder of root's alone, tells it from an empty one that was
      // there before (a share that is not mounted at the moment).
      ...(repository.startsWith("/")
        ? [
            change({
              ...common,
              kind: "command",
              title: "The repository's folder, if it is not there",
              argv: ["mkdir", "-p", "-m", "1700", repository],
              inverse: ["find", repository, "-maxdepth", "0", "-type", "d", "-empty", "-perm", "1700", "-delete"],
            }),
          ]
        : []),
      ...wantedFiles(answers).map(({ path, content, mode, about }) =>
        change({
          ...common,
          kind: "file",
          title: about,
          path,
          before: saved.files.get(path) ?? null,
          after: { content, mode, ...owned },
        }),
      ),
      ...timers(saved).flatMap((timer) => {
        const { unit, seen } = timer;
        return [
          change({
            ...common,
            kind: "symlink",
            title: `Start ${unit} with the server`,
            path: `${wants}/${unit}`,
            target: `/etc/systemd/system/${unit}`,
            before: seen.want ?? null,
          }),
          ...(seen.timer === "active"
            ? []
            : [change({ ...common, kind: "unit", title: `Start ${unit}`, unit, action: "active" })]),
        ];
      }),
    ];
  },
  breaks: ({ saved }, answers) => [
    ...(ownPassword(answers) && saved.password === undefined
      ? [
          `the password is made here (${backupPassword}) and goes with an undo or with this disk: without a copy elsewhere nobody can read the backups`,
        ]
      : []),
  ],
});
