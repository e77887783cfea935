import { describe, expect, it } from "vitest";
import { answerReader } from "../../../../src/core/answers.ts";
import { known, unknown } from "../../../../src/model/fact.ts";
import type { Integration } from "../../../../src/model/integration.ts";
import type { Answers } from "../../../../src/model/plan.ts";
import { type Audit, audit, auditList, auditProgram, auditState, auditTimer } from "../../../../src/probes/audit.ts";
import { integrations } from "../../../../src/probes/integrations.ts";
import { type Network, network } from "../../../../src/probes/network.ts";
import { type RuntimeUnit, unitFiles } from "../../../../src/probes/unit-files.ts";
import { workload } from "../../../../src/probes/workload.ts";
import { sandbox } from "../../../../steps/runtime/sandbox/index.ts";
import { withRung } from "../../../../steps/runtime/sandbox/questions.ts";
import { heightOf, rungs, topRung } from "../../../../steps/runtime/sandbox/rungs.ts";
import { runtimeAuditTimer } from "../../../../steps/runtime/sandbox/runtime-audit-timer.ts";
import { sandboxBindAddress } from "../../../../steps/runtime/sandbox/sandbox-bind-address.ts";
import { heightNow } from "../../../../steps/runtime/sandbox/sandbox-unit.ts";
import { aJar, anIntegration, aUnit, whatRunsHere } from "../../integration-fixture.ts";
import { factsOf, parsed, settle } from "../../settle.ts";
import { aRuntimeUnit, runtimeUnits, withOwn } from "../unit-fixture.ts";

const factsAbout = (unit: RuntimeUnit, integration: Partial<Integration> = {}) =>
  factsOf(
    [integrations, known(whatRunsHere([anIntegration(integration)]))],
    [unitFiles, known(runtimeUnits([unit]))],
    [workload, known({ units: [aUnit()], loose: [], trees: [], sudo: new Map() })],
  );
const run = (unit: RuntimeUnit, given: Answers = {}, integration: Partial<Integration> = {}) =>
  settle([sandbox], factsAbout(unit, integration), given);
const filesOf = (changes: ReturnType<typeof run>["changes"]) =>
  changes.flatMap((each) => (each.kind === "file" ? [{ path: each.path, ...each.after }] : []));
const textOf = (changes: ReturnType<typeof run>["changes"]) => filesOf(changes)[0]?.content ?? "";

const writing = aRuntimeUnit();
const unit: RuntimeUnit = {
  ...writing,
  process: { ...(writing.process as NonNullable<RuntimeUnit["process"]>), writes: ["/srv/data/out.csv", "/tmp/x"] },
};

describe("sandbox-unit", () => {
  const first = run(unit);
  const after = withOwn(unit, filesOf(first.changes));

  it("fails for a plain unit and gives it the whole sandbox with one restart", () => {
    expect(first.details["sandbox-unit"]).toBe("orders-api: has next to no sandbox");
    expect(first.changes.map(({ kind }) => kind)).toEqual(["directory", "file", "unit"]);
    for (const line of [
      "CapabilityBoundingSet=\n",
      "SystemCallFilter=\nSystemCallFilter=@system-service\nSystemCallFilter=~@privileged @resources\n",
      "ProtectSystem=strict\n",
      "ReadWritePaths=-/srv/data\nReadWritePaths=-/var/log/orders\n",
      "PrivateUsers=yes\n",
    ])
      expect(textOf(first.changes)).toContain(line);
    expect(textOf(first.changes)).not.toMatch(/MemoryDenyWriteExecute|ProcSubset/u);
  });

  it("passes then, plans nothing again, also when a file is closed by now", () => {
    expect(run(after, first.answers).results["sandbox-unit"]).toBe("pass");
    expect(run(after, first.answers).changes).toEqual([]);
    const closed = { ...after, process: { ...(unit.process as NonNullable<RuntimeUnit["process"]>), writes: [] } };
    expect(run(closed, first.answers).changes).toEqual([]);
  });

  it("is not believed before the restart", () => {
    const stale = { ...after, startedAt: 1_789_000_000 };
    expect(run(stale).details["sandbox-unit"]).toBe("orders-api: its sandbox counts from the next start only");
    expect(run(stale).changes.map(({ kind }) => kind)).toEqual(["unit"]);
  });

  it("stops at the rung that was answered, and says what is left off", () => {
    const answers = { "sandbox.rung": ["orders-api.service=users"] };
    const lower = run(after, answers);
    expect(textOf(lower.changes)).not.toContain("ProtectHome");
    expect(textOf(lower.changes)).toContain("PrivateUsers=yes");
    const settled = run(withOwn(after, filesOf(lower.changes)), answers);
    expect(settled.results["sandbox-unit"]).toBe("pass");
    expect(settled.details["sandbox-unit"]).toContain("rung 10 of 12 (users)");
    expect(settled.changes).toEqual([]);
  });

  it("on the ground is neither passed nor planned again", () => {
    const answers = { "sandbox.rung": ["orders-api.service=none"] };
    const ground = withOwn(unit, filesOf(run(unit, answers).changes));
    expect(run(ground, answers).results["sandbox-unit"]).toBe("unknown");
    expect(run(ground, answers).changes).toEqual([]);
  });

  it("leaves a low port its one right and a home folder its eyes", () => {
    const socket = {
      transport: "tcp",
      address: "*",
      device: "",
      port: 443,
      families: [4],
      reach: "any",
      processes: [],
    } as const;
    const low = textOf(run(unit, {}, { sockets: [socket] }).changes);
    expect(low).toContain("CapabilityBoundingSet=\nCapabilityBoundingSet=CAP_NET_BIND_SERVICE\n");
    expect(low).toContain("AmbientCapabilities=\nAmbientCapabilities=CAP_NET_BIND_SERVICE\n");
    expect(low).not.toContain("PrivateUsers");
    expect(textOf(run(unit, {}, { workingDirectory: "/home/orders/app" }).changes)).toContain(
      "ProtectHome=read-only\n",
    );
  });

  it("refuses rungs, services and folders that do not exist or are too much", () => {
    expect(run(unit, { "sandbox.rung": ["orders-api.service=sky"] }).problems[0]).toContain("there is no rung sky");
    expect(run(unit, { "sandbox.rung": ["x.service=home"] }).problems[0]).toContain("x.service is not among");
    expect(run(unit, { "sandbox.writable": ["/var"] }).problems[0]).toContain("/var is too much");
  });
});

