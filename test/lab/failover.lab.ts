/** Two nodes and three: the address moves when one stops, and a rollout changes one after the other without anybody noticing. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { document, drawbridgeOver, type InspectionDocument, type PlanDocument } from "./drawbridge.ts";
import {
  compareTrees,
  type Lab,
  labOrSkip,
  openLab,
  releases,
  run,
  type Server,
  snapshotTree,
  type Tree,
  until,
} from "./harness/index.ts";
import { requestCounter } from "./workload/index.ts";

const reason = labOrSkip();
const [release = "bookworm"] = releases;

type RolloutDocument = {
  readonly state: string;
  readonly reason: string;
  readonly nodes: readonly { readonly name: string; readonly state: string; readonly reason: string }[];
  readonly drift: readonly string[];
};

/** What steps change; what the rollout itself leaves in /run is gone with the next boot. */
const paths = ["/etc", "/usr/local"];

describe.skipIf(reason !== undefined)(`failover${reason ? ` (skipped: ${reason})` : ""}`, () => {
  let lab: Lab;
  let folder: string;
  let nodes: Server[];
  let shared: string;
  const node = (name: string): Server => {
    const found = nodes.find((one) => one.name === name);
    if (found === undefined) throw new Error(`no node ${name}`);
    return found;
  };

  beforeAll(async () => {
    lab = await openLab();
    folder = mkdtempSync(join(tmpdir(), "drawbridge-failover-"));
    nodes = [];
    for (const name of ["nodea", "nodeb"]) nodes.push(await lab.server({ release, flavour: "failover", name }));
    shared = `${node("nodea").address.replace(/\.\d+$/u, "")}.200`;
  }, 600_000);
  afterAll(async () => {
    await lab?.close();
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });

  /** One answers file for all of them, as the wizard saves it. */
  const answers = (more: Record<string, unknown> = {}): string => {
    const path = join(folder, "answers.json");
    const given = {
      "failover.mode": "active-passive",
      "failover.nodes": nodes.map(({ name, address }) => `${name}=${address}`),
      "failover.addresses": [shared],
      "failover.backend-port": 9090,
      "ssh.port": 22,
      ...more,
    };
    writeFileSync(path, JSON.stringify({ schemaVersion: 1, answers: given }));
    return path;
  };

  const rollout = (hosts: readonly Server[], ...words: readonly string[]) => {
    const config = join(folder, "ssh_config");
    writeFileSync(config, hosts.map((host) => readFileSync(lab.sshConfig(host), "utf8")).join("\n"));
    const names = hosts.map(({ name }) => name).join(",");
    return run(
      [
        process.execPath,
        "src/cli.ts",
        "rollout",
        "--hosts",
        names,
        "--ssh-config",
        config,
        ...words,
        "--yes",
        "--format",
        "json",
      ],
      { timeoutMs: 600_000 },
    );
  };
  const only = ["--step", "failover"];

  const holders = async (): Promise<readonly string[]> => {
    const held = await Promise.all(
      nodes
        .filter((one) => one.leader() !== undefined)
        .map(async (one) =>
          (await one.must(["ip", "-o", "address", "show"])).includes(` ${shared}/`) ? one.name : "",
        ),
    );
    return held.filter((name) => name !== "");
  };
  const heldBy = (name: string) =>
    until(`${shared} on ${name}`, async () => ((await holders()).join() === name ? true : undefined), {
      timeoutMs: 60_000,
    });

  /** A line for whoever reads the run: what it cost callers. Nothing is asserted about times. */
  const counted = async <T>(what: string, during: () => Promise<T>): Promise<T> => {
    const url = `https://${shared}/`;
    const counter = await requestCounter(lab, url);
    const result = await during().finally(async () => {
      const counts = (await counter.stop())[url];
      const statuses = JSON.stringify(counts?.byStatus);
      console.log(
        `${what}: ${counts?.failed} of ${counts?.sent} requests lost, longest gap ${counts?.longestGapMs} ms, ${statuses}`,
      );
    });
    return result;
  };

  test("one set of answers makes both nodes: one holds the address, and callers reach it over TLS", async () => {
    const result = await rollout(nodes, "--answers", answers(), ...only);
    const done = document<RolloutDocument>(result);
    expect(done, `${done.reason} ${result.stderr}`).toMatchObject({ state: "done", drift: [] });
    expect(result.exitCode).toBe(0);
    await until("one holder", async () => ((await holders()).length === 1 ? true : undefined));
    await answering();
    const cli = drawbridgeOver(lab, node("nodeb"));
    expect(document<PlanDocument>(await cli("plan", ...only, "--format", "json")).changes).toEqual([]);
  }, 600_000);

  test("a node that stops loses the address to the other; a rollout refuses until it is back", async () => {
    const [first = ""] = await holders();
    const other = first === "nodea" ? "nodeb" : "nodea";
    await counted("a node's power is cut", async () => {
      await node(first).powerCut({ boot: false });
      await heldBy(other);
      await answering();
    });
    const refused = await rollout(nodes, "--answers", answers({ "failover.health-path": "/other" }), ...only);
    expect(refused.exitCode).toBe(3);
    expect(refused.stderr).toContain(`${first} is down or cannot be reached`);

    await node(first).powerOn();
    await node(first).waitForSsh();
    await works(first);
    // It does not take the address back from one that works.
    await heldBy(other);
  }, 600_000);

  test("an integration that fails gives the address away, and its callers go to the other node", async () => {
    const [first = ""] = await holders();
    const other = first === "nodea" ? "nodeb" : "nodea";
    await counted("an integration stops", async () => {
      await node(first).must(["systemctl", "stop", "nginx"]);
      await heldBy(other);
      await answering();
    });
    await node(first).must(["systemctl", "start", "nginx"]);
    await works(first);
  }, 600_000);

  test("a node that does not work afterwards is put back and ends the rollout, and nobody notices", async () => {
    const before = await Promise.all(nodes.map((one) => snapshotTree(one.root, { paths })));
    const result = await counted("a rollout that fails", () =>
      rollout(nodes, "--answers", answers({ "failover.witness": "192.0.2.254" }), ...only),
    );
    const stopped = document<RolloutDocument>(result);
    expect(stopped, result.stderr).toMatchObject({ state: "stopped" });
    expect(result.exitCode).toBe(4);
    // The one that holds the address comes last, and is not reached.
    expect(stopped.nodes.map(({ state }) => state)).toEqual(["reverted", "waiting"]);
    expect(stopped.reason).toContain("192.0.2.254 does not answer: this node is cut off");
    for (const [index, one] of nodes.entries())
      expect(compareTrees(before[index] as Tree, await snapshotTree(one.root, { paths }))).toEqual([]);
    await until("one holder", async () => ((await holders()).length === 1 ? true : undefined));
  }, 600_000);

  test("a third node joins and the firewall comes on, one node after the other, while callers are served", async () => {
    nodes.push(await lab.server({ release, flavour: "failover", name: "nodec" }));
    const result = await counted("a rollout over three nodes", () =>
      rollout(nodes, "--answers", answers(), ...only, "--step", "firewall"),
    );
    const done = document<RolloutDocument>(result);
    expect(done, `${done.reason} ${result.stderr}`).toMatchObject({ state: "done", drift: [] });
    expect(done.nodes.map(({ state }) => state)).toEqual(["confirmed", "confirmed", "confirmed"]);
    expect(done.nodes[2]?.name).toBe("nodec");
    await until("one holder", async () => ((await holders()).length === 1 ? true : undefined));
    // Strangers cannot say who holds the address, and do not reach the integration past the proxy.
    const ruleset = await node("nodec").must(["nft", "list", "table", "inet", "drawbridge"]);
    expect(ruleset).toMatch(/ip saddr @failover4 (?:meta l4proto|ip protocol) (?:112|vrrp) accept/u);
    const stranger = await lab.stranger();
    const past = ["curl", "-fsS", "-o", "/dev/null", "--max-time", "2", `http://${node("nodec").address}:9090/`];
    expect((await stranger.exec(past)).exitCode).not.toBe(0);
    const { findings } = document<InspectionDocument>(
      await drawbridgeOver(lab, node("nodec"))("inspect", ...only, "--format", "json"),
    );
    const open = findings.filter(({ result: found }) => found !== "pass" && found !== "notapplicable");
    expect(open).toEqual([]);
    const [first = ""] = await holders();
    await counted("one of three is switched off", async () => {
      await node(first).powerOff();
      await until("another holder", async () => ((await holders()).length === 1 ? true : undefined));
      await answering();
    });
    expect(await holders()).not.toContain(first);
  }, 600_000);

  const answering = () =>
    until(`https://${shared}/`, async () =>
      (await lab.client.exec(["curl", "-fsk", "-o", "/dev/null", "--max-time", "2", `https://${shared}/`])).exitCode ===
      0
        ? true
        : undefined,
    );
  /** Its own word, and that of keepalived: a node that has just failed waits a moment before it counts again. */
  const works = (name: string) =>
    until(`${name} works`, async () =>
      (await node(name).exec(["sh", "/usr/local/lib/drawbridge/failover", "gate"])).exitCode === 0 ? true : undefined,
    );
});
