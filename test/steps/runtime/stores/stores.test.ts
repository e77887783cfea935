import { describe, expect, it } from "vitest";
import type { Change } from "../../../../src/model/change.ts";
import type { Answers } from "../../../../src/model/plan.ts";
import { watchService, watchTimer } from "../../../../src/probes/stores.ts";
import { fingerprint } from "../../../../src/stores/certificate.ts";
import { generateStores } from "../../../../steps/runtime/stores/generate.ts";
import { certificateOf, rightPassword } from "../../../stores/fixtures.ts";
import { fixture, type Placed, run, withConfiguration } from "./bench.ts";
import { serving } from "./proxies.ts";

const toml = (store: string, password = rightPassword, trust = "") => `# kept
keystorePath = "${store}"
keystorePassword = "${password}"
${trust}`;
const trusting = (store: string, password = rightPassword) => `truststorePath = "${store}"
truststorePassword = "${password}"
`;
const p12 = "/opt/orders/orders.p12";
const trust = "/opt/orders/trust.p12";
const placed = (path: string, name: string, more: Partial<Placed> = {}): Placed => ({
  path,
  bytes: fixture(name),
  ...more,
});
const commands = (changes: readonly Change[]) =>
  changes.flatMap((change) => (change.kind === "command" ? [change.argv.join(" ")] : []));
const secretText = (changes: readonly Change[]) => JSON.stringify(changes);

/** A careful installation: issued by an authority, chain complete, password long, truststore apart, watched. */
const careful = (given: Answers = {}) =>
  run(
    [withConfiguration(toml(p12, rightPassword, trusting(trust)))],
    [placed(p12, "openssl-3.p12"), placed(trust, "keytool-trust.p12")],
    given,
  );

describe("a careful installation", () => {
  it("has nothing but the watch to gain", () => {
    const { results } = careful();
    expect(results).toEqual({
      "stores-default-certificate": "pass",
      "stores-proxy-certificate": "notapplicable",
      "stores-password": "pass",
      "stores-separation": "pass",
      "stores-trusts-default": "pass",
      "stores-key-strength": "pass",
      "stores-expiry": "pass",
      "stores-names": "pass",
      "stores-chain": "pass",
      "stores-kind": "pass",
      "stores-permissions": "pass",
      "stores-expiry-watch": "fail",
    });
  });

  it("is watched without touching the program", () => {
    const { changes } = careful();
    expect(changes.filter(({ kind }) => kind === "unit")).toMatchObject([
      { unit: "drawbridge-certificate-expiry.timer", action: "active" },
    ]);
    expect(changes.filter(({ kind }) => kind === "file").map((change) => "path" in change && change.path)).toEqual(
      expect.arrayContaining(["/etc/ssl/orders/certificate.pem", watchService, watchTimer]),
    );
    expect(commands(changes)).toEqual([]);
  });

  it("keeps the proposals that the certificates themselves make", () => {
    expect(careful().answers).toMatchObject({
      "stores.repair": "keep",
      "stores.names": ["orders.example.org", "orders", "10.0.0.5"],
      "stores.self-signed": false,
    });
  });

  it.each([
    ["a month before", -29, "in 29 days"],
    ["after", 2, "expired on"],
  ])("fails %s it expires", (_, days, words) => {
    const end = certificateOf("server.pem").notAfter;
    const late = run([withConfiguration(toml(p12))], [placed(p12, "openssl-3.p12")], {}, [], end + days * 86_400);
    expect(late.results["stores-expiry"]).toBe("fail");
    expect(late.details["stores-expiry"]).toContain(words);
  });

  it("fails for a name that the certificate does not have", () => {
    const { results, details } = careful({ "stores.names": ["shop.example.org"] });
    expect(results["stores-names"]).toBe("fail");
    expect(details["stores-names"]).toContain("does not name shop.example.org");
  });
});

