import type { Step } from "../../../src/model/step.ts";
import { journalFile } from "../../../src/probes/daemons.ts";
import { journal, journalContent } from "./logging-journal.ts";
import { textFiles } from "./logging-text-files.ts";
import { journalDays, journalMegabytes, textLogs } from "./questions.ts";

export const loggingStep: Step = {
  id: "logging",
  category: "os",
  title: "System logs",
  intro: "Keeps the machine's own log long enough to be of use, and small enough to harm nobody.",
  questions: [journalMegabytes, journalDays, textLogs],
  controls: [journal, textFiles],
  generate: (answers) => [
    {
      path: journalFile,
      content: journalContent(answers.get(journalMegabytes), answers.get(journalDays), answers.get(textLogs)),
      mode: "0644",
      about: "What the journal keeps; now: systemctl restart systemd-journald",
    },
  ],
};
