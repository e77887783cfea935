/** IP addresses and networks as numbers: pure, without a resolver. RFC 4291, RFC 4632. */

export type AddressFamily = 4 | 6;

/** Every address from `low` to `high`, both included. */
export type AddressRange = { readonly family: AddressFamily; readonly low: bigint; readonly high: bigint };

const bitsOf = { 4: 32n, 6: 128n } as const;

const ipv4 = (text: string): bigint | undefined => {
  const parts = text.split(".");
  if (parts.length !== 4 || !parts.every((part) => /^(?:0|[1-9]\d{0,2})$/u.test(part) && Number(part) <= 255)) return;
  return parts.reduce((value, part) => value * 256n + BigInt(part), 0n);
};

const ipv6 = (text: string): bigint | undefined => {
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/u.exec(text);
  if (dotted) {
    const low = ipv4(dotted[2] as string);
    if (low === undefined) return;
    return ipv6(`${dotted[1]}${(low >> 16n).toString(16)}:${(low & 0xffffn).toString(16)}`);
  }
  const halves = text.split("::");
  if (halves.length > 2) return;
  const [left = [], right = []] = halves.map((half) => (half === "" ? [] : half.split(":")));
  const missing = 8 - left.length - right.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return;
  const groups = [...left, ...Array.from({ length: missing }, () => "0"), ...right];
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/iu.test(group))) return;
  return groups.reduce((value, group) => value * 0x10000n + BigInt(`0x${group}`), 0n);
};

/** One address; undefined for anything else (names, zones, networks). An IPv4-mapped IPv6 address is the IPv4 one. */
export const parseAddress = (text: string): { family: AddressFamily; value: bigint } | undefined => {
  const four = ipv4(text);
  if (four !== undefined) return { family: 4, value: four };
  const six = ipv6(text);
  if (six === undefined) return;
  return six >> 32n === 0xffffn ? { family: 4, value: six & 0xffffffffn } : { family: 6, value: six };
};

/** "10.0.0.0/8", "10.0.0.7", "fd00::/8": undefined for anything else. Bits beyond the prefix are cut off. */
export const parseNetwork = (text: string): AddressRange | undefined => {
  const [, host = "", length] = /^([^/]+)(?:\/(\d{1,3}))?$/u.exec(text) ?? [];
  const address = parseAddress(host);
  if (address === undefined) return;
  const bits = bitsOf[address.family];
  const prefix = length === undefined ? bits : BigInt(length);
  if (prefix > bits) return;
  const size = 1n << (bits - prefix);
  const low = (address.value / size) * size;
  return { family: address.family, low, high: low + size - 1n };
};

export const covers = (outer: AddressRange, inner: AddressRange): boolean =>
  outer.family === inner.family && outer.low <= inner.low && inner.high <= outer.high;

/** The usual text of an address (RFC 5952). */
export const formatAddress = (family: AddressFamily, value: bigint): string => {
  if (family === 4) return [24n, 16n, 8n, 0n].map((shift) => String((value >> shift) & 255n)).join(".");
  const groups = Array.from({ length: 8 }, (_, index) => ((value >> BigInt(112 - 16 * index)) & 0xffffn).toString(16));
  const zeros = [...groups.join(":").matchAll(/(?:^|(?<=:))0(?::0)+(?=:|$)/gu)].sort(
    (a, b) => b[0].length - a[0].length,
  )[0];
  if (zeros === undefined) return groups.join(":");
  const text = groups.join(":");
  return `${text.slice(0, zeros.index).replace(/:$/u, "")}::${text.slice(zeros.index + zeros[0].length).replace(/^:/u, "")}`;
};

/** "10.0.0.0/8"; a single address without its length. Ranges that are no network read "low-high". */
export const formatRange = ({ family, low, high }: AddressRange): string => {
  const size = high - low + 1n;
  const length = bitsOf[family] - BigInt(size.toString(2).length - 1);
  if ((size & (size - 1n)) !== 0n || low % size !== 0n)
    return `${formatAddress(family, low)}-${formatAddress(family, high)}`;
  return size === 1n ? formatAddress(family, low) : `${formatAddress(family, low)}/${length}`;
};

/** Sorted, without what another one covers already: packet filters refuse overlapping sets. */
export const withoutCovered = (ranges: readonly AddressRange[]): readonly AddressRange[] =>
  ranges
    .filter(
      (range, index) =>
        !ranges.some(
          (other, place) => place !== index && covers(other, range) && (place < index || !covers(range, other)),
        ),
    )
    .toSorted((a, b) => a.family - b.family || (a.low < b.low ? -1 : a.low > b.low ? 1 : 0));
