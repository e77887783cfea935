import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { answerReader } from "../../../src/core/answers.ts";
import { sha256 } from "../../../src/core/assemble-plan.ts";
import { known } from "../../../src/model/fact.ts";
import type { Integration, TomlValue } from "../../../src/model/integration.ts";
import { integrations } from "../../../src/probes/integrations.ts";
import { type SecretPlaces, secretPlaces } from "../../../src/probes/secret-places.ts";
import { readToml } from "../../../src/toml/document.ts";
import { editToml, sameToml } from "../../../src/toml/edit.ts";
import { isSecretKey } from "../../../src/workload/secrecy.ts";
import {
  type ConfigurationEdit,
  configurationEdits,
  configurationObstacle,
} from "../../../steps/runtime/configuration.ts";
import { openSettings } from "../../../steps/runtime/secrets/found.ts";
import { aJar, whatRunsHere } from "../integration-fixture.ts";
import { factsOf } from "../settle.ts";
import { assembled, configured, fileAt, marked, noPlaces, stateOf } from "./secrets-fixture.ts";

const compose = (
  all: readonly Integration[],
  edits: Readonly<Record<string, readonly ConfigurationEdit[]>>,
  given: Record<string, unknown> = { "secrets.place": "file" },
  places: SecretPlaces = noPlaces,
) => {
  const here = whatRunsHere(all);
  const facts = factsOf([integrations, known(here)], [secretPlaces, known(places)]);
  return configurationEdits.compose(
    Object.entries(edits).map(([integration, wanted]) => ({
      value: { integration, edits: wanted },
      because: "some-control",
      needed: true,
    })),
    { here, places },
    answerReader(facts, given),
  );
};

const base = "/opt/orders/Config.toml";
const secrets = "/etc/integrations/orders-api.secrets.toml";

const text = `# orders
dbHost = "db.internal"
dbPassword = "${marked("db")}" # rotate me

[notifications]
endpoint = "https://hooks.internal"
# the token
token = '${marked("token")}'

[ballerina.http]
defaultListenerPort = 9443

[ballerina.http.defaultListenerConfig.secureSocket.key]
path = "/opt/orders/key.p12"
password = "ballerina"
`;

