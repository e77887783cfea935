import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  configurationWith,
  differences,
  layoutFound,
  parts,
  splitConfiguration,
} from "../../../../src/configuration/layout.ts";
import { answerReader } from "../../../../src/core/answers.ts";
import type { Change } from "../../../../src/model/change.ts";
import { control, fragment } from "../../../../src/model/control.ts";
import { known } from "../../../../src/model/fact.ts";
import { fail } from "../../../../src/model/finding.ts";
import type { Integration, TomlValue } from "../../../../src/model/integration.ts";
import type { Step } from "../../../../src/model/step.ts";
import type { PathState } from "../../../../src/probes/accounts.ts";
import { type ConfigurationPlaces, configurationPlaces } from "../../../../src/probes/configuration-places.ts";
import { integrations } from "../../../../src/probes/integrations.ts";
import { secretPlaces } from "../../../../src/probes/secret-places.ts";
import { unitFiles } from "../../../../src/probes/unit-files.ts";
import { editToml } from "../../../../src/toml/edit.ts";
import { layout } from "../../../../steps/configuration/layout/index.ts";
import { migration, migrationObstacle } from "../../../../steps/configuration/layout/migration.ts";
import { configurationEdits } from "../../../../steps/runtime/configuration.ts";
import { secrets } from "../../../../steps/runtime/secrets/index.ts";
import { aJar, anIntegration, aUnit, whatRunsHere } from "../../integration-fixture.ts";
import { assembled, configured, marked, noPlaces, stateOf } from "../../runtime/secrets-fixture.ts";
import { aRuntimeUnit, runtimeUnits } from "../../runtime/unit-fixture.ts";
import { factsOf, settle } from "../../settle.ts";

const file = "/opt/orders/Config.toml";
const text = `# orders
dbHost = "db.internal"
dbUser = "orders" # asked for a better one
since = 2026-01-01T00:00:00Z
dbPassword = "${marked("db")}"
rates = [
  1.0,
  2.5,
]

# where they are told
[notifications]
endpoint = "https://hooks.internal"
token = '${marked("token")}'

[ballerina.log]
level = "INFO"
[[ballerina.log.modules]]
name = "acme/orders"
level = "DEBUG"
`;

const free: ConfigurationPlaces = { found: new Map(), texts: new Map() };
const endpoint = {
  key: "dbHost",
  scheme: "postgresql",
  host: "db.internal",
  port: 5432,
  verification: { switchedOff: [], hostName: false, trust: undefined },
} as const;

/** As the probes would see it: settings of every source, whole variables. */
const seen = (content: string, overrides: Partial<Integration> = {}): Integration => {
  const draft = configured({ [file]: content }, overrides);
  const { settings } = configurationWith(draft, [{ path: file, text: content }]);
  return { ...draft, configuration: { ...draft.configuration, settings } };
};
const orders = (overrides: Partial<Integration> = {}): Integration =>
  seen(text, { endpoints: [endpoint], ...overrides });

const facts = (all: readonly Integration[], places = free) => ({ here: whatRunsHere(all), secrets: noPlaces, places });
const known3 = (all: readonly Integration[], places = free) =>
  factsOf(
    [integrations, known(whatRunsHere(all))],
    [secretPlaces, known(noPlaces)],
    [configurationPlaces, known(places)],
  );
const answers = (given: Record<string, unknown>) => answerReader(new Map(), given);

