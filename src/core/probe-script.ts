import type { Asked } from "./rounds.ts";

/** Quotes fixed program text for `sh -c`; never used on data. */
export const quoteProgram = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/**
 * `together`: all probes of a lane in one shell, under one time limit; starting programs is most of what an inspection costs a machine.
 * `alone`: each in its own shell, under its own limits, for those that got no answer so.
 */
export type Manner = "together" | "alone";

/**
 * One POSIX sh script that asks every probe of a round in two lanes, for most machines have two processors. `probeInput` is its
 * standard input: a boundary the client made up for this run (so that no answer can pretend to be another's; it never stands on a
 * command line), the root prefix (empty on a live system), and for each group that reads something a line with the number of bytes,
 * and those bytes.
 *
 * Each group runs under the longest time limit of its probes where the target has timeout(1), with at most as many bytes kept as all of
 * them may print. The first lane prints as it goes, and what the second prints is kept in memory until both are done, because nothing
 * may be written on the machine.
 */
export const probeScript = (round: readonly Asked[], manner: Manner = "together"): string => {
  const lanes = lanesOf(round, manner);
  const reading = lanes.flat().filter(reads);
  return `PATH=/usr/sbin:/usr/bin:/sbin:/bin
LC_ALL=C
export PATH LC_ALL
unset BASH_ENV ENV CDPATH input
umask 077
IFS= read -r boundary
IFS= read -r root
export root
uid=$(id -u)
limit=
command -v timeout >/dev/null 2>&1 && limit='timeout -k 1'
exec 4>&1
take() {
  IFS= read -r bytes
  # The shell's own read would take seconds, and busybox's head takes more than it is told to.
  input=$(dd bs="$bytes" count=1 iflag=fullblock 2>/dev/null || dd bs=1 count="$bytes" 2>/dev/null)
}
program() {
  # printf, not a here-document: some shells would write that to a file.
  { printf '%s\\n' "$boundary"; [ -z "$4" ] || printf '%s\\n' "$4"; } 2>/dev/null 3>&- 4>&- |
    \${limit:+$limit "$1"} sh -c "$3" drawbridge "$uid" 2>/dev/null 3>&- 4>&-
  echo $? >&3
}
group() {
  code=$({ program "$@" | head -c "$2" >&4; } 3>&1)
  printf '\\n%s stopped %s\\n' "$boundary" "$code"
}
${lanes.map((groups, lane) => laneFunction(groups, lane, reading)).join("\n")}
printf '\\n%s uid %s\\n' "$boundary" "$uid"
printf '\\n%s sudo %s\\n' "$boundary" "\${DRAWBRIDGE_SUDO-}"
set --
${reading.map(() => 'take; set -- "$@" "$input"').join("\n")}
input=
lane_0 "$@" </dev/null &
second=$(exec 4>&1; lane_1 "$@" </dev/null)
wait
printf '%s\\n' "$second"
printf '\\n%s over\\n' "$boundary"
`;
};

/** Probes that one shell asks, one after the other. */
type Group = readonly Asked[];

const reads = (group: Group): boolean => group.some(({ input }) => input !== undefined);

/** The kernel takes 128 KiB in one argument. */
const textLimit = 100 * 1024;

const lanesOf = (round: readonly Asked[], manner: Manner): readonly (readonly Group[])[] => {
  const sorted = round.toSorted((a, b) => Number(b.probe.long === true) - Number(a.probe.long === true));
  return [0, 1].map((lane) => {
    // Dealt there and back, so that no lane gets the longer one of every pair.
    const own = sorted.filter((_, index) => (index % 4 === 0 || index % 4 === 3 ? 0 : 1) === lane);
    return manner === "alone" ? own.map((asked) => [asked]) : cut(own);
  });
};

const cut = (own: readonly Asked[]): readonly Group[] => {
  const groups: Asked[][] = [];
  let length = Number.POSITIVE_INFINITY;
  for (const asked of own) {
    length += asked.probe.script.length;
    if (length > textLimit) {
      groups.push([]);
      length = asked.probe.script.length;
    }
    groups.at(-1)?.push(asked);
  }
  return groups;
};

const laneFunction = (groups: readonly Group[], lane: number, reading: readonly Group[]): string => {
  const calls = groups.map((group) => {
    const seconds = Math.max(...group.map(({ probe }) => probe.timeLimit));
    const bytes = group.reduce((sum, { probe }) => sum + probe.sizeLimit + frameLimit, 0);
    const input = reads(group) ? `"\${${reading.indexOf(group) + 1}}"` : "''";
    return `  group ${seconds} ${bytes} ${quoteProgram(groupProgram(group))} ${input}`;
  });
  return `lane_${lane}() {\n${calls.length === 0 ? "  :" : calls.join("\n")}\n}`;
};

/** Bytes that stand around an answer, at most. */
const frameLimit = 256;

/**
 * What one shell runs: every probe in a subshell, which costs a fork and no program. Its standard input: the boundary, and for each
 * probe with an input of its own a line with its id and the number of bytes, and those bytes.
 */
const groupProgram = (group: Group): string => `IFS= read -r boundary
uid=$1
set --
begin() { printf '\\n%s begin %s\\n' "$boundary" "$1"; }
end() { printf '\\n%s end %s %s\\n' "$boundary" "$1" "$code"; }
may() {
  code=
  [ "$1" != root ] || [ "$uid" = 0 ] || code=rights
  [ "$2" != live ] || [ -z "$root" ] || code=\${code:-image}
  [ -z "$code" ]
}
take() {
  IFS=' ' read -r id bytes
  [ "$id" = "$1" ] || exit 1
}
${reads(group) ? readingFunction : ""}${group.map(question).join("\n")}
exit 0`;

const readingFunction = `if dd count=0 iflag=fullblock </dev/null >/dev/null 2>&1; then
  given() { dd bs="$bytes" count=1 iflag=fullblock 2>/dev/null; }
else
  given() { dd bs=1 count="$bytes" 2>/dev/null; }
fi
`;

const question = ({ probe: { id, rights, system, script }, input }: Asked): string =>
  input === undefined
    ? `begin ${id}
if may ${rights} ${system}; then (
${script}
) </dev/null; code=$?; fi
end ${id}`
    : `begin ${id}
take ${id}
if may ${rights} ${system}; then given | (
${script}
); code=$?; else given >/dev/null; fi
end ${id}`;

/** What the script of `probeScript` reads: see there. */
export const probeInput = (
  round: readonly Asked[],
  boundary: string,
  root: string,
  manner: Manner = "together",
): Buffer =>
  Buffer.concat([
    Buffer.from(`${boundary}\n${root}\n`),
    ...lanesOf(round, manner)
      .flat()
      .filter(reads)
      .flatMap((group) => {
        const bytes = Buffer.concat(group.map(inputOf));
        return [Buffer.from(`${bytes.length}\n`), bytes];
      }),
  ]);

/** Ends with one line break, whatever it ended with: the shell in between keeps no more of them. */
const inputOf = ({ probe, input }: Asked): Buffer => {
  if (input === undefined) return Buffer.alloc(0);
  const bytes = Buffer.from(`${input.replace(/\n+$/u, "")}\n`);
  return Buffer.concat([Buffer.from(`${probe.id} ${bytes.length}\n`), bytes]);
};
