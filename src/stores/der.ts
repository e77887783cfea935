/** The bytes are not what they claim to be; the message completes "unreadable: …" and quotes no content. */
export class Malformed extends Error {}

/** One element of BER or DER (ITU-T X.690). Offsets are into `bytes`; nothing is copied. */
export type Element = {
  readonly bytes: Uint8Array;
  /** Identifier octet: class, constructed bit and tag number. */
  readonly tag: number;
  /** First octet of the identifier. */
  readonly outset: number;
  /** First octet of the content, and the one after its last. */
  readonly start: number;
  readonly end: number;
  /** Where the next element begins: after the end-of-contents octets when the length is indefinite. */
  readonly next: number;
  readonly depth: number;
};

export const tags = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  bmpString: 0x1e,
  sequence: 0x30,
  set: 0x31,
} as const;

/** Deeper than any store or certificate; a file that nests further is made to exhaust us. */
const deepest = 24;

const constructed = (tag: number): boolean => (tag & 0x20) !== 0;

/** Reads the element at `offset`, which must end before `limit`. Throws `Malformed`. */
export const elementAt = (bytes: Uint8Array, offset = 0, limit = bytes.length, depth = 0): Element => {
  if (depth > deepest) throw new Malformed("nested too deeply");
  const tag = bytes[offset];
  const first = bytes[offset + 1];
  if (tag === undefined || first === undefined || offset + 2 > limit) throw new Malformed("cut off");
  if ((tag & 0x1f) === 0x1f) throw new Malformed("holds a tag that no store uses");
  if (first === 0x80) return indefinite(bytes, tag, offset, limit, depth);
  let start = offset + 2;
  let length = first;
  if (first > 0x80) {
    const count = first & 0x7f;
    if (count > 4) throw new Malformed("claims an absurd length");
    length = 0;
    for (let index = 0; index < count; index++) {
      const octet = bytes[start++];
      if (octet === undefined || start > limit) throw new Malformed("cut off");
      length = length * 256 + octet;
    }
  }
  const end = start + length;
  if (end > limit) throw new Malformed("cut off");
  return { bytes, tag, outset: offset, start, end, next: end, depth };
};

const indefinite = (bytes: Uint8Array, tag: number, offset: number, limit: number, depth: number): Element => {
  if (!constructed(tag)) throw new Malformed("has a value without an end");
  let position = offset + 2;
  for (;;) {
    if (bytes[position] === 0 && bytes[position + 1] === 0 && position + 2 <= limit) {
      return { bytes, tag, outset: offset, start: offset + 2, end: position, next: position + 2, depth };
    }
    position = elementAt(bytes, position, limit, depth + 1).next;
  }
};

export const childrenOf = (element: Element): readonly Element[] => {
  if (!constructed(element.tag)) throw new Malformed("holds a plain value where a structure belongs");
  const children: Element[] = [];
  for (let position = element.start; position < element.end; ) {
    const child = elementAt(element.bytes, position, element.end, element.depth + 1);
    children.push(child);
    position = child.next;
  }
  return children;
};

/** The element if it has that tag. Throws `Malformed` otherwise. */
export const expect = (element: Element | undefined, tag: number): Element => {
  if (element === undefined || element.tag !== tag) throw new Malformed("is not built as its kind is");
  return element;
};

export const sequence = (element: Element | undefined): readonly Element[] =>
  childrenOf(expect(element, tags.sequence));

/** The whole element, identifier and length included. */
export const encoded = ({ bytes, outset, next }: Element): Uint8Array => bytes.subarray(outset, next);

export const content = ({ bytes, start, end }: Element): Uint8Array => bytes.subarray(start, end);

/** Content of an octet string, which BER may give in pieces. The caller has looked at the tag. */
export const octets = (element: Element): Uint8Array => {
  if (!constructed(element.tag)) return content(element);
  return Buffer.concat(childrenOf(element).map(octets));
};

/** An integer of at most six octets, not negative: a version or an iteration count. */
export const smallInteger = (element: Element | undefined): number => {
  const bytes = content(expect(element, tags.integer));
  if (bytes.length === 0 || bytes.length > 6 || (bytes[0] as number) > 0x7f)
    throw new Malformed("holds an absurd number");
  return bytes.reduce((value, octet) => value * 256 + octet, 0);
};

/** Dotted form of an object identifier. */
export const objectIdentifier = (element: Element | undefined): string => {
  const bytes = content(expect(element, tags.oid));
  if (bytes.length === 0 || bytes.length > 64 || (bytes.at(-1) as number) > 0x7f)
    throw new Malformed("holds a broken identifier");
  const numbers: number[] = [];
  let value = 0;
  for (const octet of bytes) {
    value = value * 128 + (octet & 0x7f);
    if (octet > 0x7f) continue;
    numbers.push(value);
    value = 0;
  }
  const [first = 0, ...rest] = numbers;
  const top = Math.min(Math.floor(first / 40), 2);
  return [top, first - top * 40, ...rest].join(".");
};
