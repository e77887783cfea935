import { type Fact, known, unknown } from "../model/fact.ts";
import { probe } from "../model/probe.ts";
import { type FileState, type PathState, pathStates, readSudoRights, type SudoRights } from "./accounts.ts";

/** "yes": its class names say so (`…/$_init.class`, written by the Ballerina compiler only). "unknown": no JAR to look into. */
export type IsBallerina = "yes" | "no" | "unknown";

/** A systemd service that runs, or would run, a Java program. */
export type WorkloadUnit = {
  readonly name: string;
  /** ActiveState and SubState of systemctl show: "active", "running". */
  readonly activeState: string;
  readonly subState: string;
  /** What User= and Group= amount to; root where they are not set. */
  readonly user: string;
  readonly group: string;
  readonly dynamicUser: boolean;
  /** Whose the running Java process is; undefined when none runs. */
  readonly runsAs: string | undefined;
  readonly workingDirectory: string;
  /** Real path of the JAR; undefined when the command line names none. */
  readonly jar: string | undefined;
  readonly ballerina: IsBallerina;
  /** BAL_CONFIG_FILES, else Config.toml of the working directory where there is one. */
  readonly configurationFiles: readonly string[];
  /** Folders it writes logs to: LogsDirectory=, StandardOutput=append:, /var/log/NAME. */
  readonly logFolders: readonly string[];
  /** Seconds since 1970; undefined when it does not run. */
  readonly startedAt: number | undefined;
  /** How often systemd has restarted it by itself within the last minute's life: more than 0 only while it keeps failing. */
  readonly recentRestarts: number;
  /** /etc/systemd/system/NAME.d/zz-drawbridge-user.conf */
  readonly dropIn: FileState;
  readonly dropInFolder: boolean;
};

/** A Java program that no unit of the system runs: a shell, cron, a container. */
export type LooseProcess = {
  readonly pid: number;
  readonly user: string;
  readonly jar: string | undefined;
  readonly ballerina: IsBallerina;
  readonly container: boolean;
};

export type TreeEntry = Exclude<PathState, { kind: "missing" }> & {
  /** Hard links: more than one means that the same file has a second name somewhere else. */
  readonly links: number;
  /** Seconds since 1970. */
  readonly modified: number;
};

export type Tree = {
  readonly path: string;
  /** Folders and regular files on the same file system, the folder itself first; symlinks are not followed and not listed. */
  readonly entries: readonly TreeEntry[];
  /** There is more than `treeLimit` of them. */
  readonly cut: boolean;
  /** Folders above it that not everybody may pass (no x for others), outermost first. */
  readonly barriers: readonly PathState[];
};

export type Workload = {
  readonly units: readonly WorkloadUnit[];
  readonly loose: readonly LooseProcess[];
  /** Folders of the units, and those of earlier answers. */
  readonly trees: readonly Tree[];
  /** sudo rights of the accounts that units run as, and of the one answered earlier, by name. */
  readonly sudo: ReadonlyMap<string, SudoRights>;
};

/** Seconds after its start from which on a service is believed to stay up. */
export const settlingTime = 8;

/** Entries listed per folder, at most. */
export const treeLimit = 2000;

/**
 * Folders that hold more than one program's files: never listed, never given to an account. `find` stays on one file
 * system and does not follow symlinks; names with control characters are left out.
 *
 * Environments and command lines hold secrets: of them only BAL_CONFIG_FILES, the program and its JAR are printed.
 */
