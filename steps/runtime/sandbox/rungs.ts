import type { UnitDirective } from "../unit.ts";

/** What the rungs need to know of one service. */
export type SandboxContext = {
  /** It listens below port 1024, which needs one right of root's. */
  readonly lowPort: boolean;
  /** Program or configuration lie in a home folder, which it must go on reading. */
  readonly home: boolean;
  /** Folders it writes to besides those that systemd makes for it. */
  readonly writable: readonly string[];
};

/** One step of the ladder: directives of systemd.exec(5) that belong together, and what they take away. */
export type Rung = {
  readonly id: string;
  /** Completes "takes away …". */
  readonly takes: string;
  readonly settings: (context: SandboxContext) => readonly (readonly [name: string, value: string])[];
};

const yes = (...names: readonly string[]) => names.map((name) => [name, "yes"] as const);

/**
 * From what hardly any program misses to what some do, so that a rejected rung costs as little as possible of those above it.
 * The set is measured with JVMs 17 to 25 under load: `systemd-analyze security` says 1.1 at the top (1.4 with a low port, 1.3
 * with a low port and a list of addresses: docs/adr/0012).
 *
 * Not on the ladder: MemoryDenyWriteExecute= (the JIT compiler writes code: the VM aborts at its start), ProcSubset=pid (a JVM reads
 * /proc/stat, its processor figures become -1), PrivateNetwork= and RootDirectory= (another installation). IPAddressDeny= follows the
 * endpoints, with the firewall's allow-list.
 */
export const rungs: readonly Rung[] = [
  {
    id: "privileges",
    takes: "new rights through setuid programs (sudo), realtime scheduling, core dumps, files that others can read",
    settings: () => [
      ...yes("NoNewPrivileges", "RestrictSUIDSGID", "LockPersonality", "RestrictRealtime", "RemoveIPC"),
      ["KeyringMode", "private"],
      ["LimitCORE", "0"],
      ["UMask", "0077"],
    ],
  },
  {
    id: "kernel",
    takes: "kernel settings, modules, logs, clock, host name and control groups",
    settings: () =>
      yes(
        "ProtectKernelTunables",
        "ProtectKernelModules",
        "ProtectKernelLogs",
        "ProtectControlGroups",
        "ProtectClock",
        "ProtectHostname",
      ),
  },
  {
    id: "devices",
    takes: "every device but null, zero, random and terminals",
    settings: () => [...yes("PrivateDevices"), ["DevicePolicy", "closed"]],
  },
  {
    id: "system-calls",
    takes:
      "system calls that no server needs (mount, ptrace of others, priorities, module loading, other architectures)",
    settings: () => [
      ["SystemCallArchitectures", "native"],
      ["SystemCallFilter", ""],
      ["SystemCallFilter", "@system-service"],
      ["SystemCallFilter", "~@privileged @resources"],
      ["SystemCallErrorNumber", "EPERM"],
    ],
  },
  {
    id: "address-families",
    takes: "sockets other than IP and local ones (raw packets, netlink, bluetooth)",
    settings: () => [
      ["RestrictAddressFamilies", ""],
      ["RestrictAddressFamilies", "AF_INET AF_INET6 AF_UNIX"],
    ],
  },
  {
    id: "namespaces",
    takes: "namespaces of its own making",
    settings: () => yes("RestrictNamespaces", "PrivateMounts"),
  },
  {
    id: "capabilities",
    takes: "all of root's rights, also for a program that becomes root",
    settings: ({ lowPort }) => [
      ["CapabilityBoundingSet", ""],
      ["AmbientCapabilities", ""],
      ...(lowPort
        ? ([
            ["CapabilityBoundingSet", "CAP_NET_BIND_SERVICE"],
            ["AmbientCapabilities", "CAP_NET_BIND_SERVICE"],
          ] as const)
        : []),
    ],
  },
  { id: "processes", takes: "sight of other accounts' processes", settings: () => [["ProtectProc", "invisible"]] },
  { id: "temporary-files", takes: "the shared /tmp and /var/tmp", settings: () => yes("PrivateTmp") },
  {
    id: "users",
    takes: "other accounts as owners: their files look like nobody's",
    // In a user namespace nobody has a right over the machine's ports.
    settings: ({ lowPort }) => (lowPort ? [] : yes("PrivateUsers")),
  },
  {
    id: "home",
    takes: "the home folders",
    settings: ({ home }) => [["ProtectHome", home ? "read-only" : "yes"]],
  },
  {
    id: "files",
    takes: "writing anywhere but in its own folders",
    settings: ({ writable }) => [
      ["ProtectSystem", "strict"],
      ...writable.map((path) => ["ReadWritePaths", `-${quotedPath(path)}`] as const),
    ],
  },
];

const quotedPath = (path: string): string => {
  const literal = path.replaceAll("%", "%%").replaceAll("\\", "\\\\").replaceAll('"', '\\"');
  return /[\s'"\\]/u.test(path) ? `"${literal}"` : literal;
};

export const topRung = (rungs.at(-1) as Rung).id;

/** Before the first rung: nothing of the ladder. */
export const ground = "none";

/** Height of a rung: 0 on the ground, 1 for the first. */
export const heightOf = (id: string): number => rungs.findIndex((rung) => rung.id === id) + 1;

/**
 * Where a service stands, in its own drop-in: systemd ignores names that begin with X- (systemd.unit(5)). It makes the ground a
 * place too, which has no directive to be known by.
 */
export const rungMark = "X-Drawbridge-Sandbox";

/** Every directive up to and including a rung. */
export const directivesUpTo = (id: string, context: SandboxContext): readonly UnitDirective[] => [
  { section: "Service", name: rungMark, value: id },
  ...directivesOf(id, context),
];

const directivesOf = (id: string, context: SandboxContext): readonly UnitDirective[] =>
  rungs
    .slice(0, heightOf(id))
    .flatMap(({ settings }) =>
      settings(context).map(([name, value]) => ({ section: "Service" as const, name, value })),
    );

const everything: SandboxContext = { lowPort: false, home: false, writable: [] };

/** Names that the ladder alone decides; UMask is also other controls' business, with the same value. */
export const ladderNames: readonly string[] = [
  ...new Set(directivesUpTo(topRung, everything).map(({ name }) => name)),
].filter((name) => name !== "UMask");
