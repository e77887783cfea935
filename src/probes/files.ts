import { known } from "../model/fact.ts";
import { probe } from "../model/probe.ts";
import { type FileState, type PathState, pathStates } from "./accounts.ts";
import { filesIn, restsOf, sectionsIn, showFiles } from "./sections.ts";

export type Home = {
  readonly user: string;
  readonly folder: Exclude<PathState, { kind: "missing" }>;
  /** Regular files directly in it whose name begins with a dot. */
  readonly dotFiles: readonly Exclude<PathState, { kind: "missing" }>[];
};

export type Walk = {
  /** Local file systems that were walked. */
  readonly roots: readonly string[];
  /** The walk was stopped by its time limit or found more than it lists: what it did not find may still be there. */
  readonly bounded: boolean;
  readonly worldWritable: readonly Exclude<PathState, { kind: "missing" }>[];
  /** Owner or group is a number that no account has. */
  readonly unowned: readonly Exclude<PathState, { kind: "missing" }>[];
  /** Regular files with the setuid or setgid bit. */
  readonly privileged: readonly Exclude<PathState, { kind: "missing" }>[];
  /** Of those, the ones that no package brought. Undefined where packages cannot be asked. */
  readonly unpackaged: readonly string[] | undefined;
};

export type Mount = {
  readonly target: string;
  readonly source: string;
  readonly type: string;
  readonly options: readonly string[];
};

export type Files = {
  /** Files that the system's accounts and jobs depend on, those that are there. */
  readonly fixed: readonly Exclude<PathState, { kind: "missing" }>[];
  /** cron and at are installed. */
  readonly cron: boolean;
  readonly at: boolean;
  /** Accounts that have a crontab of their own. */
  readonly crontabs: readonly string[];
  /** Text of cron.allow and at.allow, where they are regular files. */
  readonly allowed: ReadonlyMap<string, string>;
  /** The group that reads each list: that of the setgid program, by the list's path. */
  readonly readers: ReadonlyMap<string, string>;
  /** Text of /etc/fstab; undefined when there is none. */
  readonly fstab: NonNullable<FileState> | undefined;
  readonly homes: readonly Home[];
  /** Files and folders below /var/log. */
  readonly logs: readonly Exclude<PathState, { kind: "missing" }>[];
  readonly mounts: readonly Mount[];
};

/** Paths whose owner and mode are judged. */
const fixed = [
  "/etc/passwd",
  "/etc/passwd-",
  "/etc/group",
  "/etc/group-",
  "/etc/shadow",
  "/etc/shadow-",
  "/etc/gshadow",
  "/etc/gshadow-",
  "/etc/shells",
  "/etc/security/opasswd",
  "/etc/security/opasswd.old",
  "/etc/issue",
  "/etc/issue.net",
  "/etc/motd",
  "/etc/crontab",
  "/etc/cron.hourly",
  "/etc/cron.daily",
  "/etc/cron.weekly",
  "/etc/cron.monthly",
  "/etc/cron.yearly",
  "/etc/cron.d",
  "/etc/cron.allow",
  "/etc/cron.deny",
  "/etc/at.allow",
  "/etc/at.deny",
  "/boot/grub/grub.cfg",
  "/boot/grub2/grub.cfg",
];

const format = "'%F|%a|%U|%G|%u|%g|%n'";

