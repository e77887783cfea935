import { setTimeout as sleep } from "node:timers/promises";
import { refusalsOf, sealed } from "../core/assemble-plan.ts";
import { planFor } from "../core/judge.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { failure } from "../failure.ts";
import type { Refusal } from "../model/control.ts";
import { type Plan, planSchema } from "../model/plan.ts";
import type { ApplyOutcome, Session } from "../model/session.ts";
import { eventLine } from "../reports/events.ts";
import { planText } from "../reports/text.ts";
import { version } from "../version.ts";
import { readJsonFile } from "./choices.ts";
import { inspectMachine } from "./inspect-machine.ts";
import type { OptionsOf } from "./options.ts";
import { deliver, json, say, textStyle } from "./output.ts";
import type { Streams } from "./streams.ts";
import { type Opened, withSession } from "./with-session.ts";

export const run = (options: OptionsOf<"apply">, streams: Streams): Promise<ExitCode> => {
  demandChoice(options);
  const saved = options.arguments.plan === undefined ? undefined : readPlan(options.arguments.plan);
  return withSession(options, streams, async (opened) => {
    const { plan, refusals } = await choosePlan(opened, options, streams, saved);
    if (plan.changes.length === 0) {
      const nothing = { transactionId: null, state: "confirmed", changes: [], verified: [] };
      deliver(options.format === "json" ? json(nothing) : `${plan.host.name}: nothing to do\n`, undefined, streams);
      return exitCodes.fine;
    }
    if (refusals.length > 0) {
      throw failure(
        "refused",
        `refused: ${refusals.map(({ reason, remedy }) => `${reason}; to make it safe: ${remedy}`).join(" · ")}`,
      );
    }
    if (!options.yes) await demandHostName(plan, streams);
    return applyPlan(opened.session, plan, options, streams);
  });
};

const demandChoice = ({ arguments: { plan }, recommended, answers, settings, yes }: OptionsOf<"apply">): void => {
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
  options: OptionsOf<"apply">,
  streams: Streams,
  saved: Plan | undefined,
): Promise<{ plan: Plan; refusals: readonly Refusal[] }> => {
  const inspected = await inspectMachine(opened, options, streams);
  const { facts, host, rights } = inspected.inspection;
  if (!rights.root) throw failure("refused", `${opened.session.label}: ${rights.reason}; nothing was changed`);
  if (saved === undefined) {
    const { answers, excluded } = inspected.choices;
    return planFor(opened.steps, facts, answers, excluded, version, inspected);
  }
  if (saved.host.machineId !== host.machineId || saved.host.name !== host.name) {
    throw failure("refused", `the plan is for ${saved.host.name}, this is ${host.name}: make a plan for this machine`);
  }
  return { plan: saved, refusals: refusalsOf(opened.steps, facts, saved) };
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
  options: OptionsOf<"apply">,
  streams: Streams,
): Promise<ExitCode> => {
  const started = performance.now();
  const tell = (line: string) =>
    say(streams, `${((performance.now() - started) / 1000).toFixed(1).padStart(6)} s  ${line}`);
  const outcome = await session.apply(plan, { secrets: new Map(), confirmWithin: options.confirmWithin }, (event) => {
    const line = eventLine(event, plan);
    if (line !== undefined) tell(line);
  });
  const final =
    outcome.state === "pending" && options.wait ? await settle(session, plan, outcome, options, tell) : outcome;
  if (options.format === "json") {
    deliver(
      json({
        transactionId: final.transactionId,
        state: final.state,
        reason: final.reason,
        changes: plan.changes,
        verified: final.verified,
        ...(plan.access === null ? {} : { sshPort: plan.access.port }),
      }),
      undefined,
      streams,
    );
  } else streams.output.write(outcomeText(session, plan, final));
  if (final.reason !== "") say(streams, `drawbridge: ${final.reason}`);
  return exitCodeOf(final.state);
};

/** A fresh login over ssh; locally somebody else's second login, waited for until the revert has fired. */
const settle = async (
  session: Session,
  plan: Plan,
  outcome: ApplyOutcome,
  { confirmWithin }: OptionsOf<"apply">,
  tell: (line: string) => void,
): Promise<ApplyOutcome> => {
  const { transactionId } = outcome;
  if (session.kind === "ssh") {
    const confirmed = await tryToConfirm(session, plan, transactionId);
    if (confirmed.confirmed) {
      tell(confirmed.how);
      return { ...outcome, state: "confirmed" };
    }
    tell(`not confirmed: ${confirmed.reason}; putting everything back`);
    const undone = await session.undo(transactionId, () => {});
    return { ...undone, verified: outcome.verified, reason: `no fresh login: ${confirmed.reason}` };
  }
  tell(`log in a second time within ${confirmWithin} s and run: ${session.confirmCommand(transactionId, plan)}`);
  for (;;) {
    await sleep(1000);
    const now = (await session.status()).find(({ id }) => id === transactionId);
    if (now?.state === "confirmed") return { ...outcome, state: "confirmed" };
    if (now?.state === "reverted")
      return { ...outcome, state: "reverted", reason: "nobody confirmed in time: everything was put back" };
    if (now === undefined || now.state === "failed") {
      return {
        ...outcome,
        state: "failed",
        reason: "not everything could be put back: drawbridge status names what is left",
      };
    }
  }
};

/** Sshd may need a moment after its reload; three tries tell a slow start from a shut door. */
const tryToConfirm = async (session: Session, plan: Plan, transactionId: string) => {
  for (let attempt = 1; ; attempt++) {
    const outcome = await session.confirm(transactionId, plan);
    if (outcome.confirmed || attempt === 3) return outcome;
    await sleep(1000);
  }
};

const outcomeText = (session: Session, plan: Plan, { state, transactionId }: ApplyOutcome): string => {
  const host = plan.host.name;
  const count = `${plan.changes.length} change${plan.changes.length === 1 ? "" : "s"}`;
  const login =
    plan.access === null
      ? ""
      : `Log in from now on:   ssh -p ${plan.access.port} ${plan.access.administrator}@${host}\n`;
  const back = `Undo everything:      drawbridge undo ${transactionId}\nWithout drawbridge:   sudo sh /var/lib/drawbridge/transactions/${transactionId}/undo\n`;
  switch (state) {
    case "confirmed":
      return `${host}: ${count} kept, verified by a second inspection.\n${login}${back}`;
    case "pending":
      return `${host}: ${count} applied, waiting for confirmation from a new login:\n  ${session.confirmCommand(transactionId, plan)}\n${back}`;
    case "reverted":
      return `${host}: nothing was kept; everything is as it was before.\n`;
    case "refused":
      return `${host}: refused; nothing was changed.\n`;
    case "failed":
      return `${host}: failed, and not everything could be put back: drawbridge status\n`;
  }
};

const exitCodeOf = (state: ApplyOutcome["state"]): ExitCode => {
  switch (state) {
    case "confirmed":
    case "pending":
      return exitCodes.fine;
    case "refused":
      return exitCodes.refused;
    case "reverted":
      return exitCodes.reverted;
    case "failed":
      return exitCodes.notReverted;
  }
};
