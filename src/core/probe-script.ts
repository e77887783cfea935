import { absent, type Fact, unknown } from "../model/fact.ts";
import type { Facts, Probe, ProbeOutput } from "../model/probe.ts";
import type { Asked } from "./rounds.ts";

/** Quotes fixed program text for `sh -c`; never used on data. */
const quoteProgram = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/**
 * One POSIX sh script that asks every probe of a round, two at a time: most of an inspection's time is a machine's, and most
 * machines have two processors. `probeInput` is its standard input: a boundary the client
 * made up for this run (so that no answer can pretend to be another's), the root prefix (empty on a live system), and
 * for each probe with an input of its own, in order, a line with its id and the number of bytes, and those bytes.
 *
 * Each probe runs under its own time limit where the target has timeout(1), with at most `sizeLimit` bytes kept. Inputs are
 * taken off the stream before anything runs, so no probe can read another's. The two lanes take numbers of probes off a pipe,
 * two at a time in one read(2), the long ones first; the first lane prints as it goes, and what the second prints is kept in memory until both are done,
 * because nothing may be written on the machine.
 */
export const probeScript = (round: readonly Asked[]): string => `PATH=/usr/sbin:/usr/bin:/sbin:/bin
LC_ALL=C
export PATH LC_ALL
unset BASH_ENV ENV CDPATH input
umask 077
IFS= read -r boundary
IFS= read -r root
export root
uid=$(id -u)
exec 4>&1
limit=
command -v timeout >/dev/null 2>&1 && limit='timeout -k 1'
answer() {
  \${limit:+$limit "$2"} sh -c "$6" 2>/dev/null 3>&- 4>&- 5<&-
  echo $? >&3
}
take() {
  IFS=' ' read -r id bytes
  [ "$id" = "$1" ] || exit 1
  # The shell's own read would take seconds, and busybox's head takes more than it is told to.
  input=$(dd bs="$bytes" count=1 iflag=fullblock 2>/dev/null || dd bs=1 count="$bytes" 2>/dev/null)
}
ask() {
  printf '\\n%s begin %s\\n' "$boundary" "$1"
  if [ "$4" = root ] && [ "$uid" != 0 ]; then
    code=rights
  elif [ "$5" = live ] && [ -n "$root" ]; then
    code=image
  elif [ "$7" = input ]; then
    # printf, not a here-document: some shells would write that to a file.
    code=$({ printf '%s\\n' "$8" 2>/dev/null 3>&- 4>&- | answer "$@" | head -c "$3" >&4; } 3>&1)
  else
    code=$({ answer "$@" </dev/null | head -c "$3" >&4; } 3>&1)
  fi
  printf '\\n%s end %s %s\\n' "$boundary" "$1" "$code"
}
lane() {
  while numbers=$(dd bs=6 count=1 <&5 2>/dev/null) && [ -n "$numbers" ]; do
    job "\${numbers%???}" "$@"
    job "\${numbers#???}" "$@"
  done
}
job() {
  case $1 in
${round.map(jobLine).join("\n")}
  esac
}
printf '\\n%s uid %s\\n' "$boundary" "$uid"
printf '\\n%s sudo %s\\n' "$boundary" "\${DRAWBRIDGE_SUDO-}"
set --
${round
  .filter(({ input }) => input !== undefined)
  .map(({ probe: { id } }) => `take ${id}; set -- "$@" "$input"`)
  .join("\n")}
input=
printf %s ${inOrder(round)} | {
  exec 5<&0 </dev/null
  lane "$@" &
  second=$(exec 4>&1; lane "$@")
  wait
  printf '%s\\n' "$second"
}
printf '\\n%s over\\n' "$boundary"
`;

/** Three digits for every probe of a round; 000 is none. */
const numberOf = (index: number): string => String(index + 1).padStart(3, "0");

/** An even number of them, those of long probes first. */
const inOrder = (round: readonly Asked[]): string => {
  const numbered = round.map(({ probe: { long } }, index) => ({ number: numberOf(index), long: long === true }));
  const sorted = numbered.toSorted((a, b) => Number(b.long) - Number(a.long)).map(({ number }) => number);
  return [...sorted, ...(sorted.length % 2 === 0 ? [] : ["000"])].join("");
};

/** A probe's case in `job`, whose arguments are the number and then the inputs, in order. */
const jobLine = (
  { probe: { id, timeLimit, sizeLimit, rights, system, script }, input }: Asked,
  index: number,
  round: readonly Asked[],
): string => {
  const place = round.slice(0, index).filter((earlier) => earlier.input !== undefined).length + 2;
  const source = input === undefined ? "alone" : `input "\${${place}}"`;
  return `  ${numberOf(index)}) ask ${id} ${timeLimit} ${sizeLimit + 1} ${rights} ${system} ${quoteProgram(script)} ${source} ;;`;
};

/** What the script of `probeScript` reads: see there. */
export const probeInput = (round: readonly Asked[], boundary: string, root: string): Buffer =>
  Buffer.concat([
    Buffer.from(`${boundary}\n${root}\n`),
    ...round.flatMap(({ probe, input }) => {
      if (input === undefined) return [];
      const bytes = Buffer.from(input);
      return [Buffer.from(`${probe.id} ${bytes.length}\n`), bytes];
    }),
  ]);

export type ProbeReport = {
  readonly facts: Facts;
  readonly root: boolean;
  /** What sudo said when it was asked without a password; empty when it was not asked. */
  readonly sudo: string;
};

/** Not the answer of our script: no POSIX shell, a chatty login shell that ate it, a connection that broke off. */
export class GarbledAnswer extends Error {}

/** Takes the answer of `probeScript` apart. Answers that are missing, cut or unreadable become unknown facts. */
export const parseProbeReport = (round: readonly Asked[], boundary: string, stdout: string): ProbeReport => {
  const uid = field(stdout, boundary, "uid");
  if (uid === undefined) {
    throw garbledAnswer(stdout);
  }
  const root = uid === "0";
  const sudo = field(stdout, boundary, "sudo") ?? "";
  const facts = new Map<string, Fact<unknown>>();
  for (const asked of round) facts.set(asked.probe.id, factFrom(asked, boundary, stdout, rightsReason(sudo)));
  return { facts, root, sudo };
};

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

const factFrom = ({ probe, followed }: Asked, boundary: string, stdout: string, noRights: string): Fact<unknown> => {
  const begin = `\n${boundary} begin ${probe.id}\n`;
  const start = stdout.indexOf(begin);
  const end = stdout.indexOf(`\n${boundary} end ${probe.id} `, start);
  if (start < 0 || end < 0) return unknown(`no answer to "${probe.asks}": the connection broke off`);
  const code = field(stdout.slice(end), boundary, `end ${probe.id}`) ?? "";
  if (code === "rights") return unknown(noRights);
  if (code === "image") return unknown(`"${probe.asks}" needs a running system`);
  const answer = stdout.slice(start + begin.length, end);
  // head(1) is asked for one byte more than the limit: that byte tells a cut answer from one that just fits.
  const truncated = Buffer.byteLength(answer) > probe.sizeLimit;
  const exitCode = Number(code);
  const output: ProbeOutput = {
    stdout: answer,
    exitCode,
    truncated,
    timedOut: exitCode === 124 || exitCode === 137,
  };
  if (output.timedOut) return unknown(`"${probe.asks}" took longer than ${probe.timeLimit} s`);
  if (truncated) return unknown(`"${probe.asks}" answered more than ${Math.floor(probe.sizeLimit / 1024)} KiB`);
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
