import { known, unknown } from "../model/fact.ts";
import { probe } from "../model/probe.ts";

export type Family = 4 | 6;
export type Transport = "tcp" | "udp";

/** A process that holds a listening socket. */
export type ListenerProcess = {
  readonly pid: number;
  /** comm of proc(5): at most 15 bytes, chosen by the process itself. */
  readonly name: string;
  /** Account of the effective user id, or its number where nobody has a name for it. */
  readonly user: string;
  readonly uid: number;
  /** Unit that systemd keeps the process in ("ssh.service"), or the socket unit it holds for another; empty without systemd. */
  readonly unit: string;
  /** Path of the program; empty for kernel threads. */
  readonly executable: string;
};

/** A socket that waits for others to speak first: TCP in LISTEN, UDP unconnected. */
export type Listener = {
  readonly transport: Transport;
  /** Address bound, without brackets or zone: "0.0.0.0", "::", "127.0.0.1", or "*" for every address of both families. */
  readonly address: string;
  /** Zone or interface bound to (SO_BINDTODEVICE); empty for none. */
  readonly device: string;
  readonly port: number;
  readonly families: readonly Family[];
  /** `loopback`: only this machine reaches it. `any`: every address of the machine. `address`: the one it is bound to. */
  readonly reach: "loopback" | "address" | "any";
  /** Who holds it, the most telling first; empty for sockets of the kernel or of another namespace. */
  readonly processes: readonly ListenerProcess[];
};

/** "443/tcp": how ports are written in answers and findings. */
export const portName = ({ port, transport }: Pick<Listener, "port" | "transport">): string => `${port}/${transport}`;

/** "0.0.0.0:443/tcp nginx (nginx.service, root)". */
export const describeListener = (listener: Listener): string => {
  const address = listener.address.includes(":") ? `[${listener.address}]` : listener.address;
  const zone = listener.device === "" ? "" : `%${listener.device}`;
  const [holder] = listener.processes;
  const who =
    holder === undefined
      ? "held by the kernel or another namespace"
      : `${printable(holder.name)} (${[holder.unit, holder.user].filter((part) => part !== "").join(", ")})`;
  return `${address}${zone}:${portName(listener)} ${who}`;
};

/** Names that a process gave itself may hold anything: what could move a cursor is shown as a dot. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is being removed.
const printable = (text: string): string => text.replace(/[\u0000-\u001f\u007f-\u009f]/gu, ".");

const isLoopback = (address: string, device: string): boolean =>
  device === "lo" || address === "::1" || /^(?:::ffff:)?127\./u.test(address);

type Holder = Omit<ListenerProcess, "pid" | "name">;

/** Sockets as `ss -Hltunpe` prints them, processes as this probe prints them; see the script. */
const parseListeners = (stdout: string): readonly Listener[] => {
  const [sockets = "", holders = "", accounts = "", socketUnits = ""] = stdout.split(/^== [a-z]+\n/mu).slice(1);
  const names = new Map(
    accounts.split("\n").flatMap((line) => {
      const [name, , uid] = line.split(":");
      return name && uid ? [[Number(uid), name] as const] : [];
    }),
  );
  const byPid = new Map(
    holders.split("\n").flatMap((line) => {
      const [pid, uid, cgroup, ...executable] = line.split("\t");
      if (!pid || uid === undefined) return [];
      const number = Number(uid);
      const holder: Holder = {
        uid: number,
        user: names.get(number) ?? uid,
        unit: unitOf(cgroup ?? ""),
        executable: executable.join("\t"),
      };
      return [[Number(pid), holder] as const];
    }),
  );
  const held = new Map(
    socketUnits.split("\n").flatMap((line) => {
      const match = /^\s*(\S+:\d+)\s+(\S+\.socket)\b/u.exec(line);
      return match ? [[match[1] as string, match[2] as string] as const] : [];
    }),
  );
  const lines: string[] = [];
  for (const line of sockets.split("\n")) {
    // A process may put a line break into its name: whatever does not begin as a socket continues the one before.
    if (/^(?:tcp|udp)\s+\S+\s+\d+\s+\d+\s/u.test(line)) lines.push(line);
    else if (lines.length > 0) lines[lines.length - 1] += `\n${line}`;
  }
  return lines.map((line) => parseSocket(line, byPid, held));
};

