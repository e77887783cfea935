import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { clientHello, helloParts, protocolCodes, protocols, readAnswer } from "../../src/tls/hello.ts";

const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex, "hex"));

/** One handshake message in one record. */
const record = (message: string, version = "0303") =>
  `16${version}${(message.length / 2).toString(16).padStart(4, "0")}${message}`;
const message = (type: string, body: string) => `${type}${(body.length / 2).toString(16).padStart(6, "0")}${body}`;
const serverHello = (version: string, suite: string, extensions = "") =>
  message("02", `${version}${"11".repeat(32)}00${suite}00${extensions}`);

describe("ClientHello", () => {
  test.each(protocols)("%s: every length fits its content", (protocol) => {
    const hello = bytes(
      clientHello({ protocol, suites: ["c02f", "1301"], serverName: "orders.example", alpn: ["h2"] }),
    );
    expect(hello[0]).toBe(22);
    const view = new DataView(hello.buffer, hello.byteOffset, hello.byteLength);
    expect(view.getUint16(3)).toBe(hello.length - 5);
    expect((view.getUint8(6) << 16) | view.getUint16(7)).toBe(hello.length - 9);
    const legacy = protocol === "TLSv1.3" ? "0303" : protocolCodes[protocol];
    expect(Buffer.from(hello.subarray(9, 11)).toString("hex")).toBe(legacy);
  });

  test("asks for a name by SNI, but never for an address, and not in SSLv3", () => {
    const named = Buffer.from("orders.example").toString("hex");
    expect(clientHello({ protocol: "TLSv1.2", suites: ["c02f"], serverName: "orders.example" })).toContain(named);
    expect(clientHello({ protocol: "SSLv3", suites: ["0035"], serverName: "orders.example" })).not.toContain(named);
    const address = clientHello({ protocol: "TLSv1.2", suites: ["c02f"], serverName: "192.0.2.1" });
    expect(address).toBe(clientHello({ protocol: "TLSv1.2", suites: ["c02f"] }));
  });

  test("offers TLS 1.3 without a key share, so that nobody computes anything", () => {
    const { extensions } = helloParts({ protocol: "TLSv1.3", suites: ["1301"] });
    expect(extensions).toContain("002b0003020304");
    expect(extensions).toContain("003300020000");
  });
});

describe("answers", () => {
  test("an alert has a name", () => {
    expect(readAnswer(bytes("15030300020246"))).toEqual({ kind: "alert", description: 70, name: "protocol_version" });
  });

  test("a warning about the name does not hide the hello behind it", () => {
    const answer = readAnswer(bytes(`15030300020170${record(serverHello("0303", "c02f"))}`));
    expect(answer).toMatchObject({ kind: "hello", suite: "c02f" });
  });

  test("a HelloRetryRequest tells version, suite and group of TLS 1.3", () => {
    // OpenSSL 3.0 answering a hello without a key share.
    const seen =
      "1603030058020000540303cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c205ca1ab1e5ca1ab1e5ca1ab1e5ca1ab1e5ca1ab1e5ca1ab1e5ca1ab1e5ca1ab1e130100000c002b0002030400330002001d140303000101";
    expect(readAnswer(bytes(seen))).toMatchObject({
      kind: "hello",
      protocol: "TLSv1.3",
      suite: "1301",
      retry: true,
      group: "001d",
    });
  });

  test("a Diffie-Hellman group is measured by its prime", () => {
    const prime = `0080${"80".padEnd(256, "0")}`;
    const flight = serverHello("0301", "0039") + message("0c", `${prime}0001020080${"01".repeat(128)}`);
    expect(readAnswer(bytes(record(flight, "0301")))).toMatchObject({ protocol: "TLSv1", dhBits: 1024 });
  });

  test("a curve is named, a certificate is taken out, a wish for the client's is seen", () => {
    const flight = [
      serverHello("0303", "c02f"),
      message("0b", "000006000003abcdef"),
      message("0c", `03001741${"04".repeat(65)}`),
      message("0d", "01010000"),
      message("0e", ""),
    ].join("");
    const answer = readAnswer(bytes(record(flight)));
    expect(answer).toMatchObject({ group: "0017", asksCertificate: true });
    expect(answer.kind === "hello" && answer.certificates.map((one) => Buffer.from(one).toString("hex"))).toEqual([
      "abcdef",
    ]);
  });

  test("what is no TLS is quoted without its control characters", () => {
    expect(readAnswer(Buffer.from("HTTP/1.1 400 Bad\r\n\u001b[31m"))).toEqual({
      kind: "other",
      text: "HTTP/1.1 400 Bad.[31m",
    });
    expect(readAnswer(new Uint8Array())).toEqual({ kind: "nothing" });
  });

  test("nothing that a server sends makes it throw", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (sent) => readAnswer(sent).kind.length > 0));
    const whole = bytes(record(serverHello("0303", "c02f") + message("0b", "000006000003abcdef") + message("0e", "")));
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(255), (at, value) => {
        const broken = Uint8Array.from(whole);
        broken[at] = value;
        return readAnswer(broken).kind.length > 0 && readAnswer(whole.subarray(0, at)).kind.length > 0;
      }),
    );
  });
});
