/** Some nodes in one network that stand in for each other: how tests set them up, change them and count what callers lose. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Lab, type RunResult, run, type Server, until } from "./harness/index.ts";
import { requestCounter } from "./workload/index.ts";

export type RolloutDocument = {
  readonly state: string;
  readonly reason: string;
  readonly nodes: readonly { readonly name: string; readonly state: string; readonly reason: string }[];
  readonly drift: readonly string[];
};

export type Family = 4 | 6;

export type ClusterSetting = {
  /** What the answers file holds besides the nodes and their addresses. */
  readonly answers?: Readonly<Record<string, unknown>>;
  /** Of the nodes' addresses and of those that move; default 4. */
  readonly family?: Family;
  /** How many addresses move; default 1. */
  readonly shared?: number;
};

/** What a time of trouble cost callers, by shared address. */
export type Cost = {
  readonly what: string;
  readonly address: string;
  readonly sent: number;
  readonly lost: number;
  readonly longestGapMs: number;
};

export type LabCluster = {
  /** Tests add those that join. */
  readonly nodes: Server[];
  readonly node: (name: string) => Server;
  /** Addresses that move. */
  readonly shared: readonly string[];
  /** What was counted so far. */
  readonly costs: readonly Cost[];
  /** Writes one answers file for all of them, as the wizard saves it, and tells its path. */
  readonly answers: (more?: Readonly<Record<string, unknown>>) => string;
  readonly rollout: (hosts: readonly Server[], ...words: readonly string[]) => Promise<RunResult>;
  /** Names of the nodes that hold the address, by default the first. */
  readonly holders: (address?: string) => Promise<readonly string[]>;
  readonly heldBy: (name: string, address?: string) => Promise<true>;
  /** Waits until each shared address has one holder. */
  readonly settled: () => Promise<true>;
  /** Waits until callers get an answer from each shared address. */
  readonly answering: () => Promise<unknown>;
  /** Its own word, and that of keepalived: a node that has just failed waits a moment before it counts again. */
  readonly works: (name: string) => Promise<true>;
  /** A line for whoever reads the run: what it cost callers. Nothing is asserted about times. */
  readonly counted: <T>(what: string, during: () => Promise<T>) => Promise<T>;
  readonly close: () => void;
};

export const addressOf = (server: Server, family: Family): string => (family === 4 ? server.address : server.addressV6);
const inUrl = (address: string): string => (address.includes(":") ? `[${address}]` : address);

export function clusterIn(lab: Lab, nodes: Server[], setting: ClusterSetting = {}): LabCluster {
  const { family = 4 } = setting;
  const folder = mkdtempSync(join(tmpdir(), "drawbridge-failover-"));
  const [first] = nodes;
  if (first === undefined) throw new Error("a cluster has nodes");
  const shared = Array.from({ length: setting.shared ?? 1 }, (_, index) =>
    addressOf(first, family).replace(
      family === 4 ? /\.\d+$/u : /:[0-9a-f]+$/u,
      `${family === 4 ? "." : ":"}20${index}`,
    ),
  );
  const [main = ""] = shared;
  const url = (address: string) => `https://${inUrl(address)}/`;
  const costs: Cost[] = [];

  const node = (name: string): Server => {
    const found = nodes.find((one) => one.name === name);
    if (found === undefined) throw new Error(`no node ${name}`);
    return found;
  };
  const holders = async (address = main): Promise<readonly string[]> => {
    const held = await Promise.all(
      nodes
        .filter((one) => one.leader() !== undefined)
        .map(async (one) =>
          (await one.must(["ip", "-o", "address", "show"])).includes(` ${address}/`) ? one.name : "",
        ),
    );
    return held.filter((name) => name !== "");
  };

  return {
    nodes,
    node,
    shared,
    costs,
    answers: (more = {}) => {
      const path = join(folder, "answers.json");
      const given = {
        "failover.mode": "active-passive",
        "failover.nodes": nodes.map((one) => `${one.name}=${addressOf(one, family)}`),
        "failover.addresses": shared,
        "failover.backend-port": 9090,
        "ssh.port": 22,
        ...setting.answers,
        ...more,
      };
      writeFileSync(path, JSON.stringify({ schemaVersion: 1, answers: given }));
      return path;
    },
    rollout: (hosts, ...words) => {
      const config = join(folder, "ssh_config");
      writeFileSync(config, hosts.map((host) => readFileSync(lab.sshConfig(host), "utf8")).join("\n"));
      const names = hosts.map(({ name }) => name).join(",");
      const always = ["--hosts", names, "--ssh-config", config, "--yes", "--format", "json"];
      return run([process.execPath, "src/cli.ts", "rollout", ...always, ...words], { timeoutMs: 600_000 });
    },
    holders,
    heldBy: (name, address = main) =>
      until(`${address} on ${name}`, async () => ((await holders(address)).join() === name ? true : undefined), {
        timeoutMs: 60_000,
      }),
    settled: () =>
      until("one holder of each address", async () =>
        (await Promise.all(shared.map(async (address) => (await holders(address)).length))).every((one) => one === 1)
          ? true
          : undefined,
      ),
    answering: () =>
      Promise.all(
        shared.map((address) =>
          until(url(address), async () =>
            (await lab.client.exec(["curl", "-gfsk", "-o", "/dev/null", "--max-time", "2", url(address)])).exitCode ===
            0
              ? true
              : undefined,
          ),
        ),
      ),
    works: (name) =>
      until(`${name} works`, async () =>
        (await node(name).exec(["sh", "/usr/local/lib/drawbridge/failover", "gate"])).exitCode === 0 ? true : undefined,
      ),
    counted: async (what, during) => {
      const counter = await requestCounter(lab, ...shared.map(url));
      return during().finally(async () => {
        const counts = await counter.stop();
        for (const address of shared) {
          const { failed = 0, sent = 0, longestGapMs = 0, byStatus } = counts[url(address)] ?? {};
          costs.push({ what, address, sent, lost: failed, longestGapMs });
          console.log(
            `${what} (${address}): ${failed} of ${sent} requests lost, longest gap ${longestGapMs} ms, ${JSON.stringify(byStatus)}`,
          );
        }
      });
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}
