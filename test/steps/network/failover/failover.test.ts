import { describe, expect, it } from "vitest";
import { answerReader } from "../../../../src/core/answers.ts";
import { type Fact, known } from "../../../../src/model/fact.ts";
import type { Answers } from "../../../../src/model/plan.ts";
import { attestations } from "../../../../src/probes/attestations.ts";
import { type Failover, failover, failoverFolders } from "../../../../src/probes/failover.ts";
import { type Firewall, firewall } from "../../../../src/probes/firewall.ts";
import { type Listener, listeners } from "../../../../src/probes/listeners.ts";
import { machine } from "../../../../src/probes/machine.ts";
import { type Network, network } from "../../../../src/probes/network.ts";
import { proxies } from "../../../../src/probes/proxies.ts";
import { readHaproxy } from "../../../../src/tls/haproxy.ts";
import { readNginx } from "../../../../src/tls/nginx.ts";
import { nodeHere, parseNode, parseShared, priorityOf } from "../../../../steps/network/failover/cluster.ts";
import { clusterOf } from "../../../../steps/network/failover/here.ts";
import { failoverStep } from "../../../../steps/network/failover/index.ts";
import { fingerprint, keepalivedFile } from "../../../../steps/network/failover/render.ts";
import { rulesetText } from "../../../../steps/os/firewall/nftables.ts";
import { firewallPublic, policyOf } from "../../../../steps/os/firewall/questions.ts";
import { factsOf, problemsOf, settle } from "../../settle.ts";

const two = {
  "failover.mode": "active-passive",
  "failover.nodes": ["app01=192.0.2.11", "app02=192.0.2.12"],
  "failover.addresses": ["192.0.2.100"],
};
const three = {
  "failover.mode": "active-active",
  "failover.nodes": ["app01=192.0.2.11", "app02=192.0.2.12", "app03=192.0.2.13"],
  "failover.addresses": ["192.0.2.100/24", "192.0.2.101", "192.0.2.102"],
  "failover.proxy": "nginx",
};
const generated = (given: Answers) =>
  new Map(
    (failoverStep.generate?.(answerReader(new Map(), given)) ?? []).map(
      ({ path, content }) => [path, content] as const,
    ),
  );
const nothing: Failover = { programs: new Map(), files: new Map(), folders: ["/etc/haproxy"], state: undefined };
const net: Network = {
  interfaces: [
    {
      name: "eth0",
      up: true,
      loopback: false,
      kind: "",
      addresses: [{ address: "192.0.2.11", prefix: 24, family: 4, scope: "global", dynamic: false }],
    },
  ],
  defaultDevices: ["eth0"],
  resolvers: [],
  connections: [],
  session: undefined,
  ephemeral: { low: 32768, high: 60999 },
  archives: [],
};
const onPort = (port: number): Listener => ({
  transport: "tcp",
  address: "0.0.0.0",
  device: "",
  families: [4],
  port,
  reach: "any",
  processes: [],
});
const judged = (given: Answers, seen: Failover = nothing, ...more: readonly (readonly [never, Fact<unknown>])[]) =>
  settle(
    [failoverStep],
    factsOf(
      [failover, known(seen)],
      [network, known(net)],
      [listeners, known([])],
      [proxies, known({ nginx: undefined, haproxy: undefined })],
      [attestations, known({ today: "2026-11-22", records: {}, file: undefined })],
      [
        machine,
        known({
          name: "app01.example",
          machineId: "m",
          release: "",
          distribution: "debian",
          version: "12",
          systemd: true,
        }),
      ],
      ...more,
    ),
    given,
  );

/** What an apply of the plan would leave. */
const applied = (given: Answers): Failover => {
  const { changes } = judged(given);
  return {
    programs: new Map(["keepalived", "haproxy", "nginx"].map((name) => [name, { active: true, enabled: true }])),
    files: new Map(changes.flatMap((change) => (change.kind === "file" ? [[change.path, change.after] as const] : []))),
    folders: failoverFolders,
    state: undefined,
  };
};