const script = `framed() { { cat; echo .; } | sed 's/^/|/'; }
shared() {
  case $1 in
    / | /bin | /boot* | /dev* | /etc | /home | /home/* | /lib* | /media* | /mnt | /opt | /proc* | /root* | /run | /sbin | /srv | /sys* | /tmp* | /usr | /usr/* | /var | /var/tmp* | /var/cache | /var/lib | /var/log | /var/opt | /var/run | /var/spool | /var/www | /var/lib/drawbridge* | /etc/ssh* | /etc/systemd* | /etc/default | /etc/sudoers.d* | /etc/pam.d* | /etc/ssl*) return 0 ;;
    /*) return 1 ;;
  esac
  return 0
}
# Arguments, one per line: the JAR behind -jar, else the first that ends in .jar, made absolute.
jarof() { awk -v cwd="$1" 'previous == "-jar" { jar = $0 } first == "" && /\\.jar$/ { first = $0 } { previous = $0 }
  END { if (jar == "") jar = first; if (jar != "" && jar !~ /^\\//) jar = cwd "/" jar; print jar }'; }
# The central directory at the end of a JAR names its classes in plain text.
ballerina() { [ -f "$1" ] && timeout 2 tail -c 8388608 -- "$1" 2>/dev/null | grep -qaF '/$_init.class' && echo yes && return; [ -f "$1" ] && echo no || echo unknown; }
units='' folders='' users=''
javas=$(grep -lzE '(^|/)(java|bal)$' /proc/[0-9]*/cmdline 2>/dev/null | head -n 40)
for file in $javas; do
  unit=$(tail -n 1 "\${file%/cmdline}/cgroup" 2>/dev/null)
  case $unit in */system.slice/*.service) unit=\${unit##*/} ;; *) continue ;; esac
  case " $units " in *" $unit "*) ;; *) units="$units $unit" ;; esac
done
for file in $(grep -lE '^ExecStart=.*([/ ]java[" ]|\\.jar|[/ ]bal )' /etc/systemd/system/*.service /etc/systemd/system/*.service.d/*.conf /lib/systemd/system/*.service /usr/local/lib/systemd/system/*.service 2>/dev/null | head -n 40); do
  case $file in *.service.d/*) unit=\${file%.service.d/*}.service ;; *) unit=$file ;; esac
  unit=\${unit##*/}
  case " $units " in *" $unit "*) continue ;; esac
  case $unit in *@.service) ;; *) units="$units $unit" ;; esac
done
# A service that was started a moment ago is looked at when it had time to fail: a Java program reads its configuration late.
if [ -n "$units" ]; then
  # shellcheck disable=SC2086
  newest=$(systemctl show --timestamp=unix -p ExecMainStartTimestamp -- $units | sed -n 's/^.*=@//p' | sort -n | tail -n 1)
  age=$(($(date +%s) - \${newest:-0}))
  [ "$age" -ge 0 ] && [ "$age" -lt ${settlingTime} ] && sleep $((${settlingTime} - age))
fi
javas=$(grep -lzE '(^|/)(java|bal)$' /proc/[0-9]*/cmdline 2>/dev/null | head -n 40)
for file in $javas; do
  process=\${file%/cmdline} pid=\${file#/proc/} pid=\${pid%/cmdline}
  arguments=$(tr '\\0' '\\n' <"$file" 2>/dev/null)
  printf '%s\\n' "$arguments" | grep -qE '^-jar$|\\.jar$|\\$_init$|^run$' || continue
  cgroup=$(tail -n 1 "$process/cgroup" 2>/dev/null); unit=\${cgroup##*/}
  directory=$(readlink "$process/cwd")
  case $cgroup in
    */system.slice/*.service)
      printf '@process %s\\n' "$unit" ;;
    *) printf '@loose %s\\n' "$pid" ;;
  esac
  stat -c 'user %U' "$process"
  printf 'cgroup %s\\n' "$cgroup"
  jar=$(printf '%s\\n' "$arguments" | jarof "$directory")
  [ -n "$jar" ] && jar=$(readlink -f -- "$jar")
  printf 'jar %s\\n' "$jar"
  case $arguments in *'$_init'*) echo "ballerina yes" ;; *) printf 'ballerina %s\\n' "$(ballerina "$jar")" ;; esac
  printf 'directory %s\\n' "$directory"
  tr '\\0' '\\n' <"$process/environ" 2>/dev/null | grep '^BAL_CONFIG_FILES='
done
if [ -n "$units" ]; then
  printf '@now %s\\n' "$(date +%s)"
  for unit in $units; do
    printf '@unit %s\\n' "$unit"
    shown=$(systemctl show --timestamp=unix -p ActiveState -p SubState -p User -p Group -p DynamicUser -p WorkingDirectory -p LogsDirectory -p StandardOutput -p ExecMainStartTimestamp -p NRestarts -p ExecStart -p Environment -p EnvironmentFiles -p LoadState -- "$unit")
    printf '%s\\n' "$shown" | grep -vE '^(ExecStart|Environment|EnvironmentFiles)='
    value() { printf '%s\\n' "$shown" | sed -n "s/^$1=//p" | head -n 1; }
    directory=$(value WorkingDirectory); directory=\${directory#!}
    arguments=$(value ExecStart | sed 's/^.*argv\\[\\]=//; s/ ; ignore_errors=.*$//' | tr ' ' '\\n')
    jar=$(printf '%s\\n' "$arguments" | jarof "\${directory:-/}")
    [ -n "$jar" ] && jar=$(readlink -f -- "$jar")
    printf 'jar %s\\n' "$jar"
    case $arguments in *'$_init'*) echo "ballerina yes" ;; *) printf 'ballerina %s\\n' "$(ballerina "$jar")" ;; esac
    configuration=$(value Environment | grep -oE '(^| |")BAL_CONFIG_FILES=[^ "]*' | sed 's/^[ "]*//')
    [ -n "$configuration" ] || configuration=$(value EnvironmentFiles | sed 's/ (ignore_errors=.*//' | while read -r file; do [ -f "$file" ] && grep -h '^BAL_CONFIG_FILES=' "$file"; done | head -n 1 | tr -d "\\"'")
    [ -n "$configuration" ] || { [ -f "$directory/Config.toml" ] && configuration=BAL_CONFIG_FILES=$directory/Config.toml; }
    [ -n "$configuration" ] && printf '%s\\n' "$configuration"
    name=\${unit%.service}; name=\${name%%@*}
    logs=$(value StandardOutput); case $logs in append:/* | file:/*) logs=\${logs#*:}; logs=\${logs%/*} ;; *) logs='' ;; esac
    for folder in $(value LogsDirectory); do logs="$logs /var/log/$folder"; done
    [ -d "/var/log/$name" ] && logs="$logs /var/log/$name"
    printf 'logs %s\\n' "$logs"
    users="$users $(value User)"
    [ -n "$jar" ] && folders="$folders \${jar%/*}"
    for file in $(printf '%s' "\${configuration#BAL_CONFIG_FILES=}" | tr ':' ' '); do folders="$folders \${file%/*}"; done
    folders="$folders $logs"
    [ -d "/etc/systemd/system/$unit.d" ] && echo dropin-folder
    dropin=/etc/systemd/system/$unit.d/zz-drawbridge-user.conf
    if [ -f "$dropin" ] && [ ! -L "$dropin" ]; then stat -c '%F|%a|%U|%G|%u|%g|%n' "$dropin"; head -c 4096 "$dropin" | framed; fi
  done
fi
answers=/etc/drawbridge/answers.json
if [ -f "$answers" ]; then
  flat=$(tr -d '\\n' <"$answers")
  users="$users $(printf '%s' "$flat" | grep -oE '"service-user\\.name": *"[a-z_][a-z0-9_-]*"' | sed 's/^.*: *"//; s/"$//')"
  folders="$folders $(printf '%s' "$flat" | grep -oE '"service-user\\.(application|configuration|logs)": *\\[[^]]*\\]' | grep -oE '"/[^" ]*"' | tr -d '"' | tr '\\n' ' ')"
fi
seen=' '
for folder in $folders; do
  folder=$(readlink -f -- "$folder") || continue
  case $seen in *" $folder "*) continue ;; esac
  seen="$seen$folder "
  shared "$folder" && continue
  [ -d "$folder" ] || continue
  printf '@tree %s\\n' "$folder"
  find "$folder" -xdev ! -name '*[[:cntrl:]]*' \\( -type d -o -type f \\) -exec stat -c '%h|%Y|%F|%a|%U|%G|%u|%g|%n' {} + 2>/dev/null | head -n ${treeLimit + 1}
  parent=\${folder%/*}; chain=''
  while [ -n "$parent" ]; do chain="$parent $chain"; parent=\${parent%/*}; done
  # shellcheck disable=SC2086
  [ -n "$chain" ] && { printf '@parents %s\\n' "$folder"; stat -c '%F|%a|%U|%G|%u|%g|%n' $chain; }
done
seen=' '
for user in $users; do
  case $seen in *" $user "*) continue ;; esac
  seen="$seen$user "
  id "$user" >/dev/null 2>&1 || continue
  printf '@rights %s\\n' "$user"
  if command -v sudo >/dev/null; then timeout 2 sudo -n -l -U "$user" </dev/null 2>&1; else echo "User $user is not allowed to run sudo"; fi
done
exit 0`;

