/** The stand-in integration behaves as a Ballerina program does, and the tools around it tell the truth. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Lab, labOrSkip, must, openLab, type RunResult, run, type Server, until } from "./harness/index.ts";
import {
  defaultProgram,
  findMarks,
  installIntegration,
  jarOf,
  manyIntegrations,
  mark,
  marksIn,
  type Program,
  requestCounter,
  smallJvm,
  type WorstIntegration,
  worstIntegration,
} from "./workload/index.ts";

const reason = labOrSkip();
const title = (text: string): string => `${text}${reason ? ` (skipped: ${reason})` : ""}`;

describe.skipIf(reason !== undefined)(title("the stand-in's JAR"), () => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "standin-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  type Start = {
    program?: Partial<Program>;
    files?: Record<string, string>;
    env?: Record<string, string>;
    arguments?: readonly string[];
  };

  /** Starts the program in a folder of its own; one that comes up is stopped after four seconds, with exit code 124. */
  async function start({ program = {}, files = {}, env = {}, arguments: words = [] }: Start): Promise<RunResult> {
    const cwd = mkdtempSync(join(folder, "run-"));
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(join(cwd, "conf"), { recursive: true });
      writeFileSync(join(cwd, name), text);
    }
    // Nothing of these tests listens on a port that means something to this machine.
    const jar = await jarOf({ ...defaultProgram, defaultListener: false, ...program });
    return run(["timeout", "4", "java", ...smallJvm, "-jar", jar, ...words], {
      cwd,
      env: { PATH: process.env.PATH ?? "", ...env },
      cleanEnvironment: true,
    });
  }

  const started = 124;
  /** Dies because `dbUser` has no value, so that the rest of its configuration can be seen in its errors. */
  const strict = { required: ["dbUser"] };

  it("has a manifest of two lines, as Ballerina writes it", async () => {
    const text = await must(["unzip", "-p", await jarOf(defaultProgram), "META-INF/MANIFEST.MF"]);
    expect(text.trim().split(/\r?\n/)).toEqual(["Manifest-Version: 1.0", "Main-Class: acme.orders.0.$_init"]);
  });

  it("has the class version of the Java release it is made for", async () => {
    const { exitCode, stderr } = await start({ program: { java: 25 } });
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining("class file version 69.0")]);
  });

  it("dies on keys that nobody declares, naming each and its table", async () => {
    const { exitCode, stderr } = await start({
      files: { "Config.toml": 'a = 2\n\n[ballerina.http.listeners]\nport = 45\n\n[ballerina.log]\nformat = "json"\n' },
    });
    expect(exitCode).toBe(1);
    expect(stderr.trim().split("\n")).toEqual([
      "error: [Config.toml:(1:1,1:6)] unused configuration value 'a'",
      "error: [Config.toml:(3:1,4:10)] unused configuration value 'ballerina.http.listeners'",
      "error: [Config.toml:(4:1,4:10)] unused configuration value 'ballerina.http.listeners.port'",
    ]);
  });

  it.each([
    ["2201.10", "[ballerina.http]\ndefaultListenerPort = 9443\n", "ballerina.http.defaultListenerPort"],
    ["2201.12", '[[ballerina.log.destinations]]\ntype = "stderr"\n', "ballerina.log.destinations"],
  ] as const)("of %s does not know a key of later modules", async (distribution, text, key) => {
    const before = await start({ program: { distribution }, files: { "Config.toml": text } });
    expect([before.exitCode, before.stderr]).toEqual([
      1,
      expect.stringContaining(`unused configuration value '${key}'`),
    ]);
    const after = await start({ program: { distribution: "2201.13" }, files: { "Config.toml": text } });
    expect(after.exitCode, after.stderr).toBe(started);
  });

  it("dies on a field that the record of the default listener does not have", async () => {
    const { exitCode, stderr } = await start({
      files: { "Config.toml": "[ballerina.http.defaultListenerConfig]\nport = 1\n" },
    });
    expect(exitCode).toBe(1);
    expect(stderr).toContain("additional field 'port' provided for configurable variable 'defaultListenerConfig'");
  });

  it("dies on a missing value, a wrong type, and an unused variable or argument", async () => {
    expect((await start({ program: strict })).stderr).toBe(
      "error: value not provided for required configurable variable 'dbUser'\n",
    );
    expect((await start({ files: { "Config.toml": "dbUser = 5\n" } })).stderr).toBe(
      "error: [Config.toml:(1:1,1:11)] configurable variable 'dbUser' is expected to be of type 'string', but found 'int'\n",
    );
    expect((await start({ files: { "Config.toml": "maxPayload = 10\n" } })).exitCode).toBe(1);
    const unused = await start({ env: { BAL_CONFIG_VAR_NOBODY: "x" }, arguments: ["-Cnobody=y"] });
    expect(unused.exitCode).toBe(1);
    expect(unused.stderr).toContain("unused environment variable 'BAL_CONFIG_VAR_NOBODY'");
    expect(unused.stderr).toContain("[nobody=y] unused command line argument");
  });

  it("takes BAL_CONFIG_FILES alone when set, else BAL_CONFIG_DATA alone, else Config.toml of the working directory", async () => {
    const files = { "Config.toml": "inWorkingDirectory = 1\n", "conf/a.toml": "inFirst = 1\n" };
    const told = async (env: Record<string, string>): Promise<string[]> =>
      [...(await start({ files, env })).stderr.matchAll(/unused configuration value '(\w+)'/g)].map(
        (hit) => hit[1] ?? "",
      );
    expect(await told({})).toEqual(["inWorkingDirectory"]);
    expect(await told({ BAL_CONFIG_DATA: "inData = 1" })).toEqual(["inData"]);
    expect(await told({ BAL_CONFIG_DATA: "inData = 1", BAL_CONFIG_FILES: "conf/a.toml" })).toEqual(["inFirst"]);
  });

  it("only warns of a listed file that is missing or is no TOML, and goes on without it", async () => {
    const { exitCode, stderr } = await start({
      files: { "conf/a.toml": "dbUser = \n" },
      env: { BAL_CONFIG_FILES: "conf/none.toml:conf/a.toml" },
    });
    expect(exitCode).toBe(started);
    expect(stderr).toContain("warning: configuration file is not found in path 'conf/none.toml'");
    expect(stderr).toContain("warning: invalid TOML file");
  });

  it("prefers the environment to the command line to the first listed file to later ones", async () => {
    // The log's format is seen from outside, so it shows which source won.
    const format = (value: string): string => `[ballerina.log]\nlevel = "${value}"\n`;
    const logged = async (
      env: Record<string, string>,
      words: readonly string[],
      first = "",
      second = "",
    ): Promise<boolean> =>
      (
        await start({
          files: { "conf/a.toml": first, "conf/b.toml": second },
          env: { BAL_CONFIG_FILES: "conf/a.toml:conf/b.toml", ...env },
          arguments: words,
        })
      ).stderr.includes("level=INFO");
    expect(await logged({}, [], format("ERROR"), format("INFO"))).toBe(false);
    expect(await logged({}, [], format("INFO"), format("ERROR"))).toBe(true);
    expect(await logged({}, ["-Cballerina.log.level=ERROR"], format("INFO"))).toBe(false);
    expect(await logged({ BAL_CONFIG_VAR_BALLERINA_LOG_LEVEL: "INFO" }, ["-Cballerina.log.level=ERROR"])).toBe(true);
  });

  it("takes a record whole from one file: fields of a later file are lost", async () => {
    const { exitCode, stderr } = await start({
      program: { defaultListener: true },
      files: {
        "conf/secrets.toml": '[ballerina.http.defaultListenerConfig.secureSocket.key]\npassword = "x"\n',
        "conf/base.toml":
          '[ballerina.http]\ndefaultListenerPort = 0\n[ballerina.http.defaultListenerConfig.secureSocket.key]\npath = "/nowhere/k.p12"\n',
      },
      env: { BAL_CONFIG_FILES: "conf/secrets.toml:conf/base.toml" },
    });
    expect(exitCode).toBe(1);
    expect(stderr).not.toContain("/nowhere/k.p12");
  });
});

