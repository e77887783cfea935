import type { Listener } from "../../../src/probes/listeners.ts";

/** What a waiting socket is for, as far as its port and its process tell. */
export type Judgement = {
  readonly kind:
    | "ssh"
    | "loopback"
    | "client"
    | "workload"
    | "web"
    | "time"
    | "cluster"
    | "data"
    | "management"
    | "legacy"
    | "discovery"
    | "unexplained";
  /** Completes "it is …". */
  readonly what: string;
};

/** Clear-text or obsolete services (CIS 2.1, Lynis INSE-8xxx): ports by what speaks there. */
export const legacyServices: ReadonlyMap<string, string> = new Map([
  ["7/tcp", "echo"],
  ["7/udp", "echo"],
  ["13/tcp", "daytime"],
  ["19/tcp", "chargen"],
  ["19/udp", "chargen"],
  ["21/tcp", "FTP, passwords in clear text"],
  ["23/tcp", "telnet, passwords in clear text"],
  ["37/tcp", "time"],
  ["69/udp", "TFTP, no passwords at all"],
  ["79/tcp", "finger"],
  ["111/tcp", "rpcbind"],
  ["111/udp", "rpcbind"],
  ["177/udp", "XDMCP"],
  ["512/tcp", "rexec"],
  ["513/tcp", "rlogin"],
  ["514/tcp", "rsh"],
  ["2049/tcp", "NFS"],
  ["6000/tcp", "X11"],
]);

/** Ports on which members of a cluster talk among themselves. */
const clusterPorts: ReadonlyMap<string, string> = new Map([
  ["2377/tcp", "Docker Swarm"],
  ["2380/tcp", "etcd"],
  ["4369/tcp", "Erlang port mapper"],
  ["4567/tcp", "Galera"],
  ["5701/tcp", "Hazelcast"],
  ["5702/tcp", "Hazelcast"],
  ["5703/tcp", "Hazelcast"],
  ["7000/tcp", "Cassandra"],
  ["7800/tcp", "JGroups"],
  ["7946/tcp", "Docker Swarm"],
  ["7946/udp", "Docker Swarm"],
  ["9300/tcp", "Elasticsearch"],
  ["16379/tcp", "Redis cluster"],
  ["25672/tcp", "RabbitMQ cluster"],
]);

/** Data stores: for the programs that use them, never for the Internet. */
const dataPorts: ReadonlyMap<string, string> = new Map([
  ["1433/tcp", "SQL Server"],
  ["1521/tcp", "Oracle"],
  ["2181/tcp", "ZooKeeper"],
  ["2379/tcp", "etcd"],
  ["3306/tcp", "MySQL or MariaDB"],
  ["5432/tcp", "PostgreSQL"],
  ["5672/tcp", "RabbitMQ"],
  ["6379/tcp", "Redis"],
  ["9042/tcp", "Cassandra"],
  ["9092/tcp", "Kafka"],
  ["9200/tcp", "Elasticsearch or OpenSearch"],
  ["11211/tcp", "memcached"],
  ["11211/udp", "memcached"],
  ["27017/tcp", "MongoDB"],
]);

/** Consoles and metrics of integrations and their helpers; several ask for no password or have a well-known one. */
const managementPorts: ReadonlyMap<string, string> = new Map([
  ["8234/tcp", "the control plane bridge of an integration"],
  ["9100/tcp", "node metrics"],
  ["9264/tcp", "the management service of an integration"],
  ["9445/tcp", "Integration Control Plane"],
  ["9446/tcp", "Integration Control Plane"],
  ["9447/tcp", "Integration Control Plane"],
  ["9449/tcp", "Integration Control Plane"],
  ["9450/tcp", "Integration Control Plane"],
  ["9743/tcp", "the Integration Control Plane dashboard"],
  ["9797/tcp", "metrics of an integration, without a password"],
  ["16686/tcp", "Jaeger"],
]);

