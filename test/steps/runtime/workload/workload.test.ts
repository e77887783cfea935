import { describe, expect, it } from "vitest";
import { answerReader } from "../../../../src/core/answers.ts";
import type { Change } from "../../../../src/model/change.ts";
import { known, unknown } from "../../../../src/model/fact.ts";
import type { Integration, WhatRunsHere } from "../../../../src/model/integration.ts";
import { accounts } from "../../../../src/probes/accounts.ts";
import { attestations } from "../../../../src/probes/attestations.ts";
import { integrations } from "../../../../src/probes/integrations.ts";
import type { Listener } from "../../../../src/probes/listeners.ts";
import { supports } from "../../../../src/workload/modules.ts";
import { settingAt } from "../../../../src/workload/settings.ts";
import { databases } from "../../../../steps/runtime/databases/index.ts";
import { pipeline } from "../../../../steps/runtime/pipeline/index.ts";
import { described, statedDistribution } from "../../../../steps/runtime/workload/described.ts";
import { workloadHealth } from "../../../../steps/runtime/workload/health.ts";
import { workloadStep } from "../../../../steps/runtime/workload/index.ts";
import { aConfigurationFile, anIntegration, whatRunsHere } from "../../integration-fixture.ts";
import { factsOf, settle } from "../../settle.ts";

type FileChange = Extract<Change, { kind: "file" }>;

const found = (all: readonly Integration[], more: Partial<WhatRunsHere> = {}) =>
  factsOf([integrations, known(whatRunsHere(all, more))]);
const judged = (all: readonly Integration[], answers = {}) => settle([workloadStep], found(all), answers);

const setting = (key: string, value: string | bigint | boolean) => ({
  path: key.split("."),
  key,
  value,
  source: { kind: "file" as const, path: "/opt/orders/Config.toml", line: 1, start: 0, end: 1 },
  shadowed: [],
  secret: false,
});

const configuration = (overrides: Partial<Integration["configuration"]>): Integration["configuration"] => ({
  decidedBy: "BAL_CONFIG_FILES",
  files: [aConfigurationFile()],
  settings: [],
  ...overrides,
});

describe("workload-configuration-valid", () => {
  const detailOf = (overrides: Partial<Integration["configuration"]>) => {
    const { results, details } = judged([anIntegration({ configuration: configuration(overrides) })]);
    return `${results["workload-configuration-valid"]} ${details["workload-configuration-valid"]}`;
  };

  it("passes where the program can start", () => expect(detailOf({})).toBe("pass "));

  it.each<[string, Partial<Integration["configuration"]>, string]>([
    [
      "a file that does not parse",
      { files: [aConfigurationFile({ state: "invalid", problem: "line 3, column 7: unexpected end" })] },
      "fail orders-api: /opt/orders/Config.toml is no TOML: line 3, column 7: unexpected end",
    ],
    [
      "a listed file that is not there",
      { files: [aConfigurationFile({ path: "/etc/orders/s.toml", state: "missing" })] },
      "fail orders-api: /etc/orders/s.toml is listed in BAL_CONFIG_FILES and is not there: the program runs without it",
    ],
    [
      "a file that cannot be read",
      { files: [aConfigurationFile({ state: "unreadable", problem: "it is not a regular file" })] },
      "fail orders-api: /opt/orders/Config.toml cannot be read: it is not a regular file",
    ],
    [
      "a variable that matches nothing",
      { unused: [{ key: "prot", source: { kind: "environment", variable: "BAL_CONFIG_VAR_PROT", from: "unit" } }] },
      "fail orders-api: BAL_CONFIG_VAR_PROT (unit) matches no variable of the program",
    ],
    [
      "a key that matches nothing",
      { unused: [{ key: "ballerina.http.listeners.port", source: setting("x", true).source }] },
      "fail orders-api: /opt/orders/Config.toml line 1: the program has no ballerina.http.listeners.port",
    ],
    [
      "an argument that matches nothing",
      { unused: [{ key: "prot", source: { kind: "argument", from: "command line" } }] },
      "fail orders-api: -Cprot matches no variable of the program",
    ],
  ])("fails for %s", (_what, overrides, expected) => expect(detailOf(overrides)).toBe(expected));

  it.each<[string, string, string, boolean]>([
    ["root", "root", "0600", false],
    ["orders", "root", "0400", true],
    ["root", "orders", "0640", true],
    ["root", "orders", "0600", false],
    ["root", "adm", "0640", false],
    ["root", "ssl-cert", "0640", true],
    ["root", "root", "0644", true],
    ["orders", "orders", "0044", false],
  ])("%s:%s %s can be read by the service: %s", (owner, group, mode, isFine) => {
    const path = "/opt/orders/Config.toml";
    const stat = { path, kind: "file" as const, mode, owner, group, uid: 0, gid: 0 };
    const files = [aConfigurationFile({ stat })];
    const facts = new Map([
      ...found([anIntegration({ configuration: configuration({ files }) })]),
      ...factsOf([accounts, known({ accounts: [{ name: "orders", groups: ["orders", "ssl-cert"] }] })]),
    ]);
    const { details } = settle([workloadStep], facts);
    expect(details["workload-configuration-valid"]).toBe(
      isFine ? "" : `orders-api: orders may not read ${path}: the program runs without what stands in it`,
    );
  });

  it("a credential is read whatever its mode says", () => {
    const path = "/run/credentials/orders-api.service/secrets.toml";
    const stat = { path, kind: "file" as const, mode: "0400", owner: "root", group: "root", uid: 0, gid: 0 };
    expect(detailOf({ files: [aConfigurationFile({ path, stat })] })).toBe("pass ");
  });

  it("a Config.toml in the working directory that is not there is none", () =>
    expect(detailOf({ decidedBy: "working directory", files: [aConfigurationFile({ state: "missing" })] })).toBe(
      "pass ",
    ));
});

