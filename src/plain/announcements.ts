/** What happens by itself, as lines that are said once, when it happens. Pure. */

import { findQuestion, questionState } from "../core/wizard/assess.ts";
import type { RunLine, WizardState } from "../core/wizard/state.ts";
import { counted, describeValue, duration, oneLine } from "../core/wizard/words.ts";
import { type Line, verbatim } from "./lines.ts";
import { capital, inspectedWords } from "./page-words.ts";
import { confirmsItself } from "./pages/applying.ts";

/** Seconds between two lines of the countdown. */
const countEvery = 30;

export const announcements = (before: WizardState, after: WizardState): readonly Line[] => [
  ...runLines(before, after),
  ...waitingLines(before, after),
  ...inspectedLines(before, after),
  ...takenLines(before, after),
  ...noticeLines(before, after),
  ...unconfirmedLines(before, after),
  ...countdownLines(before, after),
];

const waitingLines = (before: WizardState, after: WizardState): readonly Line[] => {
  const { waiting, setting, run } = after;
  if (waiting === null || waiting.doing === before.waiting?.doing) return [];
  // Nobody logs in for the operator at the machine itself.
  if (run?.phase === "confirming" && !confirmsItself(after)) return [];
  const doing = oneLine(waiting.doing);
  if (doing !== "connecting") return [capital(doing)];
  return setting.target?.kind === "ssh" ? [`Connecting: ${setting.target.label}`] : [];
};

const inspectedLines = (before: WizardState, after: WizardState): readonly Line[] =>
  after.machine !== null && after.machine !== before.machine && after.run === null ? [inspectedWords(after)] : [];

const tones = { fail: "Problem: ", warn: "Careful: ", pass: "", note: "" } as const;

const noticeLines = ({ notice: before }: WizardState, { notice }: WizardState): readonly Line[] =>
  notice === null || notice === before ? [] : [`${tones[notice.tone]}${oneLine(notice.text)}`];

/** What was just settled: a number that was typed is easily another one than was meant. */
const takenLines = (before: WizardState, after: WizardState): readonly Line[] =>
  after.mode !== before.mode || after.excluded !== before.excluded
    ? []
    : [...after.decided].flatMap((id) => {
        const question = before.decided.has(id) ? undefined : findQuestion(after.setting.steps, id);
        if (question === undefined) return [];
        return [`Taken. ${question.label}: ${describeValue(question, questionState(after, question).value)}`];
      });

const runLines = (before: WizardState, after: WizardState): readonly Line[] => {
  if (after.run === null) return [];
  const isSame = before.run?.plan === after.run.plan && before.run.begun === after.run.begun;
  const earlier = isSame ? (before.run?.lines ?? []) : [];
  const isBeginning = !isSame && after.run.phase === "applying";
  return [
    ...(isBeginning ? ["", `Applying ${counted(after.run.plan.changes.length, "change")}.`] : []),
    ...after.run.lines.flatMap((line) => {
      const known = earlier.find(({ key }) => key === line.key);
      return known === line ? [] : runLine(known, line);
    }),
  ];
};

const runLine = (known: RunLine | undefined, line: RunLine): readonly Line[] => {
  const isNote = line.key.startsWith("note ");
  const isWait = isNote || line.key.startsWith("health ");
  if (known !== undefined && known.state === line.state && known.text === line.text) return [];
  switch (line.state) {
    case "waiting":
      return [];
    case "running":
      return isWait ? [`${capital(line.text)} ...`] : [];
    case "note":
      // A note that was waited for has been said; a change that was still under way when all ended has not.
      return isNote || known?.state === "running" ? [] : [capital(line.text)];
    case "failed":
      return [`Failed: ${line.text}`];
    case "done": {
      // Checks gather on one line: only the new one is said.
      const isMore = known?.state === "done" && line.text.startsWith(`${known.text}, `);
      const text = isMore ? `checked: ${line.text.slice(known.text.length + 2)}` : line.text;
      const took = line.ended === null ? 0 : line.ended - line.begun;
      const words = /^(?:change|unit|verify) /u.test(line.key) ? `Done: ${text}` : capital(text);
      return [`${words}${took >= 50 && !isMore ? `, ${duration(took)}` : ""}`];
    }
  }
};

const unconfirmedLines = ({ run: before }: WizardState, { run, now }: WizardState): readonly Line[] => {
  if (run === null || run.unconfirmed === null || run.unconfirmed === before?.unconfirmed) return [];
  const { reason, remedy } = run.unconfirmed;
  // On this machine the wizard itself keeps asking: only an answer that the operator asked for, or a new one, is said.
  const wasAsked = before?.phase === "confirming";
  if (!wasAsked && (before?.unconfirmed === null || before?.unconfirmed?.reason === reason)) return [];
  const left = run.revertsAt === null ? "" : ` ${secondsLeft(run.revertsAt - now)} left.`;
  const command = run.confirmCommand;
  const isCommand = command !== "" && remedy.endsWith(command);
  return [
    `Not confirmed yet: ${reason}.${left}`,
    ...(isCommand ? [capital(remedy.slice(0, -command.length).trim()), verbatim(`  ${command}`)] : [capital(remedy)]),
  ];
};

const secondsLeft = (milliseconds: number): string => counted(Math.max(Math.ceil(milliseconds / 1000), 0), "second");

const countdownLines = (before: WizardState, after: WizardState): readonly Line[] => {
  const { run, now } = after;
  if (
    run?.revertsAt === null ||
    run?.revertsAt === undefined ||
    run.phase !== "pending" ||
    before.run?.phase !== "pending"
  )
    return [];
  const left = Math.ceil((run.revertsAt - now) / 1000);
  const leftBefore = Math.ceil((run.revertsAt - before.now) / 1000);
  const isDue = left > 0 && Math.ceil(left / countEvery) < Math.ceil(leftBefore / countEvery);
  return isDue
    ? [
        `${counted(left, "second")} until everything goes back.${confirmsItself(after) ? " Enter keeps the changes." : ""}`,
      ]
    : [];
};
