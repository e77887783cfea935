import { type AddressRange, parseNetwork } from "../core/address.ts";
import { known, unknown } from "../model/fact.ts";
import { probe } from "../model/probe.ts";

export type Interface = {
  readonly name: string;
  readonly up: boolean;
  readonly loopback: boolean;
  /** What it is made of, as ip-link(8) says: "bridge", "veth", "vlan", "wireguard"; empty for hardware. */
  readonly kind: string;
  readonly addresses: readonly InterfaceAddress[];
};

export type InterfaceAddress = {
  readonly address: string;
  readonly prefix: number;
  readonly family: 4 | 6;
  /** ip-address(8): global, link, host, site. */
  readonly scope: string;
  /** Given by DHCP or a router: it may be another one tomorrow. */
  readonly dynamic: boolean;
};

export type Connection = {
  readonly transport: "tcp" | "udp";
  readonly localAddress: string;
  readonly localPort: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
  /** Process ids that hold it; empty for the kernel's and other namespaces'. */
  readonly pids: readonly number[];
};

export type Network = {
  readonly interfaces: readonly Interface[];
  /** Interfaces with a default route. */
  readonly defaultDevices: readonly string[];
  /** Addresses of name servers that are really asked: behind systemd-resolved's stub, its upstreams. */
  readonly resolvers: readonly string[];
  /** Established now; on a busy server the first 2000 of them, which is enough to see who the partners are. */
  readonly connections: readonly Connection[];
  /** The connection this program itself came in by; absent at a console or when it cannot be told. */
  readonly session: Connection | undefined;
  /** Ports that the kernel hands out to clients: nothing stable listens there. */
  readonly ephemeral: { readonly low: number; readonly high: number };
  /** Hosts and ports of package archives and their proxies, as the package manager's files name them. */
  readonly archives: readonly { readonly scheme: string; readonly host: string; readonly port: number }[];
};

type IpAddress = {
  ifname: string;
  flags?: string[];
  link_type?: string;
  linkinfo?: { info_kind?: string };
  addr_info?: { family: string; local?: string; prefixlen: number; scope: string; dynamic?: boolean }[];
};

const section = (stdout: string, name: string): string => {
  const start = stdout.indexOf(`== ${name}\n`);
  if (start < 0) return "";
  const from = start + name.length + 4;
  const end = stdout.indexOf("\n== ", from - 1);
  return stdout.slice(from, end < 0 ? undefined : end + 1);
};

const readInterfaces = (json: string): readonly Interface[] =>
  (JSON.parse(json || "[]") as IpAddress[]).map((link) => ({
    name: link.ifname,
    up: link.flags?.includes("UP") ?? false,
    loopback: link.flags?.includes("LOOPBACK") ?? false,
    kind: link.linkinfo?.info_kind ?? "",
    addresses: (link.addr_info ?? []).flatMap((address) =>
      address.local === undefined
        ? []
        : [
            {
              address: address.local,
              prefix: address.prefixlen,
              family: address.family === "inet6" ? (6 as const) : (4 as const),
              scope: address.scope,
              dynamic: address.dynamic ?? false,
            },
          ],
    ),
  }));

