import { type Fact, known, unknown } from "../model/fact.ts";
import { followUp, questionLine } from "../model/probe.ts";
import type { UnitText } from "../systemd/unit-file.ts";
import { type FileState, type PathState, pathStates } from "./accounts.ts";
import { workload } from "./workload.ts";

/** A file of ours beside a unit, with its time. */
export type OwnFile = (NonNullable<FileState> & { /** Seconds since 1970. */ readonly modified: number }) | null;

/** How the kernel holds the unit's main process: proc(5). */
export type UnitProcess = {
  readonly pid: number;
  /** NoNewPrivs of /proc/PID/status. */
  readonly noNewPrivileges: boolean;
  /** Seccomp of /proc/PID/status is 2: a filter of system calls is in force. */
  readonly filtered: boolean;
  /** CapBnd of /proc/PID/status is 0. */
  readonly powerless: boolean;
  /** VmHWM: the most memory it has used at once, in bytes. */
  readonly peakMemory: number;
  /** Regular files that it holds open for writing. */
  readonly writes: readonly string[];
  /** The same and their folders, as they stand on the machine. */
  readonly written: readonly PathState[];
};

/** A service that runs Java, as systemd has it: all of its files in the order systemd reads them. They may hold secrets. */
export type RuntimeUnit = {
  readonly name: string;
  /** `systemctl show`, by property. */
  readonly properties: Readonly<Record<string, string>>;
  /** The unit file, then its drop-ins. */
  readonly files: readonly UnitText[];
  readonly environmentFiles: readonly UnitText[];
  /** /etc/systemd/system/NAME.d/zz-drawbridge-runtime.conf and .env beside it. */
  readonly dropIn: OwnFile;
  readonly environment: OwnFile;
  readonly dropInFolder: boolean;
  /** Of the folders that systemd makes for it below /var/lib and /var/log, and ours in them: those that are there. */
  readonly folders: readonly string[];
  /** Seconds since 1970; undefined when it does not run. */
  readonly startedAt: number | undefined;
  readonly process: UnitProcess | undefined;
};

export type RuntimeUnits = {
  /** Major version of systemd. */
  readonly systemd: number;
  /** MemTotal of the machine, in bytes. */
  readonly memory: number;
  readonly units: readonly RuntimeUnit[];
};

export const runtimeDropIn = (unit: string): string => `/etc/systemd/system/${unit}.d/zz-drawbridge-runtime.conf`;
export const runtimeEnvironment = (unit: string): string => `/etc/systemd/system/${unit}.d/zz-drawbridge-runtime.env`;

const shown = [
  "Id",
  "LoadState",
  "ActiveState",
  "SubState",
  "MainPID",
  "NRestarts",
  "FragmentPath",
  "DropInPaths",
  "NeedDaemonReload",
  "ExecMainStartTimestamp",
  "EnvironmentFiles",
  "User",
  "Group",
  "DynamicUser",
  "UMask",
  "Type",
  "WorkingDirectory",
  "RootDirectory",
  "StateDirectory",
  "LogsDirectory",
  "CacheDirectory",
  "RuntimeDirectory",
  "ReadWritePaths",
  "ProtectSystem",
  "ProtectHome",
  "PrivateTmp",
  "NoNewPrivileges",
  "MemoryMax",
  "IPAddressAllow",
  "IPAddressDeny",
];

/** Bytes of a unit or environment file, at most, and files that a process holds open. */
const textLimit = 131_072;
const writesLimit = 100;

/**
 * systemd is asked once about all units, and files are looked at all at once: on a host with ten services a program for each of
 * their files would cost more than everything else. The shell notes in `plan` what is to be printed, line by line: T text,
 * F the content of a file, O the state and content of one of ours, P a process. Then awk prints it, from what stat(1), find(1)
 * and /proc say about all of them.
 */
