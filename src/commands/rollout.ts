import { setTimeout as sleep } from "node:timers/promises";
import { steps as allSteps } from "../../steps/index.ts";
import { planFor } from "../core/judge.ts";
import { clusterDrift, clusterProblems, type RolloutNode, rolloutOrder, unnamedPeers } from "../core/rollout.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { failure, isFailure } from "../failure.ts";
import type { DocumentBody } from "../model/documents.ts";
import type { Plan } from "../model/plan.ts";
import { factOf } from "../model/probe.ts";
import type { ApplyOutcome } from "../model/session.ts";
import { type FailoverState, readFailoverState } from "../probes/failover.ts";
import { machine } from "../probes/machine.ts";
import { eventLine } from "../reports/events.ts";
import { documentText } from "../reports/json.ts";
import { messageLine } from "../reports/printable.ts";
import { refusalLine } from "../reports/refusals.ts";
import { openTarget } from "../targets/open.ts";
import type { Target } from "../targets/target.ts";
import { version } from "../version.ts";
import { settle } from "./apply.ts";
import { selectSteps } from "./choices.ts";
import { inspectMachine } from "./inspect-machine.ts";
import { loggedSession } from "./logged-session.ts";
import type { OptionsOf, TargetOptions } from "./options.ts";
import { deliver, say } from "./output.ts";
import { openSession } from "./session.ts";
import type { Streams } from "./streams.ts";
import { drawbridgeCommand } from "./target-words.ts";
import { type Opened, readSudoPassword } from "./with-session.ts";

type Options = OptionsOf<"rollout">;
type Row = DocumentBody<"rollout">["nodes"][number];

type Node = Opened & { readonly at: TargetOptions; readonly host: string };
type Planned = Node &
  RolloutNode & {
    readonly plan: Plan;
    /** How it differs from what was agreed when it is seen from here; undefined where it does not, or nobody looked. */
    readonly outside: string | undefined;
  };

/** Seconds for a node to give the address away, and for a changed one to work again. */
const drainTime = 30;
/** Seconds that the cluster may take to be well at the beginning: an address that is just moving is no trouble. */
const calmTime = 10;
/** A node whose rollout was broken off comes back into service by itself. */
const drainLimit = 3600;
const gateTime = 45;
/** Seconds that a node has to go on working: keepalived believes it at the second good check, and would not take an address before. */
const steadyTime = 5;
const until = (seconds: number): number => performance.now() + seconds * 1000;

/** One node after the other, and each only while all the others work. */
export const run = async (options: Options, streams: Streams): Promise<ExitCode> => {
  demandChoice(options);
  const nodes = await openAll(options, streams);
  try {
    const planned = await planAll(nodes, options, streams);
    const order = rolloutOrder(planned);
    if (order.every(({ changes }) => changes === 0)) {
      return report(order, new Map(), "", differences(order), options, streams);
    }
    if (!options.yes) await demandConsent(order, streams);
    return await takeInTurn(order, options, streams);
  } finally {
    await Promise.allSettled(nodes.map(({ session }) => session.close()));
  }
};

const demandChoice = ({ hosts, recommended, answers, settings, yes }: Options): void => {
  if (hosts.length < 2)
    throw failure("usage", "a rollout takes two nodes or more: --hosts a,b (one is what apply is for)");
  if (!recommended && answers === undefined && settings.length === 0)
    throw failure("usage", "roll out what? give --answers FILE, --set step.question=value, or --recommended");
  if (!yes && !process.stdin.isTTY)
    throw failure("usage", "there is no terminal to ask on: add --yes to roll out without questions");
};

/** All connections are made before anything is asked: a node that is down ends it here. */
const openAll = async (options: Options, streams: Streams): Promise<readonly Node[]> => {
  const steps = selectSteps(allSteps, options);
  const nodes: Node[] = [];
  try {
    for (const at of options.hosts) {
      const host = at.kind === "ssh" ? at.name : "this machine";
      const opened = await openTarget(at, streams.input.isTTY === true && !options.yes, streams.signal).catch(
        (error: unknown) => {
          if (!isFailure(error) || error.exitCode !== exitCodes.usage) throw error;
          throw failure(
            "refused",
            `${host} is down or cannot be reached, and a rollout needs every node: ${error.message}; nothing was changed`,
          );
        },
      );
      nodes.push({ at, host, target: opened, steps, session: loggedSession(openSession(opened, steps), opened) });
    }
    if (options.askSudoPassword) {
      const password = await readSudoPassword("the nodes", streams);
      for (const { session, host } of nodes) {
        const problem = await session.giveSudoPassword(password);
        if (problem !== undefined) throw failure("usage", `${host}: ${problem}`);
      }
    }
    return nodes;
  } catch (error) {
    await Promise.allSettled(nodes.map(({ session }) => session.close()));
    throw error;
  }
};

