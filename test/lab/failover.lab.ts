/** Two nodes and three: the address moves when one stops, and a rollout changes one after the other without anybody noticing. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { clusterIn, type LabCluster, type RolloutDocument } from "./cluster.ts";
import { document, drawbridgeOver, type InspectionDocument, type PlanDocument } from "./drawbridge.ts";
import {
  compareTrees,
  type Lab,
  labOrSkip,
  openLab,
  releases,
  type Server,
  snapshotTree,
  type Tree,
  until,
} from "./harness/index.ts";

const reason = labOrSkip();
const [release = "bookworm"] = releases;

/** What steps change; what the rollout itself leaves in /run is gone with the next boot. */
const paths = ["/etc", "/usr/local"];

describe.skipIf(reason !== undefined)(`failover${reason ? ` (skipped: ${reason})` : ""}`, () => {
  let lab: Lab;
  let cluster: LabCluster;
  const only = ["--step", "failover"];

  beforeAll(async () => {
    lab = await openLab();
    const nodes: Server[] = [];
    for (const name of ["nodea", "nodeb"]) nodes.push(await lab.server({ release, flavour: "failover", name }));
    cluster = clusterIn(lab, nodes);
  }, 600_000);
  afterAll(async () => {
    await lab?.close();
    cluster?.close();
  });

  test("one set of answers makes both nodes: one holds the address, and callers reach it over TLS", async () => {
    const result = await cluster.rollout(cluster.nodes, "--answers", cluster.answers(), ...only);
    const done = document<RolloutDocument>(result);
    expect(done, `${done.reason} ${result.stderr}`).toMatchObject({ state: "done", drift: [] });
    expect(result.exitCode).toBe(0);
    await cluster.settled();
    await cluster.answering();
    const cli = drawbridgeOver(lab, cluster.node("nodeb"));
    expect(document<PlanDocument>(await cli("plan", ...only, "--format", "json")).changes).toEqual([]);
  }, 600_000);

  test("a node that stops loses the address to the other; a rollout refuses until it is back", async () => {
    const [first = ""] = await cluster.holders();
    const other = first === "nodea" ? "nodeb" : "nodea";
    await cluster.counted("a node's power is cut", async () => {
      await cluster.node(first).powerCut({ boot: false });
      await cluster.heldBy(other);
      await cluster.answering();
    });
    const refused = await cluster.rollout(
      cluster.nodes,
      "--answers",
      cluster.answers({ "failover.health-path": "/other" }),
      ...only,
    );
    expect(refused.exitCode).toBe(3);
    expect(refused.stderr).toContain(`${first} is down or cannot be reached`);

    await cluster.node(first).powerOn();
    await cluster.node(first).waitForSsh();
    await cluster.works(first);
    // It does not take the address back from one that works.
    await cluster.heldBy(other);
  }, 600_000);

  test("an integration that fails gives the address away, and its callers go to the other node", async () => {
    const [first = ""] = await cluster.holders();
    const other = first === "nodea" ? "nodeb" : "nodea";
    await cluster.counted("an integration stops", async () => {
      await cluster.node(first).must(["systemctl", "stop", "nginx"]);
      await cluster.heldBy(other);
      await cluster.answering();
    });
    await cluster.node(first).must(["systemctl", "start", "nginx"]);
    await cluster.works(first);
  }, 600_000);

  test("a node that does not work afterwards is put back and ends the rollout, and nobody notices", async () => {
    const before = await Promise.all(cluster.nodes.map((one) => snapshotTree(one.root, { paths })));
    const result = await cluster.counted("a rollout that fails", () =>
      cluster.rollout(cluster.nodes, "--answers", cluster.answers({ "failover.witness": "192.0.2.254" }), ...only),
    );
    const stopped = document<RolloutDocument>(result);
    expect(stopped, result.stderr).toMatchObject({ state: "stopped" });
    expect(result.exitCode).toBe(4);
    // The one that holds the address comes last, and is not reached.
    expect(stopped.nodes.map(({ state }) => state)).toEqual(["reverted", "waiting"]);
    expect(stopped.reason).toContain("192.0.2.254 does not answer: this node is cut off");
    for (const [index, one] of cluster.nodes.entries())
      expect(compareTrees(before[index] as Tree, await snapshotTree(one.root, { paths }))).toEqual([]);
    await cluster.settled();
  }, 600_000);

  test("a third node joins and the firewall comes on, one node after the other, while callers are served", async () => {
    cluster.nodes.push(await lab.server({ release, flavour: "failover", name: "nodec" }));
    const result = await cluster.counted("a rollout over three nodes", () =>
      cluster.rollout(cluster.nodes, "--answers", cluster.answers(), ...only, "--step", "firewall"),
    );
    const done = document<RolloutDocument>(result);
    expect(done, `${done.reason} ${result.stderr}`).toMatchObject({ state: "done", drift: [] });
    expect(done.nodes.map(({ state }) => state)).toEqual(["confirmed", "confirmed", "confirmed"]);
    expect(done.nodes[2]?.name).toBe("nodec");
    await cluster.settled();
    // Strangers cannot say who holds the address, and do not reach the integration past the proxy.
    const ruleset = await cluster.node("nodec").must(["nft", "list", "table", "inet", "drawbridge"]);
    expect(ruleset).toMatch(/ip saddr @failover4 (?:meta l4proto|ip protocol) (?:112|vrrp) accept/u);
    const stranger = await lab.stranger();
    const past = [
      "curl",
      "-fsS",
      "-o",
      "/dev/null",
      "--max-time",
      "2",
      `http://${cluster.node("nodec").address}:9090/`,
    ];
    expect((await stranger.exec(past)).exitCode).not.toBe(0);
    const { findings } = document<InspectionDocument>(
      await drawbridgeOver(lab, cluster.node("nodec"))("inspect", ...only, "--format", "json"),
    );
    const open = findings.filter(({ result: found }) => found !== "pass" && found !== "notapplicable");
    expect(open).toEqual([]);
    const [first = ""] = await cluster.holders();
    await cluster.counted("one of three is switched off", async () => {
      await cluster.node(first).powerOff();
      await until("another holder", async () => ((await cluster.holders()).length === 1 ? true : undefined));
      await cluster.answering();
    });
    expect(await cluster.holders()).not.toContain(first);
  }, 600_000);
});