describe.skipIf(reason !== undefined)(title("integrations on a server"), () => {
  let lab: Lab;

  beforeAll(async () => {
    lab = await openLab();
  });
  afterAll(() => lab?.close());

  it("a restart costs a few requests, and they are counted", async () => {
    const server = await lab.server({ release: "bookworm", flavour: "java" });
    await installIntegration(server, { name: "orders", unit: { jvm: smallJvm } });
    const url = `http://${server.address}:9090/health`;
    const quiet = await requestCounter(lab, url);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect((await quiet.stop())[url]).toMatchObject({ failed: 0 });

    const counter = await requestCounter(lab, url);
    await server.must(["systemctl", "restart", "orders.service"]);
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    const counts = (await counter.stop())[url];
    expect(counts?.failed).toBeGreaterThan(0);
    expect(counts?.byStatus.ECONNREFUSED).toBeGreaterThan(0);
    expect(counts?.ok).toBeGreaterThan(50);
    expect(counts?.longestGapMs).toBeGreaterThan(50);
    expect(counts?.sent).toBe((counts?.ok ?? 0) + (counts?.failed ?? 0));
    await server.destroy();
  });

  it("a unit that stops loses nothing that it had begun to answer, and exits cleanly", async () => {
    const server = await lab.server({ release: "trixie", flavour: "java" });
    const { unit } = await installIntegration(server, { name: "orders", unit: { jvm: smallJvm } });
    await server.must(["systemctl", "stop", unit]);
    expect(await server.must(["systemctl", "show", "--property=Result,ActiveState", unit])).toBe(
      "Result=success\nActiveState=inactive\n",
    );
    await server.destroy();
  });

  it("ten of them run side by side", async () => {
    const server = await lab.server({ release: "bookworm", flavour: "java" });
    const integrations = await manyIntegrations(server, 10);
    const answers = await Promise.all(
      integrations.map(async ({ ports }) => (await fetch(`http://${server.address}:${ports[0]}/health`)).status),
    );
    expect(answers).toEqual(Array.from({ length: 10 }, () => 200));
    await server.destroy();
  });
});

