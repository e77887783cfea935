import { describe, expect, it } from "vitest";
import { type AddressRange, parseNetwork } from "../../../../src/core/address.ts";
import { parseIptablesSave } from "../../../../src/probes/iptables-save.ts";
import { nftRuleset, parseNftListing } from "../../../../src/probes/nft-ruleset.ts";
import type { Ruleset } from "../../../../src/probes/ruleset.ts";
import { admits, namedSources, openings, portStretches, stranger } from "../../../../steps/os/firewall/packet.ts";
import { firewallOf } from "./server.ts";

const network = (text: string): AddressRange => parseNetwork(text) as AddressRange;
const destinations = [network("10.0.0.1"), network("fd00::1")];
const packet = (port: number, source = "203.0.113.9", transport: "tcp" | "udp" = "tcp") => ({
  transport,
  port,
  source: network(source),
  destinations: destinations.filter(({ family }) => family === network(source).family),
  device: "eth0",
});

/** A table with one input chain that drops by default, in nft's JSON. */
const nft = (rules: readonly (readonly object[])[], more: readonly object[] = [], policy = "drop"): Ruleset =>
  nftRuleset(
    parseNftListing(
      JSON.stringify({
        nftables: [
          { table: { family: "inet", name: "t" } },
          { chain: { family: "inet", table: "t", name: "in", type: "filter", hook: "input", prio: 0, policy } },
          ...more,
          ...rules.map((expr) => ({ rule: { family: "inet", table: "t", chain: "in", expr } })),
        ],
      }),
    ),
  );

const match = (left: object, right: unknown, op = "==") => ({ match: { op, left, right } });
const dport = { payload: { protocol: "tcp", field: "dport" } };
const saddr = { payload: { protocol: "ip", field: "saddr" } };
const accept = { accept: null };
const drop = { drop: null };

