import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { answerReader } from "../../../../src/core/answers.ts";
import { known, unknown } from "../../../../src/model/fact.ts";
import type { Integration, Setting, TomlValue } from "../../../../src/model/integration.ts";
import type { Answers } from "../../../../src/model/plan.ts";
import { integrations } from "../../../../src/probes/integrations.ts";
import { isRotated, type LogRotation, logRotation } from "../../../../src/probes/log-rotation.ts";
import { type RuntimeUnit, unitFiles } from "../../../../src/probes/unit-files.ts";
import { workload } from "../../../../src/probes/workload.ts";
import { configurationEdits } from "../../../../steps/runtime/configuration.ts";
import { logs } from "../../../../steps/runtime/logs/index.ts";
import { aJar, anIntegration, aUnit, whatRunsHere } from "../../integration-fixture.ts";
import { factsOf, parsed, settle } from "../../settle.ts";
import { aRuntimeUnit, runtimeUnits } from "../unit-fixture.ts";

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

const path = "/opt/orders/Config.toml";
const setting = (key: string, value: TomlValue): Setting => ({
  path: key.split("."),
  key,
  value,
  source: { kind: "file", path, line: 1, start: 0, end: 0 },
  shadowed: [],
  secret: false,
});
const configured = (values: Readonly<Record<string, TomlValue>>): Integration["configuration"] => ({
  ...anIntegration().configuration,
  settings: Object.entries(values).map(([key, value]) => setting(key, value)),
});

const modules = (log: string, more: readonly string[] = []) => [
  { organisation: "ballerina", name: "http", major: 2, version: "2.16.3", versionIs: "exact" as const },
  { organisation: "ballerina", name: "log", major: 2, version: log, versionIs: "exact" as const },
  { organisation: "ballerina", name: "observe", major: 1, version: "1.2.3", versionIs: "exact" as const },
  ...more.map((name) => ({
    organisation: "ballerinax",
    name,
    major: 1,
    version: "1.0.0",
    versionIs: "exact" as const,
  })),
];

const nothingRotated: LogRotation = { installed: true, scheduled: true, patterns: [], own: null };

const factsAbout = (integration: Integration, unit: RuntimeUnit, rotation: LogRotation) =>
  factsOf(
    [integrations, known(whatRunsHere([integration]))],
    [unitFiles, known(runtimeUnits([unit]))],
    [logRotation, known(rotation)],
    [workload, known({ units: [aUnit()], loose: [], trees: [], sudo: new Map() })],
  );

const run = (
  overrides: Partial<Integration>,
  {
    unit = aRuntimeUnit(),
    rotation = nothingRotated,
    given = {},
  }: { unit?: RuntimeUnit; rotation?: LogRotation; given?: Answers } = {},
) =>
  settle(
    [logs],
    factsAbout(anIntegration({ jar: aJar({ modules: modules("2.16.0") }), ...overrides }), unit, rotation),
    given,
  );

/** What the composer of Config.toml is asked to write. */
const editsOf = (integration: Integration, given: Answers = {}) => {
  const facts = factsAbout(integration, aRuntimeUnit(), nothingRotated);
  const reader = answerReader(facts, given);
  const needs = {
    here: whatRunsHere([integration]),
    units: runtimeUnits([aRuntimeUnit()]),
    rotation: nothingRotated,
    places: unknown("not asked"),
  };
  return logs.controls.flatMap((control) =>
    control
      .plan(needs, reader)
      .flatMap((proposal) =>
        proposal.kind === "fragment" && proposal.composer === configurationEdits
          ? (proposal.value as { edits: readonly unknown[] }).edits
          : [],
      ),
  );
};

it("looks at what is logged, how, where, and who may read it", () => {
  expect(logs.controls.map(({ id }) => id)).toEqual(ids);
});

