import { type AddressRange, parseAddress, parseNetwork } from "../core/address.ts";
import type { Action, Chain, Condition, PortRange, PublishedPort, Rule, Ruleset, TableFamily } from "./ruleset.ts";
import { always, never } from "./ruleset.ts";

/** JSON of libnftables-json(5): every object has one key that says what it is. */
type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
type JsonObject = { readonly [key: string]: Json };

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isList = (value: Json | undefined): value is readonly Json[] => Array.isArray(value);
const text = (value: Json | undefined): string => (typeof value === "string" ? value : JSON.stringify(value ?? null));
const unread = (what: string): Condition => ({ on: "unread", text: what });

/** The elements of every set, by family, table and name. */
type Sets = ReadonlyMap<string, readonly Json[]>;
/** Larger sets are block lists of thousands of addresses: looking for one packet in them is not worth the time. */
const largestSet = 20_000;

export type NftTable = { readonly family: string; readonly name: string; readonly comment: string };

/** A table whole, as far as nft tells it: what was loaded, to compare it with what should be. */
export type NftListing = {
  /** nft's own version, as it tells it in its answer. */
  readonly version: string;
  readonly tables: readonly NftTable[];
  readonly chains: readonly JsonObject[];
  readonly rules: readonly JsonObject[];
  readonly sets: Sets;
};

export const setKey = (family: string, table: string, name: string): string => `${family} ${table} ${name}`;

/** `nft -j list ruleset`. Throws on text that is not its JSON. */
export const parseNftListing = (json: string): NftListing => {
  const document = JSON.parse(json) as Json;
  const items = isObject(document) && isList(document.nftables) ? document.nftables : undefined;
  if (items === undefined) throw new Error("nft printed no ruleset");
  const all = (kind: string): JsonObject[] =>
    items.flatMap((item) => (isObject(item) && isObject(item[kind]) ? [item[kind] as JsonObject] : []));
  return {
    version: text(all("metainfo")[0]?.version ?? ""),
    tables: all("table").map((table) => ({
      family: text(table.family),
      name: text(table.name),
      comment: typeof table.comment === "string" ? table.comment : "",
    })),
    chains: all("chain"),
    rules: all("rule"),
    sets: new Map(
      [...all("set"), ...all("map")].map((set) => [
        setKey(text(set.family), text(set.table), text(set.name)),
        isList(set.elem) ? set.elem : [],
      ]),
    ),
  };
};

/** What of a listing decides about packets; tables for which `skip` says so are left to another reader. */
export const nftRuleset = (
  listing: NftListing,
  skip: (family: string, table: string, chain: string) => boolean = () => false,
): Ruleset => {
  const rulesOf = new Map<string, JsonObject[]>();
  for (const rule of listing.rules) {
    const key = setKey(text(rule.family), text(rule.table), text(rule.chain));
    const list = rulesOf.get(key) ?? [];
    list.push(rule);
    rulesOf.set(key, list);
  }
  const chains: Chain[] = [];
  const published: PublishedPort[] = [];
  for (const chain of listing.chains) {
    const [family, table, name] = [text(chain.family), text(chain.table), text(chain.name)];
    if (!["ip", "ip6", "inet"].includes(family) || skip(family, table, name)) continue;
    const rules = (rulesOf.get(setKey(family, table, name)) ?? []).map((rule) => readRule(rule, listing.sets));
    published.push(
      ...(rulesOf.get(setKey(family, table, name)) ?? []).flatMap((rule) => publishedBy(rule, listing.sets)),
    );
    const hook = chain.hook;
    const isFilter = chain.type === "filter";
    const base =
      isFilter && (hook === "prerouting" || hook === "input" || hook === "output" || hook === "forward")
        ? ({
            hook,
            priority: typeof chain.prio === "number" ? chain.prio : 0,
            policy: chain.policy === "drop" ? "drop" : "accept",
          } as const)
        : undefined;
    chains.push({ family: family as TableFamily, table, name, ...(base && { base }), rules });
  }
  return { chains, published };
};

const statements = (rule: JsonObject): readonly JsonObject[] => {
  const expressions = rule.expr;
  return isList(expressions) ? expressions.filter(isObject) : [];
};

