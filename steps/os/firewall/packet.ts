import { type AddressRange, covers, formatAddress, parseNetwork } from "../../../src/core/address.ts";
import type { OutsideInterface } from "../../../src/probes/network.ts";
import { flatten } from "../../../src/probes/nft-ruleset.ts";
import type { Chain, Condition, PortRange, Rule, Ruleset } from "../../../src/probes/ruleset.ts";

/** The first packet of a new connection, addressed to this machine. */
export type Packet = {
  /** VRRP (RFC 9568) has no ports: its `port` is 0. */
  readonly transport: "tcp" | "udp" | "vrrp";
  readonly port: number;
  readonly source: AddressRange;
  readonly destinations: readonly AddressRange[];
  /** Interface it comes in by; empty for a packet of this machine's own. */
  readonly device: string;
  /** Interface it leaves by; empty for a packet that stays here. */
  readonly wayOut?: string;
};

/** `unknown`: a rule that nobody here can read decides. */
export type Admission = "yes" | "no" | "unknown";

/** Whether a condition holds: always, never, as the sender likes, or nobody can say. */
type Holds = "yes" | "no" | "either" | "unread";

const not = (holds: Holds): Holds => (holds === "yes" ? "no" : holds === "no" ? "yes" : holds);

const all = (held: readonly Holds[]): Holds =>
  held.includes("no") ? "no" : held.includes("unread") ? "unread" : held.includes("either") ? "either" : "yes";

const any = (held: readonly Holds[]): Holds =>
  held.includes("yes") ? "yes" : held.includes("unread") ? "unread" : held.includes("either") ? "either" : "no";

const inAny = (address: AddressRange, ranges: readonly AddressRange[]): boolean =>
  ranges.some((range) => covers(range, address));

const namesDevice = (pattern: string, device: string): boolean =>
  /[*+]$/u.test(pattern) ? device.startsWith(pattern.slice(0, -1)) : pattern === device;

const holds = (condition: Condition, packet: Packet): Holds => {
  const when = (truth: boolean, negated: boolean): Holds => (truth !== negated ? "yes" : "no");
  switch (condition.on) {
    case "settled":
      return condition.holds ? "yes" : "no";
    case "family":
      return when(packet.source.family === condition.family, false);
    case "transport":
      return when(
        condition.transports.some((name) => name === packet.transport || name === "all"),
        condition.negated,
      );
    case "port":
      return when(
        condition.ranges.some(({ low, high }) => low <= packet.port && packet.port <= high),
        condition.negated,
      );
    case "device":
      return when(
        condition.names.some((name) => namesDevice(name, packet.device)),
        condition.negated,
      );
    case "way-out":
      return when(
        condition.names.some((name) => namesDevice(name, packet.wayOut ?? "")),
        condition.negated,
      );
    case "source":
      return when(inAny(packet.source, condition.ranges), condition.negated);
    case "destination": {
      const own = packet.destinations.map((address) => when(inAny(address, condition.ranges), condition.negated));
      // The sender picks one of this machine's addresses.
      return own.every((one) => one === "yes") ? "yes" : own.includes("yes") ? "either" : "no";
    }
    case "either": {
      const held = any(condition.alternatives.map((alternative) => all(alternative.map((one) => holds(one, packet)))));
      return condition.negated ? not(held) : held;
    }
    case "senders-choice":
      return "either";
    case "unread":
      return "unread";
  }
};

/** Ways a packet can leave a chain, and whether every rule on the way could be read. */
type Outcome = { readonly end: "accept" | "drop" | "return" | "fall-through"; readonly sure: boolean };

type ChainFinder = (from: Chain, name: string) => Chain | undefined;

/** Rulesets of orchestrators have thousands of rules; beyond this many the answer is unknown rather than late. */
const mostSteps = 50_000;
class TooLong extends Error {}

const walk = (
  chain: Chain,
  packet: Packet,
  find: ChainFinder,
  budget: { steps: number },
  depth: number,
): readonly Outcome[] => {
  if (depth > 32) throw new TooLong();
  const outcomes = new Map<string, Outcome>();
  const add = (end: Outcome["end"], sure: boolean) => outcomes.set(`${end} ${sure}`, { end, sure });
  /** Ways to reach the rule at hand: surely readable, or past something unread. */
  let reachable = new Set<boolean>([true]);
  for (const rule of chain.rules) {
    if (++budget.steps > mostSteps) throw new TooLong();
    const passed = new Set<boolean>();
    for (const sure of reachable) {
      for (const through of applyRule(rule, chain, packet, find, budget, depth)) {
        if (through.end === "fall-through") passed.add(sure && through.sure);
        else add(through.end, sure && through.sure);
      }
    }
    reachable = passed;
    if (reachable.size === 0) break;
  }
  for (const sure of reachable) add("fall-through", sure);
  return [...outcomes.values()];
};