const noAudit: Audit = {
  timer: "inactive",
  lastRun: undefined,
  result: "",
  changes: [],
  files: new Map(),
  want: undefined,
  folders: [],
};

describe("runtime-audit-timer", () => {
  const look = (found: Audit, given: Answers = {}) =>
    settle(
      [{ ...sandbox, controls: [runtimeAuditTimer] }],
      new Map([...factsAbout(unit), [audit.id, known(found)]]),
      given,
    );
  const first = look(noAudit);
  const installed: Audit = {
    timer: "active",
    lastRun: 1_790_000_000,
    result: "success",
    changes: [],
    files: new Map(first.changes.flatMap((each) => (each.kind === "file" ? [[each.path, each.after] as const] : []))),
    want: auditTimer,
    folders: ["/usr/local/lib/drawbridge", auditState],
  };

  it("is installed where it is missing, and names what it looks at", () => {
    expect(first.details["runtime-audit-timer"]).toBe("no timer looks at them");
    const list = first.changes.find((each) => each.kind === "file" && each.path === auditList);
    expect(list).toMatchObject({
      after: {
        content: expect.stringContaining("unit\torders-api.service\n"),
        mode: "0600",
      },
    });
    expect(first.changes.map(({ kind }) => kind)).toContain("symlink");
  });

  it("passes when it is there and found nothing, and is left alone", () => {
    expect(look(installed).details["runtime-audit-timer"]).toMatch(/^last run .*: nothing changed$/u);
    expect(look(installed).results["runtime-audit-timer"]).toBe("pass");
    expect(look(installed).changes).toEqual([]);
  });

  it("tells what changed, and accepts it only when somebody says so", () => {
    const changed = { ...installed, result: "exit-code", changes: ["changed content /opt/orders/orders.jar"] };
    expect(look(changed).details["runtime-audit-timer"]).toContain("changed content /opt/orders/orders.jar");
    expect(look(changed).changes).toEqual([]);
    const accepted = look(changed, { "sandbox.accept-changes": true });
    expect(accepted.changes.filter(({ kind }) => kind === "command")).toMatchObject([
      { argv: ["sh", auditProgram, "accept"] },
    ]);
    expect(accepted.answers).not.toHaveProperty("sandbox.accept-changes");
  });

  it("reads what systemd and the report say", () => {
    const fact = parsed(
      audit,
      "@timer ActiveState=active\n@service Result=exit-code\n@service ExecMainExitTimestamp=@1790000000\n@change new\tport\t0.0.0.0:5005\n@want /etc/systemd/system/drawbridge-audit.timer\n@file 600 root root /etc/drawbridge-audit.list\n|unit\ta.service\n|.\n",
    );
    expect(fact).toMatchObject({
      state: "known",
      value: { timer: "active", lastRun: 1_790_000_000, changes: ["new port 0.0.0.0:5005"], result: "exit-code" },
    });
    expect(fact.state === "known" && fact.value.files.get(auditList)?.content).toBe("unit\ta.service\n");
  });
});

