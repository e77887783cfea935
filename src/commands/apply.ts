import { setTimeout as sleep } from "node:timers/promises";
import { refusalsOf, sealed } from "../core/assemble-plan.ts";
import { planFor } from "../core/judge.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { failure } from "../failure.ts";
import type { Refusal } from "../model/control.ts";
import type { Finding } from "../model/finding.ts";
import { type Plan, planSchema } from "../model/plan.ts";
import { factOf } from "../model/probe.ts";
import type { ApplyOutcome, Session } from "../model/session.ts";
import type { ApplyEvent } from "../model/transaction.ts";
import { machine } from "../probes/machine.ts";
import { type AppliedOutcome, outcomeText } from "../reports/applied.ts";
import { eventLine } from "../reports/events.ts";
import { documentText } from "../reports/json.ts";
import { refusalLine } from "../reports/refusals.ts";
import { nothingToDo, planText } from "../reports/text.ts";
import { version } from "../version.ts";
import { readJsonFile } from "./choices.ts";
import { inspectMachine } from "./inspect-machine.ts";
import type { OptionsOf } from "./options.ts";
import { deliver, say, textStyle } from "./output.ts";
import type { Streams } from "./streams.ts";
import { drawbridgeCommand, newAccess } from "./target-words.ts";
import { type Interruption, type Opened, untilInterrupted } from "./with-session.ts";

type Options = OptionsOf<"apply">;

export const run = (options: Options, streams: Streams): Promise<ExitCode> => {
  demandChoice(options);
  const saved = options.arguments.plan === undefined ? undefined : readPlan(options.arguments.plan);
  return untilInterrupted(options, streams, async (opened, interruption) => {
    const { plan, refusals, findings } = await choosePlan(opened, options, streams, saved);
    if (plan.changes.length === 0) {
      await demandNothingPending(opened.session, options);
      const nothing = { host: plan.host, transactionId: null, state: "confirmed", reason: "" } as const;
      const body = { ...nothing, changes: [], verified: [] };
      const text =
        options.format === "json" ? documentText("apply", body) : `${nothingToDo(plan.host.name, findings)}\n`;
      deliver(text, undefined, streams);
      return exitCodes.fine;
    }
    if (refusals.length > 0) throw failure("refused", refusalLine(refusals));
    if (!options.yes) await demandHostName(plan, streams);
    return applyPlan(opened.session, plan, options, streams, interruption);
  });
};

const demandChoice = ({ arguments: { plan }, recommended, answers, settings, yes }: Options): void => {
  if (plan === undefined && !recommended && answers === undefined && settings.length === 0) {
    throw failure(
      "usage",
      "apply what? give a saved plan, --answers FILE, --set step.question=value, or --recommended",
    );
  }
  if (plan !== undefined && (recommended || answers !== undefined || settings.length > 0)) {
    throw failure("usage", "a saved plan holds its answers: leave out --recommended, --answers and --set");
  }
  if (!yes && !process.stdin.isTTY)
    throw failure("usage", "there is no terminal to ask on: add --yes to apply without questions");
};

const readPlan = (path: string): Plan => {
  const plan = readJsonFile(path, "the plan", planSchema);
  if (!sealed(plan)) {
    throw failure(
      "usage",
      `the plan ${path} was changed after it was made: make a new one with drawbridge plan --output FILE`,
    );
  }
  return plan;
};

const choosePlan = async (
  opened: Opened,
  options: Options,
  streams: Streams,
  saved: Plan | undefined,
): Promise<{ plan: Plan; refusals: readonly Refusal[]; findings: readonly Finding[] }> => {
  const inspected = await inspectMachine(opened, options, streams);
  const { facts, host, rights } = inspected.inspection;
  if (saved !== undefined && (saved.host.machineId !== host.machineId || saved.host.name !== host.name)) {
    throw failure("refused", `the plan is for ${saved.host.name}, this is ${host.name}: make a plan for this machine`);
  }
  if (!rights.root) {
    const password = rights.passwordHelps ? ": add --ask-sudo-password" : "";
    throw failure("refused", `${opened.session.label}: ${rights.reason}${password}; nothing was changed`);
  }
  const { findings } = inspected;
  if (saved !== undefined) return { plan: saved, refusals: refusalsOf(opened.steps, facts, saved), findings };
  const { answers, excluded } = inspected.choices;
  const chosen = planFor(opened.steps, facts, answers, excluded, version, inspected);
  // Of a machine that did not answer nobody knows that there is nothing to do.
  const seen = factOf(facts, machine);
  if (chosen.plan.changes.length === 0 && seen.state !== "known") {
    throw failure("refused", `${opened.session.label} could not be inspected: ${seen.reason}; nothing was changed`);
  }
  return { ...chosen, findings };
};

