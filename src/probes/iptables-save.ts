import { parseNetwork } from "../core/address.ts";
import type { Action, Chain, Condition, PortRange, PublishedPort, Rule, Ruleset } from "./ruleset.ts";
import { always, never } from "./ruleset.ts";

/** Where the kernel enters iptables' built-in chains, and at what priority (enum nf_ip_hook_priorities). */
const hooks = { PREROUTING: "prerouting", INPUT: "input", FORWARD: "forward", OUTPUT: "output" } as const;
const priorities: Readonly<Record<string, number>> = { raw: -300, mangle: -150, filter: 0, security: 50 };

/** What `iptables-save` or `ip6tables-save` prints, of all tables; comments and counters are skipped. */
export const parseIptablesSave = (save: string, family: 4 | 6): Ruleset => {
  const chains: Chain[] = [];
  const published: PublishedPort[] = [];
  let table = "";
  const rules = new Map<string, Rule[]>();
  const policies = new Map<string, string>();
  const finish = () => {
    for (const [name, policy] of policies) {
      const hook = table === "nat" ? undefined : hooks[name as keyof typeof hooks];
      const base = hook && {
        hook,
        priority: priorities[table] ?? 0,
        policy: policy === "DROP" ? ("drop" as const) : ("accept" as const),
      };
      chains.push({
        family: family === 4 ? "ip" : "ip6",
        table,
        name,
        ...(base && { base }),
        rules: rules.get(name) ?? [],
      });
    }
    rules.clear();
    policies.clear();
  };
  for (const line of save.split("\n")) {
    if (line.startsWith("*")) table = line.slice(1).trim();
    else if (line.startsWith(":")) {
      const [name = "", policy = ""] = line.slice(1).split(" ");
      policies.set(name, policy);
    } else if (line.trim() === "COMMIT") finish();
    else if (line.startsWith("-A ")) {
      const words = splitWords(line);
      const chain = words[1] ?? "";
      const read = readRule(words.slice(2));
      if (read.forwardedTo !== undefined) published.push(...publishedBy(read.conditions, read.forwardedTo));
      rules.set(chain, [
        ...(rules.get(chain) ?? []),
        { conditions: read.conditions, actions: read.actions, ...(read.log && { log: read.log }) },
      ]);
    }
  }
  return { chains, published };
};

/** Words of a line, quotes as iptables-save writes them. */
const splitWords = (line: string): readonly string[] =>
  [...line.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/gu)].map(
    ([, quoted, plain]) => plain ?? (quoted ?? "").replace(/\\(.)/gu, "$1"),
  );

type Read = Rule & { readonly forwardedTo?: string };

