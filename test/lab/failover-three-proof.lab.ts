/**
 * Three nodes from the beginning, of two releases: what each kind of trouble costs callers. Some minutes, on request only:
 * `DRAWBRIDGE_LAB_PROOF=1 vitest run --project lab test/lab/failover-three-proof.lab.ts`.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { clusterIn, type LabCluster, type RolloutDocument } from "./cluster.ts";
import { document, drawbridgeOver, type PlanDocument } from "./drawbridge.ts";
import {
  compareTrees,
  type Lab,
  labOrSkip,
  openLab,
  type Server,
  snapshotTree,
  type Tree,
  until,
} from "./harness/index.ts";

const reason = labOrSkip();
const only = ["--step", "failover"];
const paths = ["/etc", "/usr/local"];

describe.skipIf(reason !== undefined)("failover of three nodes", () => {
  let lab: Lab;
  let cluster: LabCluster;

  beforeAll(async () => {
    lab = await openLab();
    const nodes: Server[] = [];
    for (const [name, release] of [
      ["nodea", "bookworm"],
      ["nodeb", "trixie"],
      ["nodec", "bookworm"],
    ] as const)
      nodes.push(await lab.server({ release, flavour: "failover", name }));
    cluster = clusterIn(lab, nodes);
  }, 1_200_000);
  afterAll(async () => {
    await lab?.close();
    cluster?.close();
    for (const { what, sent, lost, longestGapMs } of cluster?.costs ?? [])
      console.log(`| ${what} | ${lost} of ${sent}, ${(longestGapMs / 1000).toFixed(1)} s |`);
  });

  const holder = async () => (await cluster.holders())[0] ?? "";

  test("one set of answers makes all three, of two releases", async () => {
    const result = await cluster.rollout(cluster.nodes, "--answers", cluster.answers(), ...only);
    const done = document<RolloutDocument>(result);
    expect(done, `${done.reason} ${result.stderr}`).toMatchObject({ state: "done" });
    expect(done.nodes.map(({ state }) => state)).toEqual(["confirmed", "confirmed", "confirmed"]);
    expect(done.drift.join()).toContain("different versions of keepalived");
    await cluster.settled();
    await cluster.answering();
    for (const one of cluster.nodes)
      expect(
        document<PlanDocument>(await drawbridgeOver(lab, one)("plan", ...only, "--format", "json")).changes,
      ).toEqual([]);
  });

  test("the holder's power is cut: the address moves, and a rollout over three refuses, over two as well", async () => {
    const first = await holder();
    await cluster.counted("power of the holder is cut", async () => {
      await cluster.node(first).powerCut({ boot: false });
      await until("another holder", async () => ((await cluster.holders()).length === 1 ? true : undefined));
      await cluster.answering();
    });
    expect(await holder()).not.toBe(first);
    const answers = cluster.answers({ "failover.health-path": "/other" });
    const all = await cluster.rollout(cluster.nodes, "--answers", answers, ...only);
    expect(all.exitCode).toBe(3);
    expect(all.stderr).toContain(`${first} is down or cannot be reached`);
    // To leave out the one that is down is no way round it.
    const left = cluster.nodes.filter(({ name }) => name !== first);
    const two = await cluster.rollout(left, "--answers", answers, ...only);
    expect(two.exitCode).toBe(3);
    expect(two.stderr).toMatch(/^drawbridge: node[abc] \(\S+\) belongs to the cluster and is not among --hosts/mu);

    const next = await holder();
    await cluster.counted("it comes back", async () => {
      await cluster.node(first).powerOn();
      await cluster.node(first).waitForSsh();
      await cluster.works(first);
      await cluster.settled();
      await cluster.answering();
    });
    expect(await holder()).toBe(next);
  });

  test("a rollout that changes all three", async () => {
    const result = await cluster.counted("rollout over three nodes", () =>
      cluster.rollout(cluster.nodes, "--answers", cluster.answers({ "failover.health-path": "/other" }), ...only),
    );
    const done = document<RolloutDocument>(result);
    expect(done, `${done.reason} ${result.stderr}`).toMatchObject({ state: "done" });
    expect(done.nodes.map(({ state }) => state)).toEqual(["confirmed", "confirmed", "confirmed"]);
    await cluster.settled();
  });

  test("a node that fails its gate is put back and stops the rollout before the two others", async () => {
    const before = await Promise.all(cluster.nodes.map((one) => snapshotTree(one.root, { paths })));
    const answers = cluster.answers({ "failover.health-path": "/other", "failover.witness": "192.0.2.254" });
    const result = await cluster.counted("rollout that fails on the first node and is put back", () =>
      cluster.rollout(cluster.nodes, "--answers", answers, ...only),
    );
    const stopped = document<RolloutDocument>(result);
    expect(stopped, result.stderr).toMatchObject({ state: "stopped" });
    expect(result.exitCode).toBe(4);
    expect(stopped.nodes.map(({ state }) => state)).toEqual(["reverted", "waiting", "waiting"]);
    expect(stopped.nodes[2]?.name).toBe(await holder());
    for (const [index, one] of cluster.nodes.entries())
      expect(compareTrees(before[index] as Tree, await snapshotTree(one.root, { paths }))).toEqual([]);
    await cluster.settled();
    await cluster.answering();
  });
});