describe("workload-service", () => {
  it("passes for services, containers and JARs at rest", () => {
    const all = [
      anIntegration(),
      anIntegration({ id: "inside", unit: undefined, container: true }),
      anIntegration({ id: "resting", unit: undefined, pid: undefined }),
    ];
    expect(judged(all).results["workload-service"]).toBe("pass");
  });

  it("fails for a program that a shell started, and shows what runs here", () => {
    const { findings } = judged([anIntegration({ unit: undefined, user: "op" })]);
    const finding = findings.find(({ controlId }) => controlId === "workload-service");
    expect(finding?.result).toBe("fail");
    expect(finding?.detail).toBe("orders-api: process 812 of op belongs to no service; write a unit for it");
    expect(finding?.evidence[0]?.answered).toContain("Java 21.0.9 (Debian)");
  });

  it("plans nothing by itself", () => expect(judged([anIntegration({ unit: undefined })]).changes).toEqual([]));
});

describe("a machine without an integration", () => {
  const facts = found([]);
  const expected = { "workload.expected": true };
  const reader = (given = {}) => answerReader(facts, { ...expected, ...given });

  it("is asked whether one will come, and no more unless one does", () => {
    expect(Object.keys(settle([workloadStep], facts).answers)).toEqual(["workload.expected"]);
    const ballerina = {
      product: "ballerina" as const,
      path: "/usr/lib/ballerina",
      version: undefined,
      bundledJava: [],
    };
    const installed = found([], { installations: [ballerina] });
    expect(settle([workloadStep], installed).answers).toHaveProperty("workload.name");
  });

  it("passes over the steps that only an integration needs", () => {
    const noRecords = { today: "2026-11-22", file: undefined, records: {} };
    const asked = new Map([...facts, ...factsOf([attestations, known(noRecords)])]);
    const { results, answers } = settle([workloadStep, databases, pipeline], asked);
    expect(new Set(Object.values(results))).toEqual(new Set(["notapplicable"]));
    expect(Object.keys(answers)).toEqual(["workload.expected"]);
    expect(settle([workloadStep, databases, pipeline], asked, expected).answers).toHaveProperty("databases.name");
  });

  it("is asked what will run there", () => {
    const { answers, results } = settle([workloadStep], facts, expected);
    expect(results).toEqual({ "workload-service": "notapplicable", "workload-configuration-valid": "notapplicable" });
    expect(Object.keys(answers)).toEqual(
      expect.arrayContaining(["workload.name", "workload.port", "workload.distribution"]),
    );
  });

  it("is asked nothing of that where one runs", () => {
    const { answers } = judged([anIntegration()]);
    expect(answers).not.toHaveProperty("workload.name");
    expect(answers).not.toHaveProperty("workload.port");
  });

  it("describes the one to come", () => {
    const [orders] = described(
      whatRunsHere([]),
      reader({
        "workload.name": "orders",
        "workload.port": 9500,
        "workload.upstreams": ["https://stock.example", "postgresql://db:5432"],
      }),
    );
    expect(orders).toMatchObject({
      id: "orders",
      user: "orders",
      unit: { name: "orders.service", workingDirectory: "/opt/orders", logFolders: ["/var/log/orders"] },
      configuration: { files: [{ path: "/etc/orders/secrets.toml" }, { path: "/etc/orders/Config.toml" }] },
    });
    expect(orders && settingAt(orders, "ballerina.http.defaultListenerPort")?.value).toBe(9500n);
    expect(orders?.endpoints.map(({ host, port }) => `${host}:${port}`)).toEqual(["stock.example:443", "db:5432"]);
  });

  it("may be told which release it will be: keys follow from it", () => {
    for (const [release, expected] of [
      ["2201.10.5", "no"],
      ["2201.13.4", "yes"],
      ["", "unknown"],
    ] as const) {
      const answers = reader({ "workload.distribution": release });
      const [one] = described(undefined, answers);
      expect(one && supports(one, "http.defaultListenerPort", statedDistribution(answers))).toBe(expected);
    }
  });

  it("what really runs beats what was described", () =>
    expect(described(whatRunsHere([anIntegration()]), reader()).map(({ id }) => id)).toEqual(["orders-api"]));

  it.each([
    ["workload.name", "Orders!"],
    ["workload.port", 0],
    ["workload.application", "/opt/../etc"],
    ["workload.distribution", "13"],
    ["workload.peers", ["everybody"]],
    ["workload.upstreams", ["has a space"]],
  ])("%s refuses %j", (id, value) => {
    expect(settle([workloadStep], facts, expected).problems).toEqual([]);
    expect(() => settle([workloadStep], facts, { ...expected, [id]: value })).toThrow();
  });

  it("the release is asked for where a JAR does not tell", () => {
    const dated = anIntegration({ jar: undefined });
    expect(judged([dated]).answers["workload.distribution"]).toBe("");
  });

  it("nothing is proposed for a machine that could not be seen", () =>
    expect(settle([workloadStep], factsOf([integrations, unknown("this needs root")])).changes).toEqual([]));
});