const readRule = (rule: JsonObject, sets: Sets): Rule => {
  const conditions: Condition[] = [];
  const actions: { conditions: readonly Condition[]; action: Action }[] = [];
  let log: { prefix: string } | undefined;
  let limited = false;
  for (const statement of statements(rule)) {
    const [kind = ""] = Object.keys(statement);
    const value = statement[kind];
    const action = readAction(statement);
    if (action !== undefined) actions.push({ conditions: [], action });
    else if (kind === "match") conditions.push(readMatch(value as JsonObject, rule, sets));
    else if (kind === "vmap") actions.push(...readVerdictMap(value as JsonObject, rule, sets));
    else if (kind === "limit" || kind === "quota" || kind === "ct count") {
      limited = kind === "limit";
      // A first packet is below any limit: "over" limits do not hold for it.
      conditions.push(isObject(value) && value.inv === true ? never : always);
    } else if (kind === "log")
      log = { prefix: isObject(value) && typeof value.prefix === "string" ? value.prefix : "" };
    else if (!harmless.has(kind)) conditions.push(unread(kind === "xt" ? "a match of iptables" : `"${kind}"`));
  }
  return { conditions, actions, ...(log && { log: { ...log, limited } }) };
};

/** Statements that leave the packet as it is, as far as letting it in goes. */
const harmless: ReadonlySet<string> = new Set([
  "counter",
  "mangle",
  "notrack",
  "set",
  "meter",
  "last",
  "flow",
  "dup",
  "ct helper",
  "ct timeout",
  "ct expectation",
  "secmark",
  "masquerade",
  "snat",
  "map",
]);

const readAction = (statement: JsonObject): Action | undefined => {
  const [kind = ""] = Object.keys(statement);
  const value = statement[kind];
  switch (kind) {
    case "accept":
    case "drop":
    case "reject":
    case "return":
      return { kind };
    case "continue":
      return;
    case "jump":
    case "goto":
      return { kind, target: isObject(value) ? text(value.target) : text(value) };
    case "queue":
    case "synproxy":
    case "tproxy":
      return { kind: "unread", text: `"${kind}"` };
    case "dnat":
    case "redirect":
      return { kind: "unread", text: "sent on elsewhere" };
    default:
      return;
  }
};

const readMatch = (match: JsonObject, rule: JsonObject, sets: Sets): Condition => {
  const { op, left, right } = match as { op: string; left: Json; right: Json };
  if (op !== "==" && op !== "!=" && op !== "in") {
    const range = typeof right === "number" ? compared(op, right) : undefined;
    const ports = range && isPort(left) ? [range] : undefined;
    return ports ? { on: "port", ranges: ports, negated: false } : unread(`${text(left)} ${op}`);
  }
  return readOperand(left, elementsOf(right, rule, sets), op === "!=", rule, sets);
};

const compared = (op: string, value: number): PortRange | undefined => {
  switch (op) {
    case "<":
      return { low: 0, high: value - 1 };
    case "<=":
      return { low: 0, high: value };
    case ">":
      return { low: value + 1, high: 65535 };
    case ">=":
      return { low: value, high: 65535 };
    default:
      return;
  }
};

const isPort = (left: Json): boolean => {
  const payload = isObject(left) && isObject(left.payload) ? left.payload : undefined;
  return payload !== undefined && payload.field === "dport";
};

/** The values on the right of a match, sets resolved; undefined when they cannot be seen. */
const elementsOf = (right: Json | undefined, rule: JsonObject, sets: Sets): readonly Json[] | undefined => {
  if (typeof right === "string" && right.startsWith("@")) {
    const elements = sets.get(setKey(text(rule.family), text(rule.table), right.slice(1)));
    return elements === undefined || elements.length > largestSet ? undefined : elements.map(plainElement);
  }
  if (isObject(right) && "set" in right) {
    const inner = right.set;
    return isList(inner) ? inner.map(plainElement) : elementsOf(inner, rule, sets);
  }
  if (isList(right)) return right.map(plainElement);
  return right === undefined ? undefined : [right];
};

const plainElement = (element: Json): Json =>
  isObject(element) && isObject(element.elem) ? (element.elem.val ?? null) : element;

const readOperand = (
  left: Json,
  elements: readonly Json[] | undefined,
  negated: boolean,
  rule: JsonObject,
  sets: Sets,
): Condition => {
  if (elements === undefined) return unread("a set that is not shown");
  const [kind = ""] = isObject(left) ? Object.keys(left) : [];
  const operand = isObject(left) ? left[kind] : undefined;
  switch (kind) {
    case "meta":
      return readMeta(isObject(operand) ? text(operand.key) : "", elements, negated);
    case "ct":
      return readConnection(isObject(operand) ? text(operand.key) : "", elements, negated);
    case "payload":
      return isObject(operand) ? readPayload(operand, elements, negated) : unread("a payload");
    case "fib":
      return readRoute(operand, elements, negated);
    case "&":
      return readFlags(operand, elements, negated);
    case "concat":
      return isList(operand) ? readConcatenation(operand, elements, negated, rule, sets) : unread("a concatenation");
    case "th":
    case "exthdr":
    case "ip option":
      return { on: "senders-choice" };
    default:
      return unread(`"${kind}"`);
  }
};