describe("a key that everybody has", () => {
  const wrong = (given: Answers = {}) =>
    run(
      [withConfiguration('tls.certFile = "/opt/orders/default.pem"\ntls.keyFile = "/opt/orders/default.key"\n')],
      [placed("/opt/orders/default.pem", "localhost-wso2.pem"), placed("/opt/orders/default.key", "key-pkcs8.pem")],
      given,
    );

  it("is replaced by one that is made on the machine, and its files are put into the configuration", () => {
    const { results, changes, details } = wrong();
    expect(results["stores-default-certificate"]).toBe("fail");
    expect(details["stores-default-certificate"]).toContain("everybody has the private key");
    expect(commands(changes)).toEqual([
      "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -pkeyopt ec_param_enc:named_curve -out /etc/ssl/orders/key.pem",
      "openssl req -new -config /etc/ssl/orders/request.cnf -key /etc/ssl/orders/key.pem -out /etc/ssl/orders/request.csr",
      "openssl req -x509 -new -config /etc/ssl/orders/request.cnf -key /etc/ssl/orders/key.pem -days 397 -out /etc/ssl/orders/certificate.pem",
    ]);
    const file = changes.find((change) => change.kind === "file" && change.path === "/opt/orders/Config.toml");
    expect(file).toMatchObject({
      after: {
        content: expect.stringMatching(
          /certFile = "\/etc\/ssl\/orders\/certificate\.pem"[\s\S]*keyFile = "\/etc\/ssl\/orders\/key\.pem"/u,
        ),
      },
    });
  });

  it("may be of the other kind", () => {
    expect(commands(wrong({ "stores.key-type": "rsa-3072", "stores.repair": "new" }).changes)[0]).toContain(
      "-algorithm RSA -pkeyopt rsa_keygen_bits:3072",
    );
  });

  it("stays a finding when it is to be kept", () => {
    const { results, changes } = wrong({ "stores.repair": "keep" });
    expect(results["stores-default-certificate"]).toBe("fail");
    expect(commands(changes)).toEqual([]);
  });
});

describe("a store with a password that everybody knows", () => {
  const weak = () =>
    run([withConfiguration(toml(p12, "changeit"))], [placed(p12, "openssl-empty.p12")], { "stores.self-signed": true });

  it("is found by what opens it, and the word is not told", () => {
    const { results, details } = weak();
    expect(results["stores-password"]).toBe("fail");
    expect(details["stores-password"]).toContain("opens with a default password that everybody knows");
    expect(details["stores-password"]).not.toContain("changeit");
  });
});

describe("a key store of the old kind", () => {
  const old = run(
    [withConfiguration(toml("/opt/orders/orders.jks"))],
    [placed("/opt/orders/orders.jks", "keytool.jks", { mode: "644" })],
    { "stores.self-signed": true },
  );

  it("is a finding", () => {
    expect(old.details["stores-kind"]).toBe("orders: /opt/orders/orders.jks is a JKS store");
    expect(old.results["stores-permissions"]).toBe("fail");
  });

  it("becomes PKCS#12 with the same key and a random password, through files alone", () => {
    expect(commands(old.changes)).toEqual([
      "/usr/lib/jvm/java-21-openjdk-amd64/bin/keytool -importkeystore -noprompt -srckeystore /opt/orders/orders.jks -srcstoretype JKS -srcstorepass:file /etc/ssl/orders/keystore-password -destkeystore /etc/ssl/orders/keystore.p12 -deststoretype PKCS12 -deststorepass:file @random/orders-keystore",
      "rm -f /etc/ssl/orders/keystore-password",
    ]);
    const [password] = old.changes.filter((change) => change.kind === "file" && change.path.endsWith("-password"));
    expect(password).toMatchObject({
      sensitive: true,
      after: { content: "••••••••", mode: "0600", parts: [{ slice: { path: "/opt/orders/Config.toml", length: 16 } }] },
    });
    expect(secretText(old.changes)).not.toContain(rightPassword);
    const configuration = old.changes.find((change) => change.kind === "file" && change.path.endsWith("Config.toml"));
    expect(configuration).toMatchObject({
      after: { parts: expect.arrayContaining([{ random: { name: "orders-keystore", bytes: 24 } }]) },
    });
    expect(old.changes.at(-1)).toMatchObject({ kind: "unit", unit: "orders.service", action: "restarted" });
  });
});

describe("one store for both", () => {
  const both = run([withConfiguration(toml(p12, rightPassword, trusting(p12)))], [placed(p12, "keytool-both.p12")], {
    "stores.self-signed": true,
  });

  it("is taken apart: what it trusts goes into a store of its own, without the key", () => {
    expect(both.details["stores-separation"]).toContain("is key store and truststore in one");
    const made = commands(both.changes);
    expect(made[0]).toContain("-destkeystore /etc/ssl/orders/truststore.p12");
    expect(made[1]).toBe(
      "/usr/lib/jvm/java-21-openjdk-amd64/bin/keytool -delete -alias orders -keystore /etc/ssl/orders/truststore.p12 -storetype PKCS12 -storepass:file @random/orders-truststore",
    );
  });

  it("may be filled from chosen files instead", () => {
    const root = "/etc/ssl/orders/root.crt";
    const { changes, problems } = run(
      [withConfiguration(toml(p12, rightPassword, trusting(p12)))],
      [placed(p12, "keytool-both.p12"), placed(root, "root.pem")],
      { "stores.self-signed": true, "stores.trust": [root] },
    );
    expect(problems).toEqual([]);
    const short = certificateOf("root.pem").sha256.slice(0, 16);
    expect(commands(changes)).toEqual([
      `/usr/lib/jvm/java-21-openjdk-amd64/bin/keytool -importcert -noprompt -alias ${short} -file /etc/ssl/orders/authority-${short}.pem -keystore /etc/ssl/orders/truststore.p12 -storetype PKCS12 -storepass:file @random/orders-truststore`,
    ]);
  });
});