/** "Nothing to do" would be a lie while what was done is about to go back. */
const demandNothingPending = async (session: Session, { target }: Options): Promise<void> => {
  const open = (await session.status()).find(({ state }) => state === "pending" || state === "committing");
  if (open === undefined) return;
  const left = open.secondsLeft === null ? "" : ` and goes back by itself in ${open.secondsLeft} s`;
  throw failure(
    "refused",
    `${open.id} is not confirmed yet${left}: keep it from a new login with ${drawbridgeCommand(["confirm", open.id], target)}`,
  );
};

const demandHostName = async (plan: Plan, streams: Streams): Promise<void> => {
  streams.error.write(planText(plan, [], textStyle(streams)));
  const { askToType } = await import("../plain/prompts.ts");
  if (await askToType(`Type the host name to apply (${plan.host.name})`, plan.host.name)) return;
  throw failure("refused", "that is not the host's name: nothing was changed");
};

const applyPlan = async (
  session: Session,
  plan: Plan,
  options: Options,
  streams: Streams,
  interruption: Interruption,
): Promise<ExitCode> => {
  const started = performance.now();
  const tell = (line: string) =>
    say(streams, line, `${((performance.now() - started) / 1000).toFixed(1).padStart(6)} s  `);
  let transactionId = "";
  /** One change of the plan may take several commands over there: it is told once. */
  const told = new Set<number>();
  const isRepeated = (event: ApplyEvent): boolean => {
    if (event.kind !== "change" || event.progress !== "done") return false;
    return told.size === told.add(event.change).size;
  };
  const outcome = await session.apply(
    plan,
    {
      secrets: new Map(),
      confirmWithin: options.confirmWithin,
      signal: streams.signal,
      begun: (id) => {
        transactionId = id;
      },
    },
    (event) => {
      const undo = drawbridgeCommand(["undo", transactionId], options.target, plan.access);
      interruption.line = interruptionAt(event, session, plan, transactionId, undo) ?? interruption.line;
      const line = eventLine(event, plan);
      if (line === undefined || isRepeated(event)) return;
      tell(line);
    },
  );
  const final =
    outcome.state === "pending" && options.wait ? await settle(session, plan, outcome, options, tell) : outcome;
  const { state, reason } = final;
  // Nothing came of it, so there is no outcome to report: like every refusal it is one line and exit code 3.
  if (state === "refused")
    throw failure("refused", reason.includes("nothing was") ? reason : `${reason}; nothing was changed`);
  deliver(outcomeReport(session, plan, { ...final, state }, options), undefined, streams);
  if (reason !== "") say(streams, `drawbridge: ${reason}`);
  return exitCodeOf[state];
};

/** What an interruption means from this event on; undefined when it means what it meant before. */
const interruptionAt = (
  event: ApplyEvent,
  session: Session,
  plan: Plan,
  id: string,
  undo: string,
): string | undefined => {
  const revert = "what no new login confirms goes back by itself";
  if (event.kind === "armed") return `interrupted: the revert of ${id} is armed, ${revert}`;
  if (event.kind !== "state") return undefined;
  const goesOn = `interrupted, but ${plan.host.name} finishes ${id} by itself, so that nothing is left half done`;
  switch (event.state) {
    case "committing":
      return plan.access === null
        ? `${goesOn}; take it back with: ${undo}`
        : `${goesOn}; ${revert}. Keep it, from a new login: ${session.confirmCommand(id, plan)} - take it back now: ${undo}`;
    case "pending":
      return `interrupted while ${id} waits for its confirmation; ${revert}. Keep it, from a new login: ${session.confirmCommand(id, plan)} - take it back now: ${undo}`;
    case "confirmed":
      return `interrupted after ${id} was applied: it is in force; take it back with: ${undo}`;
    case "reverting":
      return `interrupted, but ${plan.host.name} goes on putting everything back; drawbridge status tells when it is done`;
    case "reverted":
      return "interrupted: everything is as it was before";
    default:
      return undefined;
  }
};

