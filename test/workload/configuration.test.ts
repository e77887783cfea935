import { describe, expect, it } from "vitest";
import type { LinkedModule, TextFile } from "../../src/model/integration.ts";
import { configurationPaths, effectiveConfiguration, type Sources } from "../../src/workload/configuration.ts";

const module = (name: string, configurables?: readonly string[]): LinkedModule => {
  const [organisation = "", rest = ""] = name.split("/");
  return { organisation, name: rest, major: 1, version: undefined, ...(configurables && { configurables }) };
};

const textFile = (path: string, content: string | undefined): TextFile => ({
  path,
  state: content === undefined ? "missing" : "read",
  problem: undefined,
  content,
  stat: undefined,
});

const configured = (
  files: Readonly<Record<string, string>>,
  given: Partial<Omit<Sources, "environment">> & { environment?: Readonly<Record<string, string>> } = {},
) =>
  effectiveConfiguration({
    commandLine: [],
    workingDirectory: "/opt/orders",
    mainClass: "acme.orders.0.$_init",
    modules: [module("acme/orders"), module("ballerina/http"), module("ballerina/log")],
    file: (path) => textFile(path, files[path]),
    ...given,
    environment: Object.entries(given.environment ?? {}).map(([name, value]) => ({ name, value, from: "unit" })),
  });

const valuesOf = ({ settings }: ReturnType<typeof configured>) =>
  Object.fromEntries(settings.map(({ key, value }) => [key, value]));

describe("where TOML comes from", () => {
  it.each<[string, Readonly<Record<string, string>>, string, readonly string[]]>([
    [
      "files by the environment, in their order",
      { BAL_CONFIG_FILES: "/run/s.toml:conf/base.toml" },
      "BAL_CONFIG_FILES",
      ["/run/s.toml", "/opt/orders/conf/base.toml"],
    ],
    ["files exclude data", { BAL_CONFIG_FILES: "/a.toml", BAL_CONFIG_DATA: "x = 1" }, "BAL_CONFIG_FILES", ["/a.toml"]],
    ["even when the list is empty", { BAL_CONFIG_FILES: "", BAL_CONFIG_DATA: "x = 1" }, "BAL_CONFIG_FILES", []],
    ["data excludes the working directory", { BAL_CONFIG_DATA: "" }, "BAL_CONFIG_DATA", []],
    ["nothing said", {}, "working directory", ["/opt/orders/Config.toml"]],
  ])("%s", (_what, environment, decidedBy, paths) =>
    expect(
      configurationPaths({
        workingDirectory: "/opt/orders",
        environment: Object.entries(environment).map(([name, value]) => ({ name, value, from: "process" })),
      }),
    ).toEqual({ decidedBy, paths }));

  it("a Config.toml that nobody asked for is not missing", () =>
    expect(configured({})).toMatchObject({ decidedBy: "nothing", files: [], settings: [] }));

  it("a listed one is", () =>
    expect(configured({}, { environment: { BAL_CONFIG_FILES: "/etc/orders/x.toml" } }).files).toMatchObject([
      { path: "/etc/orders/x.toml", state: "missing" },
    ]));

  it("one that does not parse keeps its place and its text", () => {
    const { files, settings } = configured({ "/opt/orders/Config.toml": 'password = "hunter22\n' });
    expect(files).toMatchObject([{ state: "invalid", content: 'password = "hunter22\n' }]);
    expect(files[0]?.problem).toMatch(/^line 1, column \d+: /u);
    expect(files[0]?.problem).not.toContain("hunter22");
    expect(settings).toEqual([]);
  });
});

