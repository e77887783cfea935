import { describe, expect, it } from "vitest";
import { clusterDrift, clusterProblems, type RolloutNode, rolloutOrder, unnamedPeers } from "../../src/core/rollout.ts";
import { type FailoverState, readFailoverState } from "../../src/probes/failover.ts";

const state = (name: string, held: boolean, change: Partial<FailoverState> = {}): FailoverState => ({
  fingerprint: "f1",
  self: { name, address: `192.0.2.${name.charCodeAt(0)}` },
  versions: new Map([["keepalived", "2.2.7"]]),
  keepalived: "active",
  shared: [{ address: "192.0.2.200", held, answers: true }],
  peers: [],
  problem: "",
  drained: false,
  ...change,
});
const node = (name: string, failover: FailoverState | undefined): RolloutNode => ({
  host: name,
  name,
  changes: 1,
  failover,
});
const pair = (change: Partial<FailoverState> = {}) => [
  node("a", state("a", true)),
  node("b", state("b", false, change)),
];

describe("the order", () => {
  it("takes nodes that hold nothing first, and nodes that join last", () => {
    const nodes = [
      node("new", undefined),
      node("a", state("a", true)),
      node("b", state("b", false)),
      node("c", state("c", false)),
    ];
    expect(rolloutOrder(nodes).map(({ name }) => name)).toEqual(["b", "c", "a", "new"]);
  });

  it("is the given one where nothing is set up", () => {
    expect(rolloutOrder([node("b", undefined), node("a", undefined)]).map(({ name }) => name)).toEqual(["b", "a"]);
  });
});

describe("what stands against a rollout", () => {
  it("is nothing while all is well, or nothing is set up", () => {
    expect(clusterProblems(pair())).toEqual([]);
    expect(clusterProblems([node("a", undefined), node("b", undefined)])).toEqual([]);
  });

  it.each([
    [{ peers: [{ name: "a", address: "192.0.2.97", up: false }] }, "b does not reach its peer a (192.0.2.97)"],
    [
      { problem: "http://192.0.2.98:9090/ answers nothing" },
      "b does not work: http://192.0.2.98:9090/ answers nothing",
    ],
    [{ drained: true, problem: "taken out of service" }, "b is taken out of service"],
    [{ keepalived: "failed" }, "keepalived does not run on b"],
    [{ shared: [{ address: "192.0.2.200", held: true, answers: true }] }, "192.0.2.200 is held by a and b at once"],
  ])("%o", (change, problem) => {
    expect(clusterProblems(pair(change)).join("; ")).toContain(problem);
  });

  it("is an address that nobody holds, unless somebody who is not asked does", () => {
    const nobody = { shared: [{ address: "192.0.2.200", held: false, answers: false }] };
    expect(clusterProblems([node("a", state("a", false, nobody)), node("b", undefined)])).toEqual([
      "nobody holds 192.0.2.200",
    ]);
    expect(clusterProblems([node("b", state("b", false))])).toEqual([]);
  });

  it("is a peer that was not named", () => {
    const peers = [{ name: "c", address: "192.0.2.99", up: true }];
    expect(unnamedPeers(pair({ peers }))).toEqual(["c (192.0.2.99)"]);
    expect(unnamedPeers([...pair({ peers }), node("c", state("c", false))])).toEqual([]);
    expect(unnamedPeers([...pair({ peers }), node("C.example", undefined)])).toEqual([]);
    expect(unnamedPeers([...pair({ peers }), { ...node("x", undefined), host: "192.0.2.99" }])).toEqual([]);
  });
});

describe("what differs", () => {
  it("is told by node", () => {
    expect(clusterDrift(pair())).toEqual([]);
    expect(clusterDrift(pair({ fingerprint: "f2", versions: new Map([["keepalived", "2.3.0"]]) }))).toEqual([
      "set up from different answers: a f1, b f2",
      "different versions of keepalived: a 2.2.7, b 2.3.0",
    ]);
    expect(clusterDrift([...pair(), node("c", undefined)])).toEqual(["failover is not set up on c"]);
  });
});

describe("what a node says", () => {
  it("is read", () => {
    const lines = [
      "fingerprint\t0917a601bbb42907",
      "self\tnodea\t192.0.2.11",
      "version\thaproxy\t2.6.12",
      "keepalived\tactive",
      "address\t192.0.2.200\tyes\tanswers",
      "peer\tnodeb\t192.0.2.12\tdown",
      "check\tfailed\thttp://192.0.2.11:9090/ answers 503",
      "drained\tyes",
    ];
    expect(readFailoverState(lines)).toEqual({
      fingerprint: "0917a601bbb42907",
      self: { name: "nodea", address: "192.0.2.11" },
      versions: new Map([["haproxy", "2.6.12"]]),
      keepalived: "active",
      shared: [{ address: "192.0.2.200", held: true, answers: true }],
      peers: [{ name: "nodeb", address: "192.0.2.12", up: false }],
      problem: "http://192.0.2.11:9090/ answers 503",
      drained: true,
    });
  });

  it("is never taken for well when it says nothing", () => {
    expect(readFailoverState([]).problem).not.toBe("");
  });
});
