/**
 * Failover in each of its forms, and what each kind of trouble costs callers: the table of docs/failover.md. Half an hour, on request only:
 * `DRAWBRIDGE_LAB_PROOF=1 vitest run --project lab test/lab/failover-proof.lab.ts`. `failover.lab.ts` shows one form each time.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  addressOf,
  type ClusterSetting,
  clusterIn,
  type Family,
  type LabCluster,
  type RolloutDocument,
} from "./cluster.ts";
import { document, drawbridgeOver, type InspectionDocument, type PlanDocument } from "./drawbridge.ts";
import {
  compareTrees,
  type Lab,
  labOrSkip,
  openLab,
  run,
  type Server,
  snapshotTree,
  type Tree,
  until,
} from "./harness/index.ts";

const reason = labOrSkip();

type Release = "bookworm" | "trixie";
type Form = {
  readonly name: string;
  /** One node each. */
  readonly releases: readonly [Release, Release];
  readonly mode: "active-passive" | "active-active";
  readonly proxy: "haproxy" | "nginx";
  readonly family: Family;
};

const forms: readonly Form[] = [
  { name: "Debian 13", releases: ["trixie", "trixie"], mode: "active-passive", proxy: "haproxy", family: 4 },
  { name: "nginx", releases: ["bookworm", "bookworm"], mode: "active-passive", proxy: "nginx", family: 4 },
  { name: "active-active", releases: ["bookworm", "bookworm"], mode: "active-active", proxy: "haproxy", family: 4 },
  { name: "IPv6", releases: ["bookworm", "bookworm"], mode: "active-passive", proxy: "haproxy", family: 6 },
  { name: "everything else at once", releases: ["trixie", "trixie"], mode: "active-active", proxy: "nginx", family: 6 },
  { name: "two releases", releases: ["bookworm", "trixie"], mode: "active-passive", proxy: "haproxy", family: 4 },
];

/**
 * In the place of an integration, apart from the proxy: /slow takes four seconds, /sick says that it does not work, /health that it does.
 */
const standin = `pid /run/standin.pid;
events { }
http {
    access_log off;
    server {
        listen 9090;
        listen [::]:9090;
        location / { return 200 "$hostname\\n"; }
        location /health { return 200 "well\\n"; }
        location /sick { return 503 "sick\\n"; }
        location /slow { root /srv/standin; limit_rate 1k; }
    }
}
`;
const unit = `[Service]
ExecStart=/usr/sbin/nginx -c /etc/standin.conf -g "daemon off;"
[Install]
WantedBy=multi-user.target
`;

const withStandin = async (server: Server): Promise<void> => {
  await server.must(["systemctl", "disable", "--now", "--quiet", "nginx"]);
  await server.must(["rm", "-f", "/etc/nginx/conf.d/standin.conf"]);
  await server.writeFile("/etc/standin.conf", standin);
  await server.writeFile("/etc/systemd/system/standin.service", unit);
  await server.must(["sh", "-c", "mkdir -p /srv/standin && head -c 4096 /dev/zero | tr '\\0' . > /srv/standin/slow"]);
  await server.must(["systemctl", "enable", "--now", "--quiet", "standin"]);
};

const only = ["--step", "failover"];
const paths = ["/etc", "/usr/local"];
const conf = "/etc/keepalived/keepalived.conf";