describe("without answers", () => {
  it("nothing is demanded, planned or generated", () => {
    const { results, changes } = judged({});
    expect(new Set(Object.values(results))).toEqual(new Set(["notapplicable"]));
    expect(changes).toEqual([]);
    expect(generated({}).size).toBe(0);
  });

  it("a single node is a finding only where somebody needs two", () => {
    const { results, details, changes } = judged({ "failover.mode": "needed" });
    expect(results["failover-nodes"]).toBe("fail");
    expect(details["failover-nodes"]).toContain("failover.mode=active-passive");
    expect(changes).toEqual([]);
  });

  it("somebody vouches for what is elsewhere", () => {
    expect(judged({ "failover.mode": "elsewhere" }).results["failover-elsewhere"]).toBe("unknown");
    const said = { "failover.mode": "elsewhere", "failover.elsewhere": "Platform; drill of May; 2027-05-01" };
    expect(judged(said).titles).toContain("Write down who vouches for what");
    expect(judged(said).results["failover-nodes"]).toBe("notapplicable");
  });
});

describe("failover-address and failover-proxy", () => {
  it("name keepalived for ip(8) where it would do that itself, and leave it behind", () => {
    const named = (seen: Failover) =>
      judged(two, seen).changes.flatMap((change) =>
        "path" in change && change.path.startsWith("/etc/iproute2") ? [[change.kind, change.path]] : [],
      );
    expect(named(nothing)).toEqual([
      ["directory", "/etc/iproute2"],
      ["directory", "/etc/iproute2/rt_addrprotos.d"],
      ["file", "/etc/iproute2/rt_addrprotos.d/keepalived.conf"],
    ]);
    expect(named({ ...nothing, folders: ["/etc/iproute2"] })).toEqual([]);
  });

  it("write this node's files, found by its name or its address", () => {
    const { results, changes } = judged(two);
    expect(results["failover-address"]).toBe("fail");
    expect(results["failover-proxy"]).toBe("fail");
    const paths = changes.flatMap((change) => (change.kind === "file" ? [change.path] : []));
    expect(paths).toEqual(
      expect.arrayContaining([
        keepalivedFile,
        "/etc/haproxy/conf.d/drawbridge-failover.cfg",
        "/etc/drawbridge-failover.list",
      ]),
    );
    expect(changes.find(({ kind }) => kind === "package")).toMatchObject({ names: ["keepalived", "haproxy"] });
    const [config] = changes.flatMap((change) =>
      change.kind === "file" && change.path === keepalivedFile ? [change] : [],
    );
    expect(config?.after.content).toContain("router_id app01");
    expect(config?.verify).toEqual([["sh", "/usr/local/lib/drawbridge/failover", "verify"]]);
  });

  it("plan nothing when it is there", () => {
    const { results, changes } = judged(two, applied(two));
    expect(results).toMatchObject({ "failover-address": "pass", "failover-proxy": "pass", "failover-nodes": "pass" });
    expect(changes).toEqual([]);
  });

  it("start with the machine", () => {
    const seen = applied(two);
    const programs = new Map(seen.programs)
      .set("keepalived", { active: true, enabled: false })
      .set("haproxy", { active: true, enabled: false });
    const { details, changes } = judged(two, { ...seen, programs });
    expect(details["failover-address"]).toBe("keepalived does not start with the machine");
    expect(details["failover-proxy"]).toBe("haproxy does not start with the machine");
    expect(changes.flatMap((change) => (change.kind === "command" ? [change.argv.join(" ")] : []))).toEqual([
      "systemctl enable keepalived.service",
      "systemctl enable haproxy.service",
    ]);
  });

  it("take what the TLS step made of the proxy's settings for no difference", () => {
    const seen = applied(two);
    const path = "/etc/haproxy/conf.d/drawbridge-failover.cfg";
    const file = seen.files.get(path);
    if (file === undefined) throw new Error("no file");
    const other = {
      ...file,
      content: file.content.replace(/ssl-default-bind-curves .*/u, "ssl-default-bind-curves X25519MLKEM768:X25519"),
    };
    expect(other.content).not.toBe(file.content);
    expect(judged(two, { ...seen, files: new Map(seen.files).set(path, other) }).changes).toEqual([]);
  });

  it("refuse to guess which node this is", () => {
    const { details, changes } = judged({ ...two, "failover.nodes": ["x=192.0.2.21", "y=192.0.2.22"] });
    expect(details["failover-address"]).toBe("app01.example is none of the nodes x, y");
    expect(changes).toEqual([]);
  });
});

