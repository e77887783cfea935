/** RT-13 on real servers: what a running JVM was started with, put right by its unit, and back to the byte. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { AppliedDocument } from "./drawbridge.ts";
import { compareTrees, type Lab, labOrSkip, openLab, releases, type Server, snapshotTree } from "./harness/index.ts";
import { asking } from "./runtime-controls.ts";
import { installIntegration, listening } from "./workload/index.ts";

const reason = labOrSkip();
const note = reason === undefined ? "" : ` (skipped: ${reason})`;

const ids = [
  "jvm-user",
  "jvm-debug",
  "jvm-jmx",
  "jvm-attach",
  "jvm-heap-limit",
  "jvm-exit-on-out-of-memory",
  "jvm-heap-dump-path",
  "jvm-gc-log",
  "jvm-temporary-directory",
];
/** Transactions are kept; the Java of the lab writes its performance data where it always does. */
const moving = ["/var/lib/drawbridge", "/tmp"];

describe.skipIf(reason !== undefined).each([...releases])(`a JVM on %s${note}`, (release) => {
  let lab: Lab;
  let server: Server;
  let ask: ReturnType<typeof asking>;
  let before: Awaited<ReturnType<typeof snapshotTree>>;
  let applied: AppliedDocument;
  const commandLine = () => ask.sh("tr '\\0' ' ' </proc/$(systemctl show -P MainPID orders.service)/cmdline");
  const answers = async () => {
    await listening(server, 9090);
    expect(await ask.sh("curl -fsS http://127.0.0.1:9090/health")).toContain("UP");
  };

  beforeAll(async () => {
    lab = await openLab();
    server = await lab.server({ release, flavour: "proxy" });
    ask = asking(lab, server, ids);
    await installIntegration(server, {
      name: "orders",
      unit: {
        jvm: [
          "-agentlib:jdwp=transport=dt_socket,server=y,suspend=n,address=*:5005",
          "-Dcom.sun.management.jmxremote.port=9010",
          "-Dcom.sun.management.jmxremote.authenticate=false",
          "-Dcom.sun.management.jmxremote.ssl=false",
          "-XX:+HeapDumpOnOutOfMemoryError",
          "-XX:TieredStopAtLevel=1",
          "-Dnote=a b",
        ],
        environment: { JAVA_TOOL_OPTIONS: "-Xdebug", BAL_JAVA_DEBUG: "5006" },
        environmentFiles: ["/opt/orders/orders.env"],
      },
      start: false,
    });
    await server.writeFile("/opt/orders/orders.env", 'JDK_JAVA_OPTIONS="-Dfrom.file=100%"\n', { mode: "0640" });
    await ask.sh("systemctl daemon-reload; systemctl enable --now orders.service");
    await answers();
    before = await snapshotTree(server.root, { exclude: moving });
  });
  afterAll(() => lab?.close());

  test("fails for every side door, limit and spill", async () => {
    const found = await ask.results();
    expect(found).toEqual({
      ...Object.fromEntries(ids.map((id) => [id, "fail"])),
      "jvm-user": "pass",
    });
    expect(await ask.sh("ss -Hltn")).toMatch(/:5005\s[\s\S]*:9010\s|:9010\s[\s\S]*:5005\s/u);
  });

  test("is put right with one restart, and answers", async () => {
    const result = await ask.apply();
    expect(result.exitCode, result.stderr).toBe(0);
    applied = result.document;
    await answers();
    expect(await ask.sh("ss -Hltn")).not.toMatch(/:(?:5005|9010)\s/u);
    expect(await ask.sh("systemctl show -P NRestarts orders.service")).toBe("0\n");
    const words = await commandLine();
    expect(words).not.toMatch(/jdwp|jmxremote/u);
    expect(words).toContain("-Dnote=a b");
    const environment = await ask.sh("tr '\\0' '\\n' </proc/$(systemctl show -P MainPID orders.service)/environ");
    expect(environment).toContain("-Dfrom.file=100%");
    expect(environment).not.toMatch(/Xdebug|BAL_JAVA_DEBUG/u);
    expect(await ask.sh("stat -c '%a %U' /var/lib/orders/tmp /var/lib/orders/dumps")).toBe("700 orders\n700 orders\n");
    expect(await ask.sh("stat -c %U /var/log/orders/gc.log")).toBe("orders\n");
  });

  test("passes then, and there is nothing left to do", async () => {
    expect(await ask.results()).toEqual(Object.fromEntries(ids.map((id) => [id, "pass"])));
    expect(await ask.planned()).toEqual([]);
  });

  test("undo brings every byte back, and it answers", async () => {
    const result = await ask.cli("undo", applied.transactionId, "--yes");
    expect(result.exitCode, result.stderr).toBe(0);
    await answers();
    expect(compareTrees(before, await snapshotTree(server.root, { exclude: moving }))).toEqual([]);
    expect(await commandLine()).toContain("jdwp");
  });

  test("an option that the JVM does not take is taken back by the canary", async () => {
    const result = await ask.apply("--set", "jvm.heap=orders=1m");
    expect(result.exitCode).toBe(4);
    expect(result.document.state).toBe("reverted");
    await answers();
  });
});
