/**
 * What an operator types in the wizard becomes two nodes: by keys on a full screen of 80x24, and line by line. On request only:
 * `DRAWBRIDGE_LAB_PROOF=1 vitest run --project lab test/lab/failover-wizard-proof.lab.ts`.
 */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { clusterIn, type LabCluster, type RolloutDocument } from "./cluster.ts";
import { document } from "./drawbridge.ts";
import { type Lab, labOrSkip, openLab, type Server } from "./harness/index.ts";
import { openTerminal } from "./terminal.ts";

const reason = labOrSkip();
const only = ["--step", "failover"];
const [enter, down, clear, done] = ["\r", "\u001b[B", "\u0015", "\u0004"];

describe.skipIf(reason !== undefined)("failover by the wizard's answers", () => {
  let lab: Lab;
  let nodes: Server[];
  let cluster: LabCluster;
  let entries: readonly string[];
  let shared: string;

  beforeAll(async () => {
    execFileSync(process.execPath, ["scripts/bundle.ts", "--quiet"]);
    lab = await openLab();
    nodes = [];
    for (const name of ["nodea", "nodeb"])
      nodes.push(await lab.server({ release: "bookworm", flavour: "failover", name }));
    cluster = clusterIn(lab, nodes);
    entries = nodes.map(({ name, address }) => `${name}=${address}`);
    [shared = ""] = cluster.shared;
  }, 600_000);
  afterAll(async () => {
    await lab?.close();
    cluster?.close();
  });

  const rolledOut = async (path: string) => {
    const result = await cluster.rollout(nodes, "--answers", path, ...only);
    const rollout = document<RolloutDocument>(result);
    expect(rollout, `${rollout.reason} ${result.stderr}`).toMatchObject({ state: "done", drift: [] });
    expect(rollout.nodes.map(({ state }) => state)).toEqual(["confirmed", "confirmed"]);
    await cluster.settled();
    await cluster.answering();
  };

  test("by keys, on one of the nodes", async () => {
    const path = join(lab.directory, "a.json");
    const wizard = openTerminal(lab, nodes[0] as Server, 80, 24, {}, ...only);
    const answer = async (title: RegExp, keys = enter) => {
      await wizard.see(title);
      wizard.type(keys);
    };
    try {
      await answer(/Set up this server/u);
      await answer(/1 decision to make/u);
      await answer(/What happens when this machine fails/u, down);
      await answer(/Chosen +needed/u, down);
      await answer(/Chosen +elsewhere/u, down);
      await wizard.see(/Chosen +active-passive/u);
      // Nothing of it is cut off at this width.
      expect(wizard.screen()).not.toContain("…   ");
      wizard.type(enter);
      await wizard.see(/Which machines are the nodes/u);
      await wizard.see(/one node is no failover/u);
      expect(wizard.screen()).toMatch(/rollout --hosts/u);
      wizard.type(" ");
      await answer(/One entry per line/u, entries[1]);
      await answer(new RegExp(`│ ${entries[1]}`, "u"), done);
      await answer(new RegExp(`Chosen +${entries.join(", ")}`, "u"));
      await answer(/Which address do the callers use/u, " ");
      await answer(/One entry per line/u, "198.51.100.7");
      await answer(/│ 198\.51\.100\.7/u, done);
      await answer(/198\.51\.100\.7 is not in the nodes' network/u, clear);
      wizard.type(shared);
      await answer(new RegExp(`│ ${shared}`, "u"), done);
      await answer(new RegExp(`Chosen +${shared}`, "u"));
      for (const title of [
        /On which network interface/u,
        /Which proxy stands/u,
        /On which port do the callers/u,
        /On which port does the integration/u,
        /Which path of the integration/u,
        /Where is the certificate/u,
        /Does the integration speak TLS/u,
        /Which virtual router number/u,
        /Which address must a node reach/u,
      ])
        await answer(title);
      await answer(/\/etc\/keepalived\/keepalived\.conf/u, "s");
      await answer(/The answers +for other hosts: plan, apply or rollout with --answers FILE/u, down);
      await answer(/❯ The answers/u);
      await answer(/Where to\?/u, clear);
      wizard.type(path);
      await wizard.see(/❯ \/\S+a\.json/u);
      wizard.type(enter);
      await answer(/Written:/u, "\u0003");
      expect(await wizard.exited()).toBe(130);
    } finally {
      wizard.close();
    }
    for (const node of nodes) expect((await node.exec(["test", "-e", "/var/lib/drawbridge"])).exitCode).toBe(1);
    await rolledOut(path);
    expect(await cluster.holders()).toEqual(["nodea"]);
  }, 600_000);

  test("line by line, without a machine", async () => {
    const path = join(lab.directory, "b.json");
    // The other node's name: the walk above would be offered again.
    const wizard = openTerminal(lab, nodes[1] as Server, 80, 24, { TERM: "dumb" }, ...only);
    const answer = async (asked: RegExp, words = "") => {
      await wizard.hear(asked);
      wizard.type(`${words}${enter}`);
    };
    try {
      await answer(/Number, or Enter/u, "3");
      await answer(/Number of a step/u);
      await answer(/machine fails[\s\S]*Number, or Enter/u, "4");
      await answer(/First entry/u, entries[0]);
      await answer(/Entry 2/u, entries[1]);
      await answer(/Entry 3/u);
      await answer(/callers use[\s\S]*First entry/u, shared);
      await answer(/Entry 2/u);
      await answer(/Interface\.[\s\S]*Enter for/u);
      await answer(/Proxy\.[\s\S]*Enter for/u);
      await answer(/Port of the proxy\.[\s\S]*Enter for/u);
      await answer(/Port of the integration\.[\s\S]*Enter for/u);
      await answer(/Health path\.[\s\S]*Enter for/u, "/typed");
      await answer(/Certificate\.[\s\S]*Enter for/u);
      await answer(/Authority behind the proxy\.[\s\S]*answer/u);
      await answer(/VRRP number\.[\s\S]*Enter for/u);
      await answer(/Witness\.[\s\S]*answer/u);
      await answer(/s to save the answers/u, "s");
      await answer(/What is to be saved\?[\s\S]*Number, or Enter/u, "2");
      await answer(/Where to\?/u, path);
      await wizard.hear(/Written/u);
    } finally {
      wizard.close();
    }
    await rolledOut(path);
    for (const node of nodes) expect(await node.readFile("/etc/drawbridge-failover.list")).toContain(":9090/typed\n");
  }, 600_000);
});
