import { describe, expect, it, test } from "vitest";
import { answerReader } from "../../../../src/core/answers.ts";
import { known } from "../../../../src/model/fact.ts";
import type { Integration } from "../../../../src/model/integration.ts";
import type { Answers } from "../../../../src/model/plan.ts";
import { databaseTls } from "../../../../src/probes/database-tls.ts";
import type { ListenerSurvey } from "../../../../src/probes/handshakes.ts";
import { handshakes, surveyCandidates } from "../../../../src/probes/handshakes.ts";
import { integrations } from "../../../../src/probes/integrations.ts";
import { javaSecurity, overrideOf, ownPath, readProperties } from "../../../../src/probes/java-security.ts";
import { type Listener, listeners } from "../../../../src/probes/listeners.ts";
import { type Proxies, type ProxyFile, proxies } from "../../../../src/probes/proxies.ts";
import { secretPlaces } from "../../../../src/probes/secret-places.ts";
import { opensslDefaults, type TlsSystem, tlsSystem } from "../../../../src/probes/tls-system.ts";
import { unitFiles } from "../../../../src/probes/unit-files.ts";
import type { Certificate } from "../../../../src/stores/certificate.ts";
import { shippedGuideline } from "../../../../src/tls/guideline.ts";
import { nginxTree } from "../../../../src/tls/nginx.ts";
import { generateTls } from "../../../../steps/runtime/tls/generate.ts";
import { tls } from "../../../../steps/runtime/tls/index.ts";
import { covers } from "../../../../steps/runtime/tls/names.ts";
import { aConfigurationFile, anIntegration, whatRunsHere } from "../../integration-fixture.ts";
import { factsOf, settle } from "../../settle.ts";
import { noPlaces, settingsOf } from "../secrets-fixture.ts";
import { aRuntimeUnit, runtimeUnits } from "../unit-fixture.ts";

const now = Date.parse("2026-11-20T00:00:00Z") / 1000;
const day = 86_400;
const strong = ["1301", "1302", "1303"];
const { intermediate } = shippedGuideline().profiles;

const aListener = (port: number, name: string, pid = 7): Listener => ({
  transport: "tcp",
  address: "0.0.0.0",
  device: "",
  port,
  families: [4],
  reach: "any",
  processes: [{ pid, name, user: "root", uid: 0, unit: `${name}.service`, executable: `/usr/sbin/${name}` }],
});

const aCertificate = (overrides: Partial<Certificate> = {}): Certificate => ({
  pem: "",
  subject: "CN=orders.example",
  issuer: "CN=Lab CA",
  serialNumber: "01",
  commonName: "orders.example",
  names: ["orders.example"],
  notBefore: now - 10 * day,
  notAfter: now + 100 * day,
  key: { type: "rsa", bits: 3072, curve: undefined },
  signature: { name: "SHA-256 with RSA", digest: "sha256" },
  sha256: "ab".repeat(32),
  spkiSha256: "cd".repeat(32),
  selfSigned: false,
  authority: false,
  ...overrides,
});

const aSurvey = (overrides: Partial<ListenerSurvey> = {}): ListenerSurvey => ({
  speaks: "tls",
  said: "",
  protocols: ["TLSv1.2", "TLSv1.3"],
  suites: { "TLSv1.2": ["c02f", "c030", "cca8"], "TLSv1.3": strong },
  groups13: ["001d"],
  weakGroups: [],
  dhBits: undefined,
  certificates: [],
  mutual: false,
  incomplete: undefined,
  listener: aListener(443, "nginx"),
  server: "nginx",
  chain: [aCertificate()],
  ...overrides,
});

const old = { protocols: ["TLSv1", "TLSv1.2"], suites: { TLSv1: ["0035"], "TLSv1.2": ["c02f", "0035"] } } as const;

const aSystem = (overrides: Partial<TlsSystem> = {}): TlsSystem => ({
  openssl: "3.0.19",
  cryptoPolicy: undefined,
  settings: new Map(),
  file: "/etc/ssl/openssl.cnf",
  guideline: undefined,
  now,
  ...overrides,
});

