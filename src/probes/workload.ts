import { type Fact, known, unknown } from "../model/fact.ts";
import { probe } from "../model/probe.ts";
import { archiveShift, centralEntries, type JarEntry } from "../workload/jar.ts";
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

/** A Java process as /proc shows it. Command line and environment hold secrets: they stay in memory. */
export type ProgramSeen = {
  /** The system service that it belongs to. */
  readonly unit: string | undefined;
  readonly pid: number;
  readonly user: string;
  readonly container: boolean;
  readonly workingDirectory: string;
  /** Real path of the program itself: `/usr/lib/jvm/java-17-openjdk-amd64/bin/java`. */
  readonly executable: string | undefined;
  readonly jar: string | undefined;
  readonly ballerina: IsBallerina;
  readonly commandLine: readonly string[];
  readonly environment: readonly { readonly name: string; readonly value: string }[];
};

/** How a unit starts its program: properties of systemctl show as they are printed. Environment and ExecStart hold secrets. */
export type UnitSetup = {
  readonly unit: string;
  /** Words of argv[] are joined by spaces: quoting is lost. */
  readonly execStart: string;
  /** Real path of the command's first word. */
  readonly executable: string | undefined;
  readonly environment: string;
  readonly environmentFiles: readonly string[];
  readonly passEnvironment: readonly string[];
  readonly fragment: string | undefined;
  readonly dropIns: readonly string[];
  readonly output: readonly string[];
};

/** What the end of a JAR tells: its size and the entries worth reading. */
export type JarHead = {
  readonly stat: Exclude<PathState, { kind: "missing" }>;
  /** Bytes. */
  readonly size: number;
  /** Seconds since 1970. */
  readonly modified: number;
  readonly entries: readonly JarEntry[];
  /** Bytes in front of the archive. */
  readonly shift: number;
};

export type InstallationSeen = {
  readonly path: string;
  /** Text of `distributions/ballerina-version`; undefined when there is none. */
  readonly version: string | undefined;
  /** Folders of Java that it brings, with the text of their `release` files. */
  readonly java: readonly { readonly home: string; readonly release: string }[];
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
  readonly programs: readonly ProgramSeen[];
  readonly setups: readonly UnitSetup[];
  /** JARs that the Ballerina compiler made, by real path: those of programs, and those that lie about. */
  readonly jars: ReadonlyMap<string, JarHead>;
  readonly installations: readonly InstallationSeen[];
  /** What was not looked into, in words. */
  readonly bounds: readonly string[];
  /** Folders of the units, and those of earlier answers. */
  readonly trees: readonly Tree[];
  /** sudo rights of the accounts that units run as, and of the one answered earlier, by name. */
  readonly sudo: ReadonlyMap<string, SudoRights>;
};

/** Seconds after its start from which on a service is believed to stay up. */
export const settlingTime = 8;

/** Entries listed per folder, at most. */
export const treeLimit = 2000;

/** JARs looked into below /opt, /srv, /home, /usr/local and /var/lib, at most. */
const jarLimit = 40;

/** Entries of a JAR that are worth naming: what it is, which modules it links, and what should not be in it. */
const jarEntryPattern = [
  "META-INF/MANIFEST[.]MF",
  "META-INF/io[.]netty[.]versions[.]properties",
  "[!-~]{1,200}/[0-9]{1,4}/[$](_init|configurationMapper)[.]class",
  "[!-~]{0,200}(Config[.]toml|Secrets[.]toml|[.]p12|[.]pfx|[.]jks|[.]pem|[.]key|[.]env)",
].join("|");

/**
 * Folders that hold more than one program's files: never listed, never given to an account. `find` stays on one file
 * system and does not follow symlinks; names with control characters are left out.
 *
 * Environments and command lines hold secrets: they travel in base64 to the memory of whoever asked, and no further.
 *
 * Of a JAR only headers of its central directory travel (see centralEntries): 46 bytes and a name for each entry worth naming.
 */
