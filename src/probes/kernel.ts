import { known } from "../model/fact.ts";
import { probe } from "../model/probe.ts";
import type { FileState } from "./accounts.ts";
import { filesIn, type Section, sectionsIn, showFiles } from "./sections.ts";

/** One key below /proc/sys, dots for slashes, as sysctl(8) names it. */
export type KernelKey = {
  readonly value: string;
  /** False in a container: the machine that runs it decides. */
  readonly writable: boolean;
};

export type SettingsFile = NonNullable<FileState> & { readonly path: string };

export type KernelModule = {
  readonly name: string;
  readonly loaded: boolean;
  /** What modprobe would do instead of loading it: "/bin/false"; undefined when it would load it. */
  readonly instead: string | undefined;
};

export type Kernel = {
  readonly keys: ReadonlyMap<string, KernelKey>;
  /** Files of sysctl.d(5) in the order in which they are read at boot: the last word on a key counts. */
  readonly files: readonly SettingsFile[];
  /** /etc/ufw/sysctl.conf while ufw is switched on: it is read after all the others, whenever ufw starts. */
  readonly ufw: SettingsFile | undefined;
  /** Interfaces that forward for others: containers', virtual machines', tunnels. */
  readonly forwardingFor: readonly string[];
  /** A default route or an address came by router advertisement. */
  readonly advertised: boolean;
  /** More than one default route, or rules that choose between tables: answers may leave by another way. */
  readonly manyWays: boolean;
  readonly modules: readonly KernelModule[];
  /** /etc/modprobe.d/drawbridge.conf, /etc/security/limits.d/drawbridge.conf and the drop-in for systemd-coredump. */
  readonly own: ReadonlyMap<string, NonNullable<FileState>>;
  /** limits.conf(5) and its drop-ins, comments left out: `path: line`. */
  readonly limits: readonly { readonly path: string; readonly line: string }[];
  /** [Coredump] of coredump.conf(5) as it is in effect; undefined where systemd-coredump is not installed. */
  readonly coredump: Readonly<Record<string, string>> | undefined;
  /** Folders that our files need and that are there. */
  readonly folders: readonly string[];
};

/** Modules that servers do without. squashfs and udf only where nothing mounts them. */
export const needlessModules = [
  "cramfs",
  "freevxfs",
  "hfs",
  "hfsplus",
  "jffs2",
  "squashfs",
  "udf",
  "usb-storage",
  "firewire-core",
  "dccp",
  "rds",
  "sctp",
  "tipc",
  "atm",
  "can",
] as const;

export const sysctlFile = "/etc/sysctl.d/zz-drawbridge.conf";
export const modprobeFile = "/etc/modprobe.d/drawbridge.conf";
export const limitsFile = "/etc/security/limits.d/zz-drawbridge.conf";
export const coredumpFile = "/etc/systemd/coredump.conf.d/zz-drawbridge.conf";

