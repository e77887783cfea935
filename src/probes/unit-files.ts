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

const script = `framed() { { cat; echo .; } | sed 's/^/|/'; }
printf '@host %s %s\\n' "$(systemctl --version | sed -n '1s/^systemd \\([0-9]*\\).*/\\1/p')" "$(sed -n 's/^MemTotal: *\\([0-9]*\\) kB/\\1/p' /proc/meminfo)"
while IFS= read -r unit; do
  printf '@unit %s\\n' "$unit"
  properties=$(systemctl show --timestamp=unix ${shown.map((name) => `-p ${name}`).join(" ")} -- "$unit")
  printf '%s\\n' "$properties" | sed 's/^/=/'
  value() { printf '%s\\n' "$properties" | sed -n "s/^$1=//p"; }
  folder=/etc/systemd/system/$unit.d
  [ -d "$folder" ] && [ ! -L "$folder" ] && echo '@folder'
  set -f
  for file in $(value FragmentPath) $(value DropInPaths); do
    [ -f "$file" ] && { printf '@file %s\\n' "$file"; head -c 131072 -- "$file" | framed; }
  done
  set +f
  value EnvironmentFiles | sed 's/ (ignore_errors=[a-z]*)$//' | while IFS= read -r pattern; do
    for file in $pattern; do [ -f "$file" ] && { printf '@environment %s\\n' "$file"; head -c 131072 -- "$file" | framed; }; done
  done
  for file in "$folder/zz-drawbridge-runtime.conf" "$folder/zz-drawbridge-runtime.env"; do
    [ -f "$file" ] && [ ! -L "$file" ] && { stat -c '@own %a %U %G %Y %n' "$file"; framed <"$file"; }
  done
  base=$(printf '%s' "\${unit%.service}" | tr -c 'A-Za-z0-9_.-' '-')
  for name in "$base" $(value StateDirectory) $(value LogsDirectory); do
    for place in "/var/log/$name" "/var/lib/$name" "/var/lib/$name/tmp" "/var/lib/$name/dumps"; do [ -d "$place" ] && printf '@directory %s\\n' "$place"; done
  done
  pid=$(value MainPID)
  if [ "\${pid:-0}" -gt 1 ] && [ -r "/proc/$pid/status" ]; then
    printf '@process %s\\n' "$pid"
    grep -E '^(NoNewPrivs|Seccomp|CapBnd|VmHWM):' "/proc/$pid/status"
    find "/proc/$pid/fd" -type l -perm -200 -printf 'writes %l\\n' 2>/dev/null | grep -E '^writes /' | grep -vE '^writes /(dev|proc|sys|run|memfd:)|[(]deleted[)]$' | sort -u | head -n 100 | while IFS= read -r line; do
      printf '%s\\n' "$line"
      [ -f "\${line#writes }" ] && [ ! -L "\${line#writes }" ] && stat -c '%F|%a|%U|%G|%u|%g|%n' -- "\${line#writes }"
      printf '%s\\n' "\${line#writes }" | sed 's|/[^/]*$||' | while IFS= read -r folder; do [ -n "$folder" ] && stat -c '%F|%a|%U|%G|%u|%g|%n' -- "$folder"; done
    done
  fi
done
exit 0`;

/** Unit files, environment files and process of every service that runs Java. */
export const unitFiles = followUp({
  id: "unit-files",
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