describe("one text becomes parts", () => {
  const split = (content: string) =>
    splitConfiguration(content, {
      program: orders(),
      endpoints: new Set(["dbHost"]),
      environment: ["rates"],
    });

  test("each variable whole in one of them, written as it was, comments in base", () => {
    const made = split(text);
    if (!made.ok) throw new Error(made.problem);
    expect(
      Object.fromEntries([...made.texts].map(([part, content]) => [part, content.replace(/^# [^\n]*\n/u, "")])),
    ).toEqual({
      secrets: `dbPassword = "${marked("db")}"\n\n[notifications]\nendpoint = "https://hooks.internal"\ntoken = '${marked("token")}'\n`,
      endpoints: 'dbHost = "db.internal"\n',
      environment: expect.stringContaining("rates = [\n  1.0,\n  2.5,\n]\n"),
      base:
        "# orders\n".replace(/^.*\n/u, "") +
        'dbUser = "orders" # asked for a better one\nsince = 2026-01-01T00:00:00Z\n\n# where they are told\n',
    });
  });

  test("what cannot be read is not split", () => {
    expect(split("a = \n")).toMatchObject({ ok: false });
  });

  test("whatever is in it, the program has the same values, and notices when one is lost", () => {
    const leaf = fc.oneof(
      fc.string({ maxLength: 8 }),
      fc.boolean(),
      fc.bigInt({ min: -9n, max: 9n }),
      fc.constant(1.5),
      fc.array(fc.string({ maxLength: 3 }), { maxLength: 3 }),
    );
    const key = fc.constantFrom("dbHost", "dbPassword", "rates", "own key", "x", "apiToken");
    const table = fc.dictionary(key, fc.oneof(leaf, fc.dictionary(key, leaf, { maxKeys: 3 })), { maxKeys: 4 });
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom("ballerina", "notifications", "dbUser", "limits"), table), (tables) => {
        const content = Object.entries(tables).reduce(
          (written, [name, value]) => editToml(written, [{ set: [name], value: value as TomlValue }]),
          "",
        );
        const integration = seen(content, { endpoints: [endpoint] });
        const made = split(content);
        if (!made.ok) throw new Error(made.problem);
        const read = parts.flatMap((part) => {
          const own = made.texts.get(part);
          return own === undefined ? [] : [{ path: `/${part}.toml`, text: own }];
        });
        expect(differences(integration.configuration, configurationWith(integration, read))).toEqual([]);
        const [setting] = integration.configuration.settings;
        if (setting === undefined) return;
        const lost = configurationWith(integration, [{ path: "/x.toml", text: "" }]);
        expect(differences(integration.configuration, lost)).toContain(setting.key);
      }),
      { numRuns: 60 },
    );
  });
});

describe("layout-files", () => {
  test("one file is a finding of low weight with its facts, and the default changes nothing", () => {
    const { results, details, changes, findings } = settle([layout], known3([orders()]));
    expect(results).toEqual({
      "layout-files": "fail",
      "layout-loader": "notapplicable",
      "layout-order": "notapplicable",
    });
    expect(findings[0]?.severity).toBe("low");
    expect(details["layout-files"]).toMatch(/^orders-api: one file, \/opt\/orders\/Config.toml, \d+ values: /u);
    expect(JSON.stringify(findings)).not.toContain("MARKED");
    expect(changes).toEqual([]);
  });

  test.each([
    ["centralised", "/etc/integrations/orders-api"],
    ["decentralised", "/etc/opt/orders-api"],
  ] as const)("%s: files in %s that the machine puts together, no secret in the plan", (form, folder) => {
    const proposals = migration(orders(), form, facts([orders()]), answers({ "secrets.place": "file" }));
    const changes = proposals.filter((proposal): proposal is Change => proposal.kind !== "fragment");
    expect(JSON.stringify(proposals)).not.toContain("MARKED");
    const written = changes.filter((change) => change.kind === "file");
    expect(written.map((change) => [change.path, change.after.mode, change.after.group])).toEqual([
      ["/etc/integrations/orders-api.secrets.toml", "0640", "orders"],
      [`${folder}/endpoints.toml`, "0640", "orders"],
      [`${folder}/environment.toml`, "0640", "orders"],
      [`${folder}/base.toml`, "0640", "orders"],
    ]);
    const texts = { [file]: text };
    const read = written.map((change) => ({ path: change.path, text: assembled(change, texts) }));
    expect(differences(orders().configuration, configurationWith(orders(), read))).toEqual([]);
    expect(read[0]?.text).toContain(marked("db"));
    expect(changes.find(({ kind }) => kind === "absent")).toMatchObject({ path: file });
    expect(proposals.at(-1)).toMatchObject({
      value: {
        unit: "orders-api.service",
        configurationFiles: `/etc/integrations/orders-api.secrets.toml:${folder}/endpoints.toml:${folder}/environment.toml:${folder}/base.toml`,
      },
    });
  });

  test("secrets that are split off already stay where they are, before the new parts", () => {
    const own = "/etc/integrations/orders-api.secrets.toml";
    const plain = 'dbUser = "orders"\n[ballerina.log]\nlevel = "INFO"\n';
    const draft = configured({ [own]: `dbPassword = "${marked("db")}"\n`, [file]: plain });
    const both = draft.configuration.files.map(({ path, content = "" }) => ({ path, text: content }));
    const environment = [{ name: "BAL_CONFIG_FILES", value: `${own}:${file}`, from: "unit" }];
    const { settings } = configurationWith(draft, both);
    const integration: Integration = {
      ...draft,
      environment,
      configuration: { ...draft.configuration, decidedBy: "BAL_CONFIG_FILES", settings },
    };
    expect(migrationObstacle(integration, "centralised", facts([integration]), answers({}))).toBeUndefined();
    const proposals = migration(integration, "centralised", facts([integration]), answers({}));
    expect(proposals.flatMap((each) => ("path" in each ? [each.path] : []))).not.toContain(own);
    expect(proposals.at(-1)).toMatchObject({
      value: {
        configurationFiles: `${own}:/etc/integrations/orders-api/environment.toml:/etc/integrations/orders-api/base.toml`,
      },
    });
  });

  test("a credential is handed over by the service", () => {
    const proposals = migration(
      orders(),
      "decentralised",
      facts([orders()]),
      answers({ "secrets.place": "credential" }),
    );
    expect(proposals.at(-1)).toMatchObject({
      value: {
        configurationFiles: expect.stringMatching(/^\{\{credentials\}\}\/secrets\.toml:/u),
        credentials: [{ name: "secrets.toml", path: "/etc/credstore/orders-api.secrets.toml" }],
      },
    });
  });

  test.each<readonly [string, Integration, ConfigurationPlaces, RegExp]>([
    ["is no service", orders({ unit: undefined }), free, /no service/u],
    ["has a new account at every start", orders({ unit: aUnit({ dynamicUser: true }) }), free, /anew at every start/u],
    [
      "would overwrite a file",
      orders(),
      { ...free, found: new Map<string, PathState>([["/etc/opt/orders-api/base.toml", stateOf("/x")]]) },
      /is there already/u,
    ],
    ["is called like the loader", orders({ id: "load" }), free, /cannot be called load/u],
  ])("leaves a program alone that %s", (_what, integration, places, said) => {
    const form = integration.id === "load" ? "centralised" : "decentralised";
    expect(migrationObstacle(integration, form, facts([integration], places), answers({}))).toMatch(said);
    const { changes, details } = settle([layout], known3([integration], places), { "layout.form": form });
    expect(changes.filter((change) => "path" in change && change.path.endsWith(".toml"))).toEqual([]);
    expect(details["layout-files"]).toMatch(said);
  });

  test("two programs that read one file keep it", () => {
    const two = [orders(), orders({ id: "billing" })];
    expect(migrationObstacle(two[0] as Integration, "decentralised", facts(two), answers({}))).toMatch(
      /another integration/u,
    );
  });
});

describe("in one plan with the step secrets", () => {
  /** Everybody may read it: its secrets are findings of their own. */
  const open = (): Integration => {
    const draft = configured(
      { [file]: text },
      { endpoints: [endpoint] },
      { [file]: stateOf(file, "0644", "root", "root") },
    );
    const { settings } = configurationWith(draft, [{ path: file, text }]);
    return { ...draft, configuration: { ...draft.configuration, settings } };
  };
  const planned = (steps: readonly Step[], given: Record<string, unknown>) =>
    settle(steps, new Map([...known3([open()]), ...factsOf([unitFiles, known(runtimeUnits([aRuntimeUnit()]))])]), {
      "secrets.place": "file",
      ...given,
    });
  const paths = (changes: readonly Change[]) => changes.flatMap((change) => ("path" in change ? [change.path] : []));

  test("each alone wants the file, and the secrets of it are findings", () => {
    expect(paths(planned([secrets], {}).changes)).toContain(file);
    expect(planned([secrets], {}).results["secret-in-configuration"]).toBe("fail");
  });

  test.each([
    ["before", [secrets, layout]],
    ["after", [layout, secrets]],
  ] as const)("the split moves the secrets as well, whichever comes %s the other", (_when, steps) => {
    const { changes } = planned(steps, { "layout.form": "decentralised" });
    expect(changes.filter((change) => "path" in change && change.path === file).map(({ kind }) => kind)).toEqual([
      "absent",
    ]);
    expect(paths(changes)).toContain("/etc/integrations/orders-api.secrets.toml");
    const dropIn = changes.find((change) => change.kind === "file" && change.path.includes("/orders-api.service.d/"));
    expect(dropIn).toMatchObject({
      after: {
        content: expect.stringContaining(
          "BAL_CONFIG_FILES=/etc/integrations/orders-api.secrets.toml:/etc/opt/orders-api/endpoints.toml:",
        ),
      },
    });
    expect(JSON.stringify(changes)).not.toContain("MARKED");
  });

  test("an edit of the file that is split says which to take first", () => {
    const edit = control({
      id: "other-edit",
      guideline: ["CF-01"],
      title: "x",
      failing: "x",
      severity: "low",
      risk: "restart",
      rationale: "x",
      references: [],
      needs: {},
      inspect: () => fail("x", []),
      plan: () => [
        fragment(configurationEdits, { integration: "orders-api", edits: [{ set: ["dbUser"], value: "other" }] }),
      ],
    });
    const other: Step = { id: "other", category: "runtime", title: "x", intro: "x", questions: [], controls: [edit] };
    expect(() => planned([other, layout], { "layout.form": "decentralised" })).toThrow(
      "other-edit changes dbUser of orders-api, whose file layout-files splits: leave layout-files out now, and take it with the next plan",
    );
  });
});

describe("what is there", () => {
  const listed = (...paths: readonly string[]): Integration => {
    const draft = configured(Object.fromEntries(paths.map((path, index) => [path, `x = ${index}\n`])));
    const environment = [{ name: "BAL_CONFIG_FILES", value: paths.join(":"), from: "unit" }];
    const withPaths = { ...draft, environment };
    const configuration = configurationWith(
      withPaths,
      paths.map((path, index) => ({ path, text: `x = ${index}\n` })),
    );
    return { ...withPaths, configuration: { ...draft.configuration, ...configuration } };
  };

  test("is told apart", () => {
    expect(layoutFound(orders())).toBe("single file");
    expect(layoutFound(anIntegration({ configuration: { decidedBy: "nothing", files: [], settings: [] } }))).toBe(
      "nothing",
    );
    expect(layoutFound(listed("/etc/integrations/orders-api/base.toml"))).toBe("centralised");
    expect(layoutFound(listed("/srv/secrets.toml", "/srv/base.toml"))).toBe("decentralised");
  });

  test("layout-order: a base that wins over the environment is found, and so is a separator of Windows", () => {
    const wrong = listed("/srv/base.toml", "/srv/environment.toml");
    expect(settle([layout], known3([wrong])).details["layout-order"]).toContain(
      "x comes from the file that should give way: list environment.toml, base.toml in this order",
    );
    expect(settle([layout], known3([listed("/srv/environment.toml", "/srv/base.toml")])).results["layout-order"]).toBe(
      "pass",
    );
    const odd = { ...orders(), environment: [{ name: "BAL_CONFIG_FILES", value: "a.toml;b.toml", from: "unit" }] };
    expect(settle([layout], known3([odd])).details["layout-order"]).toContain('":" does');
  });

  test("layout-loader: is made for the centralised layout, and made again where it was changed", () => {
    const central = listed("/etc/integrations/orders-api/base.toml");
    const { results, changes } = settle([layout], known3([central]));
    expect(results["layout-loader"]).toBe("fail");
    expect(changes).toContainEqual(expect.objectContaining({ kind: "file", path: "/etc/integrations/load" }));
    const content = changes.flatMap((change) =>
      change.kind === "file" && change.path === "/etc/integrations/load" ? [change.after.content] : [],
    )[0] as string;
    const stat = stateOf("/etc/integrations/load", "0755", "root", "root");
    const there = {
      found: new Map([["/etc/integrations/load", stat]]),
      texts: new Map([["/etc/integrations/load", content]]),
    };
    expect(settle([layout], known3([central], there)).results["layout-loader"]).toBe("pass");
    const edited = { ...there, texts: new Map([["/etc/integrations/load", `${content}rm -rf /\n`]]) };
    expect(settle([layout], known3([central], edited)).details["layout-loader"]).toContain("not as it was made");
  });

  test("a JAR does not matter to what is found", () => {
    expect(layoutFound(orders({ jar: aJar({ modules: [] }) }))).toBe("single file");
  });
});
