import { describe, expect, test } from "vitest";
import {
  describeGuideline,
  javaSuites,
  opensslCiphers,
  opensslGroups,
  readGuideline,
  shippedGuideline,
} from "../../src/tls/guideline.ts";
import { suiteByCode, suiteByName, suites, weakness } from "../../src/tls/suites.ts";

const { modern, intermediate } = shippedGuideline().profiles;

describe("the guideline that is shipped", () => {
  test("says what it is", () => {
    expect(describeGuideline(shippedGuideline())).toBe("Mozilla Server Side TLS 6.0 (2026-04-06)");
  });

  test("modern speaks TLS 1.3 alone, intermediate 1.2 as well", () => {
    expect(modern.protocols).toEqual(["TLSv1.3"]);
    expect(modern.suites12).toEqual([]);
    expect(intermediate.protocols).toEqual(["TLSv1.2", "TLSv1.3"]);
    expect(opensslCiphers(intermediate)).toBe(
      "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305",
    );
  });

  test("nothing in it is weak by its construction", () => {
    for (const code of intermediate.suites) {
      const suite = suiteByCode(code);
      expect(suite && weakness(suite)).toBeUndefined();
    }
  });

  test("hybrid groups are left out where OpenSSL does not know them", () => {
    expect(opensslGroups(intermediate, "3.0.19")).toEqual(["X25519", "prime256v1", "secp384r1"]);
    expect(opensslGroups(intermediate, "3.5.1")[0]).toBe("X25519MLKEM768");
    expect(opensslGroups(intermediate, undefined)).not.toContain("X25519MLKEM768");
  });

  test("Java's names are IANA's", () => {
    expect(javaSuites(modern)).toEqual([
      "TLS_AES_128_GCM_SHA256",
      "TLS_AES_256_GCM_SHA384",
      "TLS_CHACHA20_POLY1305_SHA256",
    ]);
  });
});

describe("a guideline that takes its place", () => {
  const published = {
    version: "7.1",
    href: "https://example.org/7.1.json",
    configurations: {
      modern: {
        certificate_types: ["ecdsa"],
        ciphers: { iana: [], openssl: [] },
        ciphersuites: ["TLS_AES_256_GCM_SHA384"],
        dh_param_size: null,
        hsts_min_age: 1,
        maximum_certificate_lifespan: 47,
        oldest_clients: [],
        rsa_key_size: null,
        tls_curves: ["X25519"],
        tls_versions: ["TLSv1.3"],
      },
    },
  };
  const whole = {
    ...published,
    configurations: { ...published.configurations, intermediate: published.configurations.modern },
  };

  test("is read as it is published, with more than is needed", () => {
    const read = readGuideline(JSON.stringify({ ...whole, comment: "unknown fields are passed over" }));
    expect(read.version).toBe("7.1");
    expect(read.published).toBeUndefined();
    expect(read.profiles.modern.suites).toEqual(["1302"]);
  });

  test("is refused with what is wrong about it", () => {
    expect(() => readGuideline(JSON.stringify(published))).toThrow(/configurations\.intermediate/u);
    const unknown = structuredClone(whole);
    unknown.configurations.modern.ciphersuites = ["TLS_TEAPOT"];
    expect(() => readGuideline(JSON.stringify(unknown))).toThrow("TLS_TEAPOT");
  });
});

describe("suites", () => {
  test("have one code point and one name each", () => {
    expect(new Set(suites.map(({ code }) => code)).size).toBe(suites.length);
    expect(new Set(suites.map(({ iana }) => iana)).size).toBe(suites.length);
  });

  test("are known by each of their names", () => {
    expect(suiteByName("ECDHE-RSA-AES128-GCM-SHA256")?.code).toBe("c02f");
    expect(suiteByName("SSL_RSA_WITH_3DES_EDE_CBC_SHA")?.iana).toBe("TLS_RSA_WITH_3DES_EDE_CBC_SHA");
    expect(suiteByCode("c02f")?.jsse).toBe("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256");
  });

  test.each([
    ["TLS_RSA_WITH_NULL_SHA", /encrypt/u],
    ["TLS_DH_anon_WITH_AES_128_CBC_SHA", /prove/u],
    ["TLS_RSA_EXPORT_WITH_RC4_40_MD5", /export/u],
    ["TLS_RSA_WITH_RC4_128_SHA", /RC4/u],
    ["TLS_RSA_WITH_DES_CBC_SHA", /past/u],
    ["TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA", /3DES/u],
    ["TLS_RSA_WITH_AES_128_GCM_SHA256", /forward secrecy/u],
    ["TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", /CBC/u],
    ["TLS_DHE_RSA_WITH_AES_128_GCM_SHA256", /finite-field/u],
  ])("%s is weak", (iana, reason) => {
    expect(weakness({ iana })).toMatch(reason);
  });
});
