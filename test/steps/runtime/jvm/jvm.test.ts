import { describe, expect, it } from "vitest";
import { known } from "../../../../src/model/fact.ts";
import type { Integration } from "../../../../src/model/integration.ts";
import type { Answers } from "../../../../src/model/plan.ts";
import { integrations } from "../../../../src/probes/integrations.ts";
import { type RuntimeUnit, unitFiles } from "../../../../src/probes/unit-files.ts";
import { workload } from "../../../../src/probes/workload.ts";
import { splitOptions } from "../../../../src/systemd/java-options.ts";
import { plainWord } from "../../../../src/systemd/unit-file.ts";
import { heapShare } from "../../../../steps/runtime/jvm/heap.ts";
import { jvm } from "../../../../steps/runtime/jvm/index.ts";
import { execStart, unitEnvironment } from "../../../../steps/runtime/unit.ts";
import { anIntegration, aUnit, whatRunsHere } from "../../integration-fixture.ts";
import { factsOf, settle } from "../../settle.ts";
import { aRuntimeUnit, runtimeUnits, withOwn } from "../unit-fixture.ts";

type Host = { readonly integration: Integration; readonly unit: RuntimeUnit };

/** An integration as its unit says it is started: what its JVM would show after a restart. */
const started = (unit: RuntimeUnit, overrides: Partial<Integration> = {}): Host => {
  const words = (execStart(unit) ?? []).map(plainWord);
  const environment = unitEnvironment(unit);
  const fromVariable = (name: string) =>
    splitOptions(environment.get(name)?.value ?? "").map((text) => ({ text: text.replaceAll("%%", "%"), from: name }));
  const end = words.indexOf("-jar");
  return {
    unit,
    integration: anIntegration({
      commandLine: words,
      jvmOptions: [
        ...fromVariable("JAVA_TOOL_OPTIONS"),
        ...fromVariable("JDK_JAVA_OPTIONS"),
        ...words.slice(1, end).map((text) => ({ text, from: "command line" })),
        ...fromVariable("_JAVA_OPTIONS"),
      ],
      environment: [...environment.values()].map(({ name, value }) => ({ name, value, from: "unit" })),
      ...overrides,
    }),
  };
};

const run = (hosts: readonly Host[], given: Answers = {}, memory = 4 * 1024 ** 3) =>
  settle(
    [jvm],
    factsOf(
      [integrations, known(whatRunsHere(hosts.map(({ integration }) => integration)))],
      [
        unitFiles,
        known(
          runtimeUnits(
            hosts.map(({ unit }) => unit),
            { memory },
          ),
        ),
      ],
      [
        workload,
        known({
          units: hosts.map(({ unit }) => aUnit({ name: unit.name })),
          loose: [],
          trees: [],
          sudo: new Map(),
        }),
      ],
    ),
    given,
  );

const worst = aRuntimeUnit({
  text: `[Service]
User=orders
WorkingDirectory=/opt/orders
Environment="JAVA_TOOL_OPTIONS=-Xdebug" BAL_JAVA_DEBUG=5006
ExecStart=/usr/bin/java -agentlib:jdwp=transport=dt_socket,server=y,suspend=n,address=*:5005 -Dcom.sun.management.jmxremote.port=9010 -Dcom.sun.management.jmxremote.authenticate=false -Dcom.sun.management.jmxremote.ssl=false -XX:+HeapDumpOnOutOfMemoryError -jar /opt/orders/orders.jar
`,
});

const ids = jvm.controls.map(({ id }) => id);

it("looks at every side door, limit and spill of a JVM", () => {
  expect(ids).toEqual([
    "jvm-user",
    "jvm-debug",
    "jvm-jmx",
    "jvm-attach",
    "jvm-heap-limit",
    "jvm-exit-on-out-of-memory",
    "jvm-heap-dump-path",
    "jvm-gc-log",
    "jvm-temporary-directory",
  ]);
});

const decided = ids.filter((id) => id !== "jvm-user");

const filesOf = (changes: ReturnType<typeof run>["changes"]) =>
  changes.flatMap((each) => (each.kind === "file" ? [{ path: each.path, ...each.after }] : []));