/** Plans of all nodes, and the state of the cluster; refuses unless every node is well and every plan can be applied. */
const planAll = async (nodes: readonly Node[], options: Options, streams: Streams): Promise<readonly Planned[]> => {
  const planned: Planned[] = [];
  for (const node of nodes) planned.push(await planNode(node, options, streams));
  const unnamed = unnamedPeers(planned);
  if (unnamed.length > 0)
    throw failure(
      "refused",
      `${unnamed.join(", ")} belongs to the cluster and is not among --hosts: name every node; nothing was changed`,
    );
  const problems = await lastingTrouble(planned, calmTime);
  if (problems !== "") throw failure("refused", `${problems}: put that right first; nothing was changed`);
  const twice = planned.find(
    (one, index) => planned.findIndex(({ plan }) => plan.host.machineId === one.plan.host.machineId) !== index,
  );
  if (twice !== undefined && twice.plan.host.machineId !== "")
    throw failure("usage", `${twice.host} is a machine that was named before: each node once`);
  return planned;
};

const planNode = async (node: Node, options: Options, streams: Streams): Promise<Planned> => {
  const inspected = await inspectMachine(node, { ...options, target: node.at }, streams);
  const { inspection, choices } = inspected;
  if (!inspection.rights.root)
    throw failure("refused", `${node.host}: ${inspection.rights.reason}; nothing was changed`);
  const seen = factOf(inspection.facts, machine);
  if (seen.state !== "known")
    throw failure("refused", `${node.host} could not be inspected: ${seen.reason}; nothing was changed`);
  const { plan, refusals } = planFor(
    node.steps,
    inspection.facts,
    choices.answers,
    choices.excluded,
    version,
    inspected,
  );
  if (plan.changes.length > 0 && refusals.length > 0)
    throw failure("refused", `${node.host}: ${refusalLine(refusals)}`);
  return {
    ...node,
    name: plan.host.name,
    plan,
    changes: plan.changes.length,
    outside: inspected.findings.find(({ controlId, result }) => controlId === "open-ports-outside" && result === "fail")
      ?.detail,
    failover: await stateOf(node.target),
  };
};

const failoverProgram = "/usr/local/lib/drawbridge/failover";
const asRoot = { rights: "root", timeoutSeconds: 60 } as const;

/** undefined where failover is not set up. */
const stateOf = async (target: Pick<Target, "run">): Promise<FailoverState | undefined> => {
  const { stdout } = await target.run(
    `[ -x ${failoverProgram} ] && [ -f /etc/drawbridge-failover.list ] && sh ${failoverProgram} state; exit 0`,
    asRoot,
  );
  return stdout.trim() === "" ? undefined : readFailoverState(stdout.split("\n"));
};

/** What differs between the nodes, and between a node and what was agreed when it is seen from outside. */
const differences = (nodes: readonly Planned[]): readonly string[] => [
  ...clusterDrift(nodes),
  ...nodes.flatMap(({ name, outside }) => (outside === undefined ? [] : [`${name}, seen from outside: ${outside}`])),
];

const tellOf =
  (streams: Streams) =>
  (node: Planned, started: number) =>
  (line: string): void =>
    say(streams, line, `${node.name}  ${((performance.now() - started) / 1000).toFixed(1).padStart(6)} s  `);

const demandConsent = async (order: readonly Planned[], streams: Streams): Promise<void> => {
  for (const { name, changes } of order) say(streams, `${name}: ${counted(changes)}`);
  const names = order.map(({ name }) => name).join(" ");
  const { askToType } = await import("../plain/prompts.ts");
  if (await askToType(`Type the names of the nodes to begin (${names})`, names)) return;
  throw failure("refused", "those are not the nodes' names: nothing was changed");
};

const counted = (changes: number): string =>
  changes === 0 ? "nothing to do" : `${changes} ${changes === 1 ? "change" : "changes"}`;