// The shell's own read takes one byte at a time, of which /proc/sys gives only the first.
const script = `${showFiles}
grep -s '' \\
  /proc/sys/kernel/randomize_va_space /proc/sys/kernel/kptr_restrict /proc/sys/kernel/dmesg_restrict /proc/sys/kernel/unprivileged_bpf_disabled \\
  /proc/sys/kernel/perf_event_paranoid /proc/sys/kernel/yama/ptrace_scope /proc/sys/kernel/sysrq /proc/sys/kernel/core_uses_pid /proc/sys/kernel/ctrl-alt-del /proc/sys/kernel/kexec_load_disabled \\
  /proc/sys/dev/tty/ldisc_autoload /proc/sys/fs/suid_dumpable /proc/sys/fs/protected_* /proc/sys/net/core/bpf_jit_harden \\
  /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv4/icmp_echo_ignore_broadcasts /proc/sys/net/ipv4/icmp_ignore_bogus_error_responses /proc/sys/net/ipv4/tcp_syncookies \\
  /proc/sys/net/ipv4/conf/*/accept_redirects /proc/sys/net/ipv4/conf/*/secure_redirects /proc/sys/net/ipv4/conf/*/send_redirects /proc/sys/net/ipv4/conf/*/accept_source_route \\
  /proc/sys/net/ipv4/conf/*/rp_filter /proc/sys/net/ipv4/conf/*/log_martians /proc/sys/net/ipv4/conf/*/forwarding \\
  /proc/sys/net/ipv6/conf/*/accept_redirects /proc/sys/net/ipv6/conf/*/accept_source_route /proc/sys/net/ipv6/conf/*/accept_ra /proc/sys/net/ipv6/conf/*/forwarding /proc/sys/net/ipv6/conf/*/disable_ipv6 |
while IFS=: read -r file value; do
  if [ -w "$file" ]; then access=w; else access=r; fi
  printf '@key %s %s %s\\n' "\${file#/proc/sys/}" "$access" "$value"
done
# As systemd-sysctl reads them: by name over all folders, /etc before /run before /usr for the same name.
for folder in /etc/sysctl.d /run/sysctl.d /usr/local/lib/sysctl.d /usr/lib/sysctl.d; do
  for file in "$folder"/*.conf; do [ -e "$file" ] && printf '%s %s\\n' "\${file##*/}" "$file"; done
done | sort -s -k 1,1 -u | {
  set --
  while read -r name file; do [ -f "$file" ] && set -- "$@" "$file"; done
  show file "$@"
}
[ -f /etc/ufw/sysctl.conf ] && grep -qs '^ENABLED=yes' /etc/ufw/ufw.conf && show ufw /etc/ufw/sysctl.conf
# procps reads it after all the others; systemd does not, unless a link in sysctl.d says so.
[ ! -e /etc/sysctl.d/99-sysctl.conf ] && [ -f /etc/sysctl.conf ] && show late /etc/sysctl.conf
set --
for file in ${modprobeFile} ${limitsFile} ${coredumpFile}; do [ -f "$file" ] && [ ! -L "$file" ] && set -- "$@" "$file"; done
show own "$@"
for folder in /etc/sysctl.d /etc/modprobe.d /etc/security/limits.d /etc/systemd/coredump.conf.d; do [ -d "$folder" ] && printf '@folder %s\\n' "$folder"; done
for device in /sys/class/net/*; do
  name=\${device##*/}
  if [ -d "$device/bridge" ] || [ -e "$device/tun_flags" ]; then printf '@forwards %s\\n' "$name"; continue; fi
  case $name in docker* | br-* | virbr* | veth* | cni* | flannel* | cali* | cilium* | lxc* | lxd* | wg* | tun* | tap* | vnet* | nerdctl* | podman*) printf '@forwards %s\\n' "$name" ;; esac
done
{
  echo advertised; ip -6 route show default proto ra
  echo address; ip -6 address show dynamic scope global
  echo default; ip -4 route show default
  echo rule; ip -4 rule show
} 2>/dev/null | awk '
  /^(advertised|address|default|rule)$/ { name = $0; next }
  name == "address" { if (/inet6/) print "@advertised " $0; next }
  name == "rule" && /^(0|32766|32767):/ { next }
  { print "@" name " " $0 }'
if command -v modprobe >/dev/null; then
  echo "@modprobe"
  # Where no file says install, the program, which reads the lists of all modules, has nothing to tell.
  grep -rqsE '^[[:space:]]*install[[:space:]]' /etc/modprobe.conf /etc/modprobe.d /run/modprobe.d /usr/local/lib/modprobe.d /usr/lib/modprobe.d /lib/modprobe.d && modprobe --showconfig 2>/dev/null | awk '/^install (${needlessModules.map((name) => name.replaceAll("-", "_")).join("|")}) / { print "@instead " $0 }'
  for module in ${needlessModules.map((name) => name.replaceAll("-", "_")).join(" ")}; do [ -d "/sys/module/$module" ] && printf '@loaded %s\\n' "$module"; done
fi
set --
for file in /etc/security/limits.conf /etc/security/limits.d/*.conf; do [ -f "$file" ] && set -- "$@" "$file"; done
[ $# -eq 0 ] || awk '/^[ \\t\\r\\f\\v]*[^# \\t\\r\\f\\v]/ { print "@limit " FILENAME ": " $0 }' "$@"
if [ -e /usr/lib/systemd/systemd-coredump ] || [ -e /lib/systemd/systemd-coredump ]; then
  echo "@coredump"
  systemd-analyze cat-config systemd/coredump.conf 2>/dev/null | sed -n 's/^[A-Za-z]\\{1,\\}=/@coredump &/p'
fi
exit 0`;