function* applyRule(
  rule: Rule,
  chain: Chain,
  packet: Packet,
  find: ChainFinder,
  budget: { steps: number },
  depth: number,
): Generator<Outcome> {
  const held = all(rule.conditions.map((condition) => holds(condition, packet)));
  if (held === "no" || held === "either") yield { end: "fall-through", sure: true };
  if (held === "no") return;
  if (held === "unread") yield { end: "fall-through", sure: false };
  const sure = held !== "unread";
  for (const { conditions, action } of rule.actions) {
    const chosen = all(conditions.map((condition) => holds(condition, packet)));
    if (chosen === "no") continue;
    const known = sure && chosen !== "unread";
    switch (action.kind) {
      case "accept":
        yield { end: "accept", sure: known };
        break;
      case "drop":
      case "reject":
        yield { end: "drop", sure: known };
        break;
      case "return":
        yield { end: "return", sure: known };
        break;
      case "unread":
        yield { end: "accept", sure: false };
        yield { end: "drop", sure: false };
        break;
      case "jump":
      case "goto": {
        const target = find(chain, action.target);
        if (target === undefined) {
          yield { end: "accept", sure: false };
          yield { end: "fall-through", sure: false };
          break;
        }
        for (const outcome of walk(target, packet, find, budget, depth + 1)) {
          const back = outcome.end === "return" || outcome.end === "fall-through";
          const end = !back ? outcome.end : action.kind === "jump" ? "fall-through" : "return";
          yield { end, sure: known && outcome.sure };
        }
      }
    }
    if (chosen === "yes") return;
  }
  yield { end: "fall-through", sure };
}

const seesFamily = (chain: Chain, family: 4 | 6): boolean =>
  chain.family === "inet" || (chain.family === "ip" ? family === 4 : family === 6);

const keyOf = ({ family, table }: Pick<Chain, "family" | "table">, name: string): string =>
  `${family} ${table} ${name}`;

/** What every question about one ruleset needs. */
type Index = {
  readonly byKey: ReadonlyMap<string, Chain>;
  /** Sources that rules let in, or spare when they refuse all others: lists of banned addresses say nothing of that. */
  readonly sources: readonly AddressRange[];
  readonly stretches: readonly PortRange[];
  readonly strangers: Map<4 | 6, AddressRange>;
};

/** One inspection asks hundreds of questions of one ruleset; how it is laid out does not change between them. */
const indexes = new WeakMap<Ruleset, Index>();

const indexOf = (ruleset: Ruleset): Index => {
  const known = indexes.get(ruleset);
  if (known !== undefined) return known;
  const byKey = new Map(ruleset.chains.map((chain) => [keyOf(chain, chain.name), chain]));
  const rules = onTheWayIn(ruleset, byKey).flatMap((chain) => chain.rules);
  const conditionsOf = (rule: Rule): readonly Condition[] =>
    flatten([...rule.conditions, ...rule.actions.flatMap(({ conditions }) => conditions)]);
  const refuses = ({ actions }: Rule): boolean =>
    actions.every(({ action }) => action.kind === "drop" || action.kind === "reject");
  const sources = rules.flatMap((rule) =>
    conditionsOf(rule).flatMap((one) => (one.on === "source" && (one.negated || !refuses(rule)) ? one.ranges : [])),
  );
  const stretches = stretchesOf(rules.flatMap(conditionsOf));
  const index: Index = { byKey, sources, stretches, strangers: new Map() };
  indexes.set(ruleset, index);
  return index;
};

/** Chains that a packet on its way in can come through. */
const onTheWayIn = (ruleset: Ruleset, byKey: Index["byKey"]): readonly Chain[] => {
  const reached = new Set<Chain>();
  const queue = ruleset.chains.filter(({ base }) => base?.hook === "input" || base?.hook === "prerouting");
  for (let chain = queue.pop(); chain !== undefined; chain = queue.pop()) {
    if (reached.has(chain)) continue;
    reached.add(chain);
    for (const { action } of chain.rules.flatMap(({ actions }) => actions)) {
      const next = "target" in action ? byKey.get(keyOf(chain, action.target)) : undefined;
      if (next !== undefined) queue.push(next);
    }
  }
  return [...reached];
};

const stretchesOf = (conditions: readonly Condition[]): readonly PortRange[] => {
  const edges = new Set([1, 65536]);
  for (const condition of conditions) {
    if (condition.on !== "port") continue;
    for (const { low, high } of condition.ranges) edges.add(Math.max(1, low)).add(Math.min(65536, high + 1));
  }
  const sorted = [...edges].sort((a, b) => a - b);
  return sorted.slice(0, -1).map((low, place) => ({ low, high: (sorted[place + 1] as number) - 1 }));
};

export type Hook = "input" | "output" | "forward";

/**
 * Whether the ruleset lets the packet in: every base chain on its way has to accept it, and a drop in one is final
 * (nft(8), "accept" and "drop"). `hook` asks about the way in, or about the way out or through.
 */
