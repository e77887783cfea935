import { setTimeout as sleep } from "node:timers/promises";
import { type Bundle, bundle, MissingSecret, transactionsDirectory } from "../backends/transaction/bundle.ts";
import { call, runtimeExit, type Subcommand, stage } from "../backends/transaction/run.ts";
import { transactionStatuses } from "../backends/transaction/status.ts";
import { judge } from "../core/judge.ts";
import { rightsReason } from "../core/probe-report.ts";
import { asWhom } from "../core/wizard/words.ts";
import { template } from "../embedded/templates.ts";
import { failure, isFailure } from "../failure.ts";
import type { Finding } from "../model/finding.ts";
import type { Plan } from "../model/plan.ts";
import type { ApplyOutcome, ConfirmOutcome, Secrets, Session } from "../model/session.ts";
import type { Step } from "../model/step.ts";
import type { ApplyEvent, TransactionState } from "../model/transaction.ts";
import type { RunResult, Target } from "../targets/target.ts";
import { inspectTarget } from "./inspect-target.ts";

/** Seconds that a machine may stay silent, beyond its count-down, before nobody waits for it any longer. */
const patience = 120;

/**
 * Everything the commands and the wizard do with one machine, over one target. `pause` waits between two looks at a
 * machine whose connection broke.
 */