/** A fresh login over ssh; locally somebody else's second login, waited for until the revert has fired. */
export const settle = async (
  session: Session,
  plan: Plan,
  outcome: ApplyOutcome,
  { confirmWithin }: Pick<Options, "confirmWithin">,
  tell: (line: string) => void,
): Promise<ApplyOutcome> => {
  const { transactionId } = outcome;
  if (session.kind === "ssh") {
    tell("logging in afresh");
    const confirmed = await tryToConfirm(session, plan, transactionId);
    if (confirmed.confirmed) {
      tell(confirmed.how);
      return { ...outcome, state: "confirmed" };
    }
    tell(`not confirmed: ${confirmed.reason}; putting everything back`);
    const reason = `no fresh login: ${confirmed.reason}`;
    const undone = await session.undo(transactionId, () => {});
    if (undone.state !== "refused") return { ...undone, verified: outcome.verified, reason };
    // The armed revert was faster and is at work: it does the same.
    return { ...(await settled(session, outcome, confirmWithin)), reason };
  }
  const login =
    plan.access === null ? "" : ` (ssh -p ${plan.access.port} ${plan.access.administrator}@${plan.host.name})`;
  tell(`within ${confirmWithin} s, log in a second time${login} and run there:`);
  tell(`  ${session.confirmCommand(transactionId, plan)}`);
  return settled(session, outcome, confirmWithin);
};

/** Seconds that a revert may take once its count-down is over. */
const revertTime = 300;

/** Waits until the machine says that the transaction is confirmed, or has gone back. */
const settled = async (session: Session, outcome: ApplyOutcome, confirmWithin: number): Promise<ApplyOutcome> => {
  for (let waited = 0; waited < confirmWithin + revertTime; waited++) {
    await sleep(1000);
    const all = await session.status().catch(() => undefined);
    const now = all?.find(({ id }) => id === outcome.transactionId);
    if (now?.state === "confirmed") return { ...outcome, state: "confirmed" };
    if (now?.state === "reverted")
      return { ...outcome, state: "reverted", reason: "nobody confirmed in time: everything was put back" };
    if (now?.state === "failed" || (all !== undefined && now === undefined)) break;
  }
  return {
    ...outcome,
    state: "failed",
    reason: "not everything could be put back: drawbridge status names what is left",
  };
};

/** Sshd may need a moment after its reload; three tries tell a slow start from a shut door. */
const tryToConfirm = async (session: Session, plan: Plan, transactionId: string) => {
  for (let attempt = 1; ; attempt++) {
    const outcome = await session.confirm(transactionId, plan);
    if (outcome.confirmed || attempt === 3) return outcome;
    await sleep(1000);
  }
};

const outcomeReport = (session: Session, plan: Plan, outcome: AppliedOutcome, options: Options): string => {
  const { transactionId, state, reason, verified } = outcome;
  const inForce = state === "confirmed" || state === "pending";
  if (options.format === "json") {
    return documentText("apply", {
      host: plan.host,
      transactionId,
      state,
      reason,
      changes: plan.changes,
      verified: [...verified],
      ...(inForce && plan.access !== null ? { sshPort: plan.access.port } : {}),
    });
  }
  const command = (...words: readonly string[]) =>
    drawbridgeCommand(words, options.target, inForce ? plan.access : null);
  const access = newAccess(options.target, plan.access);
  return outcomeText({ ...plan, access }, outcome, {
    command,
    confirm: session.confirmCommand(transactionId, plan),
    within: options.confirmWithin,
  });
};

const exitCodeOf: Readonly<Record<AppliedOutcome["state"], ExitCode>> = {
  confirmed: exitCodes.fine,
  pending: exitCodes.fine,
  reverted: exitCodes.reverted,
  failed: exitCodes.notReverted,
};
