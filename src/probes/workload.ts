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
  "[!-~]*/[0-9]{1,4}/[$](_init|configurationMapper)[.]class",
  "[!-~]*(Config[.]toml|Secrets[.]toml|[.]p12|[.]pfx|[.]jks|[.]pem|[.]key|[.]env)",
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
    / | /bin | /boot* | /dev* | /etc | /home | /home/* | /lib* | /media* | /mnt | /opt | /proc* | /root* | /run | /sbin | /srv | /sys* | /tmp* | /usr | /usr/* | /var | /var/tmp* | /var/cache | /var/lib | /var/log | /var/opt | /var/run | /var/spool | /var/www | /var/lib/drawbridge* | /etc/ssh* | /etc/systemd* | /etc/default | /etc/sudoers.d* | /etc/pam.d* | /etc/ssl*) return 0 ;;
    /*) return 1 ;;
  esac
  return 0
}
newline='
'
# The JAR among the arguments, made absolute: the one behind -jar, else the first of the class path or that ends in .jar.
jarof() {
  directory=$1 first='' previous='' jar=''
  shift
  for word; do
    case $previous in
      -jar) jar=$word; break ;;
      -cp | -classpath | --class-path) case \${word%%:*} in *.jar) first=\${first:-\${word%%:*}} ;; esac ;;
    esac
    case $word in *.jar) first=\${first:-$word} ;; esac
    previous=$word
  done
  jar=\${jar:-$first}
  case $jar in '' | /*) ;; *) jar=$directory/$jar ;; esac
  [ -z "$jar" ] || jar=$(readlink -f -- "$jar")
}
# The end record of an archive: its signature, and at byte 12 how long the central directory before it is. The directory
# names the classes in plain text; its headers hold bytes that no line may have, so two passes write others for them.
headers() {
  tail -c "$2" -- "$1" | tr '\\000\\012' "$3" | grep -aoE 'PK.{44}(${jarEntryPattern})' | head -n 600 | base64
}
jars=$newline plain=$newline
ballerina() {
  case $jars in *"$newline$1$newline"*) kind=yes; return ;; esac
  case $plain in *"$newline$1$newline"*) kind=no; return ;; esac
  kind=unknown
  [ -f "$1" ] || return
  kind=no
  case $1 in *"$newline"*) return ;; esac
  # shellcheck disable=SC2046
  set -- "$1" $(tail -c 22 -- "$1" | od -An -tu4)
  length=8388608
  [ "\${2-}" = 101010256 ] && [ "\${5-0}" -gt 0 ] && [ "$5" -lt 67108864 ] && length=$(($5 + 22))
  # shellcheck disable=SC2016
  if ! tail -c "$length" -- "$1" 2>/dev/null | grep -qaF '/$_init.class'; then plain=$plain$1$newline; return; fi
  kind=yes jars=$jars$1$newline heads="$heads@jar $1$newline$(stat -c "%F|%a|%U|%G|%u|%g|%n\${newline}size %s modified %Y" -- "$1")
end:
$(tail -c 22 -- "$1" | base64)
pass:
$(headers "$1" "$length" '\\003\\004')
pass:
$(headers "$1" "$length" '\\005\\006')
"
}
units='' folders='' users='' heads=''
javas=$(grep -lzE '(^|/)(java|bal)$' /proc/[0-9]*/cmdline 2>/dev/null | head -n 40)
cgroupof() { cgroup=; while IFS= read -r line; do cgroup=$line; done 2>/dev/null <"$1/cgroup"; }
for file in $javas; do
  cgroupof "\${file%/cmdline}"
  case $cgroup in */system.slice/*.service) unit=\${cgroup##*/} ;; *) continue ;; esac
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
  now=$(date +%s) age=
  age=$((now - \${newest:-0}))
  if [ "$age" -ge 0 ] && [ "$age" -lt ${settlingTime} ]; then
    sleep $((${settlingTime} - age))
    javas=$(grep -lzE '(^|/)(java|bal)$' /proc/[0-9]*/cmdline 2>/dev/null | head -n 40)
  fi
