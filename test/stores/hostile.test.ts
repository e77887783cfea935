import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { childrenOf, content, elementAt, tags } from "../../src/stores/der.ts";
import { candidates } from "../../src/stores/passwords.ts";
import { readStore } from "../../src/stores/read.ts";
import { bytesOf, rightPassword } from "./fixtures.ts";

const names = [
  "keytool-17.p12",
  "keytool-trust.p12",
  "keytool.jks",
  "keytool.jceks",
  "openssl-unsealed.p12",
  "openssl-open.p12",
  "server-bundle.pem",
  "key-encrypted.pem",
  "root.der",
];
const stores = names.map(bytesOf);
const tried = candidates([rightPassword]).slice(0, 1);
/** Enough for one store that is whole; a broken one must not get more. */
const read = (bytes: Uint8Array) => readStore(bytes, tried, { left: 300_000 });
const store = fc.constantFrom(...stores);

describe("a store that somebody made to hurt", () => {
  it("is read or called unreadable, wherever it is cut off", () => {
    fc.assert(
      fc.property(store, fc.double({ min: 0, max: 1, noNaN: true }), (bytes, share) => {
        expect(["read", "unreadable"]).toContain(read(bytes.subarray(0, Math.floor(bytes.length * share))).state);
      }),
      { numRuns: 300 },
    );
  });

  it("is read or called unreadable, whatever is changed in it", () => {
    const edit = fc.tuple(fc.double({ min: 0, max: 0.9999, noNaN: true }), fc.integer({ min: 0, max: 255 }));
    fc.assert(
      fc.property(store, fc.array(edit, { minLength: 1, maxLength: 6 }), (bytes, edits) => {
        const changed = Buffer.from(bytes);
        for (const [share, octet] of edits) changed[Math.floor(changed.length * share)] = octet;
        expect(["read", "unreadable"]).toContain(read(changed).state);
      }),
      { numRuns: 400 },
    );
  });

  it("is read or called unreadable, whatever it is", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.constantFrom(0x30, 0xfe, 0xce, 0x2d), (bytes, first) => {
        const whole = Buffer.from([first, ...bytes]);
        expect(["read", "unreadable"]).toContain(read(whole).state);
      }),
      { numRuns: 500 },
    );
  });

  it("does not get two thousand million rounds of hashing", () => {
    // 10000 rounds as keytool writes them become 2^31-1 in as many octets as that takes: lengths are put right again.
    const rounds = withIterations(bytesOf("keytool-17.p12"), 0x7fffffff);
    expect(readStore(rounds, tried)).toEqual({
      state: "unreadable",
      reason: "it asks for 2147483647 rounds of hashing, which is more than is done for it",
    });
  });

  it("does not get unlimited depth", () => {
    const deep = Buffer.concat([Buffer.from("3080".repeat(4000), "hex"), Buffer.alloc(8000)]);
    expect(read(deep)).toEqual({ state: "unreadable", reason: "it is nested too deeply" });
  });

  it("does not get more than 1 MiB", () => {
    expect(read(Buffer.alloc(1024 * 1024 + 1, 0x30))).toEqual({
      state: "unreadable",
      reason: "it is larger than 1 MiB",
    });
  });
});

describe("BER", () => {
  it("with lengths left open and strings in pieces is the same store", () => {
    const plain = bytesOf("keytool-17.p12");
    expect(read(toIndefinite(plain))).toEqual(read(plain));
    expect(toIndefinite(plain).length).toBeGreaterThan(plain.length);
  });
});

const encode = (tag: number, body: Uint8Array): Buffer => {
  const size = body.length;
  const length =
    size < 0x80
      ? [size]
      : size < 0x100
        ? [0x81, size]
        : size < 0x10000
          ? [0x82, size >> 8, size & 0xff]
          : [0x83, size >> 16, (size >> 8) & 0xff, size & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
};

/** Every integer that could be an iteration count of keytool's becomes `count`. */
const withIterations = (der: Uint8Array, count: number): Buffer => {
  const rebuild = (offset: number): Buffer => {
    const element = elementAt(der, offset);
    if ((element.tag & 0x20) !== 0) {
      return encode(element.tag, Buffer.concat(childrenOf(element).map(({ outset }) => rebuild(outset))));
    }
    const isRounds = element.tag === tags.integer && Buffer.from(content(element)).toString("hex") === "2710";
    if (!isRounds) return encode(element.tag, content(element));
    const four = Buffer.alloc(4);
    four.writeUInt32BE(count);
    return encode(tags.integer, four);
  };
  return rebuild(0);
};

const toIndefinite = (der: Uint8Array): Buffer => {
  const end = Buffer.alloc(2);
  const rebuild = (offset: number): Buffer => {
    const element = elementAt(der, offset);
    if ((element.tag & 0x20) !== 0) {
      const parts = childrenOf(element).map(({ outset }) => rebuild(outset));
      return Buffer.concat([Buffer.from([element.tag, 0x80]), ...parts, end]);
    }
    const body = content(element);
    if (element.tag !== tags.octetString || body.length < 100) return encode(element.tag, body);
    const halves = [body.subarray(0, 50), body.subarray(50)].map((half) => encode(tags.octetString, half));
    return Buffer.concat([Buffer.from([tags.octetString | 0x20, 0x80]), ...halves, end]);
  };
  return rebuild(0);
};