describe("an integration that logs carelessly", () => {
  const careless = {
    jar: aJar({ modules: modules("2.16.0", ["prometheus"]) }),
    configuration: configured({
      "ballerina.log.level": "DEBUG",
      "ballerina.http.traceLogConsole": true,
      "ballerina.http.traceLogAdvancedConfig.host": "logs.example.org",
    }),
    sockets: [
      { transport: "tcp", address: "0.0.0.0", device: "", port: 9797, families: [4], reach: "any", processes: [] },
    ] as Integration["sockets"],
    logFiles: [
      {
        path: "/srv/logs/orders.log",
        from: "StandardError",
        stat: {
          path: "/srv/logs/orders.log",
          kind: "file",
          mode: "0666",
          owner: "orders",
          group: "orders",
          uid: 1,
          gid: 1,
        },
      },
    ] as Integration["logFiles"],
  };

  it("fails in all of it", () => {
    const { results, details } = run(careless);
    expect(results).toEqual(Object.fromEntries(ids.map((id) => [id, "fail"])));
    expect(details["log-trace"]).toContain("ballerina.http.traceLogAdvancedConfig.host");
    expect(details["log-metrics-address"]).toContain("metrics on 0.0.0.0:9797 for everybody");
  });

  it("is told in its Config.toml", () => {
    expect(editsOf(anIntegration(careless))).toEqual([
      { set: ["ballerina", "http", "traceLogConsole"], value: false },
      { remove: ["ballerina", "http", "traceLogAdvancedConfig"] },
      { set: ["ballerina", "log", "level"], value: "INFO" },
      { set: ["ballerina", "log", "enableSensitiveDataMasking"], value: true },
      { set: ["ballerina", "log", "format"], value: "json" },
      { set: ["ballerina", "http", "accessLogConfig", "console"], value: true },
      { set: ["ballerina", "http", "accessLogConfig", "format"], value: "json" },
      { set: ["ballerinax", "prometheus", "host"], value: "127.0.0.1" },
      { set: ["ballerina", "observe", "metricsEnabled"], value: true },
      { set: ["ballerina", "observe", "metricsReporter"], value: "prometheus" },
      { set: ["ballerinax", "prometheus", "host"], value: "127.0.0.1" },
    ]);
  });

  it("has its files closed and turned over", () => {
    const { changes } = run(careless);
    expect(changes.filter(({ kind }) => kind === "permissions")).toMatchObject([
      { path: "/srv/logs/orders.log", after: { mode: "0640", owner: "orders", group: "orders" } },
    ]);
    const [rotated] = changes.filter(
      (each) => each.kind === "file" && each.path === "/etc/logrotate.d/drawbridge-integrations",
    );
    expect(JSON.stringify(rotated?.checks)).toContain("/var/log/drawbridge-check-1.log {");
    expect(JSON.stringify(rotated?.checks)).not.toMatch(/su orders|\/srv\/logs/u);
    expect(rotated).toMatchObject({ after: { content: expect.stringContaining("/srv/logs/orders.log {\n\tdaily\n") } });
  });
});

describe("what a program does not know is never written", () => {
  it("masking before log 2.14", () => {
    const older = { jar: aJar({ modules: modules("2.12.0") }) };
    expect(run(older).results["log-masking"]).toBe("notapplicable");
    expect(JSON.stringify(editsOf(anIntegration(older)))).not.toContain("enableSensitiveDataMasking");
  });

  it("a key that the environment decides", () => {
    const level = {
      ...setting("ballerina.log.level", "DEBUG"),
      source: { kind: "environment", variable: "BAL_CONFIG_VAR_BALLERINA_LOG_LEVEL", from: "unit" } as const,
    };
    const decided = { configuration: { ...anIntegration().configuration, settings: [level] } };
    expect(run(decided).details["log-level"]).toContain("ballerina.log.level is decided by unit: change it there");
    expect(JSON.stringify(editsOf(anIntegration(decided)))).not.toContain('"level"');
  });
});

describe("an integration that logs well", () => {
  it("passes and is left alone", () => {
    const { results, changes } = run(
      {
        configuration: configured({
          "ballerina.log.format": "json",
          "ballerina.log.enableSensitiveDataMasking": true,
          "ballerina.http.accessLogConfig.console": true,
        }),
      },
      { unit: { ...aRuntimeUnit(), properties: { ...aRuntimeUnit().properties, UMask: "0077" } } },
    );
    expect(Object.values(results).filter((result) => result !== "pass" && result !== "notapplicable")).toEqual([]);
    expect(changes).toEqual([]);
  });

  it("may write logfmt when that is what is read", () => {
    expect(run({}, { given: { "logs.format": "logfmt" } }).results["log-format"]).toBe("pass");
  });
});