const script = `newline='
'
set --
while IFS= read -r unit; do set -- "$@" "$unit"; done
version=$(systemctl --version) version=\${version#systemd }
read -r _ memory _ </proc/meminfo
printf '@host %s %s\\n' "\${version%%[!0-9]*}" "$memory"
plan='' files='' own='' processes=''
text() { plan=\${plan}T$1$newline; }
content() { text "@$1 $2"; plan=\${plan}F$2$newline files=$files$2$newline; }
one() {
  text "@unit $unit"
  plan=$plan$shown
  folder=/etc/systemd/system/$unit.d
  [ -d "$folder" ] && [ ! -L "$folder" ] && text @folder
  set -f
  for file in $fragment $dropins; do [ -f "$file" ] && content file "$file"; done
  set +f
  IFS=$newline
  for pattern in $environments; do
    unset IFS
    for file in $pattern; do [ -f "$file" ] && content environment "$file"; done
  done
  unset IFS
  for file in "$folder/zz-drawbridge-runtime.conf" "$folder/zz-drawbridge-runtime.env"; do
    [ -f "$file" ] && [ ! -L "$file" ] && plan=\${plan}O$file$newline own=$own$file$newline
  done
  base=\${unit%.service}
  case $base in *[!A-Za-z0-9_.-]*) base=$(printf '%s' "$base" | tr -c 'A-Za-z0-9_.-' '-') ;; esac
  for name in "$base" $state $logs; do
    for place in "/var/log/$name" "/var/lib/$name" "/var/lib/$name/tmp" "/var/lib/$name/dumps"; do [ -d "$place" ] && text "@directory $place"; done
  done
  if [ "\${pid:-0}" -gt 1 ] && [ -r "/proc/$pid/status" ]; then
    text "@process $pid"
    plan=\${plan}P$pid$newline processes="$processes $pid"
  fi
}
forget() { shown='' fragment='' dropins='' environments='' state='' logs='' pid=''; }
look() {
  set -f
  IFS=$newline
  # shellcheck disable=SC2086
  [ -z "$files" ] || stat -L -c 'S%s %n' -- $files
  unset IFS
  if [ -n "$processes" ]; then
    status='' open=''
    for pid in $processes; do status="$status /proc/$pid/status" open="$open /proc/$pid/fd"; done
    # shellcheck disable=SC2086
    grep -HE '^(NoNewPrivs|Seccomp|CapBnd|VmHWM):' $status
    # shellcheck disable=SC2086
    writes=$(find $open -type l -perm -200 ! -lname '*[[:cntrl:]]*' -printf 'W%h %l\\n' | sort -u | awk '
      { target = substr($0, index($0, " ") + 1) }
      target ~ /^\\// && target !~ /^\\/(dev|proc|sys|run|memfd:)/ && target !~ /[(]deleted[)]$/ && ++count[$1] <= ${writesLimit}')
    printf '%s\\n' "$writes"
    IFS=$newline
    for line in $writes; do
      line=\${line#* }
      own=$own$line$newline\${line%/*}$newline
    done
  fi
  IFS=$newline
  # shellcheck disable=SC2086
  [ -z "$own" ] || stat -c 'A%Y|%F|%a|%U|%G|%u|%g|%n' -- $own
  printf %s "$plan"
}
[ $# -gt 0 ] || exit 0
# An empty line stands between two units, in the order in which they were asked for.
{ systemctl show --timestamp=unix ${shown.map((name) => `-p ${name}`).join(" ")} -- "$@"; echo; } | {
  forget
  while IFS= read -r line; do
    if [ -z "$line" ]; then
      [ $# -gt 0 ] || break
      unit=$1
      shift
      one
      forget
      continue
    fi
    shown=\${shown}T=$line$newline
    case $line in
      FragmentPath=*) fragment=\${line#*=} ;;
      DropInPaths=*) dropins=\${line#*=} ;;
      EnvironmentFiles=*) line=\${line#*=} environments=$environments\${line% (ignore_errors=*)}$newline ;;
      StateDirectory=*) state=\${line#*=} ;;
      LogsDirectory=*) logs=\${line#*=} ;;
      MainPID=*) pid=\${line#*=} ;;
    esac
  done
  look 2>/dev/null
} | awk '
  # A file as it is, each line behind a bar and a dot after its end. The byte 3, which no text has, makes a record of all of it.
  function content(path, limit,   text, part, parts) {
    if (size[path] <= limit) {
      RS = "\\003"
      while ((getline part < path) > 0) text = text (parts++ ? RS : "") part
      RS = "\\n"
    } else {
      while (length(text) < limit && (getline part < path) > 0) text = text part "\\n"
      text = substr(text, 1, limit)
    }
    close(path)
    gsub(/\\n/, "\\n|", text)
    print "|" text "."
  }
  { kind = substr($0, 1, 1); rest = substr($0, 2) }
  kind == "S" { path = rest; sub(/^[0-9]+ /, "", path); size[path] = rest + 0 }
  kind == "/" { split(rest, part, "/"); process = part[2]; sub(/^[^:]*:/, "", rest); status[process] = status[process] rest "\\n" }
  kind == "W" { split(rest, part, "/"); process = part[3]; writes[process, ++held[process]] = substr(rest, index(rest, " ") + 1) }
  kind == "A" {
    path = rest
    for (field = 0; field < 7; field++) path = substr(path, index(path, "|") + 1)
    state[path] = substr(rest, index(rest, "|") + 1)
    modified[path] = rest + 0
  }
  kind == "T" { print rest }
  kind == "F" { content(rest, ${textLimit}) }
  kind == "O" {
    split(state[rest], part, "|")
    print "@own " part[2] " " part[3] " " part[4] " " modified[rest] " " rest
    content(rest, ${textLimit})
  }
  kind == "P" {
    printf "%s", status[rest]
    for (number = 1; number <= held[rest]; number++) {
      path = writes[rest, number]
      print "writes " path
      if (state[path] ~ /^regular/) print state[path]
      sub(/\\/[^\\/]*$/, "", path)
      if (path in state) print state[path]
    }
  }'
exit 0`;

