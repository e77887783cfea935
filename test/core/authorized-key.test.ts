import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromAllows, optionValue, parseAuthorizedKey } from "../../src/core/authorized-key.ts";

const ed25519 =
  "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIC7jKVNdRozYZuLTb7O21VbjZagySNflyfyvpsZcXCK0 operator@drawbridge-lab";

describe("one line of authorized_keys", () => {
  it("is read as ssh-keygen -l reads it", () => {
    expect(parseAuthorizedKey(`  ${ed25519}\r`)).toEqual({
      type: "ssh-ed25519",
      bits: 256,
      fingerprint: "SHA256:Qfg/tgS9Td2QHw5EYBDV8PB4K5kd26Ss/8ycX1BGMPQ",
      comment: "operator@drawbridge-lab",
      options: [],
      line: ed25519,
    });
  });

  it("may begin with options, quoted blanks and commas included", () => {
    const key = parseAuthorizedKey(`from="10.0.0.0/8,fd00::/8",command="echo \\"a, b\\" c",no-pty ${ed25519}`);
    expect(key?.options).toEqual(['from="10.0.0.0/8,fd00::/8"', 'command="echo \\"a, b\\" c"', "no-pty"]);
    expect(key && optionValue(key, "command")).toBe('echo "a, b" c');
  });

  it.each([
    ["a comment", `# ${ed25519}`],
    ["an empty line", "  "],
    ["a private key", "-----BEGIN OPENSSH PRIVATE KEY-----"],
    ["half a key", ed25519.slice(0, 30)],
    ["a type that is not the blob's", ed25519.replace("ssh-ed25519", "ssh-rsa")],
    ["an open quote", `command="oops ${ed25519}`],
  ])("is nothing when it is %s", (_, text) => {
    expect(parseAuthorizedKey(text)).toBeUndefined();
  });

  it("counts the bits of RSA moduli", () => {
    const field = (bytes: Buffer) => Buffer.concat([Buffer.from([0, 0, bytes.length >> 8, bytes.length & 255]), bytes]);
    const rsa = (bits: number) => {
      const modulus = Buffer.concat([Buffer.from([0]), Buffer.alloc(bits / 8, 0xff)]);
      const blob = Buffer.concat([field(Buffer.from("ssh-rsa")), field(Buffer.from([1, 0, 1])), field(modulus)]);
      return `ssh-rsa ${blob.toString("base64")}`;
    };
    for (const bits of [1024, 2048, 3072, 4096]) expect(parseAuthorizedKey(rsa(bits))?.bits).toBe(bits);
  });

  it("never throws, whatever the text", () => {
    fc.assert(fc.property(fc.string(), (text) => void parseAuthorizedKey(text)));
  });
});

describe("from=", () => {
  it.each([
    ["10.0.0.0/8", "10.1.2.3", true],
    ["10.0.0.0/8", "11.0.0.1", false],
    ["192.0.2.*", "192.0.2.77", true],
    ["192.0.2.0/24,!192.0.2.7", "192.0.2.7", false],
    ["!192.0.2.7,192.0.2.0/24", "192.0.2.8", true],
    ["fd00::/8", "fd12::1", true],
    ["fd00::/8", "10.0.0.1", false],
    ["*", "203.0.113.9", true],
    ["bastion.example.net", "203.0.113.9", true],
  ])("%s and %s: %s", (patterns, address, expected) => {
    expect(fromAllows(patterns, address)).toBe(expected);
  });
});
