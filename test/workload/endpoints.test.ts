import { describe, expect, it } from "vitest";
import { effectiveConfiguration } from "../../src/workload/configuration.ts";
import { endpointsOf } from "../../src/workload/endpoints.ts";
import { logPathsOf, storesOf } from "../../src/workload/references.ts";

const settingsOf = (toml: string) =>
  effectiveConfiguration({
    environment: [],
    commandLine: [],
    workingDirectory: "/opt/orders",
    mainClass: "acme.orders.0.$_init",
    modules: [],
    file: (path) => ({ path, state: "read", problem: undefined, content: toml, stat: undefined }),
  }).settings;

const called = (toml: string) =>
  endpointsOf(settingsOf(toml)).map(({ scheme, host, port }) => `${scheme}://${host}:${port}`);

describe("what a program calls", () => {
  it.each<[string, readonly string[]]>([
    ['upstreamUrl = "http://stock.example:8081/x"', ["http://stock.example:8081"]],
    ['url = "https://user:p%40ss@api.example/v1"', ["https://api.example:443"]],
    ['u = "jdbc:postgresql://db.example/orders?sslmode=disable"', ["postgresql://db.example:5432"]],
    ['u = "jdbc:sqlserver://db.example:1444;encrypt=false"', ["sqlserver://db.example:1444"]],
    ['u = "ldaps://dir.example"', ["ldaps://dir.example:636"]],
    ['u = "http://[2001:db8::1]:8080/"', ["http://2001:db8::1:8080"]],
    ['dbHost = "db.internal"\ndbPort = 3306', ["mysql://db.internal:3306"]],
    ['[database]\nhost = "db"\nport = 5432', ["postgresql://db:5432"]],
    ['[ldap]\nhost = "dir"\nport = 10389', ["ldap://dir:10389"]],
    ['mysqlHost = "db"', ["mysql://db:3306"]],
    ['bootstrapServers = "k1:9093, k2:9093"', ["kafka://k1:9093", "kafka://k2:9093"]],
    ['brokers = ["k1:9092"]', ["kafka://k1:9092"]],
    ['redisServer = "cache:6379"', ["tcp://cache:6379"]],
  ])("%s", (toml, expected) => expect(called(toml)).toEqual(expected));

  it.each([
    'httpHost = "0.0.0.0"\nhttpPort = 9090',
    'httpHost = "10.0.0.5"\nhttpPort = 9090',
    '[ballerina.http.defaultListenerConfig]\nhost = "10.0.0.5"',
    'listenerHost = "10.0.0.5"\nlistenerPort = 1234',
    'host = "orders"',
    'title = "see: https"',
    'note = "urn:uuid:1"',
    'u = "https://"',
    'u = "ftp://files.example/"',
  ])("%s calls nobody", (toml) => expect(called(toml)).toEqual([]));

  it("says what stands beside it about verification", () => {
    const [endpoint] = endpointsOf(
      settingsOf(
        'upstreamUrl = "https://stock.example"\notherVerifyHostName = false\n[upstreamSecureSocket]\nenable = false\nverifyHostName = false\ncert = "/etc/ca.crt"\n',
      ),
    );
    expect(endpoint?.verification).toEqual({
      switchedOff: ["upstreamSecureSocket.enable"],
      hostName: true,
      trust: "/etc/ca.crt",
    });
  });

  it.each<[string, readonly string[]]>([
    ['[db]\nhost = "db"\nport = 3306\n[db.options.ssl]\nmode = "PREFERRED"', ["db.options.ssl.mode"]],
    ['dbHost = "db"\ndbPort = 3306\n[dbOptions.ssl]\nmode = "VERIFY_IDENTITY"', []],
    ['u = "jdbc:sqlserver://db;trustServerCertificate=true"', ["u (trustServerCertificate=true)"]],
    ['u = "postgresql://db/x?sslmode=require"', ["u (sslmode=require)"]],
    ['u = "postgresql://db/x?sslmode=verify-full"', []],
  ])("%s", (toml, expected) => expect(endpointsOf(settingsOf(toml))[0]?.verification.switchedOff).toEqual(expected));

  it("does not take one endpoint's TLS for another's", () => {
    const [stock, hooks] = endpointsOf(
      settingsOf(
        'stockUrl = "https://a.example"\nhooksUrl = "https://b.example"\n[stockSecureSocket]\nenable = false\n',
      ),
    );
    expect(stock?.verification.switchedOff).toEqual(["stockSecureSocket.enable"]);
    expect(hooks?.verification.switchedOff).toEqual([]);
  });
});

describe("what it opens", () => {
  const stores = (toml: string) =>
    storesOf(settingsOf(toml), [], "/opt/orders").map(({ path, purpose, passwordKey }) => [path, purpose, passwordKey]);

  it.each<[string, readonly unknown[]]>([
    ['keystorePath = "k.p12"\nkeystorePassword = "x"', ["/opt/orders/k.p12", "key", "keystorePassword"]],
    ['truststorePath = "./t.jks"\ntruststorePassword = "x"', ["/opt/orders/t.jks", "trust", "truststorePassword"]],
    [
      '[ballerina.http.defaultListenerConfig.secureSocket.key]\npath = "/k.p12"\npassword = "x"',
      ["/k.p12", "key", "ballerina.http.defaultListenerConfig.secureSocket.key.password"],
    ],
    [
      '[ballerina.http.defaultListenerConfig.secureSocket.key]\ncertFile = "/c.crt"',
      ["/c.crt", "certificate", undefined],
    ],
    ['[s.key]\nkeyFile = "/c.key"\nkeyPassword = "x"', ["/c.key", "private key", "s.key.keyPassword"]],
    ['[upstreamSecureSocket]\ncert = "/ca.crt"', ["/ca.crt", "trust", undefined]],
    [
      '[upstreamSecureSocket.cert]\npath = "/t.p12"\npassword = "x"',
      ["/t.p12", "trust", "upstreamSecureSocket.cert.password"],
    ],
  ])("%s", (toml, expected) => expect(stores(toml)).toEqual([expected]));

  it("takes no address and no text for a file", () =>
    expect(stores('url = "https://x.example/ca.pem"\npem = """-----BEGIN\n.pem"""\nname = "orders"')).toEqual([]));

  it("knows the JVM's own", () =>
    expect(
      storesOf(
        [],
        [
          { text: "-Djavax.net.ssl.trustStore=/t.jks", from: "command line" },
          { text: "-Djavax.net.ssl.trustStorePassword=changeit", from: "JAVA_TOOL_OPTIONS" },
        ],
        "/",
      ),
    ).toEqual([
      {
        path: "/t.jks",
        purpose: "trust",
        key: "-Djavax.net.ssl.trustStore",
        passwordKey: "-Djavax.net.ssl.trustStorePassword",
        password: "changeit",
      },
    ]));

  it("logs where configuration, JVM and unit say", () =>
    expect(
      logPathsOf(
        settingsOf(
          '[[ballerina.log.destinations]]\ntype = "file"\npath = "logs/app.log"\n[ballerina.http.accessLogConfig]\npath = "/var/log/a.log"\n',
        ),
        [{ text: "-Xlog:gc*:file=/var/log/gc.log:time", from: "command line" }],
        ["StandardOutput=append:/var/log/out.log", "StandardError=inherit"],
        "/opt/orders",
      ).map(({ path }) => path),
    ).toEqual(["/opt/orders/logs/app.log", "/var/log/a.log", "/var/log/gc.log", "/var/log/out.log"]));
});
