import type { Plan } from "../../model/plan.ts";
import type { ApplyEvent } from "../../model/transaction.ts";
import type { Run, RunLine } from "./state.ts";
import { counted, oneLine, withoutStagedFiles } from "./words.ts";

/** A transaction that is about to begin. */
export const beginRun = (plan: Plan, scoreBefore: number, at: number): Run => ({
  plan,
  scoreBefore,
  phase: "applying",
  begun: at,
  lines: [],
  log: [],
  transactionId: "",
  countdown: null,
  revertsAt: null,
  polledAt: at,
  confirmCommand: "",
  unconfirmed: null,
  outcome: null,
  kept: false,
  proof: "",
  scoreAfter: null,
  findingsAfter: [],
});

/** Notes say what is being waited for: whatever comes next has ended the wait. */
const settleNotes = (lines: readonly RunLine[], at: number): readonly RunLine[] =>
  lines.map((line) =>
    line.key.startsWith("note ") && line.state === "running" ? { ...line, state: "note", ended: at } : line,
  );

const put = (lines: readonly RunLine[], line: RunLine): readonly RunLine[] => {
  const known = lines.findIndex(({ key }) => key === line.key);
  return known === -1 ? [...lines, line] : lines.with(known, { ...line, begun: (lines[known] as RunLine).begun });
};

/** Follows one event of a transaction. */
export const followEvent = (run: Run, event: ApplyEvent, at: number): Run => {
  const lines = settleNotes(run.lines, at);
  const add = (key: string, text: string, state: RunLine["state"]): readonly RunLine[] =>
    put(lines, { key, text: oneLine(text), state, begun: at, ended: state === "running" ? null : at });
  const logged = { ...run, log: [...run.log, logText(run, event)] };
  switch (event.kind) {
    case "state": {
      // The count-down begins anew when the last change is made, however long they took.
      const begunAnew = event.state === "pending" && run.countdown !== null && { revertsAt: at + run.countdown };
      return { ...logged, lines, ...begunAnew, ...(event.state === "reverting" && { phase: "undoing" as const }) };
    }
    case "note":
      return { ...logged, lines: add(`note ${lines.length}`, event.text, "running") };
    case "check": {
      const earlier = lines.find(({ key }) => key === "checks");
      const asked = withoutStagedFiles(event.text);
      const text = earlier === undefined ? `checked: ${asked}` : `${earlier.text}, ${asked}`;
      return event.ok && earlier?.state !== "failed"
        ? { ...logged, lines: add("checks", text, "done") }
        : { ...logged, lines: add(`check ${lines.length}`, event.text, event.ok ? "done" : "failed") };
    }
    case "armed":
      return {
        ...logged,
        countdown: event.seconds * 1000,
        revertsAt: at + event.seconds * 1000,
        lines: add("armed", "revert armed: it survives this terminal and a reboot", "done"),
      };
    case "change": {
      const title = run.plan.changes[event.change]?.title ?? `change ${event.change + 1}`;
      const state = { begin: "running", done: "done", failed: "failed", undone: "note" } as const;
      const text = event.progress === "undone" ? `put back: ${title}` : title;
      return { ...logged, lines: add(`change ${event.change}`, text, state[event.progress]) };
    }
    case "unit": {
      // The change that asked for it has a line of its own already.
      const isTold = run.plan.changes.some((change) => change.kind === "unit" && change.unit === event.unit);
      return event.ok && isTold
        ? { ...logged, lines }
        : {
            ...logged,
            lines: add(`unit ${event.unit}`, `${event.unit} ${event.action}`, event.ok ? "done" : "failed"),
          };
    }
    case "verify":
      return { ...logged, lines: add(`verify ${event.text}`, event.text, event.ok ? "done" : "failed") };
    case "health": {
      const what = run.plan.health[event.check]?.what ?? `check ${event.check + 1}`;
      const texts = {
        waiting: `waiting for: ${what}`,
        ok: `answers as before: ${what}`,
        failed: `does not answer as before: ${what}`,
        skipped: `not demanded afterwards: ${what} (${event.text})`,
      } as const;
      const states = { waiting: "running", ok: "done", failed: "failed", skipped: "note" } as const;
      return { ...logged, lines: add(`health ${event.check}`, texts[event.progress], states[event.progress]) };
    }
    case "left":
    case "merged":
    case "kept":
      return { ...logged, lines: add(`${event.kind} ${event.path}`, `${event.path}: ${event.text}`, "note") };
    case "error":
      return { ...logged, lines: add(`error ${lines.length}`, event.text, "failed") };
  }
};

const logText = (run: Run, event: ApplyEvent): string => {
  switch (event.kind) {
    case "state":
      return `state: ${event.state}`;
    case "note":
      return event.text;
    case "check":
    case "verify":
      return `${event.kind} ${event.ok ? "passed" : "failed"}: ${oneLine(event.text)}`;
    case "armed":
      return `revert armed: ${counted(event.seconds, "second")}`;
    case "change":
      return `${event.progress}: ${run.plan.changes[event.change]?.title ?? event.change + 1}`;
    case "unit":
      return `${event.unit} ${event.action}${event.ok ? "" : " failed"}`;
    case "health":
      return `health ${event.progress}: ${oneLine(event.text)}`;
    case "left":
    case "merged":
    case "kept":
      return `${event.kind} ${event.path}: ${oneLine(event.text)}`;
    case "error":
      return `error: ${oneLine(event.text)}`;
  }
};

/** What still ran when the transaction ended did not get to its own end. */
export const closeLines = (run: Run, at: number): Run => ({
  ...run,
  lines: settleNotes(run.lines, at).map((line) =>
    line.state === "running" ? { ...line, state: "note", ended: at } : line,
  ),
});