/** Services and processes that look like the integration: what they run, as whom, and who owns their files. */
export const workload = probe<Workload>({
  id: "workload",
  asks: "systemctl show of services that run Java; stat of their files; sudo -l -U of their accounts",
  script,
  sizeLimit: 2 * 1024 * 1024,
  timeLimit: 10 + settlingTime,
  parse: ({ stdout }) => parseWorkload(stdout),
});

type Section = { readonly name: string; readonly argument: string; readonly lines: readonly string[] };

const sectionsOf = (text: string): readonly Section[] => {
  const sections: { name: string; argument: string; lines: string[] }[] = [];
  for (const line of text.split("\n")) {
    const marker = /^@(now|process|loose|unit|tree|parents|rights) (.*)$/u.exec(line);
    if (marker) sections.push({ name: marker[1] as string, argument: marker[2] as string, lines: [] });
    else if (line !== "") sections.at(-1)?.lines.push(line);
  }
  return sections;
};

export const parseWorkload = (text: string): Fact<Workload> => {
  const sections = sectionsOf(text);
  if (text.trim() !== "" && sections.length === 0)
    return unknown("the search for Java services answered something unreadable");
  const all = (name: string) => sections.filter((section) => section.name === name);
  const now = Number(all("now")[0]?.argument ?? 0);
  return known({
    units: all("unit")
      .filter(({ lines }) => !lines.includes("LoadState=not-found"))
      .map((section) =>
        readUnit(
          section,
          all("process").find(({ argument }) => argument === section.argument),
          now,
        ),
      ),
    loose: all("loose").map(({ argument, lines }) => ({
      pid: Number(argument),
      user: after(lines, "user ") ?? "",
      jar: after(lines, "jar ") || undefined,
      ballerina: ballerinaOf(lines),
      container: /docker|libpod|containerd|kubepods|\/machine\.slice\//u.test(after(lines, "cgroup ") ?? ""),
    })),
    trees: all("tree").map(({ argument, lines }) => ({
      path: argument,
      entries: lines.slice(0, treeLimit).flatMap((line) => treeEntry(line) ?? []),
      cut: lines.length > treeLimit,
      barriers: pathStates(all("parents").find((parents) => parents.argument === argument)?.lines ?? []).filter(
        ({ mode }) => (Number.parseInt(mode, 8) & 0o001) === 0,
      ),
    })),
    sudo: new Map(all("rights").map(({ argument, lines }) => [argument, readSudoRights(lines)])),
  });
};