describe("failover-peers", () => {
  const cluster = clusterOf(answerReader(new Map(), two));
  const well = {
    fingerprint: cluster === undefined ? "" : fingerprint({ ...cluster, device: "eth0" }),
    self: { name: "app01", address: "192.0.2.11" },
    versions: new Map([["keepalived", "2.2.7"]]),
    keepalived: "active",
    shared: [{ address: "192.0.2.100", held: false, answers: true }],
    peers: [{ name: "app02", address: "192.0.2.12", up: true }],
    problem: "",
    drained: false,
  };
  it.each([
    [{}, "pass", ""],
    [{ peers: [{ name: "app02", address: "192.0.2.12", up: false }] }, "fail", "app02 (192.0.2.12) does not answer"],
    [{ shared: [{ address: "192.0.2.100", held: false, answers: false }] }, "fail", "nobody holds 192.0.2.100"],
    [{ problem: "http://x answers 503" }, "fail", "http://x answers 503"],
    [{ drained: true, problem: "taken out of service" }, "fail", "failover undrain"],
    [{ fingerprint: "other" }, "fail", "other answers"],
  ])("%o", (change, result, detail) => {
    const { results, details } = judged(two, { ...applied(two), state: { ...well, ...change } });
    expect(results["failover-peers"]).toBe(result);
    expect(details["failover-peers"]).toContain(detail);
  });
});

describe("failover-firewall", () => {
  const accepting = (rules: Firewall["ruleset"]["chains"][number]["rules"]) => ({
    owners: [],
    containers: [],
    files: {},
    links: {},
    units: {},
    directories: new Set(),
    nft: "1.0.6",
    own: undefined,
    ruleset: {
      published: [],
      chains: [
        { family: "inet", table: "x", name: "input", base: { hook: "input", priority: 0, policy: "drop" }, rules },
      ],
    },
  });
  const from = (address: bigint) => ({
    conditions: [
      { on: "transport" as const, transports: ["vrrp"], negated: false },
      {
        on: "source" as const,
        ranges: [{ family: 4 as const, low: address, high: address }],
        negated: false,
      },
    ],
    actions: [{ conditions: [], action: { kind: "accept" as const } }],
  });
  const seen = (rules: Firewall["ruleset"]["chains"][number]["rules"]) =>
    judged(two, nothing, [firewall as never, known(accepting(rules))]);

  it("wants the peers in, and nobody else", () => {
    expect(seen([]).results["failover-firewall"]).toBe("fail");
    expect(seen([]).details["failover-firewall"]).toContain("192.0.2.12");
    expect(seen([from(0xc000020cn)]).results["failover-firewall"]).toBe("pass");
    const anyone = { conditions: [], actions: [{ conditions: [], action: { kind: "accept" as const } }] };
    expect(seen([anyone])).toMatchObject({
      details: { "failover-firewall": "anybody in this network can claim the address" },
    });
  });

  it("closes the integration's own port to strangers by default: they come through the proxy", () => {
    const seen = factsOf(
      [firewall, known({ ...accepting([]), ruleset: { chains: [], published: [] } } as never)],
      [network, known(net)],
      [listeners, known([onPort(9090), onPort(8080)])],
    );
    expect(answerReader(seen, {}).get(firewallPublic)).toEqual(["8080/tcp", "9090/tcp"]);
    expect(answerReader(seen, two).get(firewallPublic)).toEqual(["8080/tcp"]);
  });

  it("is written into our own table: VRRP and the integration's port for the nodes, the proxy's for anyone", () => {
    const text = rulesetText(policyOf(answerReader(new Map(), { ...two, "firewall.outbound": "allow-list" })), {
      inbound: true,
      outbound: true,
      log: true,
      forward: true,
    });
    expect(text).toContain("set failover4 { type ipv4_addr; flags interval; elements = { 192.0.2.11, 192.0.2.12 } }");
    expect(text).toContain("ip saddr @failover4 meta l4proto 112 accept");
    expect(text).toContain("ip daddr @failover4 meta l4proto 112 accept");
    expect(text).toMatch(/set public_tcp .*\b443\b/u);
    expect(text).toMatch(/set failover_tcp .*\b9090\b/u);
    expect(
      rulesetText(policyOf(answerReader(new Map(), {})), { inbound: true, outbound: true, log: true, forward: true }),
    ).not.toContain("failover");
  });
});