describe("the composer of Config.toml edits", () => {
  test("a value is set in place; mode and owner stay; one restart", () => {
    const integration = configured({ [base]: text }, {}, { [base]: stateOf(base, "0600", "orders", "staff") });
    const changes = compose([integration], {
      "orders-api": [{ set: ["ballerina", "http", "defaultListenerPort"], value: 9444n }],
    });
    const change = fileAt(changes, base);
    expect(assembled(change, { [base]: text })).toBe(text.replace("9443", "9444"));
    expect(change.kind === "file" && change.after).toMatchObject({ mode: "0600", owner: "orders", group: "staff" });
    expect(changes.map(({ kind }) => kind)).toEqual(["file", "unit"]);
    expect(JSON.stringify(changes)).not.toContain("MARKED");
  });

  test("what is set already is no change", () => {
    const changes = compose([configured({ [base]: text })], {
      "orders-api": [{ set: ["ballerina", "http", "defaultListenerPort"], value: 9443n }],
    });
    expect(changes).toEqual([]);
  });

  test("a secret is moved with the whole variable that it belongs to, as it was written", () => {
    const changes = compose([configured({ [base]: text })], {
      "orders-api": [
        { move: ["dbPassword"] },
        { move: ["notifications", "token"] },
        { move: ["ballerina", "http", "defaultListenerConfig", "secureSocket", "key", "password"] },
      ],
    });
    expect(JSON.stringify(changes)).not.toContain("MARKED");
    expect(assembled(fileAt(changes, secrets), { [base]: text })).toBe(`dbPassword = "${marked("db")}"

[notifications]
endpoint = "https://hooks.internal"
token = '${marked("token")}'

[ballerina.http.defaultListenerConfig.secureSocket.key]
path = "/opt/orders/key.p12"
password = "ballerina"
`);
    expect(assembled(fileAt(changes, base), { [base]: text })).toBe(
      `# orders\ndbHost = "db.internal"\n# the token\n\n[ballerina.http]\ndefaultListenerPort = 9443\n`,
    );
    expect(fileAt(changes, secrets).kind === "file" && fileAt(changes, secrets)).toMatchObject({
      before: null,
      sensitive: true,
      after: { mode: "0640", owner: "root", group: "orders" },
    });
  });

  test.each([
    ["encrypted", "/etc/credstore.encrypted/orders-api.secrets.toml", "secrets.toml"],
    ["credential", "/etc/credstore/orders-api.secrets.toml", undefined],
  ])("%s: the secrets are root's alone", (place, path, encrypted) => {
    const edits = { "orders-api": [{ move: ["dbPassword"] }] };
    const changes = compose([configured({ [base]: text })], edits, { "secrets.place": place });
    const made = fileAt(changes, path);
    expect(made).toMatchObject({ before: null, after: { mode: "0600", owner: "root", group: "root" } });
    expect(made.kind === "file" && made.after.encrypted).toBe(encrypted);
    expect(changes.map(({ kind }) => kind)).toEqual(["directory", "file", "file", "unit"]);
  });

  describe("an encrypted credential", () => {
    const given = "/run/credentials/orders-api.service/secrets.toml";
    const sealed = "/etc/credstore.encrypted/orders-api.secrets.toml";
    const clear = `apiKey = "${marked("key")}"\n`;
    const cipher = "k6iUCUh0RJCQyvL8k8q1UyAAAAAB\n";
    const places: SecretPlaces = {
      ...noPlaces,
      files: new Map([[sealed, { stat: stateOf(sealed, "0600", "root", "root"), content: cipher }]]),
      folders: new Map([["/etc/credstore.encrypted", stateOf("/etc/credstore.encrypted", "0700", "root", "root")]]),
    };

    test("is put together from what the running service has, and known by what lies on the disk", () => {
      const integration = configured({ [given]: clear, [base]: text });
      const changes = compose([integration], { "orders-api": [{ move: ["dbPassword"] }] }, {}, places);
      const made = fileAt(changes, sealed);
      expect(made).toMatchObject({
        before: { content: "apiKey = ••••••••\n", sha256: sha256(cipher), mode: "0600" },
        after: { encrypted: "secrets.toml" },
      });
      expect(assembled(made, { [given]: clear, [base]: text })).toBe(`${clear}dbPassword = "${marked("db")}"\n`);
      expect(JSON.stringify(changes)).not.toContain("MARKED");
      expect(changes.map(({ kind }) => kind)).toEqual(["file", "file", "unit"]);
    });

    test("that no service runs with cannot be added to: what is in it nobody can read", () => {
      expect(() =>
        compose([configured({ [base]: text })], { "orders-api": [{ move: ["dbPassword"] }] }, {}, places),
      ).toThrow(/is encrypted, and no service runs with what is in it: start its service/u);
    });

    test("in clear from an earlier run stays in clear", () => {
      const plain = "/etc/credstore/orders-api.secrets.toml";
      const earlier = { stat: stateOf(plain, "0600", "root", "root"), content: clear };
      const integration = configured({ [given]: clear, [base]: text });
      const edits = { "orders-api": [{ move: ["dbPassword"] }] };
      const changes = compose([integration], edits, {}, { ...places, files: new Map([[plain, earlier]]) });
      expect(fileAt(changes, plain).kind === "file" && fileAt(changes, plain)).not.toHaveProperty("after.encrypted");
    });
  });

  test("several files: the effective value is moved, the shadowed one goes, the order counts", () => {
    const strong = `dbPassword = "${marked("strong")}"\n`;
    const weak = `dbPassword = "${marked("weak")}"\nport = 1\n`;
    const integration = configured({ "/etc/a.toml": strong, "/etc/b.toml": weak });
    const changes = compose([integration], { "orders-api": [{ move: ["dbPassword"] }] });
    const texts = { "/etc/a.toml": strong, "/etc/b.toml": weak };
    expect(assembled(fileAt(changes, secrets), texts)).toBe(strong);
    expect(assembled(fileAt(changes, "/etc/a.toml"), texts)).toBe("");
    expect(assembled(fileAt(changes, "/etc/b.toml"), texts)).toBe("port = 1\n");
    expect(JSON.stringify(changes)).not.toContain("MARKED");
  });

  test("what is wanted of a moved variable follows it", () => {
    const changes = compose([configured({ [base]: text })], {
      "orders-api": [
        { move: ["notifications", "token"] },
        { set: ["notifications", "endpoint"], value: "https://other.internal" },
      ],
    });
    const written = readToml(assembled(fileAt(changes, secrets), { [base]: text }));
    expect(written.ok && written.root).toEqual({
      notifications: { endpoint: "https://other.internal", token: marked("token") },
    });
  });

  test("a random text is made on the machine", () => {
    const changes = compose([configured({ [base]: text })], {
      "orders-api": [{ set: ["dbPassword"], random: "orders-db", bytes: 24 }],
    });
    const change = fileAt(changes, base);
    expect(assembled(change, { [base]: text })).toBe(text.replace(marked("db"), "RANDOM-orders-db"));
    expect(change.kind === "file" && change.after.content).toContain("dbPassword = ••••••••");
  });

  test("a secret of a unit becomes a key of the secrets file, and the weaker one goes", () => {
    const unit = `[Service]\nExecStart=/usr/bin/java -jar a.jar -CdbPassword=${marked("argument")}\n`;
    const path = "/etc/systemd/system/orders-api.service";
    const start = unit.indexOf(marked("argument"));
    const changes = compose([configured({ [base]: text })], {
      "orders-api": [
        {
          set: ["dbPassword"],
          hidden: { value: marked("argument"), path, start, end: start + marked("argument").length },
          source: unit,
        },
      ],
    });
    expect(assembled(fileAt(changes, secrets), { [base]: text, [path]: unit })).toBe(
      `dbPassword = "${marked("argument")}"\n`,
    );
    expect(assembled(fileAt(changes, base), { [base]: text })).not.toContain("dbPassword");
    expect(JSON.stringify(changes)).not.toContain("MARKED");
  });

  test("secrets that stay in a file never enter the plan, nor do those in comments", () => {
    const content = `# password = "${marked("old")}"\npin = 123456\napiKey = "${marked("key")}"\nurl = "https://a:${marked("url")}@h/"\nport = 1\n`;
    const changes = compose([configured({ [base]: content })], { "orders-api": [{ set: ["port"], value: 2n }] });
    expect(assembled(fileAt(changes, base), { [base]: content })).toBe(content.replace("port = 1", "port = 2"));
    expect(JSON.stringify(changes)).not.toMatch(/MARKED|123456/u);
  });

  test("a key of a module that is not linked, or that it does not have, is refused", () => {
    const of = (path: readonly string[]) => () =>
      compose([configured({ [base]: text })], { "orders-api": [{ set: path, value: 1n }] });
    expect(of(["ballerina", "log", "level"])).not.toThrow();
    expect(of(["ballerinax", "prometheus", "port"])).toThrow(/does not know/u);
    // The linked http 2.12 has the variable accessLogConfig, but no field `file` in it.
    const old = configured(
      { [base]: "" },
      {
        jar: aJar({
          modules: [{ organisation: "ballerina", name: "http", major: 2, version: "2.12.0", versionIs: "exact" }],
        }),
      },
    );
    const into = (path: readonly string[]) => () =>
      compose([old], { "orders-api": [{ set: ["ballerina", "http", ...path], value: "x" }] });
    expect(into(["accessLogConfig", "format"])).not.toThrow();
    expect(into(["accessLogConfig", "file", "path"])).toThrow(/would not start/u);
    expect(into(["defaultListenerConfig", "host"])).toThrow(/would not start/u);
    expect(of(["ballerina", "http", "listeners", "port"])).not.toThrow();
  });

  test("two wishes for one key are a conflict", () => {
    expect(() =>
      compose([configured({ [base]: text })], {
        "orders-api": [
          { set: ["dbHost"], value: "a" },
          { set: ["dbHost"], value: "b" },
        ],
      }),
    ).toThrow(/want different things of dbHost/u);
  });

  test("of a file that two programs read only what both want is written", () => {
    const shared = { [base]: `dbPassword = "${marked("db")}"\n` };
    const one = configured(shared);
    const other = configured(shared, { id: "billing" });
    const alone = compose([one, other], { "orders-api": [{ set: ["dbHost"], value: "a" }] });
    expect(alone.filter(({ kind }) => kind === "file")).toEqual([]);
    const both = compose([one, other], {
      "orders-api": [{ move: ["dbPassword"] }],
      billing: [{ move: ["dbPassword"] }],
    });
    expect(both.flatMap((change) => (change.kind === "file" ? [change.path] : []))).toEqual([
      secrets,
      base,
      "/etc/integrations/billing.secrets.toml",
    ]);
    expect(assembled(fileAt(both, base), shared)).toBe("");
  });

  test("a link, an unreadable file, BAL_CONFIG_DATA and a container are left alone, and say why", () => {
    const link = configured({ [base]: text }, {}, { [base]: { ...stateOf(base), kind: "symlink" } as never });
    expect(configurationObstacle(link)).toMatch(/is a link/u);
    expect(compose([link], { "orders-api": [{ move: ["dbPassword"] }] })).toEqual([]);
    expect(configurationObstacle({ ...link, container: true })).toMatch(/container/u);
    expect(
      configurationObstacle({ ...link, configuration: { decidedBy: "BAL_CONFIG_DATA", files: [], settings: [] } }),
    ).toMatch(/BAL_CONFIG_DATA/u);
  });
});