const takeInTurn = async (order: readonly Planned[], options: Options, streams: Streams): Promise<ExitCode> => {
  const rows = new Map<string, Row>();
  let reason = "";
  say(streams, `in this order: ${order.map(({ name, changes }) => `${name} (${counted(changes)})`).join(", ")}`);
  for (const [index, node] of order.entries()) {
    const row = { host: node.host, name: node.name, transactionId: null, changes: node.changes, reason: "" };
    if (node.changes === 0) {
      rows.set(node.host, { ...row, state: "unchanged" });
      continue;
    }
    if (streams.signal.aborted) reason = "interrupted";
    if (reason === "" && index > 0) reason = await lastingTrouble(order, drainTime);
    if (reason !== "") {
      rows.set(node.host, { ...row, state: "refused", reason });
      break;
    }
    const ended = await takeNode(node, options, streams);
    rows.set(node.host, { ...row, ...ended });
    if (ended.state !== "confirmed") {
      reason = ended.reason;
      break;
    }
  }
  const after = await Promise.all(
    order.map(async (node) => ({ ...node, failover: await stateOf(node.target).catch(() => node.failover) })),
  );
  return report(order, rows, reason, differences(after), options, streams);
};

/**
 * What is wrong with the cluster and stays so; empty: the next node may be taken. One that has just come back needs a moment, and one
 * that went down while another was changed is trouble as well.
 */
export const lastingTrouble = async (
  order: readonly (RolloutNode & { readonly target: Pick<Target, "run"> })[],
  seconds: number,
): Promise<string> => {
  let problems: readonly string[] = [];
  for (const end = until(seconds); performance.now() < end; ) {
    const unasked: string[] = [];
    const now = await Promise.all(
      order.map(async (node) => {
        try {
          return { ...node, failover: await stateOf(node.target) };
        } catch (error) {
          if (!isFailure(error)) throw error;
          // What was changed before is still to be told, with its way back.
          unasked.push(`${node.name} does not answer: ${error.message}`);
          return node;
        }
      }),
    );
    problems = unasked.length > 0 ? unasked : clusterProblems(now);
    if (problems.length === 0) return "";
    await sleep(1000);
  }
  return problems.join("; ");
};

type Ended = Pick<Row, "state" | "transactionId" | "reason">;

/** Out of service, changed, back in service, and looked at; put back where it does not work afterwards. */
const takeNode = async (node: Planned, options: Options, streams: Streams): Promise<Ended> => {
  const tell = tellOf(streams)(node, performance.now());
  const drained = node.failover !== undefined;
  let transactionId: string | null = null;
  try {
    if (drained) {
      const kept = await drain(node.target);
      if (kept.length > 0) {
        await undrain(node.target);
        return {
          state: "refused",
          transactionId,
          reason: `${node.name} keeps ${kept.join(", ")}: no other node takes over`,
        };
      }
      tell("out of service: the other nodes have the shared addresses");
    }
    const outcome = await applyTo(node, options, streams, tell, (id) => {
      transactionId = id;
    });
    if (drained || (await stateOf(node.target)) !== undefined) await undrain(node.target);
    if (outcome.state !== "confirmed")
      return {
        state: outcome.state === "refused" || outcome.state === "reverted" ? outcome.state : "failed",
        transactionId,
        reason: `${node.name}: ${outcome.reason}`,
      };
    const trouble = await gate(node.target);
    if (trouble === "") {
      tell("back in service: it works, and the shared addresses answer");
      return { state: "confirmed", transactionId, reason: "" };
    }
    if (trouble === undefined) return { state: "confirmed", transactionId, reason: "" };
    tell(`${trouble}: putting everything back on ${node.name}`);
    const undone = await node.session.undo(outcome.transactionId, () => {});
    if (drained) await undrain(node.target);
    return {
      state: undone.state === "reverted" ? "reverted" : "failed",
      transactionId,
      reason: `${node.name} did not work afterwards: ${trouble}${undone.state === "reverted" ? "" : `; ${undone.reason}`}`,
    };
  } catch (error) {
    if (!isFailure(error)) throw error;
    if (drained) await undrain(node.target).catch(() => {});
    return { state: "failed", transactionId, reason: `${node.name}: ${error.message}` };
  }
};