const readRule = (words: readonly string[]): Read => {
  const conditions: Condition[] = [];
  let action: Action | undefined;
  let log: { prefix: string; limited: boolean } | undefined;
  let limited = false;
  let forwardedTo: string | undefined;
  let negated = false;
  let match = "";
  const add = (condition: Condition) => {
    conditions.push(condition);
    negated = false;
  };
  for (let index = 0; index < words.length; index++) {
    const word = words[index] as string;
    const argument = (): string => words[++index] ?? "";
    switch (word) {
      case "!":
        negated = true;
        continue;
      case "-m":
        match = argument();
        if (match === "limit" || match === "hashlimit") limited = true;
        if (match === "set" || match === "recent" || match === "geoip") conditions.push({ on: "senders-choice" });
        else if (!knownMatches.has(match)) conditions.push({ on: "unread", text: `-m ${match}` });
        continue;
      case "-p":
        add({ on: "transport", transports: [argument().replace(/^112$/u, "vrrp")], negated });
        continue;
      case "-s":
      case "-d": {
        const network = parseNetwork(argument());
        add(
          network === undefined
            ? { on: "unread", text: word }
            : { on: word === "-s" ? "source" : "destination", ranges: [network], negated },
        );
        continue;
      }
      case "-i":
        add({ on: "device", names: [argument()], negated });
        continue;
      case "-o":
        add({ on: "way-out", names: [argument()], negated });
        continue;
      case "--dport":
      case "--destination-port":
      case "--dports": {
        const ranges = argument().split(",").map(portRange);
        add(
          ranges.every((range) => range !== undefined) ? { on: "port", ranges, negated } : { on: "unread", text: word },
        );
        continue;
      }
      case "--sport":
      case "--sports":
      case "--ttl-eq":
      case "--ttl-lt":
      case "--ttl-gt":
      case "--hl-eq":
      case "--length":
      case "--dscp":
        index++;
        add({ on: "senders-choice" });
        continue;
      case "--ctstate":
      case "--state":
        add(argument().split(",").includes("NEW") !== negated ? always : never);
        continue;
      case "--ctstatus":
        index++;
        add(negated ? always : never);
        continue;
      case "--ctdir":
        add((argument() === "ORIGINAL") !== negated ? always : never);
        continue;
      case "--dst-type":
        add((argument() === "LOCAL") !== negated ? always : never);
        continue;
      case "--src-type":
        add((argument() === "UNICAST") !== negated ? always : never);
        continue;
      case "--pkt-type":
        add((argument() === "unicast") !== negated ? always : never);
        continue;
      case "--icmp-type":
      case "--icmpv6-type":
      case "--rt-type":
        index++;
        add(never);
        continue;
      case "--syn":
        add(negated ? never : always);
        continue;
      case "--tcp-flags": {
        const [mask, set] = [argument().split(","), argument().split(",")];
        const masked = mask.includes("SYN") || mask.includes("ALL") ? "SYN" : "NONE";
        add((set.length === 1 && set[0] === masked) !== negated ? always : never);
        continue;
      }
      case "--invert":
        add(never);
        continue;
      case "-j":
      case "-g": {
        const target = argument();
        if (target === "LOG" || target === "NFLOG") log = { prefix: "", limited };
        else if (target === "DNAT" || target === "REDIRECT") forwardedTo = "";
        else action = actionOf(word, target);
        continue;
      }
      case "--log-prefix":
      case "--nflog-prefix":
        if (log) log = { ...log, prefix: argument() };
        continue;
      case "--to-destination":
      case "--to-ports":
        forwardedTo = argument();
        continue;
      default:
        negated = false;
    }
  }
  const read: Read = {
    conditions,
    actions: action ? [{ conditions: [], action }] : [],
    ...(log && { log: { ...log, limited } }),
  };
  return forwardedTo === undefined ? read : { ...read, forwardedTo };
};

/** Matches whose options are read above, or that say nothing about whether a first packet gets in. */
const knownMatches: ReadonlySet<string> = new Set([
  "tcp",
  "udp",
  "udplite",
  "sctp",
  "multiport",
  "conntrack",
  "state",
  "comment",
  "limit",
  "hashlimit",
  "addrtype",
  "pkttype",
  "icmp",
  "icmp6",
  "ipv6-icmp",
  "ttl",
  "hl",
  "length",
  "dscp",
  "rt",
  "rpfilter",
  "connlimit",
]);

const actionOf = (option: string, target: string): Action | undefined => {
  switch (target) {
    case "ACCEPT":
      return { kind: "accept" };
    case "DROP":
      return { kind: "drop" };
    case "REJECT":
      return { kind: "reject" };
    case "RETURN":
      return { kind: "return" };
    case "QUEUE":
    case "NFQUEUE":
    case "TPROXY":
    case "SYNPROXY":
    case "TARPIT":
      return { kind: "unread", text: target };
    case "MARK":
    case "CONNMARK":
    case "CT":
    case "NOTRACK":
    case "TCPMSS":
    case "CHECKSUM":
    case "CLASSIFY":
    case "DSCP":
    case "TOS":
    case "TTL":
    case "HL":
    case "SET":
    case "TRACE":
    case "AUDIT":
    case "SECMARK":
    case "CONNSECMARK":
    case "MASQUERADE":
    case "SNAT":
    case "NETMAP":
      return;
    default:
      return { kind: option === "-g" ? "goto" : "jump", target };
  }
};

const portRange = (text: string): PortRange | undefined => {
  const [, from, to] = /^(\d{1,5})(?::(\d{1,5}))?$/u.exec(text) ?? [];
  return from === undefined ? undefined : { low: Number(from), high: Number(to ?? from) };
};

const publishedBy = (conditions: readonly Condition[], to: string): readonly PublishedPort[] => {
  const transports = conditions.flatMap((condition) => (condition.on === "transport" ? condition.transports : []));
  const kinds = (["tcp", "udp"] as const).filter((kind) => transports.length === 0 || transports.includes(kind));
  return conditions.flatMap((condition) =>
    condition.on === "port" && !condition.negated
      ? condition.ranges.flatMap((range) => kinds.map((transport) => ({ transport, ...range, to })))
      : [],
  );
};