export const admits = (ruleset: Ruleset, packet: Packet, hook: Hook = "input"): Admission => {
  const { byKey } = indexOf(ruleset);
  const find: ChainFinder = (from, name) => byKey.get(keyOf(from, name));
  const path = ruleset.chains
    .filter(({ base }) => base && (base.hook === hook || (hook !== "output" && base.hook === "prerouting")))
    .filter((chain) => seesFamily(chain, packet.source.family));
  let answer: Admission = "yes";
  try {
    for (const chain of path) {
      const ends = walk(chain, packet, find, { steps: 0 }, 0).map(({ end, sure }) => ({
        sure,
        accepted: end === "accept" || (end !== "drop" && chain.base?.policy === "accept"),
      }));
      if (!ends.some(({ accepted }) => accepted)) return "no";
      if (!ends.some(({ accepted, sure }) => accepted && sure)) answer = "unknown";
    }
  } catch (error) {
    if (error instanceof TooLong) return "unknown";
    throw error;
  }
  return answer;
};

/** Every stretch of ports that the rules treat alike. */
export const portStretches = (ruleset: Ruleset): readonly PortRange[] => indexOf(ruleset).stretches;

/** Addresses that documentation uses and nobody has (RFC 5737, RFC 3849), and some more in case rules name those. */
const nobodys = {
  4: ["203.0.113.77", "198.51.100.77", "192.0.2.77", "100.127.255.77", "240.0.0.77"],
  6: ["2001:db8:77::77", "3fff:77::77", "2001:db8:ffff::77"],
} as const;

/** A destination that is not here, for packets on their way out or through. */
export const elsewhere: Readonly<Record<4 | 6, AddressRange>> = {
  4: parseNetwork("198.51.100.200") as AddressRange,
  6: parseNetwork("2001:db8:200::200") as AddressRange,
};

/** Sources that the rules name, smallest networks first; without those that hold half of the Internet. */
export const namedSources = (ruleset: Ruleset, family: 4 | 6): readonly AddressRange[] => {
  const size = ({ low, high }: AddressRange) => high - low;
  const wide = family === 4 ? 1n << 30n : 1n << 126n;
  const named = new Map(
    indexOf(ruleset)
      .sources.filter((range) => range.family === family && size(range) < wide)
      .map((range) => [`${range.low}-${range.high}`, range] as const),
  );
  return [...named.values()].sort((a, b) => (size(a) < size(b) ? -1 : size(a) > size(b) ? 1 : 0));
};

/** An address that no rule names: what holds for it holds for anyone. */
export const stranger = (ruleset: Ruleset, family: 4 | 6): AddressRange => {
  const { strangers } = indexOf(ruleset);
  const known = strangers.get(family);
  if (known !== undefined) return known;
  const named = namedSources(ruleset, family);
  const candidates = nobodys[family].map((address) => parseNetwork(address) as AddressRange);
  const found = candidates.find((candidate) => !inAny(candidate, named)) ?? (candidates[0] as AddressRange);
  strangers.set(family, found);
  return found;
};

export type Opening = PortRange & {
  readonly transport: "tcp" | "udp";
  readonly families: readonly (4 | 6)[];
  readonly admission: "yes" | "unknown";
};

/** The machine as packets see it. */
export type Outside = readonly OutsideInterface[];

/** Whether some interface lets the packet in. */
export const admitsFrom = (
  ruleset: Ruleset,
  outside: Outside,
  packet: Pick<Packet, "transport" | "port" | "source">,
): Admission => {
  let answer: Admission = "no";
  for (const { device, addresses } of outside) {
    const destinations = addresses.filter(({ family }) => family === packet.source.family);
    if (destinations.length === 0) continue;
    const admission = admits(ruleset, { ...packet, device, destinations });
    if (admission === "yes") return "yes";
    if (admission === "unknown") answer = "unknown";
  }
  return answer;
};

/** Whether anyone on the Internet gets the packet in. */
export const admitsStranger = (
  ruleset: Ruleset,
  outside: Outside,
  family: 4 | 6,
  packet: Pick<Packet, "transport" | "port">,
): Admission =>
  admitsFrom(
    ruleset,
    outside.filter(({ anyone }) => anyone),
    { ...packet, source: stranger(ruleset, family) },
  );

/** Ports that anyone on the Internet may reach, as stretches; neighbours of one kind are joined. */
export const openings = (ruleset: Ruleset, outside: Outside): readonly Opening[] => {
  const found: Opening[] = [];
  for (const transport of ["tcp", "udp"] as const) {
    for (const stretch of portStretches(ruleset)) {
      const admissions = ([4, 6] as const).map((family) => ({
        family,
        admission: admitsStranger(ruleset, outside, family, { transport, port: stretch.low }),
      }));
      const open = admissions.filter(({ admission }) => admission !== "no");
      if (open.length === 0) continue;
      const admission = open.some((one) => one.admission === "yes") ? ("yes" as const) : ("unknown" as const);
      const families = open.map(({ family }) => family);
      const last = found.at(-1);
      if (
        last?.transport === transport &&
        last.high === stretch.low - 1 &&
        last.admission === admission &&
        last.families.join() === families.join()
      ) {
        found[found.length - 1] = { ...last, high: stretch.high };
      } else found.push({ ...stretch, transport, families, admission });
    }
  }
  return found;
};

export const describePorts = ({ low, high, transport }: PortRange & { transport: string }): string =>
  low === high ? `${low}/${transport}` : `${low}-${high}/${transport}`;

export const describeSource = ({ family, low }: AddressRange): string => formatAddress(family, low);