const applyTo = async (
  node: Planned,
  options: Options,
  streams: Streams,
  tell: (line: string) => void,
  begun: (id: string) => void,
): Promise<ApplyOutcome> => {
  const outcome = await node.session.apply(
    node.plan,
    { secrets: new Map(), confirmWithin: options.confirmWithin, signal: streams.signal, begun },
    (event) => {
      const line = eventLine(event, node.plan);
      if (line !== undefined && (event.kind === "health" || event.kind === "error" || event.kind === "armed"))
        tell(line);
    },
  );
  const settled = outcome.state === "pending" ? await settle(node.session, node.plan, outcome, options, tell) : outcome;
  if (settled.state === "confirmed") tell(`${counted(node.changes)} in force`);
  return settled;
};

/** Takes a node out of service; what it still holds after a while, because no other node takes it. */
const drain = async (target: Target): Promise<readonly string[]> => {
  await target.run(`sh ${failoverProgram} drain ${drainLimit}`, asRoot);
  let held: readonly string[] = [];
  for (const end = until(drainTime); performance.now() < end; ) {
    const state = await stateOf(target);
    held = state?.shared.filter((one) => one.held || !one.answers).map(({ address }) => address) ?? [];
    if (held.length === 0) return [];
    await sleep(1000);
  }
  return held;
};

const undrain = async (target: Target): Promise<void> => {
  await target.run(`[ ! -x ${failoverProgram} ] || sh ${failoverProgram} undrain`, asRoot);
};

/** Empty: it works and all shared addresses answer. undefined: there is no failover on it to ask. */
const gate = async (target: Target): Promise<string | undefined> => {
  let said = "";
  let steady: number | undefined;
  for (const end = until(gateTime); performance.now() < end; ) {
    const { exitCode, stdout } = await target.run(
      `[ -x ${failoverProgram} ] && [ -f /etc/drawbridge-failover.list ] || exit 9; exec sh ${failoverProgram} gate`,
      asRoot,
    );
    if (exitCode === 9) return undefined;
    const state = await stateOf(target);
    if (exitCode === 0 && state?.keepalived === "active") {
      steady ??= until(steadyTime);
      if (performance.now() >= steady) return "";
    } else {
      steady = undefined;
      said = stdout.trim().replaceAll("\n", "; ") || `keepalived is ${state?.keepalived || "gone"}`;
    }
    await sleep(1000);
  }
  return said || "it did not go on working";
};

const stateWords: Readonly<Record<Row["state"], string>> = {
  confirmed: "in force",
  unchanged: "nothing to do",
  refused: "not touched",
  reverted: "put back as it was",
  failed: "failed, and not everything was put back",
  waiting: "not touched",
};

const report = (
  order: readonly Planned[],
  rows: ReadonlyMap<string, Row>,
  reason: string,
  drift: readonly string[],
  options: Options,
  streams: Streams,
): ExitCode => {
  const nodes = order.map((node): Row & { readonly undo: string } => ({
    host: node.host,
    name: node.name,
    transactionId: null,
    changes: node.changes,
    reason: "",
    state: node.changes === 0 ? "unchanged" : "waiting",
    ...rows.get(node.host),
    undo: drawbridgeCommand(["undo", rows.get(node.host)?.transactionId ?? ""], node.at, node.plan.access),
  }));
  if (options.format === "json") {
    const body = {
      state: reason === "" ? ("done" as const) : ("stopped" as const),
      reason,
      nodes: nodes.map(({ undo: _, ...row }) => row),
      drift: [...drift],
    };
    deliver(documentText("rollout", body), undefined, streams);
  } else {
    const width = Math.max(...nodes.map(({ name }) => name.length));
    const lines = nodes.flatMap(({ name, state, undo }) => [
      `${name.padEnd(width)}  ${stateWords[state]}`,
      ...(state === "confirmed" ? [`${" ".repeat(width)}  Undo:  ${undo}`] : []),
    ]);
    for (const one of drift) lines.push(`The nodes differ: ${one}`);
    deliver(lines.map((line) => `${messageLine(line)}\n`).join(""), undefined, streams);
  }
  if (reason === "") return exitCodes.fine;
  say(streams, `drawbridge: the rollout was stopped: ${reason}`);
  const last = nodes.findLast(({ state }) => state === "refused" || state === "reverted" || state === "failed");
  if (last?.state === "failed") return exitCodes.notReverted;
  return last?.state === "reverted" ? exitCodes.reverted : exitCodes.refused;
};