describe("the canary", () => {
  const socket = (port: number, overrides: Partial<Listener> = {}): Listener => ({
    transport: "tcp",
    address: "0.0.0.0",
    device: "",
    port,
    families: [4],
    reach: "any",
    processes: [],
    ...overrides,
  });
  const orders = anIntegration({
    sockets: [
      socket(9090),
      socket(9443, { address: "10.0.0.5", reach: "address" }),
      socket(9797),
      socket(5005),
      socket(40123),
    ],
    jvmOptions: [{ text: "-agentlib:jdwp=transport=dt_socket,address=*:5005", from: "command line" }],
    configuration: configuration({ settings: [setting("httpsPort", 9443n)] }),
  });
  const reader = answerReader(found([orders]), {});
  const checks = (
    all: readonly Integration[],
    changes: readonly FileChange[] = [],
    listening: readonly Listener[] = [],
  ) => workloadHealth.checks({ here: whatRunsHere(all), listening }, reader, changes);

  const edited = (content: string, path = "/opt/orders/Config.toml"): FileChange =>
    ({ kind: "file", path, after: { content, mode: "0640", owner: "root", group: "orders" } }) as FileChange;

  it("asks the unit, the default listener and the ports that settings name; debuggers and metrics may go", () =>
    expect(checks([orders])).toEqual([
      { what: "orders-api runs", before: { kind: "unit", unit: "orders-api.service" }, unit: "orders-api.service" },
      {
        what: "orders-api answers GET / on port 9090",
        before: { kind: "http", url: "http://127.0.0.1:9090/" },
        unit: "orders-api.service",
      },
      {
        what: "orders-api listens on port 9443",
        before: { kind: "port", address: "10.0.0.5", port: 9443 },
        unit: "orders-api.service",
      },
    ]));

  it("looks where the plan moves the listener", () => {
    const [, answers] = checks(
      [orders],
      [
        edited(
          '[ballerina.http]\ndefaultListenerPort = 9500\n[ballerina.http.defaultListenerConfig]\nhost = "10.0.0.5"\n[ballerina.http.defaultListenerConfig.secureSocket.key]\npassword = "••••••••"\n',
        ),
      ],
    );
    expect(answers?.after).toEqual({ kind: "http", url: "https://10.0.0.5:9500/" });
  });

  it("other files, and files that do not parse, move nothing", () => {
    const [, answers] = checks(
      [orders],
      [edited("[ballerina.http]\ndefaultListenerPort = 1\n", "/etc/x/other.toml"), edited("= = =")],
    );
    expect(answers).not.toHaveProperty("after");
  });

  it("expects nothing of what does not run", () =>
    expect(
      checks([
        anIntegration({ unit: undefined }),
        anIntegration({ container: true }),
        anIntegration({ unit: { ...(orders.unit as NonNullable<typeof orders.unit>), activeState: "failed" } }),
      ]),
    ).toEqual([]));

  it("asks the proxies in front", () => {
    const holder = {
      pid: 9,
      name: "nginx",
      user: "root",
      uid: 0,
      unit: "nginx.service",
      executable: "/usr/sbin/nginx",
    };
    expect(
      checks(
        [],
        [],
        [
          socket(443, { processes: [holder] }),
          socket(443, { address: "::", families: [6], processes: [holder] }),
          socket(22),
        ],
      ).map(({ before }) => before),
    ).toEqual([
      { kind: "unit", unit: "nginx.service" },
      { kind: "http", url: "https://127.0.0.1:443/" },
    ]);
  });
});