describe("logrotate's files", () => {
  it("are read for the patterns that they name", () => {
    const fact = parsed(
      logRotation,
      '@installed\n@scheduled\n@pattern /var/log/nginx/*.log\n@pattern "/srv/a b.log" /srv/c.log\n@own 644 root root\n|# x\n|/srv/c.log {\n|}\n|.\n',
    );
    expect(fact).toMatchObject({
      state: "known",
      value: {
        installed: true,
        patterns: ["/var/log/nginx/*.log", "/srv/a b.log", "/srv/c.log"],
        own: { content: "# x\n/srv/c.log {\n}\n", mode: "0644" },
      },
    });
    expect(isRotated("/var/log/nginx/access.log", ["/var/log/nginx/*.log"])).toBe(true);
    expect(isRotated("/var/log/nginx/a/b.log", ["/var/log/nginx/*.log"])).toBe(false);
  });

  it("that are ours are kept whole, so that nothing is planned again", () => {
    const files = {
      logFiles: [{ path: "/srv/logs/orders.log", from: "StandardError", stat: undefined }],
    };
    const first = run(files);
    const own = first.changes.flatMap((each) =>
      each.kind === "file" && each.path.includes("logrotate") ? [each.after] : [],
    )[0];
    const rotation = { ...nothingRotated, patterns: ["/srv/logs/orders.log"], own: own ?? null };
    expect(run(files, { rotation }).results["log-rotation"]).toBe("pass");
  });
});

it("generates for other machines without leaving a gap", () => {
  const files = logs.generate?.(answerReader(new Map(), { "service-user.name": "orders" })) ?? [];
  expect(files.length).toBe(8);
  for (const { path, content } of files) {
    expect([path, content.match(/\{\{\w+\}\}/gu)]).toEqual([path, null]);
  }
});

describe("what is generated for collectors", () => {
  const generated = (answers: Answers) => {
    const files = logs.generate?.(answerReader(new Map(), answers)) ?? [];
    return (end: string) => files.find(({ path }) => path.endsWith(end))?.content ?? "";
  };

  it("reads every service, not only the first", () => {
    const content = generated({ "service-user.unit": ["orders.service", "bill\\x2ding.service"] });
    expect(parse(content("otelcol/integrations.yaml")).receivers.journald.units).toEqual([
      "orders.service",
      "bill\\x2ding.service",
    ]);
    expect(content("fluent-bit/integrations.conf").match(/Systemd_Filter .*/gu)).toEqual([
      "Systemd_Filter  _SYSTEMD_UNIT=orders.service",
      "Systemd_Filter  _SYSTEMD_UNIT=bill\\x2ding.service",
    ]);
  });

  it("writes an IPv6 address and a port so that they can be told apart", () => {
    const content = generated({ "logs.metrics-address": "fd00::7" });
    expect(content("scrape.d/integrations.yml")).toContain('targets: ["[fd00::7]:9797"]');
    expect(content("otelcol/integrations.yaml")).toContain('targets: ["[fd00::7]:9797"]');
    expect(generated({})("scrape.d/integrations.yml")).toContain('targets: ["127.0.0.1:9797"]');
  });

  it.each([
    ["json", "json_parser", "{"],
    ["logfmt", "key_value_parser", "time="],
  ])("takes lines of %s apart before it looks for secrets, and leaves none of the whole line", (format, parser, start) => {
    const content = generated({ "logs.format": format });
    const { receivers, processors, service } = parse(content("otelcol/integrations.yaml"));
    expect(receivers.journald.operators).toEqual([
      {
        type: parser,
        if: `body.MESSAGE startsWith "${start}"`,
        parse_from: "body.MESSAGE",
        on_error: "send_quiet",
      },
      {
        type: "remove",
        if: `body.MESSAGE startsWith "${start}" and len(attributes) > 0`,
        field: "body.MESSAGE",
      },
    ]);
    expect(processors["attributes/secrets"].actions[0].action).toBe("delete");
    expect(service.pipelines.logs.processors).toContain("attributes/secrets");
    expect(content("integrations-parsers.conf")).toMatch(new RegExp(`Format {7}${format}$`, "mu"));
    // A parser that takes everything comes second: Fluent Bit's logfmt makes keys of the words of any line.
    expect(content("fluent-bit/integrations.conf").match(/ Parser .*/gu)).toEqual([
      " Parser        plain",
      " Parser        integration",
    ]);
    expect(content("integrations-parsers.conf")).toContain(`(?!${start === "{" ? "\\{" : start})`);
    expect(content("fluent-bit/integrations.conf")).toMatch(/Remove_regex +\(\?i\)\(password/u);
  });
});
