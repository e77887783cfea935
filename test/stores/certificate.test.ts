import { X509Certificate } from "node:crypto";
import { describe, expect, it } from "vitest";
import { fingerprint } from "../../src/stores/certificate.ts";
import { issuersOf, verifyChain } from "../../src/stores/chain.ts";
import { defaultCertificate, defaultCertificates, defaultKey } from "../../src/stores/default-certificates.ts";
import { bytesOf, certificateOf, storeOf } from "./fixtures.ts";

describe("what a certificate says", () => {
  it("names, dates, key and signature", () => {
    const server = certificateOf("server.pem");
    const peer = new X509Certificate(bytesOf("server.pem"));
    expect(server).toMatchObject({
      subject: "CN=orders.example.org, O=Example",
      issuer: "CN=Example Intermediate, O=Example",
      commonName: "orders.example.org",
      names: ["orders.example.org", "orders", "10.0.0.5"],
      key: { type: "ec", bits: 256, curve: "prime256v1" },
      signature: { name: "SHA-256 with ECDSA", digest: "sha256" },
      selfSigned: false,
      authority: false,
    });
    expect(fingerprint(server.sha256)).toBe(peer.fingerprint256);
    expect(server.notAfter - server.notBefore).toBe(3650 * 86400);
  });

  it.each([
    ["weak.pem", { key: { type: "rsa", bits: 1024 }, signature: { digest: "sha1" } }],
    ["pss.pem", { key: { type: "rsa", bits: 2048 }, signature: { name: "RSA-PSS", digest: "sha256" } }],
    ["ed25519.pem", { key: { type: "ed25519" }, signature: { name: "Ed25519", digest: undefined } }],
    ["root.der", { selfSigned: true, authority: true }],
  ])("%s", (name, expected) => {
    expect(certificateOf(name)).toMatchObject(expected);
  });

  it("does not take a comma in a name for the end of it", () => {
    expect(certificateOf("odd-names.pem").names).not.toContain("evil.example.org");
  });
});

describe("chains", () => {
  const root = certificateOf("root.pem");
  const intermediate = certificateOf("intermediate.pem");
  const stranger = certificateOf("stranger.pem");
  const server = certificateOf("server.pem");
  const now = server.notBefore + 60;

  it("are built from whatever lies around", () => {
    expect(issuersOf(server, [stranger, root, intermediate]).map(({ sha256 }) => sha256)).toEqual(
      [server, intermediate, root].map(({ sha256 }) => sha256),
    );
  });

  it("hold up to an authority that was given", () => {
    expect(verifyChain(server, [intermediate], [root], now)).toMatchObject({ ok: true });
    expect(verifyChain(server, [], [intermediate], now)).toMatchObject({ ok: true });
  });

  it.each([
    [
      "without the one in the middle",
      [],
      [root],
      now,
      "the certificate of CN=Example Intermediate, O=Example is missing",
    ],
    ["to somebody else's authority", [intermediate, root], [stranger], now, "which is not among the authorities given"],
    ["after its time", [intermediate], [root], server.notAfter + 1, "is not valid today"],
  ])("break %s", (_, intermediates, anchors, at, problem) => {
    const verdict = verifyChain(server, intermediates, anchors, at);
    expect(verdict).toMatchObject({ ok: false, problem: expect.stringContaining(problem) });
  });

  it("break where somebody signed without the right to", () => {
    const [powerless] = storeOf("powerless-chain.pem").entries.flatMap(({ chain }) => chain);
    const verdict = verifyChain(certificateOf("forged.pem"), [powerless ?? root, intermediate], [root], now);
    expect(verdict).toMatchObject({ ok: false });
  });
});

describe("keys that everybody has", () => {
  it("are known by fingerprint, in every way of writing it", () => {
    const [first] = defaultCertificates;
    expect(defaultCertificates.every(({ sha256 }) => /^[0-9a-f]{64}$/u.test(sha256))).toBe(true);
    expect(new Set(defaultCertificates.map(({ sha256 }) => sha256)).size).toBe(7);
    expect(defaultCertificate(fingerprint(first?.sha256 ?? ""))?.about).toContain("ballerinaKeystore.p12");
    expect(defaultCertificate("00")).toBeUndefined();
  });

  it("are known by public key and by the name they give themselves", () => {
    const spki = "5735b2f58c3e8ad33757a698b45593ef68c1212dba62dcce8b914ea8b8922229";
    expect(defaultKey({ sha256: "", spkiSha256: spki, subject: "CN=anything" })).toContain("ballerinaKeystore.p12");
    expect(defaultKey(certificateOf("localhost-wso2.pem"))).toContain("localhost");
    expect(defaultKey(certificateOf("server.pem"))).toBeUndefined();
  });
});
