import { type Fact, known, unknown } from "../model/fact.ts";
import { probe } from "../model/probe.ts";
import { archiveShift, centralEntries, type JarEntry, linesByArchive } from "../workload/jar.ts";
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
  "[!-~]*/[$](_init|configurationMapper)[.]class",
  "[!-~]*(Config[.]toml|Secrets[.]toml|[.]p12|[.]pfx|[.]jks|[.]pem|[.]key|[.]env)",
].join("|");

/** Bytes between the ends of two JARs: more than a header of a central directory has. */
const betweenDirectories = 64;

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
  [ -z "$jar" ] || { follow "$jar"; jar=$real; }
}
# What readlink -f says, where the shell can find out by itself: a folder's real path is what it is called once one is in it.
follow() {
  if [ ! -L "$1" ] && [ ! -d "$1" ] && cd -P -- "\${1%/*}/" 2>/dev/null; then
    real=\${PWD%/}/\${1##*/}
    cd /
  else
    real=$(readlink -f -- "$1")
  fi
}
# State, size and end record of many JARs: three programs for all of them. An entry of seen is the path behind an @ and three lines:
# state, size with time, and the length of the central directory (0: no archive) with the end record in base64.
seen=$newline
look() {
  IFS=$newline
  # shellcheck disable=SC2046,SC2086
  set -- $(stat -c "%F|%a|%U|%G|%u|%g|%n\${newline}size %s modified %Y" -- "$@" 2>/dev/null)
  unset IFS
  states='' whole=''
  while [ $# -gt 1 ]; do
    size=\${2#size }
    if [ "\${size%% *}" -ge 22 ]; then states=$states$1$newline$2$newline whole=$whole\${1#*|*|*|*|*|*|}$newline; fi
    shift 2
  done
  [ -n "$whole" ] || return
  IFS=$newline
  # shellcheck disable=SC2046,SC2086
  set -- $(tail -q -c 22 -- $whole 2>/dev/null | od -An -v -tu1 -w22 | awk '
    BEGIN { letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/" }
    {
      text = ""
      for (field = 1; field <= 22; field += 3) {
        bits = $field * 65536 + $(field + 1) * 256 + $(field + 2)
        text = text substr(letters, int(bits / 262144) + 1, 1) substr(letters, int(bits / 4096) % 64 + 1, 1) \\
          substr(letters, int(bits / 64) % 64 + 1, 1) substr(letters, bits % 64 + 1, 1)
      }
      length_ = $1 == 80 && $2 == 75 && $3 == 5 && $4 == 6 ? $13 + 256 * $14 + 65536 * $15 + 16777216 * $16 : 0
      printf "%d %s==\\n", length_, substr(text, 1, 30)
    }')
  for state in $states; do
    case $state in
      "size "*) seen=$seen$state$newline\${1-0 }$newline; [ $# -eq 0 ] || shift ;;
      *) seen=$seen@\${state#*|*|*|*|*|*|}$newline$state$newline ;;
    esac
  done
  unset IFS
}
# Whether a JAR is Ballerina's is for the client to say, who reads the directories of all of them.
jars=$newline lengths=''
collect() {
  kind=unknown
  [ -f "$1" ] || return
  kind=no
  case $jars in *"$newline$1$newline"*) return ;; esac
  case $1 in *"$newline"*) return ;; esac
  case $seen in *"$newline@$1$newline"*) ;; *) look "$1" ;; esac
  case $seen in *"$newline@$1$newline"*) ;; *) return ;; esac
  end=\${seen#*"$newline@$1$newline"}
  state=\${end%%"$newline"*} end=\${end#*"$newline"}
  size=\${end%%"$newline"*} end=\${end#*"$newline"} end=\${end%%"$newline"*}
  length=8388608 bytes=\${size#size } bytes=\${bytes%% *}
  [ "\${end% *}" -gt 0 ] && [ "\${end% *}" -lt 67108864 ] && length=$((\${end% *} + 22))
  [ "$length" -le "$bytes" ] || length=$bytes
  jars=$jars$1$newline lengths="$lengths $length" heads="$heads@jar $1$newline$state
$size
read $length
end:
\${end#* }
"
}
# The end of each JAR with its central directory, and between two of them spaces, in front of which no header's name can stand.
directories() {
  # shellcheck disable=SC2086
  set -- $lengths
  IFS=$newline
  for jar in $jars; do
    [ -n "$jar" ] || continue
    tail -c "$1" -- "$jar" 2>/dev/null
    printf '%${betweenDirectories}s' ''
    shift
  done
  unset IFS
}
# A directory names the classes in plain text; its headers hold bytes that no line may have, so two passes write others for them.
# Each line begins with its place in what directories printed; no more than 600 of one JAR are kept.
pass() {
  tr '\\000\\012' "$1" | grep -aobE 'PK.{44}(${jarEntryPattern})' | awk -F : -v "lengths=$lengths" '
    BEGIN { jars = split(lengths, length_, " "); jar = 1; end = length_[1] + ${betweenDirectories} }
    { while (jar < jars && $1 + 0 >= end) { jar++; end += length_[jar] + ${betweenDirectories}; kept = 0 } }
    kept++ < 600' | base64
}
# Both at once: the second one's answer waits until the first is done.
passes() {
  echo pass:
  second=$({ directories | tee /proc/self/fd/3 | pass '\\003\\004' >&5; } 3>&1 | pass '\\005\\006')
  printf 'pass:\\n%s\\n' "$second"
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
shown() { systemctl show --timestamp=unix -p ActiveState -p SubState -p User -p Group -p DynamicUser -p WorkingDirectory -p LogsDirectory -p StandardOutput -p StandardError -p ExecMainStartTimestamp -p NRestarts -p ExecStart -p Environment -p EnvironmentFiles -p PassEnvironment -p FragmentPath -p DropInPaths -p LoadState -- $units; }
set -f
# A service that was started a moment ago is looked at when it had time to fail: a Java program reads its configuration late.
if [ -n "$units" ]; then
  everything=$(shown) now=$(date +%s) newest=0
  IFS=$newline
  for line in $everything; do
    case $line in ExecMainStartTimestamp=@*) [ "\${line#*@}" -le "$newest" ] || newest=\${line#*@} ;; esac
  done
  unset IFS
  age=$((now - newest))
  if [ "$age" -ge 0 ] && [ "$age" -lt ${settlingTime} ]; then
    sleep $((${settlingTime} - age))
    set +f
    javas=$(grep -lzE '(^|/)(java|bal)$' /proc/[0-9]*/cmdline 2>/dev/null | head -n 40)
    set -f
    everything=$(shown)
  fi
fi
found=$(find /opt /srv /home /usr/local /var/lib -xdev -maxdepth 4 \\( -path '*/distributions/*' -o -path '*/bre/*' -o -path '*/.ballerina/*' -o -path '*/.m2/*' -o -path '*/cache/*' -o -path /var/lib/docker -o -path /var/lib/containers \\) -prune -o -type f -name '*.jar' ! -path '*[[:cntrl:]]*' -print 2>/dev/null | head -n ${jarLimit + 1})
IFS=$newline
# shellcheck disable=SC2086
[ -z "$found" ] || look $found
unset IFS
# What /proc says about all processes at once. grep names the file before each word, and no word can pass for another file's:
# a line break in one is turned into the byte 1 before NULs become line breaks.
words='' links='' owners=''
if [ -n "$javas" ]; then
  processes='' ends=''
  for file in $javas; do processes="$processes \${file%/cmdline}" ends="$ends \${file%/cmdline}/cwd \${file%/cmdline}/exe"; done
  # shellcheck disable=SC2086
  words=$(grep -azH '' $javas 2>/dev/null | tr '\\012\\000' '\\001\\012')
  # shellcheck disable=SC2086
  links=$(stat -c %N $ends 2>/dev/null) owners=$newline$(stat -c '%n %U' $processes 2>/dev/null)$newline
fi
# Where a link of /proc leads: stat quotes what is plain in one way only, and readlink is asked about the rest.
linkof() {
  target=''
  case $newline$links$newline in
    *"$newline'$1' -> '"*) target=\${links#*"'$1' -> '"} target=\${target%%"$newline"*} ;;
  esac
  case $target in
    '' | *[!\\'] | *\\'*\\' | *[\\\\[:cntrl:]]*) target=$(readlink "$1") ;;
    *) target=\${target%\\'} ;;
  esac
}
programs=''
for file in $javas; do
  process=\${file%/cmdline} pid=\${file#/proc/} pid=\${pid%/cmdline} arguments=''
  IFS=$newline
  for word in $words; do
    case $word in "$file:"*) arguments=$arguments\${word#"$file:"}$newline ;; esac
  done
  unset IFS
  # shellcheck disable=SC2016
  case "$newline$arguments" in *"$newline-jar$newline"* | *.jar"$newline"* | *'$_init'"$newline"* | *"\${newline}run$newline"*) ;; *) continue ;; esac
  cgroupof "$process"
  case $cgroup in
    */system.slice/*.service) printf '@process %s\\n' "\${cgroup##*/}" ;;
    *) printf '@loose %s\\n' "$pid" ;;
  esac
  case $owners in *"$newline$process "*) user=\${owners#*"$newline$process "} user=\${user%%"$newline"*}; printf 'user %s\\n' "$user" ;; esac
  linkof "$process/cwd"
  directory=$target
  IFS=$newline
  # shellcheck disable=SC2086
  jarof "$directory" $arguments
  unset IFS
  collect "$jar"
  # shellcheck disable=SC2016
  case $arguments in *'$_init'*) kind=yes ;; esac
  linkof "$process/exe"
  printf 'cgroup %s\\njar %s\\nballerina %s\\ndirectory %s\\npid %s\\nexecutable %s\\n' "$cgroup" "$jar" "$kind" "$directory" "$pid" "$target"
  programs="$programs $file $process/environ"
done
# Each word behind the file that it stands in, with a NUL after it, which no word has.
if [ -n "$programs" ]; then
  echo '@memory '
  # shellcheck disable=SC2086
  grep -azH '' $programs 2>/dev/null | base64
fi
one() {
  printf '@unit %s\\n%s' "$unit" "$shown"
  # shellcheck disable=SC2086
  jarof "\${directory:-/}" $arguments
  collect "$jar"
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
count=0
while IFS= read -r line; do
  [ -n "$line" ] || continue
  count=$((count + 1))
  if [ "$count" -gt ${jarLimit} ]; then
    echo '@bound more than ${jarLimit} JARs below /opt, /srv, /home, /usr/local and /var/lib: only the first ${jarLimit} were looked into'
    break
  fi
  collect "$line"
done <<END
$found
END
printf '%s' "$heads"
if [ -n "$lengths" ]; then
  echo '@directories '
  passes 5>&1
fi
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
set --
chain=$newline
for folder in $folders; do
  case $folder in /*) ;; *) continue ;; esac
  cd -P -- "$folder" 2>/dev/null || continue
  folder=$PWD
  cd /
  case " $* " in *" $folder "*) continue ;; esac
  shared "$folder" && continue
  set -- "$@" "$folder"
  parent=\${folder%/*}
  while [ -n "$parent" ]; do
    case $chain in *"$newline$parent$newline"*) ;; *) chain=$chain$parent$newline ;; esac
    parent=\${parent%/*}
  done
done
list() { find "$@" -xdev ! -path '*[[:cntrl:]]*' \\( -type d -o -type f \\) -exec stat -c '%h|%Y|%F|%a|%U|%G|%u|%g|%n' {} + 2>/dev/null | head -n ${treeLimit + 1}; }
if [ $# -gt 0 ]; then
  # One walk over all of the folders, unless they hold more than may be listed of one: then one for each.
  listed=$(list "$@")
  # shellcheck disable=SC2086
  parents=$(stat -c '%F|%a|%U|%G|%u|%g|%n' -- $chain)
  lines=$(printf '%s\\n' "$listed" | wc -l)
  for folder; do
    if [ "$lines" -gt ${treeLimit} ]; then printf '@tree %s\\n' "$folder"; list "$folder"; else printf 'tree %s\\n' "$folder"; fi
    printf 'parents %s\\n' "$folder"
  done | { printf '%s\\n' "$parents" : "$listed" :; cat; } | awk '
    part < 2 && $0 == ":" { part++; next }
    part < 2 && $0 == "" { next }
    { path = $0; for (field = 0; field < (part ? 8 : 6); field++) path = substr(path, index(path, "|") + 1) }
    part == 0 { state[path] = $0; next }
    part == 1 { if (!(path in line)) order[++count] = path; line[path] = $0; next }
    /^tree / {
      folder = substr($0, 6)
      print "@" $0
      for (number = 1; number <= count; number++)
        if (order[number] == folder || index(order[number], folder "/") == 1) print line[order[number]]
      next
    }
    /^parents / {
      path = substr($0, 9)
      chain = ""
      while (sub(/\\/[^\\/]*$/, "", path) && path != "") if (path in state) chain = state[path] "\\n" chain
      if (chain != "") printf "@%s\\n%s", $0, chain
      next
    }
    { print }'
fi
people=
set --
# shellcheck disable=SC2086
[ -z "$users" ] || people=$newline$(getent passwd $users)
seen=' '
for user in $users; do
  case $seen in *" $user "*) continue ;; esac
  seen="$seen$user "
  case $people in *"$newline$user:"*) ;; *) id "$user" >/dev/null 2>&1 || continue ;; esac
  set -- "$@" "$user"
done
# One time limit for all of sudo's answers: it asks whatever the name service switch names, which may not answer.
if command -v sudo >/dev/null; then
  [ $# -eq 0 ] || timeout $(($# + 2)) sh -c 'for user; do printf "@rights %s\\n" "$user"; sudo -n -l -U "$user" </dev/null 2>&1; done' sh "$@"
else
  for user; do printf '@rights %s\\nUser %s is not allowed to run sudo\\n' "$user" "$user"; done
fi
exit 0`;

/** Services and processes that look like the integration: what they run, as whom, and who owns their files. */
export const workload = probe<Workload>({
  id: "workload",
  long: true,
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
    const marker = /^@(now|process|loose|unit|tree|parents|rights|jar|directories|bound|install|memory) (.*)$/u.exec(
      line,
    );
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
  const memory = memoryIn(all("memory")[0]?.lines ?? []);
  const now = Number(all("now")[0]?.argument ?? 0);
  const jars = readJars(all("jar"), all("directories")[0]?.lines ?? []);
  const ballerinaOf = (lines: readonly string[]): IsBallerina => {
    if (jars.has(after(lines, "jar ") ?? "")) return "yes";
    const word = after(lines, "ballerina ");
    return word === "yes" || word === "no" ? word : "unknown";
  };
  return known({
    units: all("unit")
      .filter(({ lines }) => !lines.includes("LoadState=not-found"))
      .map((section) =>
        readUnit(
          section,
          all("process").find(({ argument }) => argument === section.argument),
          now,
          memory,
          ballerinaOf,
        ),
      ),
    loose: all("loose").map(({ argument, lines }) => ({
      pid: Number(argument),
      user: after(lines, "user ") ?? "",
      jar: after(lines, "jar ") || undefined,
      ballerina: ballerinaOf(lines),
      container: isContainer(lines),
    })),
    programs: [...all("process"), ...all("loose")].flatMap((section) => {
      const program = readProgram(section, memory);
      return program === undefined ? [] : [{ ...program, ballerina: ballerinaOf(section.lines) }];
    }),
    setups: all("unit").map(readSetup),
    jars,
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

/** Words of command lines and environments by the file of /proc that they stand in: base64 of `FILE:WORD`, each with a NUL behind it. */
type Memory = ReadonlyMap<string, readonly string[]>;

const memoryIn = (lines: readonly string[]): Memory => {
  const memory = new Map<string, string[]>();
  for (const record of base64(lines.join("")).toString("utf8").split("\0").slice(0, -1)) {
    const colon = record.indexOf(":");
    const file = record.slice(0, colon);
    const words = memory.get(file) ?? [];
    words.push(record.slice(colon + 1));
    memory.set(file, words);
  }
  return memory;
};

const isContainer = (lines: readonly string[]): boolean =>
  /docker|libpod|containerd|kubepods|\/machine\.slice\//u.test(after(lines, "cgroup ") ?? "");

const readProgram = (
  { name, argument, lines }: Section,
  memory: Memory,
): Omit<ProgramSeen, "ballerina"> | undefined => {
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
    commandLine: memory.get(`/proc/${pid}/cmdline`) ?? [],
    environment: (memory.get(`/proc/${pid}/environ`) ?? []).flatMap((word) => {
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

/** The JARs that the Ballerina compiler made: an entry's name says so. */
const readJars = (sections: readonly Section[], directories: readonly string[]): ReadonlyMap<string, JarHead> => {
  const lengths = sections.map(({ lines }) => Number(after(lines, "read ")) + betweenDirectories);
  const [first = [], second = []] = blocks(directories, "pass").map((pass) => linesByArchive(pass, lengths));
  return new Map(
    sections.flatMap(({ argument, lines }, index) => {
      const [stat] = pathStates(lines);
      const sizes = /^size (\d+) modified (\d+)$/mu.exec(lines.join("\n"));
      const entries = centralEntries(first[index] ?? [], second[index] ?? []);
      if (stat === undefined || sizes === null || !entries.some(({ name }) => name.endsWith("/$_init.class")))
        return [];
      const size = Number(sizes[1]);
      const shift = archiveShift(block(lines, "end"), size);
      return [[argument, { stat, size, modified: Number(sizes[2]), entries, shift }] as const];
    }),
  );
};

const readUnit = (
  { argument, lines }: Section,
  process: Section | undefined,
  now: number,
  memory: Memory,
  ballerinaOf: (lines: readonly string[]) => IsBallerina,
): WorkloadUnit => {
  const startedAt = Number(after(lines, "ExecMainStartTimestamp=@")) || undefined;
  const [dropIn] = pathStates(lines);
  const framed = lines.filter((line) => line.startsWith("|")).map((line) => line.slice(1));
  // What the running process was started with beats what the unit says by now.
  const running =
    process && readProgram(process, memory)?.environment.findLast(({ name }) => name === "BAL_CONFIG_FILES")?.value;
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