describe("a truststore that trusts what everybody has", () => {
  const found = run(
    [withConfiguration(toml(p12, rightPassword, `caCertPath = "/opt/orders/trusted.pem"\n`))],
    [placed(p12, "openssl-3.p12"), placed("/opt/orders/trusted.pem", "localhost-wso2.pem")],
  );

  it("is a finding, and by hand where it is PEM", () => {
    expect(found.results["stores-trusts-default"]).toBe("fail");
    expect(found.details["stores-trusts-default"]).toContain("(by hand: it is a PEM file: change it by hand)");
  });
});

describe("the authority's answer", () => {
  const folder = "/etc/ssl/orders";
  const importing = (answer: string, key = "key-pkcs8.pem", given: Answers = {}) =>
    run(
      [withConfiguration(toml(p12))],
      [
        placed(p12, "keytool-17.p12"),
        placed(`${folder}/key.pem`, key, { mode: "600", group: "root" }),
        placed(`${folder}/answer.pem`, answer),
      ],
      { "stores.repair": "import", "stores.self-signed": true, ...given },
    );

  it("is found, checked again by openssl on the machine, and put to use", () => {
    const { changes, answers, details } = importing("server-chain.pem");
    expect(answers["stores.certificate"]).toEqual([`orders=${folder}/answer.pem`]);
    expect(details["stores-chain"]).toContain("answer.pem is not in use yet");
    const chain = changes.find((change) => change.kind === "file" && change.path === `${folder}/chain.pem`);
    expect(chain?.checks.map(({ argv }) => argv.slice(0, 3).join(" "))).toEqual([
      "openssl verify -CAfile",
      "openssl pkcs12 -export",
    ]);
    expect(commands(changes)).toEqual([
      `cp ${folder}/chain.pem ${folder}/certificate.pem`,
      `openssl pkcs12 -export -inkey ${folder}/key.pem -in ${folder}/certificate.pem -name orders -keypbe AES-256-CBC -certpbe AES-256-CBC -macalg SHA256 -passout file:@random/orders-keystore -out ${folder}/keystore.p12`,
    ]);
  });

  it.each([
    ["for another key", "server-chain.pem", "key-pkcs1.pem", "belongs to another key"],
    [
      "without its chain",
      "server.pem",
      "key-pkcs8.pem",
      "the certificate of CN=Example Intermediate, O=Example is missing",
    ],
    ["that is signed by itself", "stranger.pem", "key-pkcs8.pem", "belongs to another key"],
  ])("%s is refused before anything is planned", (_, answer, key, words) => {
    const named = importing(answer, key, { "stores.certificate": [`${folder}/answer.pem`] });
    expect(named.problems).toEqual([expect.stringContaining(words)]);
    const unnamed = importing(answer, key);
    expect(unnamed.results["stores-chain"]).toBe("fail");
    expect(commands(unnamed.changes)).toEqual([]);
  });
});

describe("what cannot be mended from here", () => {
  const option = (id: string) =>
    withConfiguration("", {
      id,
      jvmOptions: [
        { text: `-Djavax.net.ssl.keyStore=/opt/${id}/orders.jks`, from: "command line" },
        { text: `-Djavax.net.ssl.keyStorePassword=${rightPassword}`, from: "command line" },
      ],
    });

  it("says so and plans nothing, because a finding that stays takes everything back", () => {
    const { details, changes } = run(
      [option("billing"), withConfiguration(toml("/opt/orders/orders.jks"))],
      [placed("/opt/billing/orders.jks", "keytool.jks"), placed("/opt/orders/orders.jks", "keytool.jks")],
      { "stores.self-signed": true },
    );
    expect(details["stores-kind"]).toBe(
      "billing: /opt/billing/orders.jks is a JKS store (by hand: -Djavax.net.ssl.keyStore is an option of the JVM: change it by hand); orders: /opt/orders/orders.jks is a JKS store",
    );
    expect(commands(changes)).toEqual([]);
  });

  it("is unknown, not fine, where a store cannot be opened or read", () => {
    const closed = run([withConfiguration(toml(p12, "a password that is wrong"))], [placed(p12, "keytool-17.p12")]);
    expect(closed.results["stores-default-certificate"]).toBe("unknown");
    expect(closed.details["stores-password"]).toContain("none of the passwords tried opens it");
    const broken = run(
      [withConfiguration(toml(p12))],
      [{ path: p12, bytes: fixture("keytool-17.p12").subarray(0, 99) }],
    );
    expect(broken.details["stores-chain"]).toBe(`orders: ${p12} is unreadable: it is cut off`);
    expect(broken.results["stores-chain"]).toBe("unknown");
  });

  it("does not apply without stores", () => {
    expect(new Set(Object.values(run([withConfiguration("port = 1\n")], []).results))).toEqual(
      new Set(["notapplicable"]),
    );
  });
});