/** Owners, modes and mounts. stat(1), proc_pid_mounts(5). */
export const files = probe<Files>({
  id: "files",
  asks: "stat of account databases, cron, homes and logs; /proc/self/mounts",
  sizeLimit: 1024 * 1024,
  script: `${showFiles}
echo "@fixed"
stat -c ${format} ${fixed.join(" ")} 2>/dev/null
command -v crontab >/dev/null && echo "@cron"
command -v at >/dev/null && echo "@at"
for pair in crontab:/etc/cron.allow at:/etc/at.allow; do
  program=$(command -v "\${pair%%:*}") && [ -g "$program" ] && printf '@reader %s %s\\n' "\${pair#*:}" "$(stat -L -c %G "$program")"
done
for folder in /var/spool/cron/crontabs /var/spool/cron; do
  for file in "$folder"/*; do [ -f "$file" ] && printf '@crontab %s\\n' "\${file##*/}"; done
done
set --
for file in /etc/cron.allow /etc/at.allow /etc/fstab; do [ -f "$file" ] && [ ! -L "$file" ] && set -- "$@" "$file"; done
show text "$@"
low=$(sed -n 's/^[[:space:]]*UID_MIN[[:space:]]*//p' /etc/login.defs 2>/dev/null)
low=\${low##*
}
getent passwd | awk -F: -v low="\${low:-1000}" '($3 == 0 || ($3 >= low && $3 < 65534)) && $7 !~ /(nologin|false)$/ && $6 ~ /^\\/./ { if (++people <= 200) print $1 ":" $6 }' | {
  set --
  people=
  while IFS=: read -r user home; do
    { [ -d "$home" ] && [ ! -L "$home" ]; } || continue
    set -- "$@" "$home"
    people="$people$user:$home
"
  done
  [ $# -eq 0 ] || {
    stat -c ${format} -- "$@"
    echo
    find "$@" -xdev -mindepth 1 -maxdepth 1 -type f -name '.*' ! -path '*[[:cntrl:]]*' -exec stat -c ${format} {} + 2>/dev/null
    printf '\\n%s' "$people"
  } | awk '
    $0 == "" { part++; next }
    part == 2 { user = home = $0; sub(/:.*/, "", user); sub(/^[^:]*:/, "", home); printf "@home %s\\n%s", user, folder[home]; sub(/\\/+$/, "", home); printf "%s", files[home]; next }
    { path = $0; for (field = 0; field < 6; field++) path = substr(path, index(path, "|") + 1) }
    !part { folder[path] = $0 "\\n"; next }
    { sub(/\\/[^\\/]*$/, "", path); if (++count[path] <= 100) files[path] = files[path] $0 "\\n" }'
}
echo "@logs"
find /var/log -xdev \\( -type f -o -type d \\) ! -path '*[[:cntrl:]]*' -exec stat -c ${format} {} + 2>/dev/null | head -n 3000
echo "@mounts"
cat /proc/self/mounts
exit 0`,
  parse: ({ stdout }) => {
    const sections = sectionsIn(stdout);
    const of = (name: string) => restsOf(sections, name);
    const linesOf = (wanted: string) => sections.find(({ name }) => name === wanted)?.lines ?? [];
    const texts = filesIn(sections, "text");
    return known({
      fixed: pathStates(linesOf("fixed")),
      cron: of("cron").length > 0,
      at: of("at").length > 0,
      crontabs: of("crontab"),
      readers: new Map(of("reader").map((text) => text.split(" ") as [path: string, group: string])),
      allowed: new Map(
        [...texts].filter(([path]) => path !== "/etc/fstab").map(([path, { content }]) => [path, content]),
      ),
      fstab: texts.get("/etc/fstab"),
      homes: sections
        .filter(({ name }) => name === "home")
        .flatMap(({ rest, lines }) => {
          const [folder, ...dotFiles] = pathStates(lines);
          return folder === undefined ? [] : [{ user: rest, folder, dotFiles }];
        }),
      logs: pathStates(linesOf("logs")),
      mounts: linesOf("mounts").flatMap((line) => {
        const [source = "", target, type = "", options = ""] = line.split(" ");
        return target === undefined ? [] : [{ target: unescaped(target), source, type, options: options.split(",") }];
      }),
    });
  },
});

/** proc_pid_mounts(5) writes white space and backslashes as octal numbers: "\\040". */
const unescaped = (text: string): string =>
  text.replace(/\\([0-7]{3})/gu, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));

const listed = 200;
const seconds = 3;

/** Folders whose files belong to containers, machines or the kernel. */
const passedOver = [
  "/var/lib/docker",
  "/var/lib/containers",
  "/var/lib/containerd",
  "/var/lib/kubelet",
  "/var/lib/machines",
  "/snap",
  "/proc",
  "/sys",
  "/run",
  "/dev",
  "/var/lib/drawbridge",
];

const found = (kind: string) => `\\( -path "$odd" -o -printf '${kind}|%m|%u|%g|%U|%G|%p\\n' \\)`;