fi
set -f
for file in $javas; do
  process=\${file%/cmdline} pid=\${file#/proc/} pid=\${pid%/cmdline}
  arguments=$(tr '\\0' '\\n' 2>/dev/null <"$file")
  # shellcheck disable=SC2016
  case "$newline$arguments$newline" in *"$newline-jar$newline"* | *.jar"$newline"* | *'$_init'"$newline"* | *"\${newline}run$newline"*) ;; *) continue ;; esac
  cgroupof "$process"
  case $cgroup in
    */system.slice/*.service) printf '@process %s\\n' "\${cgroup##*/}" ;;
    *) printf '@loose %s\\n' "$pid" ;;
  esac
  stat -c 'user %U' "$process"
  directory=$(readlink "$process/cwd")
  IFS=$newline
  # shellcheck disable=SC2086
  jarof "$directory" $arguments
  unset IFS
  ballerina "$jar"
  # shellcheck disable=SC2016
  case $arguments in *'$_init'*) kind=yes ;; esac
  printf 'cgroup %s\\njar %s\\nballerina %s\\ndirectory %s\\npid %s\\nexecutable %s\\ncommand:\\n' "$cgroup" "$jar" "$kind" "$directory" "$pid" "$(readlink "$process/exe")"
  base64 "$file" 2>/dev/null
  echo environment:
  base64 "$process/environ" 2>/dev/null
done
one() {
  printf '@unit %s\\n%s' "$unit" "$shown"
  # shellcheck disable=SC2086
  jarof "\${directory:-/}" $arguments
  ballerina "$jar"
  # shellcheck disable=SC2016
  case $arguments in *'$_init'*) kind=yes ;; esac
  program=\${arguments%% *}
  case $program in
    '') ;;
    "$resolved") ;;
    *) resolved=$program executable=$(readlink -f -- "$program") ;;
  esac
  printf 'jar %s\\nballerina %s\\nexecutable %s\\n' "$jar" "$kind" "\${program:+$executable}"
  if [ -z "$configuration" ]; then
    while IFS= read -r file; do
      [ -f "$file" ] || continue
      configuration=$(timeout 2 grep -h '^BAL_CONFIG_FILES=' "$file" | head -n 1 | tr -d "\\"'")
      [ -n "$configuration" ] && break
    done <<END
$environments
END
  fi
  [ -n "$configuration" ] || { [ -f "$directory/Config.toml" ] && configuration=BAL_CONFIG_FILES=$directory/Config.toml; }
  [ -n "$configuration" ] && printf '%s\\n' "$configuration"
  name=\${unit%.service} name=\${name%%@*}
  [ -d "/var/log/$name" ] && logs="$logs /var/log/$name"
  printf 'logs %s\\n' "$logs"
  users="$users $user"
  [ -n "$jar" ] && folders="$folders \${jar%/*}"
  IFS=:
  for file in \${configuration#BAL_CONFIG_FILES=}; do folders="$folders \${file%/*}"; done
  unset IFS
  folders="$folders $logs"
  [ -d "/etc/systemd/system/$unit.d" ] && echo dropin-folder
  dropin=/etc/systemd/system/$unit.d/zz-drawbridge-user.conf
  if [ -f "$dropin" ] && [ ! -L "$dropin" ]; then stat -c '%F|%a|%U|%G|%u|%g|%n' "$dropin"; head -c 4096 "$dropin" | framed; fi
}
if [ -n "$units" ]; then
  printf '@now %s\\n' "$now"
  # shellcheck disable=SC2086
  everything=$(systemctl show --timestamp=unix -p ActiveState -p SubState -p User -p Group -p DynamicUser -p WorkingDirectory -p LogsDirectory -p StandardOutput -p StandardError -p ExecMainStartTimestamp -p NRestarts -p ExecStart -p Environment -p EnvironmentFiles -p PassEnvironment -p FragmentPath -p DropInPaths -p LoadState -- $units)
  remaining=$units resolved='' executable=''
  shown='' directory='' arguments='' configuration='' environments='' logs='' user=''
  # An empty line stands between two units, in the order in which they were asked for.
  while IFS= read -r line; do
    case $line in
      '')
        # shellcheck disable=SC2086
        set -- $remaining
        [ $# -gt 0 ] || break
        unit=$1; shift; remaining=$*
        one
        shown='' directory='' arguments='' configuration='' environments='' logs='' user=''
        continue ;;
      @*) continue ;;
      WorkingDirectory=*) directory=\${line#*=} directory=\${directory#!} ;;
      ExecStart=*) [ -n "$arguments" ] || { arguments=\${line#*argv\\[\\]=} arguments=\${arguments%% ; ignore_errors=*}; } ;;
      User=*) user=\${line#*=} ;;
      Environment=*) case $line in *BAL_CONFIG_FILES=*) configuration=\${line#*BAL_CONFIG_FILES=} configuration=BAL_CONFIG_FILES=\${configuration%%[\\" ]*} ;; esac ;;
      EnvironmentFiles=*) file=\${line#*=} environments=$environments\${file% (ignore_errors=*}$newline ;;
      LogsDirectory=*) for file in \${line#*=}; do logs="$logs /var/log/$file"; done ;;
      StandardOutput=append:/* | StandardOutput=file:/*) file=\${line#*:} logs="$logs \${file%/*}" ;;
    esac
    shown=$shown$line$newline
  done <<END
$everything

END
fi
found=$(find /opt /srv /home /usr/local /var/lib -xdev -maxdepth 4 \\( -path '*/distributions/*' -o -path '*/bre/*' -o -path '*/.ballerina/*' -o -path '*/.m2/*' -o -path '*/cache/*' -o -path /var/lib/docker -o -path /var/lib/containers \\) -prune -o -type f -name '*.jar' ! -path '*[[:cntrl:]]*' -print 2>/dev/null | head -n ${jarLimit + 1})
count=0
while IFS= read -r line; do
  [ -n "$line" ] || continue
  count=$((count + 1))
  if [ "$count" -gt ${jarLimit} ]; then
    echo '@bound more than ${jarLimit} JARs below /opt, /srv, /home, /usr/local and /var/lib: only the first ${jarLimit} were looked into'
    break
  fi
  ballerina "$line"
done <<END
$found
END
printf '%s' "$heads"
set +f
for place in /usr/lib/ballerina /usr/lib64/ballerina /usr/share/wso2-integrator /usr/local/ballerina* /opt/ballerina* /opt/wso2* /root/.ballerina /home/*/.ballerina; do
  [ -d "$place" ] || continue
  [ -L "$place" ] && continue
  case $place in *[[:cntrl:]]*) continue ;; esac
  printf '@install %s\\n' "$place"
  for file in "$place/distributions/ballerina-version" "$place/ballerina-version" "$place/components/ballerina/ballerina-version"; do
    [ -f "$file" ] && [ ! -L "$file" ] && { printf 'version %s\\n' "$(timeout 1 head -c 100 "$file" | tr -d '\\n')"; break; }
  done
  for file in "$place"/dependencies/*/release "$place"/components/dependencies/*/release; do
    [ -f "$file" ] && [ ! -L "$file" ] && printf 'java %s %s\\n' "$(timeout 1 head -c 4096 "$file" | base64 | tr -d '\\n')" "\${file%/release}"
  done
  [ -d "$place/components/icp" ] && printf '@install %s\\n' "$place/components/icp"