describe.skipIf(reason !== undefined)(title("a default listener with TLS"), () => {
  let lab: Lab;

  beforeAll(async () => {
    lab = await openLab();
  });
  afterAll(() => lab?.close());

  it("needs a temporary folder from which libraries can be loaded, as Netty's OpenSSL does", async () => {
    const server = await lab.server({ release: "bookworm", flavour: "proxy" });
    await server.must(["install", "-d", "/opt/orders"]);
    await server.must(
      [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-days",
        "30",
      ].concat(["-subj", "/CN=orders.example", "-keyout", "/opt/orders/key.pem", "-out", "/opt/orders/cert.pem"]),
    );
    await server.must(["chmod", "0644", "/opt/orders/key.pem"]);
    const config = `[ballerina.http]
defaultListenerPort = 9443
[ballerina.http.defaultListenerConfig]
host = "127.0.0.1"
[ballerina.http.defaultListenerConfig.secureSocket]
ciphers = ["TLS_AES_256_GCM_SHA384", "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"]
[ballerina.http.defaultListenerConfig.secureSocket.key]
certFile = "/opt/orders/cert.pem"
keyFile = "/opt/orders/key.pem"
[ballerina.http.defaultListenerConfig.secureSocket.protocol]
name = "TLS"
versions = ["TLSv1.3"]
`;
    const { unit } = await installIntegration(server, {
      name: "orders",
      config,
      unit: { jvm: smallJvm },
      ports: [9443],
    });
    const curl = (...words: string[]): Promise<RunResult> =>
      server.exec(["curl", "-sk", "--max-time", "5", ...words, "https://127.0.0.1:9443/health"]);
    expect((await curl()).stdout).toContain("UP");
    expect((await curl("--tls-max", "1.2")).exitCode).toBe(35);

    await server.must(["install", "-d", `/etc/systemd/system/${unit}.d`]);
    await server.writeFile(
      `/etc/systemd/system/${unit}.d/tmp.conf`,
      "[Service]\nPrivateTmp=yes\nNoExecPaths=/tmp /var/tmp\n",
    );
    await server.must(["systemctl", "daemon-reload"]);
    await server.must(["systemctl", "restart", unit]);
    await until("the end of the unit", async () =>
      (await server.exec(["systemctl", "is-failed", unit])).exitCode === 0 ? true : undefined,
    );
    expect(await server.must(["journalctl", "--unit", unit, "--lines=3", "--output=cat"])).toContain(
      "failed to load the required native library",
    );
  });
});