const aFile = (path: string, content: string): ProxyFile => ({
  name: path,
  path,
  content,
  mode: "0644",
  owner: "root",
  group: "root",
});

const anNginx = (files: readonly ProxyFile[], confd = true): Proxies["nginx"] => {
  const tree = nginxTree("/etc/nginx/nginx.conf", new Map(files.map(({ name, content }) => [name, content])));
  const names = new Map(
    tree.servers.flatMap(({ tlsPorts, names: own }) => tlsPorts.map((port) => [port, own] as const)),
  );
  return {
    version: "1.22.1",
    openssl: "3.0.19",
    active: true,
    main: "/etc/nginx/nginx.conf",
    files,
    tree,
    problem: undefined,
    names,
    confd,
    own: files.find(({ path }) => path.endsWith("zz-drawbridge-tls.conf")),
  };
};

const mainText =
  "events {}\nhttp {\n    ssl_protocols TLSv1 TLSv1.2;\n    include /etc/nginx/conf.d/*.conf;\n    include /etc/nginx/sites-enabled/*;\n}\n";
const siteText =
  'server {\n    listen 443 ssl;\n    server_name orders.example;\n    ssl_ciphers ALL;\n    proxy_set_header Authorization "Bearer MARKED-token-77";\n}\n';
const worstNginx = anNginx([
  aFile("/etc/nginx/nginx.conf", mainText),
  aFile("/etc/nginx/sites-enabled/orders", siteText),
]);

type Host = {
  readonly surveys?: readonly ListenerSurvey[];
  readonly servers?: Partial<Proxies>;
  readonly system?: Partial<TlsSystem>;
  readonly integration?: Integration;
  readonly given?: Answers;
  /** Effective jdk.tls.disabledAlgorithms, the JDK's own, and the lines of an override file. */
  readonly java?: {
    readonly effective: string;
    readonly base: string;
    readonly overridden?: ReadonlyMap<string, string>;
  };
};

const run = ({ surveys = [], servers = {}, system = {}, integration, given = {}, java }: Host) =>
  settle(
    [tls],
    factsOf(
      [handshakes, known({ now, listeners: surveys })],
      [tlsSystem, known(aSystem(system))],
      [proxies, known({ nginx: undefined, haproxy: undefined, ...servers })],
      [integrations, known(whatRunsHere(integration === undefined ? [] : [integration]))],
      [secretPlaces, known(noPlaces)],
      [
        unitFiles,
        known(runtimeUnits(integration?.unit === undefined ? [] : [aRuntimeUnit({ name: integration.unit.name })])),
      ],
      [
        javaSecurity,
        known(
          java === undefined || integration === undefined
            ? []
            : [
                {
                  integration: integration.id,
                  home: "/usr/lib/jvm/java-21-openjdk-amd64",
                  properties: new Map([["jdk.tls.disabledAlgorithms", { value: java.effective, file: "/x" }]]),
                  base: new Map([["jdk.tls.disabledAlgorithms", java.base]]),
                  overridden: java.overridden ?? new Map<string, string>(),
                  own: undefined,
                  override: overrideOf(integration.jvmOptions)?.path,
                  overrideMissing: false,
                },
              ],
        ),
      ],
    ),
    given,
  );

const withoutAnswers = <T extends { readonly kind: string }>(changes: readonly T[]) =>
  changes.filter((one) => !("path" in one) || !String(one.path).startsWith("/etc/drawbridge/"));