const discoveryPorts: ReadonlyMap<string, string> = new Map([
  ["1900/udp", "UPnP"],
  ["3702/udp", "WS-Discovery"],
  ["5353/udp", "multicast DNS"],
  ["5355/tcp", "LLMNR"],
  ["5355/udp", "LLMNR"],
]);

const programOf = (listener: Listener): string => {
  const [holder] = listener.processes;
  return holder?.executable.split("/").at(-1) || (holder?.name ?? "");
};

const webServers = /^(?:nginx|apache2|httpd|haproxy|caddy|envoy|traefik|lighttpd|varnishd)$/u;
const timeServers = /^(?:chronyd|ntpd|ntpsec|openntpd|systemd-timesyncd)$/u;
const dhcpClients = /^(?:dhclient|dhcpcd|udhcpc|systemd-networkd|NetworkManager)$/u;
/** Ballerina programs are Java programs; the `bal` launcher starts one. */
const workloads = /^(?:java|bal)$/u;

/**
 * What a listener is. `unexplained` is no verdict: it means that nothing here tells why it should be there.
 *
 * @param ephemeral ports that the kernel hands out to clients: UDP sockets there wait for answers, not for strangers.
 */
export const judge = (
  listener: Listener,
  { sshPorts, ephemeral }: { readonly sshPorts: readonly number[]; readonly ephemeral: { low: number; high: number } },
): Judgement => {
  const { port, transport } = listener;
  const name = `${port}/${transport}`;
  const program = programOf(listener);
  const unit = listener.processes[0]?.unit ?? "";
  if (listener.reach === "loopback") return { kind: "loopback", what: "for this machine alone" };
  if (transport === "tcp" && (sshPorts.includes(port) || program === "sshd")) return { kind: "ssh", what: "SSH" };
  if (transport === "udp" && (port === 68 || port === 546)) return { kind: "client", what: "a DHCP client" };
  if (transport === "udp" && dhcpClients.test(program)) return { kind: "client", what: "a DHCP client" };
  const discovery = discoveryPorts.get(name);
  if (discovery !== undefined)
    return { kind: "discovery", what: `${discovery}: it announces this machine to its neighbours` };
  if (transport === "udp" && ephemeral.low <= port && port <= ephemeral.high) {
    return { kind: "client", what: "a client that waits for answers" };
  }
  const legacy = legacyServices.get(name);
  if (legacy !== undefined) return { kind: "legacy", what: legacy };
  const cluster = clusterPorts.get(name);
  if (cluster !== undefined) return { kind: "cluster", what: `${cluster}: members of a cluster among themselves` };
  const data = dataPorts.get(name);
  if (data !== undefined) return { kind: "data", what: `${data}: for the programs that use it` };
  const management = managementPorts.get(name);
  if (management !== undefined) return { kind: "management", what: management };
  if (webServers.test(program) && (port === 80 || port === 443)) return { kind: "web", what: "a web server or proxy" };
  if (timeServers.test(program) && port === 123) return { kind: "time", what: "a time service" };
  if (workloads.test(program) && unit.endsWith(".service"))
    return { kind: "workload", what: `the integration in ${unit}` };
  return { kind: "unexplained", what: "nothing here says what for" };
};

/** Ports at which SSH waits now: the daemon's own, or those systemd holds for it; not what a login forwards. */
export const sshListeningPorts = (listeners: readonly Listener[]): readonly number[] => {
  const open = listeners.filter(({ transport, reach }) => transport === "tcp" && reach !== "loopback");
  const daemons = open.filter(({ processes }) =>
    processes.some(
      ({ executable, unit }) =>
        /^sshd?(?:@.*)?\.(?:service|socket)$/u.test(unit) ||
        (executable.endsWith("/sshd") && !unit.startsWith("session-")),
    ),
  );
  return [...new Set(daemons.map(({ port }) => port))];
};