const readConnection = (line: string): Connection | undefined => {
  const [, transport, local = "", localPort, remote = "", remotePort, rest = ""] =
    /^(tcp|udp)\s+(?:\S+\s+)?\d+\s+\d+\s+(\S+):(\d+)\s+(\S+):(\d+)([\s\S]*)$/u.exec(line) ?? [];
  if (transport === undefined) return;
  return {
    transport: transport as Connection["transport"],
    localAddress: bare(local),
    localPort: Number(localPort),
    remoteAddress: bare(remote),
    remotePort: Number(remotePort),
    pids: [...new Set([...rest.matchAll(/",pid=(\d+),fd=/gu)].map((match) => Number(match[1])))],
  };
};

/** "[::ffff:10.0.0.7]" → "10.0.0.7", "[fe80::1%eth0]" → "fe80::1". */
const bare = (address: string): string =>
  address
    .replace(/^\[|\]$/gu, "")
    .replace(/%.*$/u, "")
    .replace(/^::ffff:(?=\d+\.)/u, "");

const readResolvers = (resolv: string, upstream: string): readonly string[] => {
  const servers = (text: string) =>
    [...text.matchAll(/^\s*nameserver\s+([0-9A-Fa-f.:]+)/gmu)].map((match) => match[1] as string);
  const named = servers(resolv);
  const stub = named.length > 0 && named.every((server) => server.startsWith("127."));
  return [...new Set(stub ? servers(upstream) : named)];
};

const readArchives = (text: string): Network["archives"] => {
  const found = new Map<string, Network["archives"][number]>();
  for (const [, scheme = "", host = "", port] of text.matchAll(
    /\b(https?):\/\/(?:[^/@\s"';]*@)?([^/:\s"';\]]+)(?::(\d+))?/gu,
  )) {
    const archive = { scheme, host, port: Number(port ?? (scheme === "https" ? 443 : 80)) };
    found.set(`${host}:${archive.port}`, archive);
  }
  return [...found.values()];
};

/** First the connection that an ancestor of this program holds, as ss prints it, then what sshd says in the environment. */
const readSession = (text: string): Connection | undefined => {
  const lines = text.split("\n");
  const held = lines.flatMap((line) => readConnection(line) ?? [])[0];
  if (held !== undefined) return held;
  const told =
    lines
      .find((line) => line.startsWith("environment "))
      ?.split(" ")
      .slice(1) ?? [];
  const [remoteAddress = "", remotePort, localAddress = "", localPort] = told;
  if (localPort === undefined) return;
  return {
    transport: "tcp",
    localAddress: bare(localAddress),
    localPort: Number(localPort),
    remoteAddress: bare(remoteAddress),
    remotePort: Number(remotePort),
    pids: [],
  };
};

/** Connections come and go by the thousand on some servers; they only feed proposals. */
const mostConnections = 2000;

/** Interfaces, routes, resolvers and who is connected now. ip(8), ss(8), resolv.conf(5). */
export const network = probe<Network>({
  id: "network",
  asks: "ip address; ip route; ss -tunp state established; /etc/resolv.conf",
  sizeLimit: 1024 * 1024,
  script: `
command -v ip >/dev/null 2>&1 && command -v ss >/dev/null 2>&1 || exit 127
echo '== addresses'; ip -json -details address show 2>/dev/null || exit 1
echo; echo '== routes'; ip -4 route show default; ip -6 route show default
echo '== resolv'; cat /etc/resolv.conf 2>/dev/null
echo; echo '== upstream'; cat /run/systemd/resolve/resolv.conf 2>/dev/null
connections=$(ss -Htunp state established 2>/dev/null)
echo; echo '== connections'
if [ \${#connections} -lt 65536 ]; then printf '%s\\n' "$connections"; else printf '%s\\n' "$connections" | head -n ${mostConnections}; fi
echo '== ephemeral'; cat /proc/sys/net/ipv4/ip_local_port_range
echo '== archives'
grep -rhsE '^[^#]*https?://' /etc/apt/sources.list /etc/apt/sources.list.d /etc/apt/apt.conf /etc/apt/apt.conf.d /etc/yum.repos.d /etc/dnf/dnf.conf
echo '== session'
pid=$$; ancestors=
while [ "\${pid:-0}" -gt 1 ]; do
  [ "$pid" = $$ ] || ancestors="$ancestors\${ancestors:+|}$pid"
  parent=; while read -r key value _; do
    case $key in PPid:) parent=$value; break;; esac
  done 2>/dev/null <"/proc/$pid/status"
  pid=$parent
done
[ -n "$ancestors" ] && printf '%s\\n' "$connections" | grep -E "pid=($ancestors),fd=" | head -n 1
echo "environment $SSH_CONNECTION"
exit 0
`,
  parse: ({ stdout, exitCode, truncated, timedOut }) => {
    if (timedOut) return unknown("ip and ss did not answer in time");
    if (exitCode === 127) return unknown("ip and ss are not installed; install the package iproute2 (iproute on RHEL)");
    if (exitCode !== 0) return unknown(`ip address failed with exit code ${exitCode}`);
    if (truncated) return unknown("there are more interfaces and connections than are read");
    const connections = section(stdout, "connections")
      .split("\n")
      .flatMap((line) => readConnection(line) ?? []);
    const [low = 32768, high = 60999] = section(stdout, "ephemeral").trim().split(/\s+/u).map(Number);
    return known({
      interfaces: readInterfaces(section(stdout, "addresses")),
      defaultDevices: [
        ...new Set([...section(stdout, "routes").matchAll(/\bdev (\S+)/gu)].map((match) => match[1] as string)),
      ],
      resolvers: readResolvers(section(stdout, "resolv"), section(stdout, "upstream")),
      connections,
      session: readSession(section(stdout, "session")),
      ephemeral: { low, high },
      archives: readArchives(section(stdout, "archives")),
    });
  },
});

export type OutsideInterface = {
  readonly device: string;
  readonly addresses: readonly AddressRange[];
  /** Anyone's packets come in here: the default route leads this way, or there is none. Others lead to networks one knows. */
  readonly anyone: boolean;
};

/** Interfaces by which others reach this machine: without loopback and the bridges of containers. */
export const outsideOf = (facts: Network): readonly OutsideInterface[] =>
  facts.interfaces
    .filter(
      ({ up, loopback, name }) =>
        up && !loopback && !/^(?:docker|br-|veth|virbr|cni|podman|flannel|cali|lxc|lxdbr|vnet)/u.test(name),
    )
    .map(({ name, addresses }) => ({
      device: name,
      anyone:
        !facts.interfaces.some((one) => facts.defaultDevices.includes(one.name)) || facts.defaultDevices.includes(name),
      addresses: addresses.flatMap(({ address }) => parseNetwork(address) ?? []),
    }))
    .filter(({ addresses }) => addresses.length > 0);
