import { describe, expect, it } from "vitest";
import { absent, known, knownValue } from "../../src/model/fact.ts";
import type { WhatRunsHere } from "../../src/model/integration.ts";
import { absolutePath, stores, storesFolder } from "../../src/probes/stores.ts";
import { anIntegration, whatRunsHere } from "../steps/integration-fixture.ts";
import { serving } from "../steps/runtime/stores/proxies.ts";
import { captured } from "../steps/settle.ts";
import { bytesOf, certificateOf } from "../stores/fixtures.ts";

const parse = (here: WhatRunsHere, stdout: string, overrides = {}) =>
  stores.parse(
    { stdout, exitCode: 0, truncated: false, timedOut: false, ...overrides },
    { here, servers: absent("no proxies") },
  );
const reference = (path: string, password?: string) => ({
  path,
  purpose: "key" as const,
  key: "keystorePath",
  passwordKey: "keystorePassword",
  password,
});
const shipped = "/opt/orders/ballerinaKeystore.p12";
const orders = anIntegration({
  id: "orders",
  stores: [reference(shipped, "ballerina"), reference("/opt/link/a store.p12"), reference("/opt/orders/missing.p12")],
});
const answer = captured("stores", "debian-13-worst");
const found = knownValue(parse(whatRunsHere([orders]), answer));
const file = (path: string) => found?.files.find((candidate) => candidate.path === path);

describe("stores of a real server", () => {
  it("are read with the configured password, and followed through links", () => {
    expect(file(shipped)).toMatchObject({
      real: shipped,
      state: { mode: "0644", owner: "root" },
      folder: { path: "/opt/orders", mode: "0777" },
      reading: { state: "read", store: { format: "PKCS#12", password: { state: "configured", publicDefault: true } } },
      uses: [{ integration: "orders" }],
    });
    expect(file("/opt/link/a store.p12")).toMatchObject({
      real: shipped,
      sha256: file(shipped)?.sha256,
      reading: { state: "read", store: { password: { state: "default" } } },
    });
  });

  it("say why they cannot be read", () => {
    expect(file("/opt/orders/missing.p12")?.reading).toEqual({ state: "missing" });
    expect(file("/opt/link/pipe.p12")?.reading).toEqual({ state: "unreadable", reason: "it is no regular file" });
  });

  it("are found in folders too, with the word of the machine's own authorities", () => {
    expect(file("/etc/ssl/orders/answer.pem")).toMatchObject({ uses: [], trustedBySystem: false });
  });

  it("come with the tools and places that a repair needs", () => {
    expect(found).toMatchObject({ watch: "missing" });
    expect(found?.openssl).toMatch(/^3\.5\./u);
    expect([...(found?.keytool ?? [])]).toEqual([["orders", "/usr/lib/jvm/java-21-openjdk-amd64/bin/keytool"]]);
    expect([...(found?.folders.keys() ?? [])]).toEqual(["/etc/ssl/orders", "/opt/link"]);
    expect(found?.texts.get("/etc/hostname")).toEqual({
      content: "trixie1\n",
      mode: "0755",
      owner: "root",
      group: "root",
    });
    expect(found?.now).toBeGreaterThan(1_790_000_000);
  });

  it("hold no password and no private key afterwards", () => {
    const readings = JSON.stringify(found?.files.map(({ reading }) => reading));
    expect(readings.includes("PRIVATE KEY")).toBe(false);
    expect(readings.replaceAll('"alias":"ballerina"', "").includes('"ballerina"')).toBe(false);
  });
});

describe("a private key that lies open", () => {
  const server = certificateOf("server.pem");
  const told = (certificates: Uint8Array) =>
    [
      "@store /etc/ssl/orders/key.pem",
      "real /etc/ssl/orders/key.pem",
      "regular file|600|root|root|0|0|/etc/ssl/orders/key.pem",
      `key ${server.spkiSha256}`,
      `data ${Buffer.from(certificates).toString("base64")}`,
      "",
    ].join("\n");
  const read = (certificates: Uint8Array) =>
    knownValue(parse(whatRunsHere([orders]), told(certificates)))?.files[0]?.reading;

  it("stays on the server, and is known by its public half", () => {
    expect(read(new Uint8Array())).toMatchObject({
      state: "read",
      store: {
        format: "PEM",
        password: { state: "none" },
        entries: [{ kind: "key", keyMatches: "unknown", spkiSha256: server.spkiSha256 }],
      },
    });
  });

  it("has the certificates that lie in the same file", () => {
    expect(read(bytesOf("server-chain.pem"))).toMatchObject({
      store: { entries: [{ kind: "key", keyMatches: "yes", chain: { length: 3 } }] },
    });
  });
});

describe("what is asked", () => {
  const lines = (...found: Parameters<typeof anIntegration>[0][]) =>
    (
      stores.input?.({ here: whatRunsHere(found.map((each) => anIntegration(each))), servers: absent("no proxies") }) ??
      ""
    )
      .split("\n")
      .filter(Boolean);

  it("names stores before folders, each once", () => {
    const asked = lines({ id: "orders", stores: [reference(shipped), reference(shipped)] });
    expect(asked.filter((line) => line.startsWith("store\t"))).toEqual([`store\t${shipped}`]);
    expect(asked.findIndex((line) => line.startsWith("folder\t"))).toBeGreaterThan(
      asked.findIndex((line) => line.startsWith("store\t")),
    );
    expect(asked.every((line) => /^(?:keytool|text|store|folder|place)\t\/[^\t]+$/u.test(line))).toBe(true);
  });

  it("leaves out folders of everybody, and names that would break a line", () => {
    const asked = lines({ id: "orders", workingDirectory: "/opt", stores: [reference("/opt/a\tb.p12")] });
    expect(asked).not.toContain("folder\t/opt");
    expect(asked.filter((line) => line.startsWith("store\t"))).toEqual([]);
  });

  it("goes for what proxies show, with or without an integration", () => {
    const asked = stores.input?.({ here: whatRunsHere([]), servers: known(serving("nginx.pem")) }) ?? "";
    expect(asked).toContain("store\t/etc/nginx/nginx.pem\nstore\t/etc/nginx/nginx.key\n");
  });

  it("is nothing without an integration, or for a container's", () => {
    expect(stores.input?.({ here: whatRunsHere([]), servers: absent("no proxies") })).toBeUndefined();
    expect(
      stores.input?.({
        here: whatRunsHere([anIntegration({ container: true })]),
        servers: absent("no proxies"),
      }),
    ).toBeUndefined();
  });
});

it("is unknown when the answer was cut off", () => {
  expect(parse(whatRunsHere([orders]), answer, { truncated: true })).toMatchObject({ state: "unknown" });
  expect(parse(whatRunsHere([orders]), answer, { timedOut: true })).toMatchObject({ state: "unknown" });
});

it("keeps paths where they belong", () => {
  expect(absolutePath("./a.p12", "/opt/orders")).toBe("/opt/orders/a.p12");
  expect(absolutePath("/etc/a.p12", "/opt/orders")).toBe("/etc/a.p12");
  expect(storesFolder("../etc/cron.d")).toBe("/etc/ssl/etc-cron.d");
});