describe("rules of nft", () => {
  const set = (name: string, elem: readonly unknown[]) => ({
    set: { family: "inet", table: "t", name, type: "ipv4_addr", elem },
  });
  const cases: readonly (readonly [string, Ruleset, ReturnType<typeof packet>, string])[] = [
    ["nothing but a policy of drop", nft([]), packet(22), "no"],
    ["nothing but a policy of accept", nft([], [], "accept"), packet(22), "yes"],
    ["a port", nft([[match(dport, 22), accept]]), packet(22), "yes"],
    ["another port", nft([[match(dport, 22), accept]]), packet(23), "no"],
    ["another transport", nft([[match(dport, 53), accept]]), packet(53, undefined, "udp"), "no"],
    [
      "a set of ports and ranges",
      nft([[match(dport, { set: [22, { range: [8000, 8010] }] }), accept]]),
      packet(8005),
      "yes",
    ],
    ["all ports but one", nft([[match(dport, 22, "!="), accept]]), packet(22), "no"],
    ["ports above one", nft([[match(dport, 1023, ">"), accept]]), packet(8080), "yes"],
    [
      "a network",
      nft([[match(saddr, { prefix: { addr: "10.0.0.0", len: 8 } }), accept]]),
      packet(22, "10.1.2.3"),
      "yes",
    ],
    [
      "outside of the network",
      nft([[match(saddr, { prefix: { addr: "10.0.0.0", len: 8 } }), accept]]),
      packet(22),
      "no",
    ],
    [
      "IPv4 rules for an IPv6 packet",
      nft([[match(saddr, { prefix: { addr: "0.0.0.0", len: 0 } }), accept]]),
      packet(22, "fd00::9"),
      "no",
    ],
    [
      "a named set",
      nft([[match(saddr, "@peers"), accept]], [set("peers", ["10.0.0.7"])]),
      packet(22, "10.0.0.7"),
      "yes",
    ],
    ["outside of a named set", nft([[match(saddr, "@peers"), accept]], [set("peers", ["10.0.0.7"])]), packet(22), "no"],
    ["a set that is nowhere", nft([[match(saddr, "@nobody"), accept]]), packet(22), "unknown"],
    [
      "established connections only",
      nft([[match({ ct: { key: "state" } }, ["established", "related"], "in"), accept]]),
      packet(22),
      "no",
    ],
    ["loopback only", nft([[match({ meta: { key: "iif" } }, "lo"), accept]]), packet(22), "no"],
    ["another interface", nft([[match({ meta: { key: "iifname" } }, "eth*"), accept]]), packet(22), "yes"],
    ["ICMP only", nft([[match({ meta: { key: "l4proto" } }, "icmp"), accept]]), packet(22), "no"],
    ["below a limit", nft([[match(dport, 22), { limit: { rate: 1, per: "second" } }, accept]]), packet(22), "yes"],
    ["over a limit", nft([[{ limit: { rate: 1, per: "second", inv: true } }, drop], [accept]]), packet(22), "yes"],
    [
      "from a source port that whoever sends chooses",
      nft([[match({ payload: { protocol: "tcp", field: "sport" } }, 20), accept]]),
      packet(22),
      "yes",
    ],
    [
      "dropped before it is accepted",
      nft([
        [match(dport, 22), drop],
        [match(dport, 22), accept],
      ]),
      packet(22),
      "no",
    ],
    ["something unread that accepts", nft([[match({ meta: { key: "cgroup" } }, 1), accept]]), packet(22), "unknown"],
    [
      "something unread after it was accepted",
      nft([[accept], [match({ meta: { key: "cgroup" } }, 1), drop]]),
      packet(22),
      "yes",
    ],
    [
      "something unread that may drop it first",
      nft([[match({ meta: { key: "cgroup" } }, 1), drop], [accept]]),
      packet(22),
      "unknown",
    ],
    [
      "something unread that only counts",
      nft([[match({ meta: { key: "cgroup" } }, 1), { counter: null }]]),
      packet(22),
      "no",
    ],
    ["handed to a program", nft([[{ queue: { num: 0 } }]]), packet(22), "unknown"],
    [
      "SYN where SYN alone is wanted",
      nft([
        [
          match({ "&": [{ payload: { protocol: "tcp", field: "flags" } }, ["fin", "syn", "rst", "ack"]] }, "syn"),
          accept,
        ],
      ]),
      packet(22),
      "yes",
    ],
    [
      "addressed to this machine",
      nft([[match({ fib: { result: "type", flags: ["daddr"] } }, "local"), accept]]),
      packet(22),
      "yes",
    ],
    [
      "addressed to one of its addresses",
      nft([[match({ payload: { protocol: "ip", field: "daddr" } }, "10.0.0.1"), accept]]),
      packet(22),
      "yes",
    ],
    [
      "addressed to another",
      nft([[match({ payload: { protocol: "ip", field: "daddr" } }, "10.0.0.2"), accept]]),
      packet(22),
      "no",
    ],
  ];
  it.each(cases)("%s", (_, ruleset, wanted, expected) => {
    expect(admits(ruleset, wanted)).toBe(expected);
  });

  it("follows jumps, comes back from them, and does not come back from goto", () => {
    const other = (expr: readonly object[]) => [
      { chain: { family: "inet", table: "t", name: "other" } },
      { rule: { family: "inet", table: "t", chain: "other", expr } },
    ];
    expect(admits(nft([[{ jump: { target: "other" } }]], other([match(dport, 22), accept])), packet(22))).toBe("yes");
    expect(admits(nft([[{ jump: { target: "other" } }], [accept]], other([{ return: null }])), packet(22))).toBe("yes");
    expect(admits(nft([[{ goto: { target: "other" } }], [accept]], other([{ return: null }])), packet(22))).toBe("no");
    expect(admits(nft([[{ jump: { target: "gone" } }]]), packet(22))).toBe("unknown");
  });

  it("takes verdict maps entry by entry", () => {
    const map = {
      vmap: {
        key: dport,
        data: {
          set: [
            [22, accept],
            [23, drop],
          ],
        },
      },
    };
    const ruleset = nft([[map]], [], "accept");
    expect([22, 23, 24].map((port) => admits(ruleset, packet(port)))).toEqual(["yes", "no", "yes"]);
  });

  it("a drop in one base chain is final, whatever another accepts", () => {
    const second = [
      {
        chain: { family: "inet", table: "t", name: "late", type: "filter", hook: "input", prio: 10, policy: "accept" },
      },
      { rule: { family: "inet", table: "t", chain: "late", expr: [match(dport, 22), drop] } },
    ];
    expect(admits(nft([[accept]], second), packet(22))).toBe("no");
    expect(admits(nft([[accept]], second), packet(23))).toBe("yes");
  });

  it("gives up on rules that jump in circles", () => {
    const circle = [
      { chain: { family: "inet", table: "t", name: "a" } },
      { rule: { family: "inet", table: "t", chain: "a", expr: [{ jump: { target: "a" } }] } },
    ];
    expect(admits(nft([[{ jump: { target: "a" } }]], circle), packet(22))).toBe("unknown");
  });
});