const script = `framed() { { cat; echo .; } | sed 's/^/|/'; }
shared() {
  case $1 in
    / | /bin | /boot* | /dev* | /etc | /home | /home/* | /lib* | /media* | /mnt | /opt | /proc* | /root* | /run | /run/credentials* | /etc/integrations* | /etc/credstore* | /sbin | /srv | /sys* | /tmp* | /usr | /usr/* | /var | /var/tmp* | /var/cache | /var/lib | /var/log | /var/opt | /var/run | /var/spool | /var/www | /var/lib/drawbridge* | /etc/ssh* | /etc/systemd* | /etc/default | /etc/sudoers.d* | /etc/pam.d* | /etc/ssl*) return 0 ;;
    /*) return 1 ;;
  esac
  return 0
}
# Arguments, one per line: the JAR behind -jar, else the first that ends in .jar, made absolute.
jarof() { awk -v cwd="$1" 'previous == "-jar" { jar = $0 } first == "" && previous ~ /^(-cp|-classpath|--class-path)$/ && match($0, /^[^:]*\\.jar/) { first = substr($0, 1, RLENGTH) } first == "" && /\\.jar$/ { first = $0 } { previous = $0 }
  END { if (jar == "") jar = first; if (jar != "" && jar !~ /^\\//) jar = cwd "/" jar; print jar }'; }
# The central directory at the end of a JAR names its classes in plain text.
newline='
'
jars="$newline" plain="$newline"
ballerina() {
  case $jars in *"$newline$1$newline"*) kind=yes; return ;; esac
  case $plain in *"$newline$1$newline"*) kind=no; return ;; esac
  if [ ! -f "$1" ]; then kind=unknown
  elif timeout 2 tail -c 8388608 -- "$1" 2>/dev/null | grep -qaF '/$_init.class'; then kind=yes jars="$jars$1$newline"
  else kind=no plain="$plain$1$newline"; fi
}
# The end record of an archive: its signature, and at byte 12 how long the central directory before it is.
jarhead() {
  case $1 in *"$newline"*) return ;; esac
  printf '@jar %s\\n' "$1"
  stat -c '%F|%a|%U|%G|%u|%g|%n' -- "$1"
  stat -c 'size %s modified %Y' -- "$1"
  printf 'end %s\\n' "$(tail -c 22 -- "$1" | base64 | tr -d '\\n')"
  # shellcheck disable=SC2046
  set -- "$1" $(tail -c 22 -- "$1" | od -An -tu4)
  length=8388608
  [ "\${2-}" = 101010256 ] && [ "\${5-0}" -gt 0 ] && [ "$5" -lt 67108864 ] && length=$(($5 + 22))
  for odd in '\\003\\004' '\\005\\006'; do
    printf 'pass %s\\n' "$(timeout 2 tail -c "$length" -- "$1" | tr '\\000\\012' "$odd" | grep -aoE 'PK.{44}(${jarEntryPattern})' | head -n 600 | base64 | tr -d '\\n')"
  done
}
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
  ballerina "$jar"
  case $arguments in *'$_init'*) kind=yes ;; esac
  printf 'ballerina %s\\n' "$kind"
  printf 'directory %s\\n' "$directory"
  tr '\\0' '\\n' <"$process/environ" 2>/dev/null | grep '^BAL_CONFIG_FILES='
  printf 'pid %s\\nexecutable %s\\ncommand %s\\nenvironment %s\\n' "$pid" "$(readlink "$process/exe")" "$(head -c 65536 "$file" | base64 | tr -d '\\n')" "$(head -c 131072 "$process/environ" 2>/dev/null | base64 | tr -d '\\n')"
done
if [ -n "$units" ]; then
  printf '@now %s\\n' "$(date +%s)"
  # shellcheck disable=SC2086
  everything=$(systemctl show --timestamp=unix -p ActiveState -p SubState -p User -p Group -p DynamicUser -p WorkingDirectory -p LogsDirectory -p StandardOutput -p StandardError -p ExecMainStartTimestamp -p NRestarts -p ExecStart -p Environment -p EnvironmentFiles -p PassEnvironment -p FragmentPath -p DropInPaths -p LoadState -- $units)
  number=0
  for unit in $units; do
    number=$((number + 1))
    printf '@unit %s\\n' "$unit"
    shown=$(printf '%s\\n' "$everything" | awk -v RS= -v wanted="$number" 'NR == wanted')
    printf '%s\\n' "$shown" | grep -v '^@'
    value() { printf '%s\\n' "$shown" | sed -n "s/^$1=//p" | head -n 1; }
    directory=$(value WorkingDirectory); directory=\${directory#!}
    arguments=$(value ExecStart | sed 's/^.*argv\\[\\]=//; s/ ; ignore_errors=.*$//' | tr ' ' '\\n')
    jar=$(printf '%s\\n' "$arguments" | jarof "\${directory:-/}")
    [ -n "$jar" ] && jar=$(readlink -f -- "$jar")
    printf 'jar %s\\n' "$jar"
    ballerina "$jar"
    case $arguments in *'$_init'*) kind=yes ;; esac
    printf 'ballerina %s\\n' "$kind"
    printf 'executable %s\\n' "$(readlink -f -- "$(printf '%s\\n' "$arguments" | head -n 1)")"
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
found=$(find /opt /srv /home /usr/local /var/lib -xdev -maxdepth 4 \\( -path '*/distributions/*' -o -path '*/bre/*' -o -path '*/.ballerina/*' -o -path '*/.m2/*' -o -path '*/cache/*' -o -path /var/lib/docker -o -path /var/lib/containers \\) -prune -o -type f -name '*.jar' ! -name '*[[:cntrl:]]*' -print 2>/dev/null | head -n ${jarLimit + 1})
[ "$(printf '%s\\n' "$found" | wc -l)" -gt ${jarLimit} ] && echo '@bound more than ${jarLimit} JARs below /opt, /srv, /home, /usr/local and /var/lib: only the first ${jarLimit} were looked into'
for line in $(printf '%s\\n' "$found" | head -n ${jarLimit} | tr ' ' '\\001'); do
  case $line in *"$(printf '\\001')"*) line=$(printf '%s' "$line" | tr '\\001' ' ') ;; esac
  ballerina "$line"
done
printf '%s' "$jars" | while IFS= read -r jar; do [ -n "$jar" ] && jarhead "$jar"; done
for place in /usr/lib/ballerina /usr/lib64/ballerina /usr/share/wso2-integrator /usr/local/ballerina* /opt/ballerina* /opt/wso2* /root/.ballerina /home/*/.ballerina; do
  [ -d "$place" ] && [ ! -L "$place" ] || continue
  case $place in *[[:cntrl:]]*) continue ;; esac
  printf '@install %s\\n' "$place"
  for file in "$place/distributions/ballerina-version" "$place/ballerina-version" "$place/components/ballerina/ballerina-version"; do
    [ -f "$file" ] && [ ! -L "$file" ] && { printf 'version %s\\n' "$(timeout 1 head -c 100 "$file" | tr -d '\\n')"; break; }
  done
  for file in "$place"/dependencies/*/release "$place"/components/dependencies/*/release; do
    [ -f "$file" ] && [ ! -L "$file" ] && printf 'java %s %s\\n' "$(timeout 1 head -c 4096 "$file" | base64 | tr -d '\\n')" "\${file%/release}"
  done
  for file in "$place/components/icp" "$place/icp"; do [ -d "$file" ] && printf 'icp %s\\n' "$file"; done
done
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
  sizeLimit: 8 * 1024 * 1024,
  timeLimit: 10 + settlingTime,
  parse: ({ stdout }) => parseWorkload(stdout),
});

type Section = { readonly name: string; readonly argument: string; readonly lines: readonly string[] };

const sectionsOf = (text: string): readonly Section[] => {
  const sections: { name: string; argument: string; lines: string[] }[] = [];
  for (const line of text.split("\n")) {
    const marker = /^@(now|process|loose|unit|tree|parents|rights|jar|bound|install) (.*)$/u.exec(line);
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
      container: isContainer(lines),
    })),
    programs: [...all("process"), ...all("loose")].flatMap((section) => readProgram(section) ?? []),
    setups: all("unit").map(readSetup),
    jars: new Map(
      all("jar")
        .map(readJarHead)
        .filter((head) => head !== undefined),
    ),
    installations: all("install").map(({ argument, lines }) => ({
      path: argument,
      version: after(lines, "version ")?.trim() || undefined,
      java: lines.flatMap((line) => {
        const match = /^java ([A-Za-z0-9+/=]*) (\/.*)$/u.exec(line);
        return match ? [{ home: match[2] as string, release: base64(match[1]).toString("utf8") }] : [];
      }),
    })),
    bounds: all("bound").map(({ argument }) => argument),
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

const base64 = (text: string | undefined): Buffer => Buffer.from(text ?? "", "base64");

/** Words of /proc/PID/cmdline and environ end with a NUL each. */
const nulWords = (text: string | undefined): readonly string[] => {
  const words = base64(text).toString("utf8").split("\0");
  return words.at(-1) === "" ? words.slice(0, -1) : words;
};

const isContainer = (lines: readonly string[]): boolean =>
  /docker|libpod|containerd|kubepods|\/machine\.slice\//u.test(after(lines, "cgroup ") ?? "");

const readProgram = ({ name, argument, lines }: Section): ProgramSeen | undefined => {
  const pid = Number(after(lines, "pid "));
  if (!Number.isInteger(pid) || pid <= 0) return undefined;
  return {
    unit: name === "process" ? argument : undefined,
    pid,
    user: after(lines, "user ") ?? "",
    container: name === "loose" && isContainer(lines),
    workingDirectory: after(lines, "directory ") || "/",
    executable: after(lines, "executable ") || undefined,
    jar: after(lines, "jar ") || undefined,
    ballerina: ballerinaOf(lines),
    commandLine: nulWords(after(lines, "command ")),
    environment: nulWords(after(lines, "environment ")).flatMap((word) => {
      const sign = word.indexOf("=");
      return sign > 0 ? [{ name: word.slice(0, sign), value: word.slice(sign + 1) }] : [];
    }),
  };
};

const readSetup = ({ argument, lines }: Section): UnitSetup => ({
  unit: argument,
  execStart: /argv\[\]=(.*?) ; ignore_errors=/u.exec(after(lines, "ExecStart=") ?? "")?.[1] ?? "",
  executable: after(lines, "executable ") || undefined,
  environment: after(lines, "Environment=") ?? "",
  environmentFiles: lines.flatMap((line) => {
    const match = /^EnvironmentFiles=(\/.*?)(?: \(ignore_errors=(?:yes|no)\))?$/u.exec(line);
    return match ? [match[1] as string] : [];
  }),
  passEnvironment: (after(lines, "PassEnvironment=") ?? "").split(" ").filter((name) => name !== ""),
  fragment: after(lines, "FragmentPath=") || undefined,
  dropIns: (after(lines, "DropInPaths=") ?? "").split(" ").filter((path) => path.startsWith("/")),
  output: lines.filter((line) => /^Standard(?:Output|Error)=/u.test(line)),
});

const readJarHead = ({ argument, lines }: Section): readonly [string, JarHead] | undefined => {
  const [stat] = pathStates(lines);
  const sizes = /^size (\d+) modified (\d+)$/mu.exec(lines.join("\n"));
  if (stat === undefined || sizes === null) return undefined;
  const passes = lines.filter((line) => line.startsWith("pass ")).map((line) => base64(line.slice("pass ".length)));
  const size = Number(sizes[1]);
  return [
    argument,
    {
      stat,
      size,
      modified: Number(sizes[2]),
      entries: centralEntries(passes[0] ?? Buffer.alloc(0), passes[1] ?? Buffer.alloc(0)),
      shift: archiveShift(base64(after(lines, "end ")), size),
    },
  ];
};

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
