import type { AddressRange } from "../core/address.ts";

/**
 * A packet filter as data, whoever wrote it: `nft -j list ruleset` and `iptables-save` are read into the same shape.
 * Only what decides on packets that want in is kept, and what could not be read says so instead of vanishing.
 */
export type Ruleset = {
  readonly chains: readonly Chain[];
  /** Ports that are sent on to somewhere else before the input chains see them: containers' published ports. */
  readonly published: readonly PublishedPort[];
};

export type PublishedPort = {
  readonly transport: "tcp" | "udp";
  readonly low: number;
  readonly high: number;
  readonly to: string;
};

/** ip, ip6 or inet, as nft(8) names them. */
export type TableFamily = "ip" | "ip6" | "inet";

export type Chain = {
  readonly family: TableFamily;
  readonly table: string;
  readonly name: string;
  /** Where the kernel enters it; absent for chains that others jump to. */
  readonly base?: {
    readonly hook: "prerouting" | "input" | "output" | "forward";
    readonly priority: number;
    readonly policy: "accept" | "drop";
  };
  readonly rules: readonly Rule[];
};

export type Rule = {
  /** All of them have to hold. */
  readonly conditions: readonly Condition[];
  /** Absent: the rule only counts, logs or marks, and the next one is asked. Several: the first whose conditions hold. */
  readonly actions: readonly { readonly conditions: readonly Condition[]; readonly action: Action }[];
  /** What is written to the log, and how often at most; absent when nothing is. */
  readonly log?: { readonly prefix: string; readonly limited: boolean };
};

export type Action =
  | { readonly kind: "accept" | "drop" | "reject" | "return" }
  | { readonly kind: "jump" | "goto"; readonly target: string }
  /** Hands the packet to something that is not in the ruleset. */
  | { readonly kind: "unread"; readonly text: string };

export type PortRange = { readonly low: number; readonly high: number };

export type Condition =
  | { readonly on: "family"; readonly family: 4 | 6 }
  | { readonly on: "transport"; readonly transports: readonly string[]; readonly negated: boolean }
  | { readonly on: "port"; readonly ranges: readonly PortRange[]; readonly negated: boolean }
  | { readonly on: "source" | "destination"; readonly ranges: readonly AddressRange[]; readonly negated: boolean }
  /** Interface names; a `*` or `+` at the end stands for any rest. */
  | { readonly on: "device" | "way-out"; readonly names: readonly string[]; readonly negated: boolean }
  /** Every one of several alternatives, each a list of conditions that have to hold together. */
  | { readonly on: "either"; readonly alternatives: readonly (readonly Condition[])[]; readonly negated: boolean }
  /** Known to hold, or not to hold, for the first packet of a connection addressed to this machine. */
  | { readonly on: "settled"; readonly holds: boolean }
  /** Whoever sends the packet decides (source port, TTL), or may be inside or outside of a list that is kept elsewhere. */
  | { readonly on: "senders-choice" }
  | { readonly on: "unread"; readonly text: string };

const settled = (holds: boolean): Condition => ({ on: "settled", holds });
export const always = settled(true);
export const never = settled(false);