/**
 * What is wrong anywhere on the local disks: one walk, bounded in time and length. find(1), dpkg-query(1), rpm(8).
 *
 * The order of find's tests decides what the walk costs: -nouser reads /etc/passwd anew for every file, so the numbers in it
 * are compared first, and a name is looked at only when it would be printed. Tests behind -o stay in their order; those that
 * follow each other without it are moved by find, names first.
 */
export const walk = probe<Walk>({
  id: "walk",
  long: true,
  asks: "find on every local file system: world-writable, unowned, setuid and setgid",
  sizeLimit: 1024 * 1024,
  timeLimit: seconds + 5,
  script: `roots=$(awk '$3 ~ /^(ext[234]|xfs|btrfs|f2fs|jfs|zfs|overlay|tmpfs)$/ && $2 !~ /^\\/(proc|sys|dev|run|snap)(\\/|$)|^\\/var\\/lib\\/(docker|containers|containerd|kubelet|machines|lxc|lxd|incus|snapd)|\\\\/ { if (!told[$2]++) print $2 }' /proc/self/mounts)
[ -n "$roots" ] || roots=/
for root in $roots; do printf '@root %s\\n' "$root"; done
known=$(awk -F: '
  FNR == 1 { if (file++) printf "\\n"; test = file == 1 ? "-uid" : "-gid" }
  $3 ~ /^[0-9]+$/ && length($3) < 10 && FNR <= 500 { printf "%s %s -o ", test, $3 }' /etc/passwd /etc/group)
users=\${known%%"
"*} groups=\${known#*"
"} odd='*[[:cntrl:]]*'
set -f
# shellcheck disable=SC2086
found=$(timeout ${seconds} find $roots -xdev -type d \\( ${passedOver.map((path) => `-path ${path}`).join(" -o ")} \\) -prune -o \\
  -type f -perm -0002 ${found("writable regular file")} -o \\
  -type d -perm -0002 ! -perm -1000 ${found("writable directory")} -o \\
  -type f ! \\( \\( $users ! -nouser \\) \\( $groups ! -nogroup \\) \\) ${found("unowned regular file")} -o \\
  -type d ! \\( \\( $users ! -nouser \\) \\( $groups ! -nogroup \\) \\) ${found("unowned directory")} -o \\
  -type f -perm /6000 ${found("privileged regular file")} 2>/dev/null)
[ $? -eq 124 ] && echo "@bounded"
set +f
printf '%s\\n' "$found" | awk '
  { kind = $1; if (++count[kind] <= ${listed}) listed[kind] = listed[kind] substr($0, length(kind) + 2) "\\n" }
  END {
    split("writable unowned privileged", kinds, " ")
    for (number = 1; number <= 3; number++) {
      kind = kinds[number]
      if (count[kind] > ${listed}) print "@bounded"
      printf "@%s\\n%s", kind, listed[kind]
    }
  }'
paths=$(printf '%s\\n' "$found" | sed -n 's/^privileged \\([^|]*|\\)\\{6\\}//p' | head -n ${listed})
if [ -d /var/lib/dpkg/info ]; then
  echo "@packages"
  # Where /bin is a link to /usr/bin, packages may still know a file by its old name.
  known=$(printf '%s\\n' "$paths" | sed 'p; s|^/usr/|/|' | grep -hxFf - /var/lib/dpkg/info/*.list)
  printf '%s\\n' "$paths" | while IFS= read -r path; do
    case "
$known
" in *"
$path
"* | *"
\${path#/usr}
"*) ;; *) printf '%s\\n' "$path" ;; esac
  done
elif command -v rpm >/dev/null; then
  echo "@packages"
  printf '%s\\n' "$paths" | while IFS= read -r path; do [ -n "$path" ] && { rpm -qf -- "$path" >/dev/null 2>&1 || printf '%s\\n' "$path"; }; done
fi
exit 0`,
  parse: ({ stdout }) => {
    const sections = sectionsIn(stdout);
    const linesOf = (wanted: string) => sections.find(({ name }) => name === wanted)?.lines;
    const states = (name: string) => pathStates(linesOf(name) ?? []);
    return known({
      roots: restsOf(sections, "root"),
      bounded: restsOf(sections, "bounded").length > 0,
      worldWritable: states("writable"),
      unowned: states("unowned"),
      privileged: states("privileged"),
      unpackaged: linesOf("packages"),
    });
  },
});
