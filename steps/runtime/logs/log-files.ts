import { change } from "../../../src/model/change.ts";
import { control } from "../../../src/model/control.ts";
import { notApplicable } from "../../../src/model/finding.ts";
import type { LogFile } from "../../../src/model/integration.ts";
import type { AnswerReader } from "../../../src/model/question.ts";
import { integrations } from "../../../src/probes/integrations.ts";
import { unitFiles } from "../../../src/probes/unit-files.ts";
import { serviceUserApplication, serviceUserConfiguration, serviceUserLogs } from "../../os/service-user/questions.ts";
import { appliesToServed, type Served, served, verdictOn } from "../jvm/served.ts";
import { logFilesOf } from "./files.ts";

type Known = LogFile & { readonly stat: Exclude<NonNullable<LogFile["stat"]>, { kind: "missing" }> };

const isKnown = (file: LogFile): file is Known => file.stat !== undefined && file.stat.kind === "file";

/** What lies in the service user's folders is put right there. */
const isOurs = (answers: AnswerReader, { path }: LogFile): boolean =>
  ![serviceUserApplication, serviceUserConfiguration, serviceUserLogs]
    .flatMap((question) => answers.get(question))
    .some((folder) => path.startsWith(`${folder}/`));

const isOpen = ({ stat }: Known): boolean => (Number.parseInt(stat.mode, 8) & 0o027) !== 0;

const openFiles = (each: Served): readonly Known[] => logFilesOf(each).filter(isKnown).filter(isOpen);

/** Modes of log files: 0640 or narrower. NIST AU-9; Lynis FILE-7524. */
export const logFiles = control({
  id: "log-files",
  guideline: ["RT-12", "RT-14"],
  title: "Log files can be written by their service only and read by nobody else",
  failing: "Other accounts can read or change an integration's log files",
  severity: "medium",
  risk: "none",
  rationale:
    "Logs hold what people did and sometimes more than they should. Whoever can write to them removes his traces; whoever can read them learns.",
  references: [
    { source: "NIST 800-53", id: "AU-9" },
    { source: "Lynis", id: "FILE-7524" },
  ],
  needs: { here: integrations, units: unitFiles },
  applies: appliesToServed,
  inspect: (facts, answers) => {
    const all = served(facts, answers).filter((each) => logFilesOf(each).some(isKnown));
    if (all.length === 0) return notApplicable("the integrations write to the journal, and to no file of their own");
    return verdictOn(
      all,
      (each) => {
        const open = openFiles(each);
        if (open.length === 0) return undefined;
        const elsewhere = open.some((file) => !isOurs(answers, file)) ? " (see service-user-files)" : "";
        return `${open.map(({ path, stat }) => `${path} has mode ${stat.mode}`).join(", ")}${elsewhere}`;
      },
      (each) => ({
        asked: `stat of the log files of ${each.integration.id}`,
        answered: logFilesOf(each)
          .filter(isKnown)
          .map(({ path, stat }) => `${stat.mode} ${stat.owner}:${stat.group} ${path}`)
          .join("\n"),
      }),
    );
  },
  plan: (facts, answers) =>
    served(facts, answers).flatMap((each) =>
      openFiles(each)
        .filter((file) => isOurs(answers, file))
        .map(({ path, stat: { mode, owner, group } }) =>
          change({
            kind: "permissions",
            phase: "files",
            risk: "none",
            title: `Log of ${each.integration.id}: only for its service`,
            path,
            before: { mode, owner, group },
            after: { mode: "0640", owner, group },
          }),
        ),
    ),
});
