import { describe, expect, it } from "vitest";
import { reading, storeOf } from "./fixtures.ts";

const summary = (name: string, configured?: readonly string[]) => {
  const { format, password, entries } = storeOf(name, configured);
  return {
    format,
    password: password.state,
    entries: entries.map(
      ({ alias, kind, chain, keyMatches }) =>
        `${alias}: ${kind}${kind === "key" ? ` ${keyMatches}` : ""} [${chain.map(({ commonName }) => commonName).join(" < ")}]`,
    ),
  };
};

const own = "orders: key yes [orders.example.org]";
const issued = "orders: key yes [orders.example.org < Example Intermediate < Example Root]";
const trusted = ["root: trusted [Example Root]", "stranger: trusted [Elsewhere Root]"];

describe("stores that keytool and openssl made", () => {
  it.each([
    ["keytool-17.p12", "PKCS#12", "configured", [own]],
    ["keytool-25.p12", "PKCS#12", "configured", [own]],
    ["keytool-legacy.p12", "PKCS#12", "configured", [own]],
    ["keytool-both.p12", "PKCS#12", "configured", [own, ...trusted]],
    ["keytool-trust.p12", "PKCS#12", "configured", trusted],
    ["keytool-trust-legacy.p12", "PKCS#12", "configured", trusted],
    ["keytool-unsealed.p12", "PKCS#12", "configured", [own]],
    ["openssl-3.p12", "PKCS#12", "configured", [issued]],
    ["openssl-legacy.p12", "PKCS#12", "configured", [issued]],
    ["openssl-unsealed.p12", "PKCS#12", "configured", [issued]],
    ["openssl-open.p12", "PKCS#12", "configured", [issued]],
    ["server-bundle.pem", "PEM", "none", ["1: key yes [orders.example.org < Example Intermediate < Example Root]"]],
    ["root.pem", "PEM", "none", ["1: trusted [Example Root]"]],
    ["root.der", "certificate", "none", ["1: trusted [Example Root]"]],
    ["key-pkcs8.pem", "PEM", "none", ["1: key unknown []"]],
    ["key-pkcs1.pem", "PEM", "none", ["1: key unknown []"]],
    ["key-sec1.pem", "PEM", "none", ["1: key unknown []"]],
    ["key-encrypted.pem", "PEM", "configured", ["1: key unknown []"]],
    ["key-encrypted-3des.pem", "PEM", "configured", ["1: key unknown []"]],
    ["key-old-encrypted.pem", "PEM", "configured", ["1: key unknown []"]],
  ])("%s", (name, format, password, entries) => {
    const found = summary(name);
    expect({ ...found, entries: found.entries.toSorted() }).toEqual({
      format,
      password,
      entries: [...entries].toSorted(),
    });
  });

  it.each(["keytool.jks", "keytool.jceks"])("%s, whose order is Java's", (name) => {
    expect(summary(name).entries.toSorted()).toEqual([own, ...trusted].toSorted());
    expect(storeOf(name).password).toEqual({ state: "configured", publicDefault: false, length: 16 });
  });

  it("shows certificates of JKS without any password, but not whether the key fits", () => {
    expect(summary("keytool.jks", ["wrong"])).toEqual({
      format: "JKS",
      password: "unknown",
      entries: expect.arrayContaining(["orders: key unknown [orders.example.org]", ...trusted]),
    });
  });

  it("names a secret key of JCEKS", () => {
    expect(summary("keytool-secret.jceks").entries).toEqual(["secret: secret []"]);
  });

  it("keeps certificates apart that Java passes over for lack of Oracle's mark", () => {
    expect(summary("openssl-certificates.p12").entries).toEqual([": certificate [Example Root]"]);
  });

  it("knows an encrypted store that none of the passwords opens", () => {
    const store = storeOf("keytool-17.p12", ["wrong"]);
    expect(store.password).toEqual({ state: "unknown" });
    expect(store.incomplete).toBe("its certificates are encrypted, and none of the passwords tried opens it");
    expect(store.entries).toMatchObject([{ alias: "orders", kind: "key", chain: [], keyMatches: "unknown" }]);
  });

  it("says when everybody's password opens it, without saying which", () => {
    expect(storeOf("openssl-empty.p12", ["wrong"]).password).toEqual({ state: "default", publicDefault: true });
    expect(storeOf("openssl-empty.p12", [""]).password).toEqual({
      state: "configured",
      publicDefault: true,
      length: 0,
    });
  });

  it("names the ciphers, and which of them are weak", () => {
    expect(storeOf("keytool-legacy.p12").encryption).toEqual([
      { name: "SHA-1 and RC2-40", weak: true },
      { name: "SHA-1 and 3DES", weak: true },
    ]);
    expect(storeOf("keytool-17.p12").encryption).toEqual([{ name: "AES-256", weak: false }]);
    expect(storeOf("openssl-3.p12").integrity).toBe("sha256");
  });

  it.each([
    ["nothing", "", "it is empty"],
    ["a text", "hello", "it is no store of a kind that is known here"],
    ["PEM without end", "-----BEGIN CERTIFICATE-----\nAAAA\n", "it is cut off"],
    [
      "PEM of other things",
      "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
      "it holds neither a certificate nor a private key",
    ],
  ])("calls %s unreadable and says why", async (_, text, reason) => {
    const { readStore } = await import("../../src/stores/read.ts");
    expect(readStore(Buffer.from(text), [])).toEqual({ state: "unreadable", reason });
  });

  it("reads what it is given more than once alike", () => {
    expect(reading("openssl-3.p12")).toEqual(reading("openssl-3.p12"));
  });
});