describe.skipIf(reason !== undefined)(title("the worst integration"), () => {
  let lab: Lab;
  let server: Server;
  let worst: WorstIntegration;

  beforeAll(async () => {
    lab = await openLab();
    server = await lab.server({ release: "bookworm", flavour: "proxy" });
    worst = await worstIntegration(server);
  });
  afterAll(() => lab?.close());

  const versions = (port: number): Promise<string[]> =>
    Promise.all(
      ["tls1", "tls1_1", "tls1_2", "tls1_3"].map(async (version) => {
        const words = [
          "openssl",
          "s_client",
          "-connect",
          `127.0.0.1:${port}`,
          `-${version}`,
          "-cipher",
          "ALL:@SECLEVEL=0",
        ];
        const { stdout } = await server.exec(words);
        return /Cipher is (?!\(NONE\))/.test(stdout) ? version : "";
      }),
    );

  it("serves TLS 1.0, by itself and behind nginx", async () => {
    expect(await versions(9443)).toEqual(["tls1", "tls1_1", "tls1_2", ""]);
    expect(await versions(443)).toEqual(["tls1", "tls1_1", "tls1_2", ""]);
  });

  it("answers everywhere, calls its upstream over plain HTTP, and opens its doors to debuggers", async () => {
    const curl = (url: string): Promise<string> => server.must(["curl", "-skf", "--max-time", "5", url]);
    for (const url of Object.values(worst.urls)) expect(await curl(url)).toContain("UP");
    expect(await curl(worst.urls.plain.replace("health", "upstream"))).toContain("in stock");
    expect(await curl(`http://${server.address}:9797/metrics`)).toContain("requests_total");
    const open = await server.must(["ss", "-Hltn"]);
    for (const port of [5005, 9010]) expect(open).toMatch(new RegExp(`\\*:${port} `));
    expect((await server.must(["ps", "-o", "user=", "-C", "java"])).trim()).toBe("root");
  });

  it("has its secrets where anyone can read them, and they are found", async () => {
    const found = await findMarks(server);
    const readable = (name: string): string[] =>
      found.filter((one) => one.mark === mark(name) && one.readers.includes("anyone")).map(({ place }) => place);
    expect(readable("toml-database")).toEqual(["/opt/orders/Config.toml"]);
    expect(readable("env-file")).toEqual(["/opt/orders/orders.env"]);
    expect(readable("unit")).toEqual(["/etc/systemd/system/orders.service"]);
    expect(readable("compose")).toEqual(["/opt/orders/docker-compose.yml"]);
    expect(readable("argument")).toEqual([
      expect.stringMatching(/^\/etc\//),
      expect.stringMatching(/^\/proc\/\d+\/cmdline$/),
    ]);
    const environment = found.find((one) => one.mark === mark("unit") && one.place.startsWith("/proc/"));
    expect(environment?.readers).toEqual(["user root"]);
    expect(marksIn(JSON.stringify(found)).length).toBeGreaterThan(7);
  });

  it("tells who may read a marked file, folders above included", async () => {
    await server.must(["install", "-d", "-m", "0750", "-o", "op", "-g", "adm", "/srv/closed"]);
    await server.writeFile("/srv/closed/open.txt", mark("closed"), { mode: "0644" });
    await server.must(["systemd-cat", "echo", mark("journal")]);
    const found = await findMarks(server, ["/srv"]);
    expect(found.find(({ place }) => place === "/srv/closed/open.txt")?.readers).toEqual([
      "user root",
      "user op",
      "group adm",
    ]);
    expect(found.filter(({ place }) => place === "journal").map((one) => one.mark)).toContain(mark("journal"));
  });
});
