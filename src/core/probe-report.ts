import { absent, type Fact, unknown } from "../model/fact.ts";
import type { Facts, Probe, ProbeOutput } from "../model/probe.ts";
import type { Manner } from "./probe-script.ts";
import type { Asked } from "./rounds.ts";

export type ProbeReport = {
  readonly facts: Facts;
  readonly root: boolean;
  /** What sudo said when it was asked without a password; empty when it was not asked. */
  readonly sudo: string;
  /** Those that got no answer, because they or others in their shell took too long, said too much or ended it: to be asked alone. */
  readonly unanswered: readonly Asked[];
};

/** Not the answer of our script: no POSIX shell, a chatty login shell that ate it, a connection that broke off. */
export class GarbledAnswer extends Error {}

/** Takes the answer of `probeScript` apart. Answers that are missing, cut or unreadable become unknown facts. */
export const parseProbeReport = (
  round: readonly Asked[],
  boundary: string,
  stdout: string,
  manner: Manner = "together",
): ProbeReport => {
  const uid = field(stdout, boundary, "uid");
  if (uid === undefined) {
    throw garbledAnswer(stdout);
  }
  const root = uid === "0";
  const sudo = field(stdout, boundary, "sudo") ?? "";
  const whole = stdout.includes(`\n${boundary} over\n`);
  const facts = new Map<string, Fact<unknown>>();
  const unanswered: Asked[] = [];
  for (const asked of round) {
    const answer = answerOf(asked.probe, boundary, stdout);
    if (answer?.code !== undefined)
      facts.set(asked.probe.id, factFrom(asked, answer.text, answer.code, rightsReason(sudo)));
    else if (whole && manner === "together") unanswered.push(asked);
    else facts.set(asked.probe.id, unknown(whole ? whyNot(asked.probe, answer) : brokenOff(asked.probe)));
  }
  return { facts, root, sudo, unanswered };
};

type Answer = {
  readonly text: string;
  /** What the probe ended with, or why it was not run; undefined: it was stopped. */
  readonly code: string | undefined;
  /** What its shell ended with. */
  readonly stopped: string | undefined;
};

const answerOf = ({ id }: Probe<unknown>, boundary: string, stdout: string): Answer | undefined => {
  const begin = `\n${boundary} begin ${id}\n`;
  const start = stdout.indexOf(begin);
  if (start < 0) return undefined;
  const rest = stdout.slice(start + begin.length);
  const end = rest.indexOf(`\n${boundary} `);
  const text = end < 0 ? rest : rest.slice(0, end);
  return {
    text,
    code: field(rest.slice(text.length), boundary, `end ${id}`),
    stopped: field(rest.slice(text.length), boundary, "stopped"),
  };
};

/** Why a probe that was asked alone has no whole answer. */
const whyNot = (probe: Probe<unknown>, answer: Answer | undefined): string => {
  const stopped = Number(answer?.stopped ?? "");
  if (stopped === 124 || stopped === 137) return tooLong(probe);
  return Buffer.byteLength(answer?.text ?? "") > probe.sizeLimit
    ? tooMuch(probe)
    : `"${probe.asks}" ended before it answered`;
};

const brokenOff = ({ asks }: Probe<unknown>): string => `no answer to "${asks}": the connection broke off`;
const tooLong = ({ asks, timeLimit }: Probe<unknown>): string => `"${asks}" took longer than ${timeLimit} s`;
const tooMuch = ({ asks, sizeLimit }: Probe<unknown>): string =>
  `"${asks}" answered more than ${Math.floor(sizeLimit / 1024)} KiB`;

const field = (stdout: string, boundary: string, name: string): string | undefined => {
  const start = stdout.indexOf(`\n${boundary} ${name} `);
  if (start < 0) return undefined;
  const from = start + boundary.length + name.length + 3;
  const end = stdout.indexOf("\n", from);
  return stdout.slice(from, end < 0 ? undefined : end);
};

export const garbledAnswer = (stdout: string): GarbledAnswer => {
  const line = stdout.split("\n").find((candidate) => candidate.trim() !== "");
  const said = line === undefined ? "it answered nothing" : `it answered "${line.trim().slice(0, 80)}"`;
  return new GarbledAnswer(
    `the machine did not run our script (${said}): log in as an account whose login shell runs commands with a POSIX sh`,
  );
};

/** Why there are no root rights, as a person would say it. */
export const rightsReason = (sudo: string): string => {
  if (/must have a tty/iu.test(sudo)) return "this needs root, and sudo there wants a terminal (requiretty)";
  if (passwordHelps(sudo)) return "this needs root, and sudo asks for a password";
  if (/not found|no such file/iu.test(sudo)) return "this needs root, and sudo is not installed";
  if (/not (?:in the sudoers|allowed|permitted)|may not run/u.test(sudo)) {
    return "this needs root, and this account may not use sudo";
  }
  return sudo === "" ? "this needs root" : `this needs root (sudo said: ${sudo.slice(0, 80)})`;
};

/** Whether a password would change what sudo said. */
export const passwordHelps = (sudo: string): boolean => /password is required|a terminal is required/u.test(sudo);

const factFrom = ({ probe, followed }: Asked, answer: string, code: string, noRights: string): Fact<unknown> => {
  if (code === "rights") return unknown(noRights);
  if (code === "image") return unknown(`"${probe.asks}" needs a running system`);
  const truncated = Buffer.byteLength(answer) > probe.sizeLimit;
  const exitCode = Number(code);
  const output: ProbeOutput = {
    stdout: answer,
    exitCode,
    truncated,
    timedOut: exitCode === 124 || exitCode === 137,
  };
  if (output.timedOut) return unknown(tooLong(probe));
  if (truncated) return unknown(tooMuch(probe));
  if (exitCode === 127) return absent(`"${probe.asks}" is not installed`);
  return parsed(probe, output, followed);
};

/** What a probe makes of an output; text that it cannot read makes an unknown fact. */
export const parsed = (probe: Probe<unknown>, output: ProbeOutput, followed: unknown): Fact<unknown> => {
  try {
    return probe.parse(output, followed);
  } catch (error) {
    return unknown(`"${probe.asks}" answered something unreadable (${error instanceof Error ? error.message : error})`);
  }
};