/* Random configurations with secrets anywhere. */

type Tree = { readonly [name: string]: string | bigint | readonly string[] | readonly Tree[] | Tree };
const keys = fc.constantFrom("host", "user", "password", "apiKey", "token", "note", "a b", "x.y");
const leaf = fc.oneof(
  fc.constantFrom("plain", 'with "quotes"', "with 'both' \"quotes\"", "back\\slash", "new\nline", "ü€😀", ""),
  fc.bigInt({ min: 0n, max: 99999n }),
  fc.array(fc.constantFrom("one", "two"), { maxLength: 2 }),
);
const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.dictionary(
    keys,
    fc.oneof({ depthSize: "small" }, leaf, leaf, tie("tree"), fc.array(tie("tree"), { minLength: 1, maxLength: 2 })),
    { maxKeys: 4 },
  ),
}));

let counter = 0;
/** Every text below a secret's name gets a mark of its own. */
const withMarks = (value: Tree[string], secret = false): Tree[string] => {
  if (typeof value === "string") return secret && value !== "" ? `${value}${marked(String(counter++))}` : value;
  if (typeof value === "bigint") return value;
  if (Array.isArray(value)) return value.map((inner) => withMarks(inner, secret)) as Tree[string];
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, withMarks(inner as Tree[string], secret || isSecretKey(name))]),
  );
};