const parseSocket = (line: string, byPid: ReadonlyMap<number, Holder>, held: ReadonlyMap<string, string>): Listener => {
  const match = /^(tcp|udp)\s+\S+\s+\d+\s+\d+\s+(\S+):(\d+)\s+\S+([\s\S]*)$/u.exec(line);
  if (match === null) throw new Error(`ss printed a socket that cannot be read: ${line.slice(0, 80)}`);
  const [, transport, local = "", port, rest = ""] = match;
  const [, address = "", device = ""] = /^\[?([^%\]]*)\]?(?:%([^\]]*))?\]?$/u.exec(local) ?? [];
  const families: readonly Family[] =
    address === "*" || (address === "::" && /\bv6only:0\b/u.test(rest)) ? [4, 6] : address.includes(":") ? [6] : [4];
  const processes = holdersIn(rest).map(({ pid, name }): ListenerProcess => {
    const holder = byPid.get(pid) ?? { uid: -1, user: "", unit: "", executable: "" };
    const shown = local === "*" ? `[::]:${port}` : `${local}:${port}`;
    return { pid, name, ...holder, unit: pid === 1 ? (held.get(shown) ?? holder.unit) : holder.unit };
  });
  return {
    transport: transport as Transport,
    address,
    device,
    port: Number(port),
    families,
    reach: isLoopback(address, device) ? "loopback" : ["*", "0.0.0.0", "::"].includes(address) ? "any" : "address",
    // systemd holds the sockets of the services it starts on demand: the service says more.
    processes: processes.toSorted((a, b) => Number(a.pid === 1) - Number(b.pid === 1) || a.pid - b.pid),
  };
};

/** `users:(("sshd",pid=7,fd=3),("systemd",pid=1,fd=44))`. */
const holdersIn = (text: string): readonly { pid: number; name: string }[] => {
  const start = text.indexOf("users:(");
  if (start < 0) return [];
  // Greedy within the 15 bytes a name can have: no name, whatever it holds, can then pass itself off as another process.
  const holder = /\("([\s\S]{0,15})",pid=(\d+),fd=\d+\),?/uy;
  holder.lastIndex = start + "users:(".length;
  const found = new Map<number, string>();
  for (let match = holder.exec(text); match !== null; match = holder.exec(text)) {
    found.set(Number(match[2]), match[1] as string);
  }
  return [...found].map(([pid, name]) => ({ pid, name }));
};

/** "/system.slice/nginx.service" → "nginx.service"; processes of containers and logins live in a scope. */
const unitOf = (cgroup: string): string =>
  cgroup.split("/").find((part) => /\.(?:service|scope)$/u.test(part) && part !== "init.scope") ?? "";

/** Every TCP and UDP socket that waits for others, with process, account and unit. ss(8), proc(5), systemctl(1). */
export const listeners = probe<readonly Listener[]>({
  id: "listeners",
  asks: "ss -Hltunpe",
  script: `
command -v ss >/dev/null 2>&1 || exit 127
sockets=$(ss -Hltunpe) || exit 1
echo '== sockets'
printf '%s\\n' "$sockets"
echo '== processes'
pids=' ' rest=$sockets
while :; do
  case $rest in *pid=*) rest=\${rest#*pid=}; pid=\${rest%%[!0-9]*};; *) break;; esac
  case $rest in "$pid",fd=*) ;; *) continue;; esac
  case $pids in *" $pid "*) ;; *) pids="$pids$pid ";; esac
done
set --
for pid in $pids; do set -- "$@" "/proc/$pid/exe"; done
# Where they lead, all at once. stat quotes what is plain in one way only, and readlink is asked about the rest.
newline='
'
links=
[ $# -eq 0 ] || links=$newline$(stat -c %N -- "$@" 2>/dev/null)$newline
uids=
for pid in $pids; do
  uid=; while read -r key _ effective _; do
    case $key in Uid:) uid=$effective; break;; esac
  done 2>/dev/null <"/proc/$pid/status"
  [ -n "$uid" ] || continue
  cgroup=; while IFS=: read -r hierarchy controller path; do
    case $hierarchy:$controller in 0:|*:name=systemd) case $path in ?*.service*|?*.scope*) cgroup=$path;; esac;; esac
  done 2>/dev/null <"/proc/$pid/cgroup"
  case " $uids " in *" $uid "*) ;; *) uids="$uids $uid";; esac
  program=
  case $links in *"$newline'/proc/$pid/exe' -> '"*) program=\${links#*"$newline'/proc/$pid/exe' -> '"} program=\${program%%"$newline"*};; esac
  case $program in
    '' | *[!\\'] | *\\'*\\' | *[\\\\[:cntrl:]]*) program=$(readlink "/proc/$pid/exe" 2>/dev/null);;
    *) program=\${program%\\'};;
  esac
  case $program in *[[:cntrl:]]*) program=;; esac
  printf '%s\\t%s\\t%s\\t%s\\n' "$pid" "$uid" "$cgroup" "$program"
done
echo '== accounts'
[ -z "$uids" ] || getent passwd $uids
echo '== units'
case $pids in *' 1 '*) systemctl list-sockets --no-legend --no-pager --full 2>/dev/null;; esac
exit 0
`,
  parse: ({ stdout, exitCode, truncated, timedOut }) => {
    if (timedOut) return unknown("ss did not answer in time");
    if (exitCode === 127) return unknown("ss is not installed; install the package iproute2 (iproute on RHEL)");
    if (exitCode !== 0) return unknown(`ss failed with exit code ${exitCode}`);
    if (truncated) return unknown("there are more sockets than are read");
    return known(parseListeners(stdout));
  },
});