describe("what TLS services agree on", () => {
  it("passes when it is the guideline's, and plans nothing", () => {
    const { results, changes } = run({ surveys: [aSurvey()], servers: { nginx: worstNginx } });
    expect(results).toMatchObject({
      "tls-protocols": "pass",
      "tls-ciphers": "pass",
      "tls-key-exchange": "pass",
      "tls-certificate-served": "pass",
      "tls-agreement": "pass",
      "tls-system-policy": "pass",
      "tls-review-age": "pass",
      "tls-java": "notapplicable",
    });
    expect(changes).toEqual([]);
  });

  it("does not apply where nothing speaks TLS", () => {
    const { results } = run({ surveys: [aSurvey({ speaks: "other", said: "HTTP/1.1 400" })] });
    expect(results).toMatchObject({ "tls-protocols": "notapplicable", "tls-ciphers": "notapplicable" });
  });

  it("is unknown when the answer is not whole, and never a pass", () => {
    const { results } = run({ surveys: [aSurvey({ incomplete: "no answer in time to TLSv1" })] });
    expect(results).toMatchObject({
      "tls-protocols": "unknown",
      "tls-ciphers": "unknown",
      "tls-key-exchange": "unknown",
    });
    const silent = run({ surveys: [aSurvey({ protocols: [], suites: {} })] });
    expect(silent.results["tls-protocols"]).toBe("unknown");
  });

  it("fails with the protocol, the worst suites and why they are bad", () => {
    const { details, results } = run({ surveys: [aSurvey(old)], servers: { nginx: worstNginx } });
    expect(results).toMatchObject({ "tls-protocols": "fail", "tls-ciphers": "fail", "tls-agreement": "fail" });
    expect(details["tls-protocols"]).toBe("443/tcp (nginx) accepts TLSv1");
    expect(details["tls-ciphers"]).toContain("no forward secrecy");
  });

  it("TLS 1.2 fails under modern", () => {
    const { details } = run({ surveys: [aSurvey()], given: { "tls.profile": "modern" } });
    expect(details["tls-protocols"]).toContain("accepts TLSv1.2");
  });

  it("weak groups fail", () => {
    const { details } = run({ surveys: [aSurvey({ dhBits: 1024, weakGroups: ["0013"] })] });
    expect(details["tls-key-exchange"]).toContain("1024 bits");
    expect(details["tls-key-exchange"]).toContain("prime192v1");
  });

  it("a server that nobody here can configure is left to its owner", () => {
    const { details, changes } = run({
      surveys: [aSurvey({ ...old, server: "stunnel4", listener: aListener(993, "stunnel4") })],
    });
    expect(details["tls-protocols"]).toContain("by hand");
    expect(withoutAnswers(changes)).toEqual([]);
  });
});

describe("certificates that are served", () => {
  const detail = (overrides: Partial<Certificate>, given: Answers = {}) =>
    run({ surveys: [aSurvey({ chain: [aCertificate(overrides)] })], servers: { nginx: worstNginx }, given }).details[
      "tls-certificate-served"
    ];
  test.each([
    [{ notAfter: now - day }, /expired on 2026-11-19/u],
    [{ notAfter: now + 3 * day }, /in less than 14 days/u],
    [{ notBefore: now + day }, /valid only from/u],
    [{ key: { type: "rsa", bits: 1024, curve: undefined } }, /1024 bits/u],
    [{ signature: { name: "SHA-1 with RSA", digest: "sha1" } }, /SHA-1/u],
    [{ names: ["other.example"] }, /does not name orders\.example/u],
    [
      { sha256: "529c2433bf19b2fdd5c56f4420e87711964a0177e610e374788945fa65fd2663" },
      /private key is public: Ballerina/u,
    ],
  ] as [Partial<Certificate>, RegExp][])("%o", (overrides, words) => {
    expect(detail(overrides)).toMatch(words);
  });

  it("names are compared as clients compare them", () => {
    expect(covers({ names: ["*.example.org"], commonName: undefined }, "a.example.org")).toBe(true);
    expect(covers({ names: ["*.example.org"], commonName: undefined }, "a.b.example.org")).toBe(false);
    expect(covers({ names: ["*.example.org"], commonName: undefined }, "example.org")).toBe(false);
    expect(covers({ names: [], commonName: "Orders.Example" }, "orders.example")).toBe(true);
  });

  it("one that could not be read is unknown", () => {
    const { results } = run({ surveys: [aSurvey({ chain: [], server: "java", listener: aListener(9443, "java") })] });
    expect(results["tls-certificate-served"]).toBe("unknown");
  });
});