describe("a proxy with a key that everybody has", () => {
  const files = (certificate: string) => [
    placed("/etc/nginx/nginx.pem", certificate, { mode: "644", group: "root" }),
    placed("/etc/nginx/nginx.key", "key-pkcs8.pem", { mode: "644", group: "root" }),
  ];
  const through = (certificate: string, bundle?: Placed) =>
    run(
      [],
      [...files(certificate), ...(bundle === undefined ? [] : [bundle])],
      {},
      [],
      undefined,
      serving("nginx.pem", bundle?.path),
    );

  it("gets one of its own in the same files, closed before the new key is in it", () => {
    const { results, changes } = through("localhost-wso2.pem");
    expect(results["stores-proxy-certificate"]).toBe("fail");
    expect(commands(changes)).toEqual([
      "openssl req -x509 -newkey rsa:3072 -nodes -days 397 -config /etc/ssl/nginx/request.cnf -keyout /etc/nginx/nginx.key -out /etc/nginx/nginx.pem",
      "openssl req -new -config /etc/ssl/nginx/request.cnf -key /etc/nginx/nginx.key -out /etc/ssl/nginx/request.csr",
    ]);
    const kinds = changes.map(({ kind }) => kind);
    expect(kinds.indexOf("permissions")).toBeLessThan(kinds.indexOf("command"));
    expect(changes.find(({ kind }) => kind === "permissions")).toMatchObject({
      path: "/etc/nginx/nginx.key",
      after: { mode: "0600", owner: "root" },
    });
    expect(changes.at(-1)).toMatchObject({ kind: "unit", unit: "nginx.service", action: "reloaded" });
    expect(changes.find((change) => change.kind === "file" && change.path.endsWith("request.cnf"))).toMatchObject({
      after: { content: expect.stringContaining("subjectAltName = DNS:shop.example.org") },
    });
  });

  it("is left alone when the key is its own", () => {
    const { results, changes } = through("server.pem");
    expect(results["stores-proxy-certificate"]).toBe("pass");
    expect(changes).toEqual([]);
  });

  it("keeps haproxy's bundle in one file", () => {
    const bundle = placed("/etc/haproxy/site.pem", "localhost-wso2.pem", { group: "root" });
    const { changes } = through("server.pem", bundle);
    expect(commands(changes)[0]).toContain("-keyout /etc/haproxy/site.pem -out /etc/haproxy/site.pem");
  });
});

describe("evidence", () => {
  it("quotes certificates and modes, never a password", () => {
    const { findings } = careful();
    const text = JSON.stringify(findings);
    expect(text).toContain(fingerprint(certificateOf("server.pem").sha256));
    expect(text).not.toContain(rightPassword);
  });
});

describe("without an integration", () => {
  it("a procedure is written from answers alone", () => {
    const answers: Answers = {
      "stores.names": ["orders.example.org", "10.0.0.5"],
      "stores.subject": "O=Example, C=DE",
    };
    const reader = {
      get: (question: { id: string }) =>
        answers[question.id] ??
        { "stores.key-type": "rsa-3072", "stores.days": 30, "service-user.name": "orders" }[question.id],
    };
    const files = generateStores(reader as never);
    expect(files.map(({ path }) => path)).toContain("/etc/ssl/orders/make-key-store");
    expect(files.find(({ path }) => path.endsWith("request.cnf"))?.content).toContain(
      "0.O = Example\n1.C = DE\n2.CN = orders.example.org",
    );
    expect(files.find(({ path }) => path.endsWith("request.cnf"))?.content).toContain(
      "subjectAltName = DNS:orders.example.org, IP:10.0.0.5",
    );
    expect(files.some(({ content }) => content.includes("{{"))).toBe(false);
  });
});
