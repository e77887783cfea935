/**
 * Where the time of an inspection goes: every probe asked alone, one line each, the most expensive first.
 *
 *     node scripts/probe-costs.ts [--only PROBE]... [--facts FOLDER] -- COMMAND...
 *
 * `--only` measures some, and asks what they follow; `--facts` writes what was read as JSON, for a comparison of before and after.
 * COMMAND runs the words behind it as root on the machine in question: `nsenter -t PID -m -u -i -n -p -C --` for a lab server. Programs
 * started and processor time are counted by perf(1), which has to be allowed here and sees what is not on another machine: through ssh
 * only times are real. What daemons do for an answer (systemd, D-Bus) is not counted.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { probesOf } from "../src/core/needs.ts";
import { parseProbeReport } from "../src/core/probe-report.ts";
import { probeInput, probeScript } from "../src/core/probe-script.ts";
import { type Asked, alone, nextRound } from "../src/core/rounds.ts";
import { type Fact, known, unknown } from "../src/model/fact.ts";
import { probe, probeOf } from "../src/model/probe.ts";
import { givenAnswers } from "../src/probes/given-answers.ts";
import { steps } from "../steps/index.ts";
import { median } from "./measure.ts";

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { only: { type: "string", multiple: true }, facts: { type: "string" } },
});
const [file, ...words] = positionals;
if (file === undefined)
  throw new Error("name the command that runs words on the machine: nsenter -t PID -m -u -i -n -p -C --");
const boundary = "drawbridge-costs";
const counters = ["sched:sched_process_fork", "sched:sched_process_exec", "task-clock"];

const hasCounters = (): boolean => {
  try {
    execFileSync("perf", ["stat", "-e", counters.join(","), "true"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
};
const counting = hasCounters();

type Cost = {
  /** Milliseconds on the clock, and of processors. */
  readonly wall: number;
  readonly processor: number;
  readonly forks: number;
  readonly programs: number;
};

const runOnce = (asked: readonly Asked[]): { cost: Cost; stdout: string } => {
  const script = probeScript(asked);
  const input = probeInput(asked, boundary, "");
  const command = [file, ...words, "sh", "-c", script];
  const counted = counting ? ["perf", "stat", "-x", ",", "-e", counters.join(","), ...command] : command;
  const started = performance.now();
  const { stdout, stderr, error } = spawnSync(counted[0] as string, counted.slice(1), {
    input,
    maxBuffer: 64 * 1024 * 1024,
    encoding: "utf8",
  });
  if (error) throw error;
  const wall = performance.now() - started;
  const count = (event: string): number => {
    const line = stderr.split("\n").find((candidate) => candidate.includes(event));
    return line === undefined ? Number.NaN : Number(line.split(",")[0]);
  };
  return {
    stdout,
    cost: { wall, forks: count("process_fork"), programs: count("process_exec"), processor: count("task-clock") },
  };
};

const measure = (asked: readonly Asked[], repetitions: number): { cost: Cost; stdout: string } => {
  const runs = Array.from({ length: repetitions }, () => runOnce(asked));
  const middle = (pick: (cost: Cost) => number) => median(runs.map(({ cost }) => pick(cost)).toSorted((a, b) => a - b));
  return {
    stdout: runs[0]?.stdout ?? "",
    cost: {
      wall: middle(({ wall }) => wall),
      forks: middle(({ forks }) => forks),
      programs: middle(({ programs }) => programs),
      processor: middle(({ processor }) => processor),
    },
  };
};

const nothing = probe({ id: "nothing", asks: "nothing", script: ":", parse: () => known(undefined) });
const { cost: frame } = measure([alone(nothing)], 3);

const columns = ["round", "wall ms", "cpu ms", "forks", "programs", "sent", "received", "read ms", "probe"];
const row = (cells: readonly (string | number)[]): string =>
  cells.map((cell, index) => (index === cells.length - 1 ? `  ${cell}` : String(cell).padStart(9))).join("");
const whole = (value: number): string => (Number.isNaN(value) ? "-" : String(Math.round(value)));

/** Maps as objects, bytes as text. */
const readable = (value: unknown): string =>
  JSON.stringify(
    value,
    (_, inner) => {
      if (inner instanceof Map) return Object.fromEntries(inner);
      return typeof inner === "bigint" ? String(inner) : inner;
    },
    2,
  );

if (options.facts !== undefined) mkdirSync(options.facts, { recursive: true });
const needed = (ids: readonly string[]): ReadonlySet<string> => {
  const wanted = new Set(ids);
  for (const { id, follows } of probesOf(steps).toReversed()) {
    if (wanted.has(id)) for (const need of Object.values(follows ?? {})) wanted.add(probeOf(need).id);
  }
  return wanted;
};
const needs = options.only && needed(options.only);
const probes = probesOf(steps).filter(({ id }) => needs === undefined || needs.has(id));
const facts = new Map<string, Fact<unknown>>([[givenAnswers.id, known({})]]);
const lines: { order: number; cells: readonly (string | number)[] }[] = [];
const totals = { wall: 0, processor: 0, forks: 0, programs: 0, sent: 0, received: 0, read: 0 };
for (let round = 1; ; round += 1) {
  const { asked, settled } = nextRound(probes, facts);
  for (const [id, fact] of settled) facts.set(id, fact);
  if (asked.length === 0) break;
  for (const one of asked) {
    const wanted = options.only === undefined || options.only.includes(one.probe.id);
    const { cost, stdout } = measure([one], wanted ? 3 : 1);
    const started = performance.now();
    const report = parseProbeReport([one], boundary, stdout);
    const read = performance.now() - started;
    const fact: Fact<unknown> = report.facts.get(one.probe.id) ?? unknown("it got no answer within its limits");
    facts.set(one.probe.id, fact);
    if (!wanted) continue;
    if (options.facts !== undefined) writeFileSync(`${options.facts}/${one.probe.id}.json`, `${readable(fact)}\n`);
    const sent = one.probe.script.length + (one.input?.length ?? 0);
    const [wall, processor] = [cost.wall - frame.wall, cost.processor - frame.processor];
    const [forks, programs] = [cost.forks - frame.forks, cost.programs - frame.programs];
    totals.wall += wall;
    totals.processor += processor;
    totals.forks += forks;
    totals.programs += programs;
    totals.sent += sent;
    totals.received += stdout.length;
    totals.read += read;
    const state = fact.state === "known" ? "" : ` (${fact.state}: ${fact.reason})`;
    lines.push({
      order: Number.isNaN(processor) ? wall : processor,
      cells: [
        round,
        whole(wall),
        whole(processor),
        whole(forks),
        whole(programs),
        sent,
        stdout.length,
        whole(read),
        one.probe.id + state,
      ],
    });
  }
}
console.log(row(columns));
for (const { cells } of lines.toSorted((a, b) => b.order - a.order)) console.log(row(cells));
const { wall, processor, forks, programs, sent, received, read } = totals;
console.log(
  row([
    "",
    whole(wall),
    whole(processor),
    whole(forks),
    whole(programs),
    sent,
    received,
    whole(read),
    `all ${lines.length}; beside each: ${whole(frame.wall)} ms, ${whole(frame.processor)} ms cpu, ${whole(frame.forks)} forks, ${whole(frame.programs)} programs of the round itself`,
  ]),
);