describe("a Diffie-Hellman group of nginx's own", () => {
  const site = (line: string) =>
    anNginx([
      aFile("/etc/nginx/nginx.conf", mainText),
      aFile("/etc/nginx/sites-enabled/orders", `server {\n    listen 443 ssl;\n${line}    ssl_ciphers ALL;\n}\n`),
    ]);
  const written = (line: string, dhBits: number | undefined) => {
    const { changes } = run({ surveys: [aSurvey({ ...old, dhBits })], servers: { nginx: site(line) } });
    const found = changes.find((each) => each.kind === "file" && each.path === "/etc/nginx/sites-enabled/orders");
    return found?.kind === "file" && "content" in found.after ? found.after.content : undefined;
  };
  it("goes with its line when it is too small, because strong ciphers are refused beside it", () => {
    expect(written("    ssl_dhparam /etc/nginx/dh.pem;\n", 1024)).toMatch(
      /^server \{\n {4}listen 443 ssl;\n {4}ssl_ciphers ECDHE[^\n]*\n\}\n$/u,
    );
    expect(written("    # ours\n    ssl_dhparam a; ssl_session_timeout 1d;\n", 1024)).toContain(
      "    # ours\n     ssl_session_timeout 1d;\n",
    );
  });
  it("stays when it is large enough, or nobody saw it in use", () => {
    for (const bits of [2048, undefined])
      expect(written("    ssl_dhparam /etc/nginx/dh.pem;\n", bits)).toContain("ssl_dhparam /etc/nginx/dh.pem;");
  });
});