describe("files of all nodes from one set of answers", () => {
  it("are there for each node, filled in", () => {
    for (const given of [
      two,
      three,
      { ...two, "failover.certificate": "", "failover.backend-ca": "/etc/ssl/ca.pem" },
    ]) {
      const files = generated(given);
      expect(files.size).toBeGreaterThan(0);
      for (const [path, content] of files) expect(content, path).not.toMatch(/\{\{/u);
    }
  });

  it("name the peers, and never the node itself among them", () => {
    const text = generated(three).get(`/nodes/app02${keepalivedFile}`) ?? "";
    expect(text.match(/vrrp_instance/gu)).toHaveLength(3);
    expect(text).toMatch(
      /unicast_src_ip 192\.0\.2\.12\n {4}unicast_peer \{\n {8}192\.0\.2\.11\n {8}192\.0\.2\.13\n {4}\}/u,
    );
    expect(text).toContain("192.0.2.100/24 dev eth0");
    expect(text).not.toContain("state MASTER");
  });

  it("are read by the parsers that read the proxies' own", () => {
    const haproxy = readHaproxy(generated(two).get("/nodes/app01/etc/haproxy/conf.d/drawbridge-failover.cfg") ?? "");
    const servers = haproxy
      .filter(({ words }) => words[0]?.text === "server")
      .map(({ words }) => words.map(({ text }) => text).join(" "));
    expect(servers).toEqual(["server app01 192.0.2.11:9090", "server app02 192.0.2.12:9090 backup"]);
    const nginx = readNginx(generated(three).get("/nodes/app03/etc/nginx/conf.d/drawbridge-failover.conf") ?? "");
    expect(nginx.map(({ name }) => name)).toEqual(["upstream", "server"]);
  });

  it("listen for IPv6 where the shared address is of it, and there only", () => {
    const six = {
      ...two,
      "failover.nodes": ["app01=2001:DB8:0::11", "app02=2001:db8::12"],
      "failover.addresses": ["2001:DB8:0:0::100"],
    };
    const haproxy = "/nodes/app01/etc/haproxy/conf.d/drawbridge-failover.cfg";
    const nginx = "/nodes/app01/etc/nginx/conf.d/drawbridge-failover.conf";
    expect(generated(six).get(haproxy)).toContain("bind :::443 v4v6 ssl");
    expect(generated(two).get(haproxy)).toContain("bind :443 ssl");
    expect(generated({ ...six, "failover.proxy": "nginx" }).get(nginx)).toContain("listen [::]:443 ssl;");
    expect(generated({ ...two, "failover.proxy": "nginx" }).get(nginx)).not.toContain("[::]");
    // As the kernel prints it, however it was typed: the node is found by it, and so is who holds the address.
    expect(generated(six).get("/nodes/app01/etc/drawbridge-failover.list")).toContain("address\t2001:db8::100\n");
    expect(generated(six).get(`/nodes/app02${keepalivedFile}`)).toContain("        2001:db8::11\n");
  });

  it("stay where they are in active-passive, and spread in active-active", () => {
    expect(generated(two).get(`/nodes/app01${keepalivedFile}`)).toContain("nopreempt");
    expect(generated(three).get(`/nodes/app01${keepalivedFile}`)).not.toContain("nopreempt");
    const cluster = clusterOf(answerReader(new Map(), three));
    if (cluster === undefined) throw new Error("no cluster");
    for (const [shared, first] of ["app01", "app02", "app03"].entries()) {
      const by = cluster.nodes.map((node) => ({ name: node.name, priority: priorityOf(cluster, node, shared) }));
      expect(by.toSorted((a, b) => b.priority - a.priority)[0]?.name).toBe(first);
      expect(new Set(by.map(({ priority }) => priority)).size).toBe(3);
    }
  });
});

describe("answers", () => {
  it.each([
    [{ "failover.nodes": ["app01=192.0.2.11"] }, "one node is no failover"],
    [{ "failover.nodes": ["app01=192.0.2.11", "app01=192.0.2.12"] }, "must differ in name"],
    [{ "failover.nodes": ["app01", "app02=192.0.2.12"] }, "must be name=address"],
    [{ "failover.addresses": ["192.0.2.12"] }, "is a node's own address"],
    [{ "failover.addresses": ["fd00::1"] }, "of another family"],
    [
      { "failover.addresses": ["192.0.2.100", "192.0.3.100"] },
      "192.0.3.100 is not in the nodes' network 192.0.2.0/24; where that is meant, say its length as well: 192.0.3.100/24",
    ],
    [{ "failover.backend-port": 443 }, "the integration needs another"],
    [{ "failover.mode": "active-active" }, "an address for each node"],
    [{ "failover.interface": "eth0; rm" }, "must be the name of an interface"],
    [{ "failover.certificate": "x y" }, "must be an absolute path"],
    [{ "failover.health-path": "/a b" }, "must be a path"],
  ])("%o are refused", (change, problem) => {
    expect(problemsOf([failoverStep], factsOf([network, known(net)]), { ...two, ...change }).join("; ")).toContain(
      problem,
    );
  });

  it("that cannot be read are named by their place, and nothing else is said about them", () => {
    const nodes = ["app01=192.0.2.11", "app02 192.0.2.12", "app03 192.0.2.13"];
    expect(problemsOf([failoverStep], factsOf([network, known(net)]), { ...two, "failover.nodes": nodes })).toEqual([
      expect.stringMatching(
        /entry 2: must be name=address, such as app01=192\.0\.2\.11; entry 3: must be name=address, such as app01=192\.0\.2\.11$/u,
      ),
    ]);
  });

  it("may name an address of another network on purpose, or where nobody knows the nodes' network", () => {
    const problems = (change: Answers, seen: Network) =>
      problemsOf([failoverStep], factsOf([network, known(seen)]), { ...two, ...change });
    expect(problems({ "failover.addresses": ["198.51.100.7/24"] }, net)).toEqual([]);
    const alone: Network = {
      ...net,
      interfaces: net.interfaces.map((one) => ({
        ...one,
        addresses: one.addresses.map((address) => ({ ...address, prefix: 32 })),
      })),
    };
    expect(problems({ "failover.addresses": ["192.0.3.100"] }, alone)).toEqual([]);
    const nodes = ["x=203.0.113.1", "y=203.0.113.2"];
    expect(problems({ "failover.nodes": nodes, "failover.addresses": ["203.0.113.9"] }, net)).toEqual([]);
  });

  it("show every choice whole on a terminal of 80 columns", () => {
    const mode = failoverStep.questions.find(({ id }) => id === "failover.mode");
    const choices = mode?.choices?.({}, answerReader(new Map(), {})) ?? [];
    const widest = Math.max(...choices.map(({ label }) => label.length));
    expect(choices.length).toBe(5);
    for (const { hint = "" } of choices) expect(widest + hint.length).toBeLessThanOrEqual(69);
  });

  it("are read as what they mean", () => {
    expect(parseNode("app01=fd00::11")).toEqual({ name: "app01", address: "fd00::11" });
    expect(parseNode("app 01=192.0.2.1")).toBe(undefined);
    expect(parseShared("192.0.2.100")).toEqual({ address: "192.0.2.100", bits: 32 });
    expect(parseShared("192.0.2.100/33")).toBe(undefined);
    const nodes = [
      { name: "app01", address: "192.0.2.11" },
      { name: "app02", address: "192.0.2.12" },
    ];
    expect(nodeHere(nodes, "APP02.example", [])?.name).toBe("app02");
    expect(nodeHere(nodes, "other", ["192.0.2.11"])?.name).toBe("app01");
    expect(nodeHere(nodes, "other", [])).toBe(undefined);
  });
});
