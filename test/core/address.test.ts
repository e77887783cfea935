import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  covers,
  formatAddress,
  formatRange,
  parseAddress,
  parseNetwork,
  withoutCovered,
} from "../../src/core/address.ts";

const text = (network: string) => {
  const range = parseNetwork(network);
  return range === undefined ? undefined : formatRange(range);
};

describe("addresses", () => {
  it.each([
    ["10.0.0.7", "10.0.0.7"],
    ["10.1.2.3/8", "10.0.0.0/8"],
    ["0.0.0.0/0", "0.0.0.0/0"],
    ["::/0", "::/0"],
    ["2001:DB8::1", "2001:db8::1"],
    ["fe80::1:0:0:1/64", "fe80::/64"],
    ["1:0:0:2:0:0:0:3", "1:0:0:2::3"],
    ["::ffff:10.0.0.1", "10.0.0.1"],
    ["64:ff9b::192.0.2.1", "64:ff9b::c000:201"],
  ])("%s is %s", (given, expected) => {
    expect(text(given)).toBe(expected);
  });

  it.each([
    "",
    "10.0.0",
    "10.0.0.256",
    "010.0.0.1",
    "10.0.0.0/33",
    "::1::",
    "1:2:3:4:5:6:7",
    "fe80::1%eth0",
    "db01",
    "2001:db8::/129",
    "12345::",
  ])("%s is none", (given) => {
    expect(parseNetwork(given)).toBeUndefined();
  });

  it("read back as they were written", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 32n - 1n }), (value) => {
        expect(parseAddress(formatAddress(4, value))).toEqual({ family: 4, value });
      }),
    );
    fc.assert(
      fc.property(fc.bigInt({ min: 2n ** 48n, max: 2n ** 128n - 1n }), (value) => {
        expect(parseAddress(formatAddress(6, value))).toEqual({ family: 6, value });
      }),
    );
  });

  it("what another network covers is left out, once", () => {
    const ranges = ["10.0.0.7", "fd00::1", "10.0.0.0/8", "10.0.0.0/8", "192.0.2.1"].flatMap(
      (one) => parseNetwork(one) ?? [],
    );
    const kept = withoutCovered(ranges);
    expect(kept.map(formatRange)).toEqual(["10.0.0.0/8", "192.0.2.1", "fd00::1"]);
    expect(ranges.every((range) => kept.some((one) => covers(one, range)))).toBe(true);
  });
});
