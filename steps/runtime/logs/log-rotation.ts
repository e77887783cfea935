import { template } from "../../../src/embedded/templates.ts";
import { change } from "../../../src/model/change.ts";
import { control } from "../../../src/model/control.ts";
import { notApplicable } from "../../../src/model/finding.ts";
import type { Integration, LogFile } from "../../../src/model/integration.ts";
import type { AnswerReader } from "../../../src/model/question.ts";
import { integrations } from "../../../src/probes/integrations.ts";
import { isRotated, type LogRotation, logRotation, ownRotation } from "../../../src/probes/log-rotation.ts";
import { type RuntimeUnits, unitFiles } from "../../../src/probes/unit-files.ts";
import { settingsBelow } from "../../../src/workload/settings.ts";
import { serviceUserLogs, serviceUserName } from "../../os/service-user/questions.ts";
import { appliesToServed, type Served, served, verdictOn } from "../jvm/served.ts";
import { logFilesOf } from "./files.ts";

/** Files that the program turns over by itself: the JVM's own, and destinations with a rotation policy. */
const turnsOver = (integration: Integration, { path, from }: LogFile): boolean => {
  if (from.startsWith("-X") || /\/gc\.log$/u.test(path)) return true;
  const table = from.replace(/\.path$/u, "");
  return settingsBelow(integration, `${table}.rotation`).length > 0;
};

const plainPath = /^\/(?!.*(?:^|\/)\.{1,2}(?:\/|$))[A-Za-z0-9_./@:+-]+$/u;

const growing = (each: Served, rotation: LogRotation, patterns = rotation.patterns): readonly LogFile[] =>
  logFilesOf(each).filter((file) => !turnsOver(each.integration, file) && !isRotated(file.path, patterns));

/**
 * As whom logrotate works in a folder: as its owner, because root must not follow what another account puts there; as root,
 * without a word, where only root writes.
 */
const rotator = ({ unit }: Served, path: string, answers: AnswerReader): string => {
  const folder = path.slice(0, path.lastIndexOf("/"));
  const account = answers.get(serviceUserName);
  const becomes = account !== "" && answers.get(serviceUserLogs).some((log) => path.startsWith(`${log}/`));
  const found = unit.process?.written.find((state) => state.path === folder && state.kind === "directory");
  const owner =
    becomes || found === undefined || found.kind === "missing"
      ? {
          user: becomes ? account : unit.properties.User || "root",
          group: becomes ? account : unit.properties.Group || unit.properties.User || "root",
        }
      : { user: found.owner, group: found.group };
  return owner.user === "root" ? "" : `\tsu ${owner.user} ${owner.group}\n`;
};

type Facts = {
  readonly here: Parameters<typeof served>[0]["here"];
  readonly units: RuntimeUnits;
  readonly rotation: LogRotation;
};

/** Every file that nothing else turns over, ours of earlier included: the whole file is written anew. */
const sections = (facts: Facts, answers: AnswerReader): string => {
  const { own, patterns } = facts.rotation;
  const ours = new Set(own?.content.match(/^\/\S+/gmu) ?? []);
  const others = patterns.filter((pattern) => !ours.has(pattern));
  return served(facts, answers)
    .flatMap((each) =>
      growing(each, facts.rotation, others)
        .filter(({ path }) => plainPath.test(path))
        .map(({ path }) =>
          template("runtime/logs/logrotate.conf")
            .replaceAll("{{path}}", path)
            .replace("{{su}}\n", rotator(each, path, answers)),
        ),
    )
    .join("\n");
};

/**
 * The same words about files that nobody has: account and modes of the real ones may come with this very plan, and logrotate
 * refuses what is not there yet.
 */
const checkable = (content: string): string => {
  let count = 0;
  return content
    .replace(/^\tsu .*\n/gmu, "")
    .replace(/^\/\S+ \{$/gmu, () => `/var/log/drawbridge-check-${++count}.log {`);
};

const header =
  "# Written by drawbridge: logs that their program does not turn over by itself. logrotate(8)\n# Copied and cut, because the program keeps its file open and knows no signal to open a new one.\n";

/** logrotate(8); rotation by the program itself since log 2.16 (distribution 2201.13.2). */
export const logRotationControl = control({
  id: "log-rotation",
  guideline: ["RT-11", "RT-12"],
  title: "Every log file of an integration is turned over",
  failing: "A log file grows until the disk is full",
  severity: "medium",
  risk: "none",
  rationale:
    "A log that only grows fills the disk, by chance or because somebody wants it to, and then nothing on the machine works. Turned over daily, fourteen days stay.",
  references: [
    { source: "NIST 800-53", id: "AU-4" },
    { source: "man", id: "logrotate(8)" },
  ],
  needs: { here: integrations, units: unitFiles, rotation: logRotation },
  applies: appliesToServed,
  inspect: (facts, answers) => {
    const all = served(facts, answers).filter((each) => logFilesOf(each).length > 0);
    if (all.length === 0)
      return notApplicable("the integrations write to the journal, which turns over by itself, and to no file");
    return verdictOn(
      all,
      (each) => {
        const files = growing(each, facts.rotation);
        if (files.length > 0) return `nothing turns over ${files.map(({ path }) => path).join(", ")}`;
        const byLogrotate = logFilesOf(each).some((file) => !turnsOver(each.integration, file));
        if (byLogrotate && !facts.rotation.installed) return "logrotate, which its files count on, is not installed";
        return undefined;
      },
      (each) => ({
        asked: `log files of ${each.integration.id}; /etc/logrotate.d`,
        answered: logFilesOf(each)
          .map(({ path, from }) => `${path} (${from})`)
          .join("\n"),
      }),
    );
  },
  plan: (facts, answers) => {
    const text = sections(facts, answers);
    const { own, installed } = facts.rotation;
    return [
      ...(installed
        ? []
        : [
            change({
              kind: "package",
              phase: "packages",
              risk: "none",
              title: "Install logrotate, which turns log files over every day",
              names: ["logrotate"],
            }),
          ]),
      ...(text === ""
        ? []
        : [
            change({
              kind: "file",
              phase: "files",
              risk: "none",
              title: "Turn the integrations' log files over every day",
              path: ownRotation,
              before: own,
              after: { content: `${header}${text}`, mode: "0644", owner: "root", group: "root" },
              ...(installed
                ? {
                    checks: [
                      {
                        argv: ["logrotate", "--debug", "--state", "/dev/null", "@files/check-logrotate"],
                        files: { "check-logrotate": checkable(`${header}${text}`) },
                      },
                    ],
                  }
                : {}),
            }),
          ]),
    ];
  },
});