describe("which value counts", () => {
  const two = { BAL_CONFIG_FILES: "/s.toml:/b.toml" };

  it("the environment before an argument before the first file before the next", () => {
    const seen = configured(
      { "/s.toml": 'a = "s"\nb = "s"\nc = "s"\n', "/b.toml": 'a = "b"\nb = "b"\nc = "b"\nd = "b"\n' },
      { environment: { ...two, BAL_CONFIG_VAR_A: "e" }, commandLine: ["-Ca=c", "-Cb=c", "plain"] },
    );
    expect(valuesOf(seen)).toEqual({ a: "e", b: "c", c: "s", d: "b" });
    const [a] = seen.settings.filter(({ key }) => key === "a");
    expect(a?.source).toEqual({ kind: "environment", variable: "BAL_CONFIG_VAR_A", from: "unit" });
    expect(a?.shadowed.map(({ value }) => value)).toEqual(["c", "s", "b"]);
  });

  it("a record comes whole from one file: the weaker file's other fields are lost", () => {
    const seen = configured(
      {
        "/s.toml": '[ballerina.http.defaultListenerConfig.secureSocket.key]\npassword = "x"\n',
        "/b.toml":
          '[ballerina.http.defaultListenerConfig]\nhost = "10.0.0.5"\n[ballerina.http]\ndefaultListenerPort = 9443\n',
      },
      { environment: two },
    );
    expect(valuesOf(seen)).toEqual({
      "ballerina.http.defaultListenerConfig.secureSocket.key.password": "x",
      "ballerina.http.defaultListenerPort": 9443n,
    });
    expect(seen.ignored).toMatchObject([{ key: "ballerina.http.defaultListenerConfig.host", value: "10.0.0.5" }]);
  });

  it("spellings of the root module's variables are one and the same", () =>
    expect(
      valuesOf(
        configured(
          { "/s.toml": "[acme.orders]\nport = 1\n", "/b.toml": "port = 2\n[orders]\nport = 3\n" },
          { environment: two },
        ),
      ),
    ).toEqual({ "acme.orders.port": 1n }));

  it("places point at the value's text", () => {
    const text = '# é\n[db]\nuser = "root"\n';
    const [setting] = configured({ "/opt/orders/Config.toml": text }).settings;
    if (setting?.source.kind !== "file") throw new Error("not from a file");
    expect(text.slice(setting.source.start, setting.source.end)).toBe('"root"');
    expect(setting.source.line).toBe(3);
  });

  it("data counts where it is chosen", () =>
    expect(
      valuesOf(configured({ "/opt/orders/Config.toml": "a = 1\n" }, { environment: { BAL_CONFIG_DATA: "b = 2\n" } })),
    ).toEqual({
      b: 2n,
    }));
});

describe("variables of the environment", () => {
  it("are matched by the upper case of what they name", () => {
    const seen = configured(
      { "/opt/orders/Config.toml": 'dbPassword = "x"\n[ballerina.log]\nlevel = "DEBUG"\n' },
      { environment: { BAL_CONFIG_VAR_DBPASSWORD: "y", BAL_CONFIG_VAR_BALLERINA_LOG_LEVEL: "INFO" } },
    );
    expect(valuesOf(seen)).toEqual({ dbPassword: "y", "ballerina.log.level": "INFO" });
  });

  it("take their spelling from the JAR where no file has it", () =>
    expect(
      valuesOf(
        configured(
          {},
          {
            modules: [module("acme/orders", ["apiKey"]), module("ballerina/http", ["defaultListenerPort"])],
            environment: { BAL_CONFIG_VAR_ORDERS_APIKEY: "k", BAL_CONFIG_VAR_HTTP_DEFAULTLISTENERPORT: "9091" },
          },
        ),
      ),
    ).toEqual({ apiKey: "k", "ballerina.http.defaultListenerPort": 9091n }));
});

describe("what no variable takes", () => {
  const known = [module("acme/orders", ["port", "database"]), module("ballerina/log", ["level"])];
  const unused = (toml: string, environment: Readonly<Record<string, string>> = {}, modules = known) =>
    (configured({ "/opt/orders/Config.toml": toml }, { modules, environment }).unused ?? []).map(({ key }) => key);

  it("is named where the JAR proves it", () =>
    expect(
      unused('port = 1\nprot = 2\n[database]\nhost = "x"\n[ballerina.log]\nlevel = "INFO"\nformat = "json"\n'),
    ).toEqual(["prot", "ballerina.log.format"]));

  it("covers modules that are not linked", () =>
    expect(unused("[ballerina.http.listeners]\nport = 1\n")).toEqual(["ballerina.http.listeners.port"]));

  it("covers the environment", () =>
    expect(unused("", { BAL_CONFIG_VAR_PORT: "1", BAL_CONFIG_VAR_PROT: "1" })).toEqual(["prot"]));

  it("is not claimed where the JAR says nothing", () => {
    expect(unused("anything = 1\n", { BAL_CONFIG_VAR_ANY: "1" }, [module("acme/orders")])).toEqual([]);
    expect(unused("[ballerina.http]\nx = 1\n", {}, [])).toEqual([]);
  });
});

describe("secrets", () => {
  it("are marked by name or by shape, and an empty one is none", () => {
    const { settings } = configured({
      "/opt/orders/Config.toml":
        'dbPassword = "x"\napiKey = ""\nurl = "https://a:b@c.example"\nhost = "c"\nkeys = ["eyJhbGciOiJI.eyJzdWIiOiJ.abc"]\ntokenUrl = "https://c.example/token"\n[[users]]\nname = "a"\npassword = "b"\n',
    });
    expect(settings.filter(({ secret }) => secret).map(({ key }) => key)).toEqual([
      "dbPassword",
      "url",
      "keys",
      "users.0.password",
    ]);
  });
});
