/** RT-11 and RT-12 on real servers: what an integration logs, in which form, where, and who may read it. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { AppliedDocument } from "./drawbridge.ts";
import { compareTrees, type Lab, labOrSkip, openLab, releases, type Server, snapshotTree } from "./harness/index.ts";
import { asking } from "./runtime-controls.ts";
import { installIntegration, listening, smallJvm } from "./workload/index.ts";

const reason = labOrSkip();
const note = reason === undefined ? "" : ` (skipped: ${reason})`;

const ids = [
  "log-trace",
  "log-level",
  "log-masking",
  "log-format",
  "log-access",
  "log-files",
  "log-umask",
  "log-rotation",
  "log-metrics-address",
  "log-metrics",
];
const moving = ["/var/lib/drawbridge", "/tmp", "/srv/logs", "/var/lib/logrotate"];

const config = `# Orders: keep this comment
[ballerina.log]
level = "DEBUG" # while we look for the fault

[ballerina.http]
traceLogConsole = true

[ballerina.observe]
metricsEnabled = true
metricsReporter = "prometheus"
`;

describe.skipIf(reason !== undefined).each([...releases])(`logs on %s${note}`, (release) => {
  let lab: Lab;
  let server: Server;
  let ask: ReturnType<typeof asking>;
  let before: Awaited<ReturnType<typeof snapshotTree>>;
  let applied: AppliedDocument;
  const answers = async () => {
    await listening(server, 9090);
    expect(await ask.sh("curl -fsS http://127.0.0.1:9090/health")).toContain("UP");
  };

  beforeAll(async () => {
    lab = await openLab();
    server = await lab.server({ release, flavour: "proxy" });
    ask = asking(lab, server, ids);
    await ask.sh(
      "mkdir -p /srv/logs; chmod 0755 /srv/logs; touch /srv/logs/orders.log; chmod 0666 /srv/logs/orders.log",
    );
    await installIntegration(server, {
      name: "orders",
      config,
      program: { prometheus: true },
      unit: { jvm: smallJvm, directives: ["StandardError=append:/srv/logs/orders.log"] },
      ports: [9090, 9797],
    });
    await answers();
    before = await snapshotTree(server.root, { exclude: moving });
  });
  afterAll(() => lab?.close());

  test("are careless at first", async () => {
    expect(await ask.results()).toEqual({
      ...Object.fromEntries(ids.map((id) => [id, "fail"])),
      "log-metrics": "pass",
    });
  });

  test("are put right with one restart; comments stay, and nothing is written that the program does not know", async () => {
    const result = await ask.apply();
    expect(result.exitCode, result.stderr).toBe(0);
    applied = result.document;
    await answers();
    const text = await server.readFile("/opt/orders/Config.toml");
    expect(text).toContain("# Orders: keep this comment");
    expect(text).toContain('level = "INFO" # while we look for the fault');
    expect(await ask.sh("systemctl show -P NRestarts orders.service")).toBe("0\n");
    expect(await ask.sh("ss -Hltn sport = :9797")).toMatch(/127\.0\.0\.1\]?:9797/u);
    await ask.sh("curl -fsS http://127.0.0.1:9090/orders >/dev/null || :");
    const line = (await ask.sh("tail -n 3 /srv/logs/orders.log")).trim().split("\n").at(-1) ?? "";
    expect(() => JSON.parse(line)).not.toThrow();
    await ask.sh("logrotate --force /etc/logrotate.d/drawbridge-integrations");
    expect(await ask.sh("ls /srv/logs")).toContain("orders.log.1");
    await ask.sh("rm /srv/logs/orders.log.1");
  });

  test("pass then, and there is nothing left to do", async () => {
    expect(await ask.results()).toEqual(Object.fromEntries(ids.map((id) => [id, "pass"])));
    expect(await ask.planned()).toEqual([]);
  });

  test("undo brings every byte back, and it answers", async () => {
    const result = await ask.cli("undo", applied.transactionId, "--yes");
    expect(result.exitCode, result.stderr).toBe(0);
    await answers();
    expect(compareTrees(before, await snapshotTree(server.root, { exclude: moving }))).toEqual([]);
    expect(await ask.sh("stat -c '%a %U' /srv/logs/orders.log")).toBe("666 root\n");
  });
});

describe.skipIf(reason !== undefined)(`logs of an older distribution${note}`, () => {
  let lab: Lab;
  afterAll(() => lab?.close());

  test("get only keys that it knows, and the program starts", async () => {
    lab = await openLab();
    const server = await lab.server({ release: "bookworm", flavour: "proxy" });
    const ask = asking(lab, server, ids);
    await installIntegration(server, {
      name: "orders",
      program: { distribution: "2201.12" },
      config: "",
      unit: { jvm: smallJvm },
    });
    const result = await ask.apply();
    expect(result.exitCode, result.stderr).toBe(0);
    expect(await server.readFile("/opt/orders/Config.toml")).not.toMatch(/enableSensitiveDataMasking|destinations/u);
    expect((await ask.results())["log-masking"]).toBe("notapplicable");
    expect(await ask.sh("curl -fsS http://127.0.0.1:9090/health")).toContain("UP");
  });
});