const settledBy = (holds: boolean): Condition => (holds ? always : never);

const readMeta = (key: string, elements: readonly Json[], negated: boolean): Condition => {
  switch (key) {
    case "iif":
    case "iifname":
      return { on: "device", names: elements.map(text), negated };
    case "oif":
    case "oifname":
      return { on: "way-out", names: elements.map(text), negated };
    case "l4proto":
      return { on: "transport", transports: elements.map(protocolName), negated };
    case "nfproto":
    case "protocol": {
      const families = elements.map((element) => (["ipv6", "ip6", 10].includes(element as string) ? 6 : 4));
      const alternatives = families.map((family) => [{ on: "family" as const, family: family as 4 | 6 }]);
      return { on: "either", alternatives, negated };
    }
    case "pkttype":
      return settledBy(elements.some((element) => element === "host" || element === "unicast") !== negated);
    case "length":
    case "priority":
      return { on: "senders-choice" };
    default:
      return unread(`meta ${key}`);
  }
};

const protocolName = (element: Json): string => {
  const numbers: Readonly<Record<string, string>> = {
    1: "icmp",
    6: "tcp",
    17: "udp",
    58: "ipv6-icmp",
    112: "vrrp",
    132: "sctp",
  };
  return typeof element === "number" ? (numbers[element] ?? String(element)) : text(element);
};

/** The first packet of a connection is `new` and travels in the `original` direction. */
const readConnection = (key: string, elements: readonly Json[], negated: boolean): Condition => {
  switch (key) {
    case "state":
      return settledBy(elements.includes("new") !== negated);
    case "direction":
      return settledBy((elements.includes("original") || elements.includes(0)) !== negated);
    case "status":
      return settledBy(negated);
    default:
      return unread(`ct ${key}`);
  }
};

const readPayload = (payload: JsonObject, elements: readonly Json[], negated: boolean): Condition => {
  const [protocol, field] = [text(payload.protocol), text(payload.field)];
  const within = (condition: Condition): Condition => {
    const transport: Condition | undefined = ["tcp", "udp", "sctp", "dccp", "udplite"].includes(protocol)
      ? { on: "transport", transports: [protocol], negated: false }
      : undefined;
    return transport ? { on: "either", alternatives: [[transport, condition]], negated: false } : condition;
  };
  if (["icmp", "icmpv6", "igmp", "ah", "esp", "comp", "arp", "vlan"].includes(protocol)) return never;
  if (field === "dport") {
    const ranges = elements.map(portRange);
    return ranges.every((range) => range !== undefined)
      ? within({ on: "port", ranges, negated })
      : unread("a named port");
  }
  if (field === "sport") return within({ on: "senders-choice" });
  if (protocol === "ip" || protocol === "ip6") {
    const family: Condition = { on: "family", family: protocol === "ip" ? 4 : 6 };
    if (field === "saddr" || field === "daddr") {
      const ranges = elements.map(addressRange);
      if (!ranges.every((range) => range !== undefined)) return unread(`${protocol} ${field}`);
      const on = field === "saddr" ? "source" : "destination";
      return { on: "either", alternatives: [[family, { on, ranges, negated }]], negated: false };
    }
    if (field === "protocol" || field === "nexthdr") {
      const transport: Condition = { on: "transport", transports: elements.map(protocolName), negated };
      return { on: "either", alternatives: [[family, transport]], negated: false };
    }
    return { on: "either", alternatives: [[family, { on: "senders-choice" }]], negated: false };
  }
  if (protocol === "tcp" && field === "flags") return within(settledBy(sameFlags(["syn"], elements) !== negated));
  return within({ on: "senders-choice" });
};

/** `tcp flags & (fin|syn|rst|ack) == syn`: the first packet of a connection carries SYN alone. */
const readFlags = (operand: Json | undefined, elements: readonly Json[], negated: boolean): Condition => {
  const [left, mask] = isList(operand) ? operand : [];
  const payload = isObject(left) ? left.payload : undefined;
  if (!isObject(payload) || payload.protocol !== "tcp" || payload.field !== "flags") return unread("a bit mask");
  const masked = flagNames(mask ?? null).includes("syn") ? ["syn"] : [];
  const condition = settledBy(sameFlags(masked, elements) !== negated);
  return {
    on: "either",
    alternatives: [[{ on: "transport", transports: ["tcp"], negated: false }, condition]],
    negated: false,
  };
};