export const openSession = (
  target: Target,
  steps: readonly Step[],
  now: () => Date = () => new Date(),
  pause: (milliseconds: number) => Promise<unknown> = sleep,
): Session => {
  let sudoPassword: string | undefined;
  /** Plans applied in this session, for reading the runtime's event numbers. */
  const applied = new Map<string, Bundle>();

  const inspect: Session["inspect"] = (progress, given) => inspectTarget(target, steps, progress, given);

  const runtime = (
    id: string,
    subcommand: Subcommand,
    on: (event: ApplyEvent) => void,
    through: Pick<Target, "run"> = target,
  ) => watched(on, (watch) => call(through, id, subcommand, watch, applied.get(id)?.indexOf));

  /**
   * The runtime works on when the connection breaks: what became of it is asked for until one of `ends` is reached.
   * `seconds`: how long that may take at most.
   */
  const runtimeToTheEnd = async (
    id: string,
    subcommand: "commit" | "undo",
    on: (event: ApplyEvent) => void,
    ends: readonly TransactionState[],
    seconds: number,
  ): ReturnType<typeof watched> => {
    try {
      return await runtime(id, subcommand, on);
    } catch (error) {
      if (!isFailure(error)) throw error;
      on({ kind: "note", text: `${error.message}. The machine goes on by itself: asking it how that ended` });
      return follow(id, ends, seconds);
    }
  };

  const follow = async (id: string, ends: readonly TransactionState[], seconds: number): ReturnType<typeof watched> => {
    const every = 2;
    for (let waited = 0; waited < seconds; waited += every) {
      await pause(every * 1000);
      const found = await transactionStatuses(target).then(
        (all) => all.find((transaction) => transaction.id === id),
        () => undefined,
      );
      if (found !== undefined && !found.running && ends.includes(found.state)) return endedAs(found.state);
    }
    return {
      result: { exitCode: runtimeExit.notReverted, stdout: "", stderr: "" },
      lastError: `the connection to ${target.label} broke and did not come back. What nobody confirmed goes back by itself: log in and ask drawbridge status`,
      lastState: undefined,
    };
  };

  const undo: Session["undo"] = async (id, on) => {
    const { result, lastError, lastState } = await runtimeToTheEnd(id, "undo", on, ["reverted", "failed"], patience);
    return { transactionId: id, verified: [], ...undoOutcome(result, lastError, lastState) };
  };

  /** Undo as a part of apply: when the armed revert was faster and is at work, its end is waited for. */
  const takeBack: Session["undo"] = async (id, on) => {
    const undone = await undo(id, on);
    if (undone.state !== "refused") return undone;
    const { result, lastError, lastState } = await follow(id, ["reverted", "failed"], patience);
    return { ...undone, ...undoOutcome(result, lastError, lastState) };
  };

  const apply: Session["apply"] = async (plan, { secrets, confirmWithin, signal, begun }, on) => {
    if (target.kind === "root")
      throw failure("usage", "an unpacked image cannot be applied to: use export sh, and run it in there");
    const transactionId = `${stamp(now())}-${plan.id.slice(0, 4)}`;
    const ended = (state: ApplyOutcome["state"], reason: string, verified: readonly Finding[] = []): ApplyOutcome => ({
      transactionId,
      state,
      reason,
      verified,
    });
    const packed = bundlePlan(plan, transactionId, confirmWithin, secrets);
    applied.set(transactionId, packed);
    begun?.(transactionId);
    on({ kind: "note", text: "staging the files and keeping the originals" });
    const staged = await watched(on, (watch) => stage(target, packed, watch));
    if (staged.result.exitCode !== runtimeExit.fine || staged.lastState !== "staged") {
      return ended("refused", staged.lastError ?? lastWords(staged.result));
    }
    if (signal?.aborted) return ended("refused", "interrupted: nothing was changed");
    const settled = ["staged", "pending", "confirmed", "reverted", "failed"] as const;
    const committed = await runtimeToTheEnd(
      transactionId,
      "commit",
      on,
      settled,
      // Once to see that something does not answer, once for it to answer again.
      confirmWithin + 2 * plan.settle + patience,
    );
    const reason = committed.lastError ?? lastWords(committed.result);
    switch (committed.result.exitCode) {
      case runtimeExit.fine:
        // Silence is not success: a runtime that ended without naming its state has not done what we think.
        if (committed.lastState === "pending" || committed.lastState === "confirmed") break;
        return ended("failed", reason);
      case runtimeExit.refused:
        return ended("refused", reason);
      case runtimeExit.reverted:
        return ended("reverted", reason);
      default:
        return ended("failed", reason);
    }
    on({ kind: "note", text: "inspecting again: what was applied is what the machine says now" });
    const verified = await verifyPlan(plan).catch((error: unknown) => {
      if (isFailure(error)) return error;
      throw error;
    });
    if (isFailure(verified)) {
      const unseen = `it could not be inspected again, so it is not kept: ${verified.message}`;
      on({ kind: "error", text: unseen });
      return { ...(await takeBack(transactionId, on)), reason: unseen };
    }
    const broken = verified.filter(({ result }) => result === "fail" || result === "error");
    if (broken.length > 0) {
      const names = broken
        .map(({ controlId, detail }) => `${controlId}${detail === "" ? "" : ` (${detail})`}`)
        .join(", ");
      on({ kind: "error", text: `still failing after the change: ${names}` });
      const reverted = await takeBack(transactionId, on);
      return { ...reverted, reason: `still failing after the change: ${names}`, verified };
    }
    return ended(committed.lastState === "pending" ? "pending" : "confirmed", "", verified);
  };

  const verifyPlan = async (plan: Plan): Promise<readonly Finding[]> => {
    const { facts } = await inspect(() => {});
    const asked = new Set(plan.changes.flatMap(({ because }) => because));
    return judge(steps, facts, plan.answers).findings.filter(({ controlId }) => asked.has(controlId));
  };

  const confirm: Session["confirm"] = async (transactionId, plan): Promise<ConfirmOutcome> => {
    const { access } = plan;
    const remedy = `log in yourself and run: ${confirmCommand(transactionId)}`;
    if (target.freshLogin === undefined || access === null) {
      const current = (await transactionStatuses(target)).find(({ id }) => id === transactionId);
      return current?.state === "confirmed"
        ? { confirmed: true, how: "confirmed from a second login" }
        : { confirmed: false, reason: "nobody has confirmed from a new login yet", remedy };
    }
    const port = access.stays ? {} : { port: access.port };
    const who = asWhom(access);
    try {
      const password = sudoPassword === undefined ? {} : { sudoPassword };
      const login = target.freshLogin({ user: access.administrator, ...port, ...password });
      const { result, lastError } = await runtime(transactionId, "confirm", () => {}, login);
      if (result.exitCode === runtimeExit.fine) {
        return { confirmed: true, how: `a new login as ${who} works and can become root` };
      }
      return { confirmed: false, reason: `the login as ${who} works, but: ${lastError ?? lastWords(result)}`, remedy };
    } catch (error) {
      return { confirmed: false, reason: error instanceof Error ? error.message : String(error), remedy };
    }
  };

  return {
    label: target.label,
    kind: target.kind,
    inspect,
    giveSudoPassword: async (password) => {
      const { stdout, stderr } = await target.trySudoPassword(password);
      if (stdout.trim() === "0") {
        sudoPassword = password;
        return undefined;
      }
      return /incorrect password|sorry, try again/iu.test(stderr) && !/not in the sudoers|not allowed/iu.test(stderr)
        ? "sudo did not accept the password: try again"
        : rightsReason(stderr.trim().split("\n").at(-1) ?? "");
    },
    apply: (plan, options, on) => {
      const chosen = options.secrets.get("administrator.password");
      if (chosen !== undefined) sudoPassword ??= chosen;
      return apply(plan, options, on);
    },
    confirm,
    confirmCommand,
    undo,
    status: () => transactionStatuses(target),
    close: () => target.close(),
  };
};