describe("rules of iptables", () => {
  const input = (...rules: readonly string[]): Ruleset =>
    parseIptablesSave(
      ["*filter", ":INPUT DROP [0:0]", ":other - [0:0]", ...rules.map((rule) => `-A ${rule}`), "COMMIT", ""].join("\n"),
      4,
    );
  const cases: readonly (readonly [string, ReturnType<typeof packet>, string])[] = [
    ["INPUT -p tcp -m tcp --dport 22 -j ACCEPT", packet(22), "yes"],
    ["INPUT -p tcp -m tcp ! --dport 22 -j ACCEPT", packet(22), "no"],
    ["INPUT -p tcp -m multiport --dports 22,8000:8010 -j ACCEPT", packet(8001), "yes"],
    ["INPUT -s 10.0.0.0/8 -j ACCEPT", packet(22), "no"],
    ["INPUT ! -s 10.0.0.0/8 -j ACCEPT", packet(22), "yes"],
    ["INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT", packet(22), "no"],
    ["INPUT -m conntrack --ctstate NEW -j ACCEPT", packet(22), "yes"],
    ["INPUT -i lo -j ACCEPT", packet(22), "no"],
    ["INPUT -i eth+ -j ACCEPT", packet(22), "yes"],
    ["INPUT -p tcp --tcp-flags FIN,SYN,RST,ACK SYN -j ACCEPT", packet(22), "yes"],
    ["INPUT -p udp -j ACCEPT", packet(22), "no"],
    ['INPUT -m comment --comment "all of it -j DROP" -j ACCEPT', packet(22), "yes"],
    ["INPUT -m set --match-set office src -j ACCEPT", packet(22), "yes"],
    ["INPUT -m owner --uid-owner 0 -j ACCEPT", packet(22), "unknown"],
    ["INPUT -j NFQUEUE --queue-num 0", packet(22), "unknown"],
    ["INPUT -m addrtype --dst-type LOCAL -j ACCEPT", packet(22), "yes"],
    ["INPUT -m addrtype --dst-type MULTICAST -j ACCEPT", packet(22), "no"],
    ['INPUT -p tcp -m tcp --dport 22 -j LOG --log-prefix "ssh: "', packet(22), "no"],
  ];
  it.each(cases)("%s", (rule, wanted, expected) => {
    expect(admits(input(rule), wanted)).toBe(expected);
  });

  it("notes what is logged, how often, and what is published", () => {
    const { chains, published } = parseIptablesSave(
      [
        "*nat",
        ":PREROUTING ACCEPT [0:0]",
        ":DOCKER - [0:0]",
        "-A DOCKER ! -i docker0 -p tcp -m tcp --dport 8081 -j DNAT --to-destination 172.17.0.2:80",
        "COMMIT",
        "*filter",
        ":INPUT ACCEPT [0:0]",
        '-A INPUT -m limit --limit 3/min -j LOG --log-prefix "[UFW BLOCK] "',
        "COMMIT",
      ].join("\n"),
      4,
    );
    expect(published).toEqual([{ transport: "tcp", low: 8081, high: 8081, to: "172.17.0.2:80" }]);
    expect(chains.find(({ name }) => name === "INPUT")?.rules[0]?.log).toEqual({
      prefix: "[UFW BLOCK] ",
      limited: true,
    });
  });
});

describe("openings", () => {
  const outside = [{ device: "eth0", addresses: destinations, anyone: true }];
  it("divides the ports where the rules do", () => {
    expect(portStretches(nft([[match(dport, { set: [22, { range: [8000, 8010] }] }), accept]]))).toEqual([
      { low: 1, high: 21 },
      { low: 22, high: 22 },
      { low: 23, high: 7999 },
      { low: 8000, high: 8010 },
      { low: 8011, high: 65535 },
    ]);
  });

  it.each([
    ["bookworm-none", ["1-65535/tcp", "1-65535/udp"]],
    ["bookworm-drawbridge", ["22-22/tcp", "80-80/tcp", "8080-8080/tcp", "68-68/udp"]],
    ["trixie-drawbridge", ["80-80/tcp", "8080-8080/tcp", "68-68/udp"]],
    ["bookworm-ufw", ["22-22/tcp", "22-22/udp", "68-68/udp"]],
  ] as const)("%s opens %j to anyone", (name, expected) => {
    const found = openings(firewallOf(name).ruleset, outside).filter(({ admission }) => admission === "yes");
    expect(found.map(({ low, high, transport }) => `${low}-${high}/${transport}`)).toEqual(expected);
  });

  it("the banned are not among those the rules let in", () => {
    const banned = [match(saddr, "@banned"), drop];
    const ruleset = nft(
      [banned, [match(saddr, "10.0.0.7"), accept]],
      [{ set: { family: "inet", table: "t", name: "banned", type: "ipv4_addr", elem: ["198.51.100.66"] } }],
    );
    expect(namedSources(ruleset, 4)).toEqual([network("10.0.0.7")]);
  });

  it("a stranger is nobody the rules know", () => {
    const ruleset = nft([[match(saddr, { prefix: { addr: "203.0.113.0", len: 24 } }), accept]]);
    expect(namedSources(ruleset, 4)).toEqual([network("203.0.113.0/24")]);
    expect(admits(ruleset, { ...packet(22), source: stranger(ruleset, 4) })).toBe("no");
  });
});