const after = (lines: readonly string[], prefix: string): string | undefined =>
  lines.find((line) => line.startsWith(prefix))?.slice(prefix.length);

const ballerinaOf = (lines: readonly string[]): IsBallerina => {
  const word = after(lines, "ballerina ");
  return word === "yes" || word === "no" ? word : "unknown";
};

const readUnit = ({ argument, lines }: Section, process: Section | undefined, now: number): WorkloadUnit => {
  const startedAt = Number(after(lines, "ExecMainStartTimestamp=@")) || undefined;
  const [dropIn] = pathStates(lines);
  const framed = lines.filter((line) => line.startsWith("|")).map((line) => line.slice(1));
  // What the running process was started with beats what the unit says by now.
  const running = process === undefined ? undefined : after(process.lines, "BAL_CONFIG_FILES=");
  const user = after(lines, "User=") || "root";
  const ballerina = [ballerinaOf(lines), ...(process ? [ballerinaOf(process.lines)] : [])];
  return {
    name: argument,
    activeState: after(lines, "ActiveState=") ?? "unknown",
    subState: after(lines, "SubState=") ?? "unknown",
    user,
    group: after(lines, "Group=") || user,
    dynamicUser: after(lines, "DynamicUser=") === "yes",
    runsAs: process && after(process.lines, "user "),
    workingDirectory: (after(lines, "WorkingDirectory=") || "/").replace(/^!/u, ""),
    jar: (process && after(process.lines, "jar ")) || after(lines, "jar ") || undefined,
    ballerina: ballerina.includes("yes") ? "yes" : ballerina.includes("no") ? "no" : "unknown",
    configurationFiles: (running ?? after(lines, "BAL_CONFIG_FILES=") ?? "")
      .split(":")
      .filter((path) => path.startsWith("/")),
    logFolders: [...new Set((after(lines, "logs ") ?? "").split(" ").filter((path) => path.startsWith("/")))],
    startedAt,
    recentRestarts: startedAt !== undefined && now - startedAt < 60 ? Number(after(lines, "NRestarts=") ?? 0) : 0,
    dropIn:
      dropIn === undefined || framed.length === 0
        ? null
        : {
            content:
              framed
                .slice(0, -1)
                .map((line) => `${line}\n`)
                .join("") + (framed.at(-1) ?? ".").slice(0, -1),
            mode: dropIn.mode,
            owner: dropIn.owner,
            group: dropIn.group,
          },
    dropInFolder: lines.includes("dropin-folder"),
  };
};

const treeEntry = (line: string): TreeEntry | undefined => {
  const match = /^(\d+)\|(\d+)\|(.*)$/u.exec(line);
  const [state] = match ? pathStates([match[3] as string]) : [];
  return match && state ? { ...state, links: Number(match[1]), modified: Number(match[2]) } : undefined;
};