describe("sandbox-bind-address", () => {
  const device = (name: string, address: string): Network["interfaces"][number] => ({
    name,
    up: true,
    loopback: false,
    kind: "",
    addresses: [{ address, prefix: 24, family: 4, scope: "global", dynamic: false }],
  });
  const net = (...interfaces: Network["interfaces"]): Network => ({
    interfaces,
    defaultDevices: ["eth0"],
    resolvers: [],
    connections: [],
    session: undefined,
    ephemeral: { low: 32768, high: 60999 },
    archives: [],
  });
  const both = net(device("eth0", "192.0.2.7"), device("eth1", "10.0.0.5"));
  const listening = (address: string, reach: "any" | "address"): Partial<Integration> => ({
    sockets: [{ transport: "tcp", address, device: "", port: 9090, families: [4], reach, processes: [] }],
  });
  const judge = (integration: Partial<Integration>, found: Network, given: Answers = {}) =>
    settle(
      [{ ...sandbox, controls: [sandboxBindAddress] }],
      new Map([...factsAbout(unit, integration), [network.id, known(found)]]),
      given,
    );

  it("minds two networks, and not one", () => {
    expect(judge(listening("0.0.0.0", "any"), net(device("eth0", "192.0.2.7"))).results).toEqual({
      "sandbox-bind-address": "pass",
    });
    expect(judge(listening("0.0.0.0", "any"), both).details["sandbox-bind-address"]).toBe(
      "orders-api: listens on every network of this machine (eth0, eth1; port 9090): name its own as sandbox.address",
    );
    expect(judge(listening("10.0.0.5", "address"), both).results["sandbox-bind-address"]).toBe("pass");
  });

  it("takes only an address of the machine, and writes it only where the program knows the key", () => {
    const answer = { "sandbox.address": "10.0.0.5" };
    expect(judge({}, both, { "sandbox.address": "10.9.9.9" }).problems[0]).toContain("has no address 10.9.9.9");
    const facts = factsAbout(unit, listening("0.0.0.0", "any"));
    const reader = answerReader(facts, answer);
    const planned = (version: string) =>
      sandboxBindAddress.plan(
        {
          here: whatRunsHere([
            anIntegration({
              ...listening("0.0.0.0", "any"),
              jar: aJar({
                modules: [{ organisation: "ballerina", name: "http", major: 2, version, versionIs: "exact" }],
              }),
            }),
          ]),
          units: runtimeUnits([unit]),
          net: both,
          places: unknown("not asked"),
        },
        reader,
      );
    expect(planned("2.16.3")).toMatchObject([
      { value: { edits: [{ set: ["ballerina", "http", "defaultListenerConfig", "host"], value: "10.0.0.5" }] } },
    ]);
    expect(planned("2.12.4")).toEqual([]);
  });
});

describe("the ladder", () => {
  const reader = (answers: Answers) => answerReader(factsAbout(unit), answers);
  const standing = (rung: string) => {
    const answers = { "sandbox.rung": withRung([], "orders-api.service", rung) };
    return withOwn(unit, filesOf(run(unit, answers).changes));
  };

  it.each(rungs.map(({ id }) => id))("a service on rung %s is seen there", (rung) => {
    const each = { integration: anIntegration(), unit: standing(rung) };
    expect(heightNow(each, reader({}))).toBe(heightOf(rung));
  });

  it("is named by its rungs, each once, and the top one needs no answer", () => {
    expect(new Set(rungs.map(({ id }) => id)).size).toBe(rungs.length);
    expect(withRung(["a.service=home", "b.service=users"], "a.service", topRung)).toEqual(["b.service=users"]);
    expect(withRung(["b.service=users"], "b.service", "home")).toEqual(["b.service=home"]);
  });
});

describe("generate", () => {
  const files = (answers: Answers) => sandbox.generate?.(answerReader(new Map(), answers)) ?? [];

  it("writes a whole unit where there is none, and drop-ins for those that are named", () => {
    const [whole] = files({ "service-user.name": "orders" });
    expect(whole?.path).toBe("/etc/systemd/system/orders.service");
    expect(whole?.content).toContain("ExecStart=/usr/bin/java -jar /opt/orders/orders.jar");
    expect(whole?.content).toContain("\nCapabilityBoundingSet=\n");
    expect(whole?.content).not.toMatch(/\{\{|\nMemoryDenyWriteExecute=|\nProcSubset=/u);
    expect(files({ "service-user.unit": ["a.service"] }).map(({ path }) => path)).toEqual([
      "/etc/systemd/system/a.service.d/zz-drawbridge-runtime.conf",
    ]);
  });
});
