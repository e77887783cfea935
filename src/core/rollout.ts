import type { FailoverState } from "../probes/failover.ts";

/** One machine of a rollout as it was seen. */
export type RolloutNode = {
  readonly host: string;
  /** Its own name. */
  readonly name: string;
  readonly changes: number;
  /** undefined where failover is not set up on it (yet). */
  readonly failover: FailoverState | undefined;
};

const holds = ({ failover }: RolloutNode): number => failover?.shared.filter(({ held }) => held).length ?? 0;

/**
 * Those that hold no shared address first, so that it moves as rarely as can be, then those that do. Nodes that join come
 * last: one that its peers do not know yet would hear nobody, and take the address for itself. Else as they were named.
 */
export const rolloutOrder = <N extends RolloutNode>(nodes: readonly N[]): readonly N[] => {
  const rank = (node: N): number => (node.failover === undefined ? Number.MAX_SAFE_INTEGER : holds(node));
  return nodes.toSorted((a, b) => rank(a) - rank(b));
};

/**
 * What is wrong with the cluster as all of its nodes see it together; nothing may be changed before it is put right. Nodes on
 * which failover is not set up yet have nothing to say.
 */
export const clusterProblems = (nodes: readonly RolloutNode[]): readonly string[] => {
  const members = nodes.flatMap((node) =>
    node.failover === undefined ? [] : [{ name: node.name, state: node.failover }],
  );
  const problems: string[] = [];
  for (const { name, state } of members) {
    for (const peer of state.peers)
      if (!peer.up) problems.push(`${name} does not reach its peer ${peer.name} (${peer.address})`);
    if (state.drained) problems.push(`${name} is taken out of service: put it back with "failover undrain" there`);
    else if (state.problem !== "") problems.push(`${name} does not work: ${state.problem}`);
    if (state.keepalived !== "active") problems.push(`keepalived does not run on ${name}`);
  }
  return [...problems, ...addressProblems(members)];
};

type Member = { readonly name: string; readonly state: FailoverState };

/** A shared address has one holder. While only some nodes are set up, what none of them holds may come later. */
const addressProblems = (members: readonly Member[]): readonly string[] => {
  const addresses = [...new Set(members.flatMap(({ state }) => state.shared.map(({ address }) => address)))];
  return addresses.flatMap((address) => {
    const seen = members.flatMap(({ name, state }) =>
      state.shared.filter((one) => one.address === address).map((one) => ({ name, ...one })),
    );
    const holders = seen.filter(({ held }) => held).map(({ name }) => name);
    if (holders.length > 1) return [`${address} is held by ${holders.join(" and ")} at once`];
    if (holders.length === 0 && !seen.some(({ answers }) => answers)) return [`nobody holds ${address}`];
    return [];
  });
};

/** What differs between nodes that should be alike: nothing that stops a rollout, which may be on its way to mend it. */
export const clusterDrift = (nodes: readonly RolloutNode[]): readonly string[] => {
  const members = nodes.flatMap((node) =>
    node.failover === undefined ? [] : [{ name: node.name, state: node.failover }],
  );
  const told = (what: string, values: readonly { readonly name: string; readonly value: string }[]) =>
    new Set(values.map(({ value }) => value)).size > 1
      ? [`${what}: ${values.map(({ name, value }) => `${name} ${value || "(none)"}`).join(", ")}`]
      : [];
  const programs = [...new Set(members.flatMap(({ state }) => [...state.versions.keys()]))];
  return [
    ...told(
      "set up from different answers",
      members.map(({ name, state }) => ({ name, value: state.fingerprint })),
    ),
    ...programs.flatMap((program) =>
      told(
        `different versions of ${program}`,
        members.map(({ name, state }) => ({ name, value: state.versions.get(program) ?? "" })),
      ),
    ),
    ...(members.length > 0 && members.length < nodes.length
      ? [
          `failover is not set up on ${nodes
            .filter(({ failover }) => failover === undefined)
            .map(({ name }) => name)
            .join(", ")}`,
        ]
      : []),
  ];
};

/** Peers that the nodes know and that nobody named for the rollout: they would be left behind. */
export const unnamedPeers = (nodes: readonly RolloutNode[]): readonly string[] => {
  const here = new Set(nodes.flatMap(({ failover }) => (failover === undefined ? [] : [failover.self.address])));
  const hosts = new Set(nodes.map(({ host }) => host));
  const known = new Map(
    nodes.flatMap(({ failover }) => failover?.peers.map((peer) => [peer.address, peer.name]) ?? []),
  );
  // Nodes on which nothing is set up yet cannot say who they are: their host names have to do.
  const short = (name: string) => name.split(".")[0]?.toLowerCase();
  const bare = new Set(nodes.filter(({ failover }) => failover === undefined).map(({ name }) => short(name)));
  return [...known]
    .filter(([address = "", name = ""]) => !here.has(address) && !hosts.has(address) && !bare.has(short(name)))
    .map(([address, name]) => `${name} (${address})`);
};