describe("a JVM started carelessly", () => {
  const first = run([started(worst)]);
  const after = started(withOwn(worst, filesOf(first.changes)));
  const second = run([after], first.answers);

  it("fails in everything that its options decide", () => {
    for (const id of decided) expect([id, first.results[id]]).toEqual([id, "fail"]);
    expect(first.details["jvm-debug"]).toContain("-agentlib:jdwp=");
    expect(first.details["jvm-debug"]).toContain("BAL_JAVA_DEBUG");
    expect(first.details["jvm-jmx"]).toBe("orders-api: JMX on port 9010 without a password");
  });

  it("is put right by one file and one restart, and folders of its own", () => {
    expect(first.changes.filter(({ kind }) => kind === "unit")).toHaveLength(1);
    expect(first.changes.flatMap((each) => (each.kind === "command" ? [each.argv.slice(2).join(" ")] : []))).toEqual([
      "-m 0755 -o root -g root /var/lib/orders-api",
      "-m 0700 -o orders -g orders /var/lib/orders-api/dumps",
      "-m 0750 -o orders -g orders /var/log/orders-api",
      "-m 0700 -o orders -g orders /var/lib/orders-api/tmp",
    ]);
    expect(
      filesOf(first.changes)[0]?.content,
    ).toBe(`# Written by drawbridge: what the runtime controls want of this service. systemd.unit(5)
# Last of its drop-ins, so that it wins. An edit by hand of what is in here is overwritten by the next run.
[Service]
Environment="JDK_JAVA_OPTIONS=-XX:+DisableAttachMechanism -Xmx1024m -XX:+ExitOnOutOfMemoryError -XX:HeapDumpPath=/var/lib/orders-api/dumps -Xlog:gc*:file=/var/log/orders-api/gc.log:time,uptime:filecount=5,filesize=20M -Djava.io.tmpdir=/var/lib/orders-api/tmp"
UnsetEnvironment=BAL_JAVA_DEBUG JAVA_TOOL_OPTIONS
ExecStart=
ExecStart=/usr/bin/java -XX:+HeapDumpOnOutOfMemoryError -jar /opt/orders/orders.jar
LogsDirectory=orders-api
LogsDirectoryMode=0750
Restart=on-failure
StateDirectory=orders-api/dumps
StateDirectory=orders-api/tmp
StateDirectoryMode=0700
`);
  });

  it("passes then, and there is nothing left to do", () => {
    expect(second.results).toEqual(Object.fromEntries(ids.map((id) => [id, "pass"])));
    expect(second.changes).toEqual([]);
    expect(run([after]).changes).toEqual([]);
  });
});

describe("heaps", () => {
  it("of many programs are cut to what the machine can give", () => {
    const gibibyte = 1024 ** 3;
    expect(heapShare([undefined], 4 * gibibyte)).toEqual([gibibyte]);
    const ten = heapShare(
      Array.from({ length: 10 }, () => undefined),
      4 * gibibyte,
    );
    expect(ten.reduce((sum, bytes) => sum + bytes, 0)).toBeLessThanOrEqual(3 * gibibyte);
    expect(heapShare([256 * 1024 ** 2, 8 * gibibyte], 4 * gibibyte)).toEqual([256 * 1024 ** 2, 1.5 * gibibyte]);
  });

  it("with a limit of their owner's are left alone", () => {
    const unit = aRuntimeUnit({ text: "[Service]\nExecStart=/usr/bin/java -Xmx300m -jar a.jar\n" });
    const { results, answers, changes } = run([started(unit)]);
    expect(results["jvm-heap-limit"]).toBe("pass");
    expect(answers["jvm.heap"]).toEqual(["orders-api=300m"]);
    expect(filesOf(changes)[0]?.content).not.toContain("-Xmx");
  });

  it("that are answered larger than the machine are refused", () => {
    const { problems } = run([started(worst)], { "jvm.heap": ["orders-api=9g"] });
    expect(problems).toEqual(["jvm.heap: together that is 9216m, and the machine has 4096m"]);
  });
});

describe("what options cannot change", () => {
  it("root is named, and whose job it is", () => {
    const { details } = run([started(aRuntimeUnit(), { user: "root" })]);
    expect(details["jvm-user"]).toContain("see the service user");
  });

  it("a program outside any service is named", () => {
    const { findings } = run([
      { unit: aRuntimeUnit({ name: "other.service" }), integration: anIntegration({ unit: undefined, pid: 77 }) },
    ]);
    expect(new Set(findings.map(({ result }) => result))).toEqual(new Set(["notapplicable"]));
    expect(findings[0]?.detail).toBe(
      "orders-api runs outside any service (process 77): make it a systemd service first",
    );
  });
});

describe("whose JVM is looked at", () => {
  it("every Ballerina program's, also one that came after the answers; another Java program's only if it was chosen", () => {
    const of = (kind: Integration["kind"], chosen: readonly string[]) =>
      run([started(aRuntimeUnit(), { kind })], { "service-user.unit": chosen }).results["jvm-attach"];
    expect(of("ballerina", [])).toBe("fail");
    expect(of("java", [])).toBe("notapplicable");
    expect(of("java", ["orders-api.service"])).toBe("fail");
  });
});

describe("JMX that is wanted", () => {
  it("is bound to the loopback address", () => {
    const first = run([started(worst)], { "jvm.jmx": "loopback" });
    const after = started(withOwn(worst, filesOf(first.changes)));
    expect(after.integration.jvmOptions.map(({ text }) => text)).toContain(
      "-Dcom.sun.management.jmxremote.host=127.0.0.1",
    );
    expect(run([after], first.answers).results["jvm-jmx"]).toBe("pass");
  });
});