const confirmCommand = (transactionId: string): string => `sudo sh ${transactionsDirectory}/${transactionId}/confirm`;

export const bundlePlan = (plan: Plan, id: string, confirmWithin: number, secrets: Secrets): Bundle => {
  try {
    return bundle(plan, {
      id,
      confirmWithin,
      secrets,
      runtime: template("transaction/runtime.sh"),
      undo: template("transaction/undo.sh"),
      confirm: template("transaction/confirm.sh"),
      canary: template("transaction/canary.sh"),
    });
  } catch (error) {
    if (error instanceof MissingSecret) throw failure("usage", error.message);
    throw error;
  }
};

/** YYYYMMDD-HHMMSS in UTC: sorts by time, and reads as one. */
const stamp = (date: Date): string => date.toISOString().replace(/[-:]/gu, "").replace("T", "-").slice(0, 15);

const watched = async (
  on: (event: ApplyEvent) => void,
  run: (on: (event: ApplyEvent) => void) => Promise<RunResult>,
): Promise<{ result: RunResult; lastError: string | undefined; lastState: TransactionState | undefined }> => {
  let lastError: string | undefined;
  let lastState: TransactionState | undefined;
  const result = await run((event) => {
    if (event.kind === "error") lastError = event.text;
    if (event.kind === "verify" && !event.ok) lastError = event.text;
    if (event.kind === "state") lastState = event.state;
    on(event);
  });
  return { result, lastError, lastState };
};

const lastWords = ({ stdout, stderr, exitCode }: RunResult): string =>
  [stderr, stdout]
    .map((text) => text.trim().split("\n").at(-1)?.replaceAll("\t", " ") ?? "")
    .find((line) => line !== "") ?? `the runtime ended with ${exitCode} and said nothing`;

/** What the runtime would have said about a transaction that it brought to this state. */
const endedAs = (state: TransactionState): Awaited<ReturnType<typeof watched>> => {
  const codes: Readonly<Partial<Record<TransactionState, number>>> = {
    staged: runtimeExit.refused,
    pending: runtimeExit.fine,
    confirmed: runtimeExit.fine,
    reverted: runtimeExit.reverted,
  };
  const lastError = {
    staged: "the connection broke before anything was changed",
    reverted: "the connection broke and nobody confirmed: everything was put back",
    failed: "not everything could be put back",
  }[state as string];
  const exitCode = codes[state] ?? runtimeExit.notReverted;
  return { result: { exitCode, stdout: "", stderr: "" }, lastError, lastState: state };
};

const undoOutcome = (
  result: RunResult,
  lastError: string | undefined,
  lastState: TransactionState | undefined,
): Pick<ApplyOutcome, "state" | "reason"> => {
  const undone = result.exitCode === runtimeExit.fine || result.exitCode === runtimeExit.reverted;
  if (undone && lastState === "reverted") return { state: "reverted", reason: lastError ?? "" };
  const refused = result.exitCode === runtimeExit.refused || result.exitCode === runtimeExit.malformed;
  return { state: refused ? "refused" : "failed", reason: lastError ?? lastWords(result) };
};