/** Unit files, environment files and process of every service that runs Java. */
export const unitFiles = followUp({
  id: "unit-files",
  long: true,
  asks: "systemctl show and systemctl cat of the services that run Java; /proc/PID/status and the files they hold open",
  follows: { services: workload },
  input: ({ services }) => {
    const names = services.units.map(({ name }) => name);
    return names.length === 0 ? undefined : names.map((name) => questionLine(name)).join("");
  },
  script,
  sizeLimit: 4 * 1024 * 1024,
  parse: ({ stdout }) => parseUnitFiles(stdout),
});

/** The lines of one frame as the text they were: each begins with "|", and the last is the mark of the end. */
const unframe = (lines: readonly string[]): string => {
  const framed = lines.filter((line) => line.startsWith("|")).map((line) => line.slice(1));
  return framed.length === 0
    ? ""
    : framed
        .slice(0, -1)
        .map((line) => `${line}\n`)
        .join("") + (framed.at(-1) as string).slice(0, -1);
};

type Section = { readonly kind: string; readonly argument: string; readonly lines: string[] };

export const parseUnitFiles = (text: string): Fact<RuntimeUnits> => {
  const units: Section[][] = [];
  let host = { systemd: 0, memory: 0 };
  for (const line of text.split("\n")) {
    const marker = /^@(host|unit|folder|directory|file|environment|own|process)(?: (.*))?$/u.exec(line);
    if (marker === null) {
      units.at(-1)?.at(-1)?.lines.push(line);
      continue;
    }
    const [, kind = "", argument = ""] = marker;
    if (kind === "host") {
      const [systemd = "", kilobytes = ""] = argument.split(" ");
      host = { systemd: Number(systemd), memory: Number(kilobytes) * 1024 };
    } else if (kind === "unit") units.push([{ kind, argument, lines: [] }]);
    else units.at(-1)?.push({ kind, argument, lines: [] });
  }
  if (text.trim() !== "" && host.systemd === 0) return unknown("systemctl answered something unreadable");
  return known({ ...host, units: units.map(readRuntimeUnit) });
};

const readRuntimeUnit = (sections: readonly Section[]): RuntimeUnit => {
  const [head] = sections;
  const name = head?.argument ?? "";
  const properties = Object.fromEntries(
    (head?.lines ?? []).flatMap((line) => {
      const match = /^=([A-Za-z]+)=(.*)$/u.exec(line);
      return match ? [[match[1] as string, match[2] as string] as const] : [];
    }),
  );
  const texts = (kind: string) =>
    sections
      .filter((section) => section.kind === kind)
      .map(({ argument, lines }) => ({ path: argument, content: unframe(lines) }));
  const own = (path: string): OwnFile => {
    for (const section of sections) {
      const match = /^(\d+) (\S+) (\S+) (\d+) (.*)$/u.exec(section.argument);
      if (section.kind !== "own" || match?.[5] !== path) continue;
      return {
        content: unframe(section.lines),
        mode: (match[1] as string).padStart(4, "0"),
        owner: match[2] as string,
        group: match[3] as string,
        modified: Number(match[4]),
      };
    }
    return null;
  };
  return {
    name,
    properties,
    files: texts("file"),
    environmentFiles: texts("environment"),
    dropIn: own(runtimeDropIn(name)),
    environment: own(runtimeEnvironment(name)),
    dropInFolder: sections.some(({ kind }) => kind === "folder"),
    folders: [...new Set(sections.filter(({ kind }) => kind === "directory").map(({ argument }) => argument))],
    startedAt: Number(/^@(\d+)/u.exec(properties.ExecMainStartTimestamp ?? "")?.[1]) || undefined,
    process: readProcess(sections.find(({ kind }) => kind === "process")),
  };
};

const readProcess = (section: Section | undefined): UnitProcess | undefined => {
  if (section === undefined) return undefined;
  const field = (name: string) =>
    section.lines
      .find((line) => line.startsWith(`${name}:`))
      ?.slice(name.length + 1)
      .trim() ?? "";
  return {
    pid: Number(section.argument),
    noNewPrivileges: field("NoNewPrivs") === "1",
    filtered: field("Seccomp") === "2",
    powerless: /^0+$/u.test(field("CapBnd")),
    peakMemory: Number.parseInt(field("VmHWM"), 10) * 1024 || 0,
    writes: section.lines.filter((line) => line.startsWith("writes ")).map((line) => line.slice("writes ".length)),
    written: pathStates(section.lines),
  };
};