/** Kernel settings live and at the next boot, kernel modules, core dumps. sysctl(8), sysctl.d(5), modprobe.d(5), core(5). */
export const kernel = probe<Kernel>({
  id: "kernel",
  asks: "sysctl; files of sysctl.d, modprobe.d and limits.d; ip route; modprobe --showconfig",
  script,
  sizeLimit: 1024 * 1024,
  parse: ({ stdout }) => known(parseKernel(stdout)),
});

const parseKernel = (text: string): Kernel => {
  const blocks = sectionsIn(text);
  const of = (name: string) => blocks.filter((block) => block.name === name);
  const files = (name: string): readonly SettingsFile[] =>
    [...filesIn(blocks, name)].map(([path, file]) => ({ path, ...file }));
  return {
    keys: new Map(
      of("key").flatMap(({ rest }) => {
        const match = /^(\S+) ([rw]) (.*)$/u.exec(rest);
        return match
          ? [[dotted(match[1] as string), { writable: match[2] === "w", value: (match[3] as string).trim() }] as const]
          : [];
      }),
    ),
    files: [...files("file"), ...files("late")],
    ufw: files("ufw")[0],
    forwardingFor: of("forwards").map(({ rest }) => rest),
    advertised: of("advertised").length > 0,
    manyWays: of("default").length > 1 || of("rule").length > 0,
    modules:
      of("modprobe").length === 0 ? [] : needlessModules.map((name) => moduleIn(name, of("instead"), of("loaded"))),
    own: new Map(files("own").map(({ path, ...state }) => [path, state])),
    limits: of("limit").map(({ rest }) => {
      const at = rest.indexOf(": ");
      return { path: rest.slice(0, at), line: rest.slice(at + 2).trim() };
    }),
    coredump:
      of("coredump").length === 0
        ? undefined
        : Object.fromEntries(
            of("coredump").flatMap(({ rest }) => {
              const at = rest.indexOf("=");
              return at < 0 ? [] : [[rest.slice(0, at), rest.slice(at + 1)] as const];
            }),
          ),
    folders: of("folder").map(({ rest }) => rest),
  };
};

/** modprobe's own words have "_" for "-". */
const moduleIn = (name: string, instead: readonly Section[], loaded: readonly Section[]): KernelModule => {
  const flat = name.replaceAll("-", "_");
  return {
    name,
    loaded: loaded.some(({ rest }) => rest === flat),
    instead: instead.flatMap(({ rest }) => new RegExp(`^install ${flat} (.*)$`, "u").exec(rest)?.[1] ?? [])[0],
  };
};

/** A path below /proc/sys as sysctl(8) writes it: a dot within a part (an interface "eth0.5") becomes a slash. */
export const dotted = (path: string): string => path.replace(/[./]/gu, (sign) => (sign === "/" ? "." : "/"));

export type Assignment = { readonly key: string; readonly value: string; readonly path: string };

/** The lines of a sysctl.d file. Keys may be written with slashes or dots, with a leading "-" (errors are ignored). */
export const assignmentsOf = ({ path, content }: SettingsFile): readonly Assignment[] =>
  content.split("\n").flatMap((line) => {
    const match = /^\s*-?([^#;=\s]+)\s*=\s*(.*?)\s*$/u.exec(line);
    if (!match) return [];
    const [, name = "", value = ""] = match;
    // sysctl.d(5): the first separator met says which kind is used.
    const slashes = /^[^./]*\//u.test(name);
    return [{ key: slashes ? dotted(name) : name, value, path }];
  });

/** What a key becomes at the next boot, and who says so: the last word of all files. Patterns with `*` are looked through. */
export const atBoot = ({ files, ufw }: Kernel, key: string): Assignment | undefined =>
  [...files, ...(ufw ? [ufw] : [])].flatMap(assignmentsOf).findLast((each) => matches(each.key, key));

const matches = (pattern: string, key: string): boolean => {
  if (!pattern.includes("*")) return pattern === key;
  const [wanted, found] = [pattern.split("."), key.split(".")];
  // "all" and "default" are no interfaces, but a pattern of sysctl.d(5) sets them too.
  return wanted.length === found.length && wanted.every((part, index) => part === "*" || part === found[index]);
};