describe("nginx is put right", () => {
  const { changes } = run({ surveys: [aSurvey(old)], servers: { nginx: worstNginx } });
  const file = (path: string) => changes.find((one) => one.kind === "file" && one.path === path);

  it("where it says something else, and in a file of our own where it says nothing", () => {
    expect(file("/etc/nginx/nginx.conf")).toMatchObject({
      after: { content: mainText.replace("TLSv1 TLSv1.2", "TLSv1.2 TLSv1.3"), mode: "0644" },
      verify: [["nginx", "-t", "-q"]],
    });
    const own = file("/etc/nginx/conf.d/zz-drawbridge-tls.conf");
    expect(own?.kind === "file" && own.after.content).toContain("ssl_ciphers ECDHE-ECDSA-AES128-GCM-SHA256:");
    expect(own?.kind === "file" && own.after.content).not.toContain("ssl_protocols");
    expect(own?.kind === "file" && own.after.content).not.toContain("MLKEM");
  });

  it("with a reload, once", () => {
    const units = changes.filter(({ kind }) => kind === "unit");
    expect(units).toMatchObject([{ unit: "nginx.service", action: "reloaded" }]);
  });

  it("without showing what is secret in its files", () => {
    expect(JSON.stringify(changes)).not.toContain("MARKED-token");
    const site = file("/etc/nginx/sites-enabled/orders");
    expect(site).toMatchObject({ sensitive: true });
    expect(site?.kind === "file" && site.after.parts?.some((part) => "slice" in part)).toBe(true);
  });

  it("inside http where conf.d is not read", () => {
    const main = aFile("/etc/nginx/nginx.conf", "http {\n    server { listen 443 ssl; }\n}\n");
    const found = run({ surveys: [aSurvey(old)], servers: { nginx: anNginx([main], false) } }).changes;
    const written = found.find((one) => one.kind === "file" && one.path === main.path);
    expect(written?.kind === "file" && written.after.content).toMatch(
      /^http \{\n {4}ssl_protocols TLSv1\.2 TLSv1\.3;\n {4}ssl_ciphers \S+;\n {4}ssl_ecdh_curve X25519:prime256v1:secp384r1;\n {4}ssl_prefer_server_ciphers off;\n {4}server/u,
    );
  });
});

describe("haproxy is put right", () => {
  const text =
    "global\n    daemon\n    stats socket /run/haproxy.sock\nuserlist u\n    user op insecure-password MARKED-password-88\nfrontend f\n    bind :443 ssl crt /a.pem ssl-min-ver TLSv1.0\n";
  const haproxy = {
    version: "2.6.12",
    openssl: "3.0.19",
    active: true,
    files: [aFile("/etc/haproxy/haproxy.cfg", text)],
  };
  const survey = aSurvey({ ...old, server: "haproxy", listener: aListener(443, "haproxy") });

  it("in global, without the lines against it, judged by itself, with a reload", () => {
    const { changes } = run({ surveys: [survey], servers: { haproxy } });
    const file = changes.find((one) => one.kind === "file" && one.path === "/etc/haproxy/haproxy.cfg");
    expect(file?.kind === "file" && file.after.content).toContain("bind :443 ssl crt /a.pem\n");
    expect(file?.kind === "file" && file.after.content).toContain("ssl-min-ver TLSv1.2");
    expect(file).toMatchObject({ verify: [["haproxy", "-c", "-q", "-f", "/etc/haproxy/haproxy.cfg"]] });
    expect(changes.filter(({ kind }) => kind === "unit")).toMatchObject([
      { unit: "haproxy.service", action: "reloaded" },
    ]);
    expect(JSON.stringify(changes)).not.toContain("MARKED-password");
  });

  it("before anything changes where no secret is in its file", () => {
    const open = {
      ...haproxy,
      files: [aFile("/etc/haproxy/haproxy.cfg", text.replace(/userlist[\s\S]*(?=frontend)/u, ""))],
    };
    const { changes } = run({ surveys: [survey], servers: { haproxy: open } });
    const file = changes.find((one) => one.kind === "file" && one.path === "/etc/haproxy/haproxy.cfg");
    expect(file?.checks[0]?.argv).toEqual(["haproxy", "-c", "-q", "-f", "@files/haproxy-0.cfg"]);
  });
});

describe("Config.toml is put right", () => {
  const configured = (content: string, overrides: Partial<Integration> = {}): Integration => {
    const files = [aConfigurationFile({ content })];
    return anIntegration({
      configuration: { decidedBy: "working directory", files, settings: settingsOf(files) },
      ...overrides,
    });
  };
  const survey = (port: number) => aSurvey({ ...old, server: "java", listener: aListener(port, "java", 812) });
  const written = (integration: Integration, port: number, given: Answers = {}) => {
    const { changes, details } = run({ surveys: [survey(port)], integration, given });
    const file = changes.find((one) => one.kind === "file" && one.path.endsWith("Config.toml"));
    return { content: file?.kind === "file" ? file.after.content : undefined, details, changes };
  };

  it("in lists that are there already, whatever they are called", () => {
    const { content, changes } = written(
      configured(
        '# keep\nhttpsProtocols = ["TLSv1", "TLSv1.2"]\nmyCiphers = ["TLS_RSA_WITH_AES_128_CBC_SHA"] # why\nnames = ["a"]\n',
      ),
      9443,
    );
    expect(content).toContain('# keep\nhttpsProtocols = ["TLSv1.3", "TLSv1.2"]\nmyCiphers = ["TLS_AES_128_GCM_SHA256"');
    expect(content).toContain('names = ["a"]');
    expect(changes.filter(({ kind }) => kind === "unit")).toMatchObject([{ action: "restarted" }]);
  });

  const listener = '[ballerina.http.defaultListenerConfig.secureSocket.key]\npath = "/opt/orders/keystore.p12"\n';

  it("for the default listener where the linked module knows the keys", () => {
    const { content } = written(configured(listener), 9090);
    expect(content).toContain('versions = ["TLSv1.3", "TLSv1.2"]');
    expect(content).toContain("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256");
  });

  it("never for a module that would not start with them", () => {
    const ancient = configured(listener);
    const jar = ancient.jar && {
      ...ancient.jar,
      netty: undefined,
      modules: [{ organisation: "ballerina", name: "http", major: 2, version: "2.12.0" }],
    };
    const { content, details } = written({ ...ancient, jar }, 9090);
    expect(content).toBeUndefined();
    expect(details["tls-protocols"]).toContain("generate");
  });

  it("for a JAR that does not tell, by the release that the operator states", () => {
    const silent = configured(listener);
    const jar = silent.jar && {
      ...silent.jar,
      netty: undefined,
      modules: [{ organisation: "ballerina", name: "http", major: 2, version: undefined }],
    };
    const said = (release: string) =>
      written({ ...silent, jar }, 9090, { "workload.distribution": release }).content ?? "nothing";
    expect(said("2201.13.2")).toContain('versions = ["TLSv1.3", "TLSv1.2"]');
    expect([said("2201.10.0"), said("")]).toEqual(["nothing", "nothing"]);
  });

  it("never for a listener that is made in code", () => {
    const { content, details } = written(configured(""), 9443);
    expect(content).toBeUndefined();
    expect(details["tls-protocols"]).toContain("decides it in its code");
  });
});

describe("the JVM", () => {
  const base =
    "SSLv3, TLSv1, TLSv1.1, DTLSv1.0, RC4, DES, MD5withRSA, DH keySize < 1024, EC keySize < 224, 3DES_EDE_CBC, anon, NULL, ECDH";
  const legacy = { text: "-Djava.security.properties=/opt/orders/legacy.security", from: "command line" };

  it("passes with what it refuses by itself", () => {
    const { results } = run({ integration: anIntegration(), java: { effective: base, base } });
    expect(results["tls-java"]).toBe("pass");
  });

  it("fails when a file takes the refusals away, and gets the JDK's own list back", () => {
    const { details, changes } = run({
      integration: anIntegration({ jvmOptions: [legacy] }),
      java: {
        effective: "SSLv3, NULL, anon",
        base,
        overridden: new Map([
          ["jdk.tls.disabledAlgorithms", "SSLv3, NULL, anon"],
          ["networkaddress.cache.ttl", "60"],
        ]),
      },
    });
    expect(details["tls-java"]).toContain("TLSv1, TLSv1.1");
    const file = changes.find((one) => one.kind === "file" && one.path === ownPath("orders-api"));
    expect(file?.kind === "file" && file.after.content).toContain(`jdk.tls.disabledAlgorithms=${base}\n`);
    expect(file?.kind === "file" && file.after.content).toContain("networkaddress.cache.ttl=60\n");
    const unit = changes.find((one) => one.kind === "file" && one.path.endsWith("zz-drawbridge-runtime.conf"));
    expect(unit?.kind === "file" && unit.after.content).toContain(
      `-Djava.security.properties=${ownPath("orders-api")}`,
    );
  });

  it("options that ask for old protocols are a finding", () => {
    const option = { text: "-Djdk.tls.client.protocols=TLSv1,TLSv1.2", from: "command line" };
    const { details } = run({ integration: anIntegration({ jvmOptions: [option] }), java: { effective: base, base } });
    expect(details["tls-java"]).toContain("asks for old protocols");
  });

  it("properties are read as Java reads them", () => {
    const read = readProperties("# no\na=1\nb : x, \\\n    y, \\\n\tz\nc  d\n!no=1\n");
    expect([...read]).toEqual([
      ["a", "1"],
      ["b", "x, y, z"],
      ["c", "d"],
    ]);
  });
});

describe("the system", () => {
  const cnf = `openssl_conf = openssl_init
[openssl_init]
providers = p
ssl_conf = ssl_sect
[ssl_sect]
system_default = tls_default
[tls_default]
MinProtocol = TLSv1 # for the old one
CipherString = DEFAULT@SECLEVEL=0
`;
  it("finds the default section through its names", () => {
    expect([...opensslDefaults(cnf)]).toEqual([
      ["MinProtocol", "TLSv1"],
      ["CipherString", "DEFAULT@SECLEVEL=0"],
    ]);
    expect(opensslDefaults("nothing = here").size).toBe(0);
  });

  it("fails with what lets old protocols in", () => {
    const { details } = run({ system: { settings: opensslDefaults(cnf) } });
    expect(details["tls-system-policy"]).toContain("MinProtocol = TLSv1");
    expect(details["tls-system-policy"]).toContain("SECLEVEL=0");
  });

  it("LEGACY is left by the system's own command, which has a way back", () => {
    const { changes } = run({ system: { cryptoPolicy: "LEGACY" } });
    expect(changes.find(({ kind }) => kind === "command")).toMatchObject({
      argv: ["update-crypto-policies", "--set", "DEFAULT"],
      inverse: ["update-crypto-policies", "--set", "LEGACY"],
    });
  });
});

describe("database servers", () => {
  const judged = (stdout: string, reach: Listener["reach"], name: string) =>
    settle(
      [tls],
      factsOf(
        [databaseTls, databaseTls.parse({ stdout, exitCode: 0, truncated: false, timedOut: false })],
        [listeners, known([{ ...aListener(5432, name), reach }])],
      ),
    );
  const postgres = (lines: string) => `@postgresql /etc/postgresql/15/main/postgresql.conf\n${lines}`;

  test.each([
    [postgres("|ssl = off\n"), "postgres", /ssl is off/u],
    [postgres("|ssl = on # yes\n|ssl_min_protocol_version = 'TLSv1'\n"), "postgres", /TLSv1/u],
    ["@mysql /etc/mysql/my.cnf\n|tls-version = TLSv1.1,TLSv1.2\n", "mariadbd", /secure_transport is off.*TLSv1\.1/u],
  ])("%j fails", (stdout, name, words) => {
    expect(judged(stdout, "any", name).details["tls-databases"]).toMatch(words);
  });

  it("pass with what is read last, and do not matter where nobody else comes", () => {
    expect(judged(postgres("|ssl = off\n|ssl = 'on'\n"), "any", "postgres").results["tls-databases"]).toBe("pass");
    expect(judged(postgres("|ssl = off\n"), "loopback", "postgres").results["tls-databases"]).toBe("notapplicable");
    const strict = "@mysql /etc/my.cnf\n|require_secure_transport=ON\n";
    expect(judged(strict, "any", "mysqld").results["tls-databases"]).toBe("pass");
  });
});

describe("the guideline in force", () => {
  it("fails when it is older than agreed", () => {
    const later = Date.parse("2028-01-01T00:00:00Z") / 1000;
    expect(run({ system: { now: later } }).details["tls-review-age"]).toContain("months old");
  });

  it("can be replaced on the machine, and one that cannot be read is said", () => {
    const { details, results } = run({ system: { guideline: "{" } });
    expect(results["tls-review-age"]).toBe("fail");
    expect(details["tls-review-age"]).toContain("/etc/drawbridge/tls-guideline.json cannot be used");
  });
});

describe("who is spoken to", () => {
  const candidates = (sockets: readonly Listener[], integration?: Integration) =>
    surveyCandidates(sockets, integration && whatRunsHere([integration]), undefined).map(
      ({ listener }) => listener.port,
    );

  it("never sshd, databases, mail and what only looks like them from outside", () => {
    const hidden: Listener = { ...aListener(5432, "x"), processes: [] };
    expect(
      candidates([aListener(22022, "sshd"), aListener(5433, "postgres"), aListener(25, "master"), hidden]),
    ).toEqual([]);
  });

  it("each server once, however many sockets it holds", () => {
    const six: Listener = { ...aListener(443, "nginx"), address: "::", families: [6] };
    expect(candidates([aListener(443, "nginx"), six, aListener(8443, "java")])).toEqual([443, 8443]);
  });

  it("never the debugger's or JMX's ports", () => {
    const integration = anIntegration({
      jvmOptions: [
        { text: "-agentlib:jdwp=transport=dt_socket,server=y,suspend=n,address=*:5005", from: "command line" },
        { text: "-Dcom.sun.management.jmxremote.port=9010", from: "command line" },
      ],
    });
    const held = (port: number) => aListener(port, "java", 812);
    expect(candidates([held(5005), held(9010), held(40_123), held(9443)], integration)).toEqual([9443]);
  });
});

it("everything that is generated follows the profile", () => {
  const texts = (profile: string) =>
    generateTls(answerReader(new Map(), { "tls.profile": profile }))
      .map(({ content }) => content)
      .join("\n");
  expect(texts("intermediate")).toContain("ssl_protocols TLSv1.2 TLSv1.3;");
  expect(texts("intermediate")).toContain('versions = ["TLSv1.3", "TLSv1.2"]');
  expect(texts("modern")).not.toMatch(/TLSv1\.2|ECDHE/u);
  expect(texts("modern")).not.toMatch(/\{\{/u);
  expect(intermediate.suites12.length).toBe(6);
});