describe("a short secret", () => {
  test("may stand within another number", () => {
    const integration = configured({ [base]: "port = 32650\napiKey = 2650\n" });
    const changes = compose([integration], { "orders-api": [{ move: ["apiKey"] }] });
    expect(assembled(fileAt(changes, base), { [base]: "port = 32650\napiKey = 2650\n" })).toBe("port = 32650\n");
  });
});

describe("laws of moving", () => {
  test("all secrets leave, all values stay, and no plan shows one", () => {
    fc.assert(
      fc.property(tree, fc.boolean(), fc.boolean(), (made, literal, dotted) => {
        const root = withMarks(made) as Tree;
        const text = Object.entries(root).reduce((so, [name, value]) => {
          const path = dotted && typeof value === "object" && !Array.isArray(value) ? Object.entries(value) : [];
          const edits =
            path.length > 0
              ? path.map(([inner, each]) => ({ set: [name, inner], value: each as TomlValue }))
              : [{ set: [name], value: value as TomlValue }];
          return editToml(so, edits);
        }, "# a comment\n");
        // The same value in other quotes.
        const written = literal ? text.replace(/= "(MARKED[^"'\\]*)"/gu, "= '$1'") : text;
        const integration = configured({ [base]: written });
        const paths = openSettings({
          ...integration,
          configuration: {
            ...integration.configuration,
            files: integration.configuration.files.map((file) => ({ ...file, stat: stateOf(base, "0644") })),
          },
        }).map(({ path }) => path);
        fc.pre(paths.length > 0);
        const changes = compose([integration], { "orders-api": paths.map((path) => ({ move: path })) });
        expect(JSON.stringify(changes)).not.toContain("MARKED");
        const texts = { [base]: written };
        const moved = readToml(assembled(fileAt(changes, secrets), texts));
        const left = readToml(assembled(fileAt(changes, base), texts));
        if (!moved.ok || !left.ok) throw new Error("what was written cannot be read");
        expect(assembled(fileAt(changes, base), texts)).not.toContain("MARKED");
        const before = readToml(written);
        expect(before.ok && sameToml({ ...left.root, ...moved.root }, before.root)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});
