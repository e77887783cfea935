import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  isSecretKey,
  looksLikeSecret,
  mask,
  maskCommandLine,
  maskText,
  maskUrl,
  maskValues,
} from "../../src/workload/secrecy.ts";

describe("names", () => {
  it.each(
    "password dbPassword db.user.password DB_PASSWORD BAL_CONFIG_VAR_API_KEY apiKey api_key api-key private_key privateKey accessKey clientSecret refreshToken token frontendJwtHMACSecret keyPassword storepass DBPASSWORD passwd orders.upstream.secret javax.net.ssl.keyStorePassword pass hmac ORDERS_TOKEN secretAccessKey keystore.pwd --password -storepass".split(
      " ",
    ),
  )("%s is a secret's", (name) => expect(isSecretKey(name)).toBe(true));

  it.each(
    "tokenUrl passwordFile tokenEndpoint secretName path host bypass compass port keyAlias key certFile keyFile tokenExpiry password.path publicKey monkey maxTokenCount passthrough secrets.host enableSSL".split(
      " ",
    ),
  )("%s is not", (name) => expect(isSecretKey(name)).toBe(false));
});

// None of these lets anybody in: made up for the tests, in the shape of the real ones.
const shaped = [
  "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBg\n-----END PRIVATE KEY-----",
  "-----BEGIN RSA PRIVATE KEY-----\nMIIEvQIBADANBg",
  "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJvcmRlcnMifQ.c2lnbmF0dXJl",
  `AKIA${"ABCDEFGH12345678"}`,
  `ghp_${"a".repeat(36)}`,
  "postgresql://orders:hunter22@db.example.net:5432/orders",
  "jdbc:sqlserver://db:1433;user=sa;password=hunter22;encrypt=true",
  "https://example.net/hook?api_key=hunter22hunter22",
  "$6$rounds=5000$saltsalt$hashhashhashhashhash",
];

describe("shapes", () => {
  it.each(shaped)("%s is a secret by its shape", (value) => expect(looksLikeSecret(value)).toBe(true));
  it.each([
    "https://db.example.net:5432/orders?sslmode=require",
    "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
    "orders",
    "9c24331 a cut-off commit",
    "/etc/orders/keystore.p12",
    "user@example.net",
  ])("%s is not", (value) => expect(looksLikeSecret(value)).toBe(false));

  it("leaves everything of an address but the password", () =>
    expect(maskUrl("amqps://orders:p@ss:w0rd@mq.example.net:5671/v?x=1&token=abcd")).toBe(
      `amqps://orders:${mask}@mq.example.net:5671/v?x=1&token=${mask}`,
    ));
});

describe("command lines", () => {
  it("keep what tells how the program runs", () =>
    expect(
      maskCommandLine([
        "/usr/bin/java",
        "-Xmx512m",
        "-Djavax.net.ssl.keyStorePassword=hunter22",
        "-jar",
        "orders.jar",
        "-CdbPassword=hunter22",
        "-Cacme.orders.port=9091",
        "--token",
        "hunter22",
        "-storepass",
        "hunter22",
      ]).join(" "),
    ).toBe(
      `/usr/bin/java -Xmx512m -Djavax.net.ssl.keyStorePassword=${mask} -jar orders.jar -CdbPassword=${mask} -Cacme.orders.port=9091 --token ${mask} -storepass ${mask}`,
    ));
});

const value = fc.stringMatching(/^[A-Za-z0-9!%+*#~]{8,24}$/u).map((text) => `x9${text}9x`);
const secretName = fc.constantFrom("password", "DB_PASSWORD", "apiKey", "clientSecret", "BAL_CONFIG_VAR_TOKEN", "hmac");

describe("laws", () => {
  it("no value behind a secret's name stays in a text, however it is assigned", () => {
    const frame = fc.constantFrom<(name: string, secret: string) => string>(
      (name, secret) => `${name}=${secret}`,
      (name, secret) => `${name} = "${secret}"`,
      (name, secret) => `"${name}": "${secret}"`,
      (name, secret) => `${name}: '${secret} and more'`,
      (name, secret) => `Environment="${name}=${secret} and more"`,
      (name, secret) => `ExecStart=/usr/bin/java -jar x.jar -C${name}=${secret} -Cother=1`,
      (name, secret) => `jdbc:sqlserver://db;user=sa;${name}=${secret};encrypt=true`,
      (name, secret) => `error: [${name}=${secret}] unused environment variable`,
      (name, secret) => `[x.y] ${name.toLowerCase()}=${secret}`,
      (_name, secret) => `https://orders:${secret}@db.example.net/x`,
      (_name, secret) => `Authorization: Bearer ${secret.replace(/[!%*#]/gu, "x")}`,
      (name, secret) => `tool --${name.toLowerCase().replaceAll("_", "-")} ${secret}`,
    );
    fc.assert(
      fc.property(frame, secretName, value, fc.string({ maxLength: 12 }), (make, name, secret, noise) => {
        const lowered = secret.replace(/[!%*#]/gu, "x");
        const shown = maskText(`${noise.replace(/["'=:]/gu, "")}\n${make(name, secret)}\nend`);
        expect(shown).not.toContain(secret);
        expect(shown).not.toContain(lowered);
        expect(shown).toContain(mask);
      }),
      { numRuns: 600 },
    );
  });

  it("masking twice shows what masking once shows", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ maxLength: 80 }), fc.constantFrom(...shaped)), (text) => {
        expect(maskText(maskText(text))).toBe(maskText(text));
      }),
      { numRuns: 400 },
    );
  });

  it("known values are found wherever they stand, the longer ones first", () => {
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 4 }), fc.string(), (secrets, between) => {
        const shown = maskValues(secrets.join(between), secrets);
        for (const secret of secrets) expect(shown).not.toContain(secret);
      }),
    );
  });

  it("a hostile text takes no time", () => {
    for (const text of [
      "a=".repeat(20000),
      `"${"\\".repeat(40000)}`,
      `eyJ${"a.".repeat(20000)}`,
      "://:".repeat(20000),
      "A".repeat(200000),
    ])
      expect(maskText(text).length).toBeGreaterThan(0);
  });
});