describe.skipIf(reason !== undefined).each(forms)(
  "failover: $name",
  ({ releases, mode, proxy, family, name: form }) => {
    let lab: Lab;
    let cluster: LabCluster;
    let before: readonly Tree[];

    beforeAll(async () => {
      lab = await openLab();
      const nodes: Server[] = [];
      for (const [index, name] of ["nodea", "nodeb"].entries())
        nodes.push(await lab.server({ release: releases[index] as Release, flavour: "failover", name }));
      for (const one of nodes) await withStandin(one);
      before = await Promise.all(nodes.map((one) => snapshotTree(one.root, { paths })));
      const setting: ClusterSetting = {
        family,
        shared: mode === "active-active" ? 2 : 1,
        answers: { "failover.mode": mode, "failover.proxy": proxy, "failover.health-path": "/health" },
      };
      cluster = clusterIn(lab, nodes, setting);
    }, 1_200_000);
    afterAll(async () => {
      await lab?.close();
      cluster?.close();
      for (const { what, address, sent, lost, longestGapMs } of cluster?.costs ?? [])
        console.log(`| ${form} | ${what} | ${address} | ${lost} of ${sent} | ${(longestGapMs / 1000).toFixed(1)} s |`);
    });

    const holder = async () => (await cluster.holders())[0] ?? "";
    const other = (name: string) => (name === "nodea" ? "nodeb" : "nodea");
    /** keepalived's last word on each address: it believes a node again only after two good checks. */
    const believed = async (name: string) => {
      const said = await cluster
        .node(name)
        .must(["journalctl", "--boot", "--unit=keepalived", "--output=cat", "--no-pager"]);
      const last = new Map<string, string>();
      for (const [, instance = "", state = ""] of said.matchAll(/\((shared_\d)\) Entering (\w+) STATE/gu))
        last.set(instance, state);
      return last.size === cluster.shared.length && ![...last.values()].includes("FAULT") ? true : undefined;
    };
    /** After trouble on this node: well again, and callers are served. */
    const well = async (name: string) => {
      await cluster.works(name);
      await until(`keepalived on ${name} is ready`, () => believed(name));
      await cluster.settled();
      await cluster.answering();
    };

    test("one set of answers makes both nodes", async () => {
      const result = await cluster.rollout(cluster.nodes, "--answers", cluster.answers(), ...only);
      const done = document<RolloutDocument>(result);
      expect(done, `${done.reason} ${result.stderr}`).toMatchObject({ state: "done" });
      expect(done.drift.length > 0).toBe(releases[0] !== releases[1]);
      if (releases[0] !== releases[1])
        expect(done.drift.join()).toContain("different versions of keepalived: nodea 2.2");
      await cluster.settled();
      await cluster.answering();
      for (const one of cluster.nodes) {
        const cli = drawbridgeOver(lab, one);
        expect(document<PlanDocument>(await cli("plan", ...only, "--format", "json")).changes).toEqual([]);
        const { findings } = document<InspectionDocument>(await cli("inspect", ...only, "--format", "json"));
        const open = findings.filter(({ result: found }) => found !== "pass" && found !== "notapplicable");
        expect(open.map(({ controlId }) => controlId).filter((id) => id !== "failover-firewall")).toEqual([]);
      }
    });

    test("a node whose power is cut", async () => {
      const first = await holder();
      await cluster.counted("power of the holder is cut", async () => {
        await cluster.node(first).powerCut({ boot: false });
        for (const address of cluster.shared) await cluster.heldBy(other(first), address);
        await cluster.answering();
      });
      const refused = await cluster.rollout(
        cluster.nodes,
        "--answers",
        cluster.answers({ "failover.port": 8443 }),
        ...only,
      );
      expect(refused.exitCode).toBe(3);
      expect(refused.stderr).toContain(`${first} is down or cannot be reached`);
      await cluster.counted("it comes back", async () => {
        await cluster.node(first).powerOn();
        await cluster.node(first).waitForSsh();
        await well(first);
      });
      // It does not take the address back from one that works; with an address for each, it does after a while.
      if (mode === "active-passive") expect(await holder()).toBe(other(first));
      else await cluster.heldBy(first);
    });

    test("an integration that stops, and one whose answer says that it is sick", async () => {
      const first = await holder();
      await cluster.counted("integration of the holder stops", async () => {
        await cluster.node(first).must(["systemctl", "stop", "standin"]);
        for (const address of cluster.shared) await cluster.heldBy(other(first), address);
        await cluster.answering();
      });
      await cluster.node(first).must(["systemctl", "start", "standin"]);
      await well(first);
    });

    test("a proxy that dies", async () => {
      const first = await holder();
      await cluster.counted("proxy of the holder stops", async () => {
        await cluster.node(first).must(["systemctl", "stop", proxy]);
        for (const address of cluster.shared) await cluster.heldBy(other(first), address);
        await cluster.answering();
      });
      await cluster.node(first).must(["systemctl", "start", proxy]);
      await well(first);
    });

    test("keepalived that is killed, and started again by systemd or not", async () => {
      const first = await holder();
      await cluster.counted("keepalived of the holder is stopped", async () => {
        await cluster.node(first).must(["systemctl", "stop", "keepalived"]);
        for (const address of cluster.shared) await cluster.heldBy(other(first), address);
        await cluster.answering();
      });
      await cluster.node(first).must(["systemctl", "start", "keepalived"]);
      await well(first);
    });

    test("a node that is switched off in order", async () => {
      const first = await holder();
      await cluster.counted("holder is switched off", async () => {
        await cluster.node(first).powerOff();
        for (const address of cluster.shared) await cluster.heldBy(other(first), address);
        await cluster.answering();
      });
      await cluster.node(first).powerOn();
      await cluster.node(first).waitForSsh();
      await well(first);
    });

    test("a rollout that changes both nodes, and requests that take seconds", async () => {
      const [address = ""] = cluster.shared;
      const url = `https://${address.includes(":") ? `[${address}]` : address}/slow`;
      let going = true;
      const slow: number[] = [];
      const callers = Array.from({ length: 4 }, async () => {
        while (going)
          slow.push((await lab.client.exec(["curl", "-gfsk", "-o", "/dev/null", "--max-time", "30", url])).exitCode);
      });
      const answers = cluster.answers({ "failover.health-path": "/" });
      const result = await cluster.counted("rollout over both nodes", () =>
        cluster.rollout(cluster.nodes, "--answers", answers, ...only).finally(() => {
          going = false;
        }),
      );
      await Promise.all(callers);
      const done = document<RolloutDocument>(result);
      expect(done, `${done.reason} ${result.stderr}`).toMatchObject({ state: "done" });
      expect(done.nodes.map(({ state }) => state)).toEqual(["confirmed", "confirmed"]);
      console.log(
        `requests of four seconds meanwhile: ${slow.filter((code) => code !== 0).length} of ${slow.length} broken off`,
      );
      await cluster.settled();
    });

    test("a node whose integration does not work with what is rolled out", async () => {
      const had = await Promise.all(cluster.nodes.map((one) => snapshotTree(one.root, { paths })));
      const answers = cluster.answers({ "failover.health-path": "/sick" });
      const result = await cluster.counted("rollout that fails and is put back", () =>
        cluster.rollout(cluster.nodes, "--answers", answers, ...only),
      );
      const stopped = document<RolloutDocument>(result);
      expect(stopped, result.stderr).toMatchObject({ state: "stopped" });
      expect(result.exitCode).toBe(4);
      expect(stopped.nodes.map(({ state }) => state)).toEqual(["reverted", "waiting"]);
      // By the proxy's own answer, which is looked at first, or by the node's word on itself.
      expect(stopped.reason).toMatch(/not as before: haproxy|answers 503/u);
      for (const [index, one] of cluster.nodes.entries())
        expect(compareTrees(had[index] as Tree, await snapshotTree(one.root, { paths }))).toEqual([]);
      await cluster.settled();
      await cluster.answering();
    });

    test("what somebody changed on one node is found, and what others see from outside is told", async () => {
      const nodea = cluster.node("nodea");
      await nodea.must(["sed", "-i", "s/advert_int 1/advert_int 2/", conf]);
      const { findings } = document<InspectionDocument>(
        await drawbridgeOver(lab, nodea)("inspect", ...only, "--format", "json"),
      );
      expect(findings.find(({ controlId }) => controlId === "failover-address")).toMatchObject({
        result: "fail",
        detail: `${conf} is not what the answers say`,
      });
      const answers = cluster.answers({ "failover.health-path": "/" });
      const result = await cluster.rollout(
        cluster.nodes,
        "--answers",
        answers,
        ...only,
        "--step",
        "open-ports",
        "--outside",
      );
      const mended = document<RolloutDocument>(result);
      expect(mended, result.stderr).toMatchObject({ state: "done" });
      expect(mended.nodes.find(({ name }) => name === "nodea")).toMatchObject({ state: "confirmed" });
      expect(mended.nodes.find(({ name }) => name === "nodeb")).toMatchObject({ state: "unchanged" });
      // No firewall is up: the integration's own port is open to everybody.
      const outside = mended.drift.filter((one) => one.includes("seen from outside"));
      expect(outside.map((one) => one.split(",")[0]).sort()).toEqual(["nodea", "nodeb"]);
      expect(outside.every((one) => one.includes("9090"))).toBe(true);
    });

    test("the firewall comes on, and strangers have no say", async () => {
      const answers = cluster.answers({ "failover.health-path": "/" });
      const both = ["--answers", answers, ...only, "--step", "firewall"];
      const result = await cluster.counted("rollout of the firewall", () => cluster.rollout(cluster.nodes, ...both));
      const done = document<RolloutDocument>(result);
      expect(done, `${done.reason} ${result.stderr}`).toMatchObject({ state: "done" });
      await cluster.settled();
      const stranger = await lab.stranger();
      for (const one of cluster.nodes) {
        const address = addressOf(one, family);
        const past = `http://${address.includes(":") ? `[${address}]` : address}:9090/`;
        expect((await stranger.exec(["curl", "-gfsS", "-o", "/dev/null", "--max-time", "2", past])).exitCode).not.toBe(
          0,
        );
      }
      const look = await cluster.rollout(cluster.nodes, ...both, "--step", "open-ports", "--outside");
      const seen = document<RolloutDocument>(look);
      expect(seen, look.stderr).toMatchObject({ state: "done" });
      expect(seen.drift.filter((one) => one.includes("seen from outside"))).toEqual([]);
      // The same, every day, from a machine that is none of the nodes.
      const folder = mkdtempSync(join(tmpdir(), "drawbridge-outside-"));
      const file = join(folder, "outside/etc/drawbridge-outside.list");
      const words = ["generate", folder, "--answers", answers, "--step", "open-ports"];
      const made = await run([process.execPath, "src/cli.ts", ...words]);
      expect(made.exitCode, made.stderr).toBe(0);
      const program = join(folder, "outside/usr/local/lib/drawbridge/outside-look");
      const text = readFileSync(program, "utf8")
        .replace("list=/etc/drawbridge-outside.list", `list=${file}`)
        // All ports of addresses that stay silent would take a quarter of an hour.
        .replace("-p 1-65535", "-p 1-1024");
      writeFileSync(program, text);
      const outside = () =>
        stranger.exec(["env", `STATE_DIRECTORY=${folder}/state`, "sh", program], { timeoutMs: 1_800_000 });
      const first = await outside();
      expect(first.exitCode, `${first.stdout}${first.stderr}`).toBe(0);
      await cluster.node("nodea").must(["systemctl", "stop", proxy]);
      const second = await outside();
      expect(second.exitCode).toBe(1);
      expect(second.stdout).toContain("nodea: 443/tcp has gone since the last look");
      expect(second.stdout).toContain("nodea: 443/tcp is agreed (nobody has said whose) and does not answer");
      await cluster.node("nodea").must(["systemctl", "start", proxy]);
      await well("nodea");
      rmSync(folder, { recursive: true, force: true });
      for (const one of cluster.nodes) {
        const { findings } = document<InspectionDocument>(
          await drawbridgeOver(lab, one)("inspect", ...only, "--format", "json"),
        );
        expect(findings.filter(({ result: found }) => found !== "pass" && found !== "notapplicable")).toEqual([]);
      }
    });

    test("taken back, both nodes are what they were", async () => {
      for (const [index, one] of cluster.nodes.entries()) {
        for (let taken = 0; taken < 10; taken += 1) {
          const undone = await drawbridgeOver(lab, one)("undo", "--yes");
          if (undone.exitCode !== 0) break;
          // What somebody changed is theirs, and stays: they take it back as well.
          await one.must(["sh", "-c", `! [ -f ${conf} ] || sed -i 's/advert_int 2/advert_int 1/' ${conf}`]);
        }
        const left = compareTrees(before[index] as Tree, await snapshotTree(one.root, { paths }));
        // Whose hand was in there last decides about the time of the folder.
        expect(left.filter((line) => !line.startsWith("/etc/keepalived: mtime"))).toEqual([]);
      }
    });
  },
);