done
answers=/etc/drawbridge/answers.json
if [ -f "$answers" ]; then
  flat=$(tr -d '\\n' <"$answers")
  users="$users $(printf '%s' "$flat" | grep -oE '"service-user\\.name": *"[a-z_][a-z0-9_-]*"' | sed 's/^.*: *"//; s/"$//')"
  folders="$folders $(printf '%s' "$flat" | grep -oE '"service-user\\.(application|configuration|logs)": *\\[[^]]*\\]' | grep -oE '"/[^" ]*"' | tr -d '"' | tr '\\n' ' ')"
fi
set -f
seen=' '
for folder in $folders; do
  folder=$(readlink -f -- "$folder") || continue
  case $seen in *" $folder "*) continue ;; esac
  seen="$seen$folder "
  shared "$folder" && continue
  [ -d "$folder" ] || continue
  printf '@tree %s\\n' "$folder"
  find "$folder" -xdev ! -path '*[[:cntrl:]]*' \\( -type d -o -type f \\) -exec stat -c '%h|%Y|%F|%a|%U|%G|%u|%g|%n' {} + 2>/dev/null | head -n ${treeLimit + 1}
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

/** The bytes behind each line `NAME:`, as lines of base64; whatever is no base64 ends them. */
const blocks = (lines: readonly string[], name: string): readonly Buffer[] =>
  lines.flatMap((line, index) => {
    if (line !== `${name}:`) return [];
    const after = lines.slice(index + 1);
    const end = after.findIndex((candidate) => !/^[A-Za-z0-9+/]+={0,2}$/u.test(candidate));
    return [base64(after.slice(0, end < 0 ? undefined : end).join(""))];
  });

const block = (lines: readonly string[], name: string): Buffer => blocks(lines, name)[0] ?? Buffer.alloc(0);

/** Words of /proc/PID/cmdline and environ end with a NUL each. */
const nulWords = (bytes: Buffer): readonly string[] => {
  const words = bytes.toString("utf8").split("\0");
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
    commandLine: nulWords(block(lines, "command")),
    environment: nulWords(block(lines, "environment")).flatMap((word) => {
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
  const passes = blocks(lines, "pass");
  const size = Number(sizes[1]);
  return [
    argument,
    {
      stat,
      size,
      modified: Number(sizes[2]),
      entries: centralEntries(passes[0] ?? Buffer.alloc(0), passes[1] ?? Buffer.alloc(0)),
      shift: archiveShift(block(lines, "end"), size),
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
  const running =
    process && readProgram(process)?.environment.findLast(({ name }) => name === "BAL_CONFIG_FILES")?.value;
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