const flagNames = (value: Json): readonly string[] => {
  if (isList(value)) return value.flatMap(flagNames);
  if (isObject(value)) return isList(value["|"]) ? value["|"].flatMap(flagNames) : [];
  return typeof value === "string" ? [value] : [];
};

const sameFlags = (set: readonly string[], elements: readonly Json[]): boolean => {
  const wanted = elements.flatMap(flagNames);
  return wanted.length === set.length && wanted.every((flag) => set.includes(flag));
};

/** fib: where the packet comes from or goes to, by the routing table. */
const readRoute = (operand: Json | undefined, elements: readonly Json[], negated: boolean): Condition => {
  if (!isObject(operand)) return unread("fib");
  const flags = isList(operand.flags) ? operand.flags : [operand.flags ?? null];
  if (operand.result === "type" && flags.includes("daddr")) {
    return settledBy(elements.includes("local") !== negated);
  }
  if (operand.result === "type" && flags.includes("saddr")) return settledBy(elements.includes("unicast") !== negated);
  // Reverse path: whoever gets an answer has a source address that is routed back to where it came from.
  if (flags.includes("saddr")) return settledBy((elements.includes(true) || elements.includes("exists")) !== negated);
  return unread("fib");
};

const readConcatenation = (
  parts: readonly Json[],
  elements: readonly Json[],
  negated: boolean,
  rule: JsonObject,
  sets: Sets,
): Condition => ({
  on: "either",
  negated,
  alternatives: elements.map((element) => {
    const values = isObject(element) && isList(element.concat) ? element.concat : [];
    if (values.length !== parts.length) return [unread("a concatenation")];
    return parts.map((part, index) => readOperand(part, [values[index] as Json], false, rule, sets));
  }),
});

const portRange = (element: Json): PortRange | undefined => {
  if (typeof element === "number") return { low: element, high: element };
  const range = isObject(element) && isList(element.range) ? element.range : [];
  const [low, high] = range;
  return typeof low === "number" && typeof high === "number" ? { low, high } : undefined;
};

export const addressRange = (element: Json): AddressRange | undefined => {
  if (typeof element === "string") return parseNetwork(element);
  if (!isObject(element)) return;
  const prefix = element.prefix;
  if (isObject(prefix)) return parseNetwork(`${text(prefix.addr)}/${text(prefix.len)}`);
  const [from, to] = isList(element.range) ? element.range : [];
  const [low, high] = [parseAddress(text(from)), parseAddress(text(to))];
  return low && high && low.family === high.family
    ? { family: low.family, low: low.value, high: high.value }
    : undefined;
};

const readVerdictMap = (map: JsonObject, rule: JsonObject, sets: Sets): Rule["actions"] => {
  const entries = elementsOf(map.data, rule, sets);
  if (entries === undefined) return [{ conditions: [], action: { kind: "unread", text: "a verdict map" } }];
  return entries.flatMap((entry) => {
    const [key, verdict] = isList(entry) ? entry : [];
    const action = isObject(verdict) ? readAction(verdict) : undefined;
    if (action === undefined) return [];
    return [{ conditions: [readOperand(map.key ?? null, [plainElement(key ?? null)], false, rule, sets)], action }];
  });
};

const publishedBy = (rule: JsonObject, sets: Sets): readonly PublishedPort[] => {
  const target = statements(rule).find((statement) => "dnat" in statement || "redirect" in statement);
  if (target === undefined) return [];
  const to = isObject(target.dnat) ? `${text(target.dnat.addr)}:${text(target.dnat.port)}` : "another port here";
  return portsIn(readRule(rule, sets).conditions).map((port) => ({ ...port, to: to.replaceAll('"', "") }));
};

const portsIn = (conditions: readonly Condition[]): readonly Omit<PublishedPort, "to">[] => {
  const transports = flatten(conditions).flatMap((condition) =>
    condition.on === "transport" ? condition.transports : [],
  );
  const kinds = (["tcp", "udp"] as const).filter((kind) => transports.length === 0 || transports.includes(kind));
  return flatten(conditions).flatMap((condition) =>
    condition.on === "port" && !condition.negated
      ? condition.ranges.flatMap(({ low, high }) => kinds.map((transport) => ({ transport, low, high })))
      : [],
  );
};

/** Conditions with those inside of alternatives. */
export const flatten = (conditions: readonly Condition[]): readonly Condition[] =>
  conditions.flatMap((condition) =>
    condition.on === "either" ? condition.alternatives.flatMap(flatten) : [condition],
  );
