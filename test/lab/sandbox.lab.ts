/** RT-14 on real servers: the sandbox under load, the ladder with programs that need what a rung forbids, the daily look. */
import { spawn } from "node:child_process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { AppliedDocument } from "./drawbridge.ts";
import {
  compareTrees,
  type Lab,
  labOrSkip,
  openLab,
  releases,
  type Server,
  snapshotTree,
  until,
} from "./harness/index.ts";
import { asking } from "./runtime-controls.ts";
import { installIntegration, listening, requestCounter, smallJvm } from "./workload/index.ts";

const reason = labOrSkip();
const note = reason === undefined ? "" : ` (skipped: ${reason})`;
const moving = ["/var/lib/drawbridge", "/tmp"];

describe.skipIf(reason !== undefined).each([...releases])(`the sandbox on %s${note}`, (release) => {
  let lab: Lab;
  let server: Server;
  let ask: ReturnType<typeof asking>;
  let before: Awaited<ReturnType<typeof snapshotTree>>;
  let applied: AppliedDocument;
  /** `systemd-analyze security`: 0 is the best there is, 10 the worst. */
  const exposure = async (unit: string) =>
    Number(
      /level for \S+ ([\d.]+)/u.exec(
        (await server.exec(["systemd-analyze", "security", "--no-pager", unit])).stdout.replace(": ", " "),
      )?.[1],
    );
  const answers = async (port = 9090) => {
    await listening(server, port);
    expect(await ask.sh(`curl -fsS http://127.0.0.1:${port}/health`)).toContain("UP");
  };
  const dropIn = (text: string) =>
    ask.sh(
      `mkdir -p /etc/systemd/system/orders.service.d; printf '[Service]\\n${text}\\n' >/etc/systemd/system/orders.service.d/10-needs.conf; systemctl daemon-reload; systemctl restart orders.service`,
    );

  beforeAll(async () => {
    lab = await openLab();
    server = await lab.server({ release, flavour: "proxy" });
    ask = asking(lab, server, ["sandbox-unit"]);
    await installIntegration(server, { name: "orders", unit: { jvm: smallJvm } });
    await answers();
    before = await snapshotTree(server.root, { exclude: moving });
  });
  afterAll(() => lab?.close());

  test("is missing at first", async () => {
    expect(await ask.results()).toEqual({ "sandbox-unit": "fail" });
    expect(await exposure("orders.service")).toBeGreaterThan(8);
  });

  test("stands at 1.3 or better under load, after one restart that loses few requests", async () => {
    const url = `http://${server.address}:9090/orders`;
    const counter = await requestCounter(lab, url);
    const result = await ask.apply();
    const counted = (await counter.stop())[url];
    expect(result.exitCode, result.stderr).toBe(0);
    applied = result.document;
    expect(await exposure("orders.service")).toBeLessThanOrEqual(1.3);
    expect(counted?.ok).toBeGreaterThan(20);
    expect(counted?.longestGapMs).toBeLessThan(10_000);
    await answers();
  });

  test("passes then, and there is nothing left to do", async () => {
    expect(await ask.results()).toEqual({ "sandbox-unit": "pass" });
    expect(await ask.planned()).toEqual([]);
  });

  test("holds: what the program does not need is gone", async () => {
    const status = await ask.sh("cat /proc/$(systemctl show -P MainPID orders.service)/status");
    expect(status).toMatch(/^NoNewPrivs:\s1$/mu);
    expect(status).toMatch(/^CapBnd:\s0+$/mu);
  });

  test("undo brings every byte back, and it answers", async () => {
    const result = await ask.cli("undo", applied.transactionId, "--yes");
    expect(result.exitCode, result.stderr).toBe(0);
    await answers();
    expect(compareTrees(before, await snapshotTree(server.root, { exclude: moving }))).toEqual([]);
  });

  test("a program that writes elsewhere keeps every rung but the last, and the report names file and way out", async () => {
    await ask.sh("mkdir -p /srv/data; chown orders: /srv/data");
    await dropIn('ExecStartPre=/bin/sh -c "date >>/srv/data/starts && /bin/true"');
    await answers();
    const refused = await ask.apply();
    expect([refused.exitCode, refused.document.state]).toEqual([4, "reverted"]);
    await answers();
    const climbed = await ask.cli("sandbox", "orders", "--yes");
    expect(climbed.exitCode, climbed.stderr).toBe(0);
    expect(climbed.stdout).toContain("orders.service: kept on rung 11 of 12 (home) after 2 tries");
    expect(climbed.stdout).toMatch(
      /reason: .*\/srv\/data\/starts.*Read-only file system.*sandbox\.writable=\/srv\/data/u,
    );
    await answers();
    expect(await ask.results()).toEqual({ "sandbox-unit": "pass" });
    expect(await ask.planned()).toEqual([]);
    const helped = await ask.cli("sandbox", "orders", "--yes", "--set", "sandbox.writable=/srv/data");
    expect(helped.stdout).toContain("orders.service: on the top rung of 12");
    await answers();
    expect(await exposure("orders.service")).toBeLessThanOrEqual(1.3);
    expect(await ask.planned()).toEqual([]);
  });

  test("a client that is killed leaves a service that works, and the next one goes on", async () => {
    for (;;) {
      const undone = await ask.cli("undo", "--yes");
      if (undone.exitCode !== 0) break;
    }
    await answers();
    const config = lab.sshConfig(server, { user: "root" });
    const words = ["src/cli.ts", "sandbox", "orders", "--yes", "--host", server.name, "--ssh-config", config];
    const client = spawn(process.execPath, words, { stdio: "ignore" });
    await until("a try has begun", async () =>
      (await server.exec(["test", "-e", "/etc/systemd/system/orders.service.d/zz-drawbridge-runtime.conf"]))
        .exitCode === 0
        ? true
        : undefined,
    );
    client.kill("SIGKILL");
    await until(
      "the machine ends the transaction by itself",
      async () => {
        const { stdout } = await ask.cli("status", "--format", "json");
        return /"state":\s*"(?:committing|armed|reverting)"/u.test(stdout) ? undefined : true;
      },
      { timeoutMs: 120_000, everyMs: 1000 },
    );
    await answers();
    const again = await ask.cli("sandbox", "orders", "--yes", "--set", "sandbox.writable=/srv/data");
    expect(again.exitCode, again.stderr).toBe(0);
    expect(again.stdout).toContain("top rung");
  });

  test("a program on port 443 keeps its one right", async () => {
    await installIntegration(server, {
      name: "edge",
      config: "[ballerina.http]\ndefaultListenerPort = 443\n",
      unit: { jvm: smallJvm, directives: ["AmbientCapabilities=CAP_NET_BIND_SERVICE"] },
      ports: [443],
    });
    const climbed = await ask.cli("sandbox", "edge", "--yes");
    expect(climbed.stdout, climbed.stderr).toContain("edge.service: on the top rung of 12");
    await answers(443);
    // Of 1.4 the right itself costs 0.2, and 0.2 the user namespace that would take it away.
    expect(await exposure("edge.service")).toBeLessThanOrEqual(1.4);
    const listed = "[Service]\nIPAddressDeny=any\nIPAddressAllow=10.0.0.0/8\n";
    const unit = `${await ask.sh("systemctl cat edge.service")}\n${listed}`;
    await server.writeFile("/tmp/edge-listed.service", unit);
    const words = ["systemd-analyze", "security", "--offline=true", "--no-pager", "/tmp/edge-listed.service"];
    expect((await server.exec(words)).stdout).toMatch(/exposure level for \S+ 1\.[0-3] /u);
    expect(await ask.sh("systemctl show -P CapabilityBoundingSet edge.service")).toBe("cap_net_bind_service\n");
  });

  test("the daily look finds what changed, accepts it when told so, and is undone whole", async () => {
    const audit = asking(lab, server, ["runtime-audit-timer"]);
    const earlier = await snapshotTree(server.root, { exclude: moving });
    const installed = await audit.apply();
    expect(installed.exitCode, installed.stderr).toBe(0);
    const look = async () => (await server.exec(["systemctl", "start", "drawbridge-audit.service"])).exitCode;
    expect(await look()).toBe(0);
    expect(await audit.results()).toEqual({ "runtime-audit-timer": "pass" });
    await audit.sh("chmod 0666 /opt/orders/orders.jar");
    expect(await look()).not.toBe(0);
    const { results, details } = await audit.findings();
    expect(results).toEqual({ "runtime-audit-timer": "fail" });
    expect(details["runtime-audit-timer"]).toContain("changed mode /opt/orders/orders.jar");
    await audit.sh("chmod 0644 /opt/orders/orders.jar");
    await audit.apply("--set", "sandbox.accept-changes=yes");
    expect(await look()).toBe(0);
    expect(await audit.results()).toEqual({ "runtime-audit-timer": "pass" });
    expect(await audit.planned()).toEqual([]);
    const undone = await audit.cli("undo", installed.document.transactionId, "--yes");
    expect(undone.exitCode, undone.stderr).toBe(0);
    const left = compareTrees(earlier, await snapshotTree(server.root, { exclude: moving }));
    expect(left.filter((line) => !/answers\.json|\/etc\/drawbridge\b/u.test(line))).toEqual([]);
  });
});
