import { randomBytes } from "node:crypto";
import { hostOf, questionsOf } from "../core/judge.ts";
import { probesOf } from "../core/needs.ts";
import {
  GarbledAnswer,
  type ProbeReport,
  parseProbeReport,
  passwordHelps,
  rightsReason,
} from "../core/probe-report.ts";
import { type Manner, probeInput, probeScript } from "../core/probe-script.ts";
import { readRecordedAnswers } from "../core/recorded-answers.ts";
import { type Asked, followedFirst, nextRound } from "../core/rounds.ts";
import { failure } from "../failure.ts";
import { known } from "../model/fact.ts";
import type { Answers } from "../model/plan.ts";
import type { Facts, Probe } from "../model/probe.ts";
import type { Inspection } from "../model/session.ts";
import type { Step } from "../model/step.ts";
import { givenAnswers } from "../probes/given-answers.ts";
import type { Target } from "../targets/target.ts";

type Asking = Pick<Target, "run" | "root" | "label">;

/** Conversations with the machine at one time: a hardened sshd lets few sessions share a connection. */
const most = 2;

/** Everything that is known about a machine after every probe of the steps was asked. */
export const inspectTarget = async (
  target: Target,
  steps: readonly Step[],
  progress: (doing: string) => void,
  given: Answers = {},
): Promise<Inspection> => {
  const started = performance.now();
  const probes = probesOf(steps);
  progress(`asking ${target.label} ${probes.length} questions`);
  const { facts, rights } = await askProbes(target, probes, new Map([[givenAnswers.id, known(given)]]), progress);
  progress("reading the answers");
  const recorded = readRecordedAnswers(facts, questionsOf(steps));
  return {
    host: hostOf(facts),
    facts,
    recorded: recorded.answers,
    excluded: recorded.excluded,
    rights: rights ?? { root: false, reason: "nothing was asked", passwordHelps: false },
    durationMs: Math.round(performance.now() - started),
  };
};

/**
 * Asks until nothing is left to ask. The probes that others follow are asked apart from the rest, so that what follows them is
 * under way while the rest is still being answered. Throws what went wrong first, when every conversation is over.
 */
export const askProbes = async (
  target: Asking,
  probes: readonly Probe<unknown>[],
  known: Facts,
  progress: (doing: string) => void,
): Promise<{ readonly facts: Facts; readonly rights: Inspection["rights"] | undefined }> => {
  const facts = new Map(known);
  let rights: Inspection["rights"] | undefined;
  const asking = new Set<string>();
  const conversations = new Set<Promise<void>>();
  const begin = (asked: readonly Asked[]): void => {
    const ids = asked.map(({ probe }) => probe.id);
    for (const id of ids) asking.add(id);
    const conversation = ask(target, asked, rights?.root === true ? "proved" : "best").then((report) => {
      for (const [id, fact] of report.facts) facts.set(id, fact);
      for (const id of ids) asking.delete(id);
      conversations.delete(conversation);
      rights ??= rightsOf(report);
    });
    conversations.add(conversation);
  };
  try {
    for (;;) {
      const { asked, settled } = nextRound(probes, facts, asking);
      for (const [id, fact] of settled) facts.set(id, fact);
      for (const part of followedFirst(asked, probes).slice(0, most - conversations.size)) {
        if (rights !== undefined) progress(`asking ${target.label} ${part.length} more about what was found`);
        begin(part);
      }
      if (conversations.size === 0) return { facts, rights };
      await Promise.race(conversations);
    }
  } finally {
    await Promise.allSettled(conversations);
  }
};

/** Asks together, and those alone that got no answer so: one that hangs or never stops talking costs nobody else the answer. */
const ask = async (target: Asking, asked: readonly Asked[], rights: "best" | "proved"): Promise<ProbeReport> => {
  const report = await converse(target, asked, "together", rights);
  if (report.unanswered.length === 0) return report;
  const { facts } = await converse(target, report.unanswered, "alone", report.root ? "proved" : "best");
  return { ...report, facts: new Map([...report.facts, ...facts]), unanswered: [] };
};

const converse = async (
  target: Asking,
  asked: readonly Asked[],
  manner: Manner,
  rights: "best" | "proved",
): Promise<ProbeReport> => {
  const boundary = `drawbridge-${randomBytes(12).toString("hex")}`;
  const { stdout, stderr } = await target.run(probeScript(asked, manner), {
    rights,
    input: probeInput(asked, boundary, target.root, manner),
    timeoutSeconds: patience(asked, manner),
  });
  try {
    return parseProbeReport(asked, boundary, stdout, manner);
  } catch (error) {
    if (!(error instanceof GarbledAnswer)) throw error;
    const said = stderr.trim().split("\n").at(-1);
    throw failure(
      "usage",
      `cannot inspect ${target.label}: ${said ? `it said "${said.slice(0, 120)}"; ` : ""}${error.message}`,
    );
  }
};

/** Seconds until nothing is waited for any longer. */
const patience = (asked: readonly Asked[], manner: Manner): number =>
  120 + (manner === "together" ? 0 : asked.reduce((sum, { probe }) => sum + probe.timeLimit, 0));

const rightsOf = ({ root, sudo }: ProbeReport): Inspection["rights"] =>
  root ? { root: true } : { root: false, reason: rightsReason(sudo), passwordHelps: passwordHelps(sudo) };
