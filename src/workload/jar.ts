import { inflateRawSync } from "node:zlib";

/**
 * Reads the few parts of a JAR that tell what it is, from slices of it: the whole file never travels. A JAR is a ZIP archive
 * (APPNOTE.TXT of PKWARE, sections 4.3.7, 4.3.12, 4.3.16; JVMS 4 for class files). Nothing in it is believed: sizes are checked
 * against what is there, inflating stops at a limit, and what does not fit is left out.
 */

export type JarEntry = {
  readonly name: string;
  /** 0 is stored, 8 is deflated. */
  readonly method: number;
  /** Bytes in the archive. */
  readonly compressedSize: number;
  /** Bytes it claims to inflate to. */
  readonly size: number;
  /** Of the local file header, from the start of the archive. */
  readonly offset: number;
};

const centralSignature = 0x02014b50;
const localSignature = 0x04034b50;
const endSignature = 0x06054b50;
const centralHeader = 46;
const localHeader = 30;
/** Fields with this value stand in a ZIP64 extra field: archives of 4 GiB, which no integration has. */
const inZip64 = 0xffffffff;

/**
 * What one pass of tr(1) and `grep -ob` printed of several archives' directories, one behind the other: `OFFSET:HEADER` a line.
 * `lengths`: bytes of each with what stands behind it. The headers of each archive, with their places in it.
 */
export const linesByArchive = (pass: Buffer, lengths: readonly number[]): readonly (readonly DirectoryLine[])[] => {
  const archives: DirectoryLine[][] = lengths.map(() => []);
  let [index, start] = [0, 0];
  for (const line of linesOf(pass)) {
    const colon = line.indexOf(":");
    const place = colon < 0 ? Number.NaN : Number(line.toString("latin1", 0, colon));
    if (!Number.isSafeInteger(place)) continue;
    while (index < lengths.length && place >= start + (lengths[index] as number)) {
      start += lengths[index] as number;
      index += 1;
    }
    archives[index]?.push({ place: place - start, bytes: line.subarray(colon + 1) });
  }
  return archives;
};

export type DirectoryLine = { readonly place: number; readonly bytes: Buffer };

/**
 * Headers of one central directory as two passes printed them. No line may hold a NUL or a line feed, so each pass writes other
 * bytes for them (3 and 4, then 5 and 6): where both agree, the byte is itself.
 */
export const centralEntries = (
  first: readonly DirectoryLine[],
  second: readonly DirectoryLine[],
): readonly JarEntry[] => {
  const others = new Map(second.map(({ place, bytes }) => [place, bytes]));
  // A pass that was cut in the middle tells less, never something else.
  return first.flatMap(({ place, bytes }) => {
    const other = others.get(place);
    const whole = other === undefined || other.length !== bytes.length ? undefined : merged(bytes, other);
    return (whole && centralEntry(whole)) ?? [];
  });
};

const linesOf = (bytes: Buffer): readonly Buffer[] => {
  const lines: Buffer[] = [];
  for (let start = 0; start < bytes.length; ) {
    const end = bytes.indexOf(0x0a, start);
    lines.push(bytes.subarray(start, end < 0 ? bytes.length : end));
    if (end < 0) break;
    start = end + 1;
  }
  return lines;
};

const merged = (one: Buffer, two: Buffer): Buffer | undefined => {
  const bytes = Buffer.alloc(one.length);
  for (let index = 0; index < one.length; index += 1) {
    const [a, b] = [one[index] as number, two[index] as number];
    if (a === b) bytes[index] = a;
    else if (a === 3 && b === 5) bytes[index] = 0;
    else if (a === 4 && b === 6) bytes[index] = 0x0a;
    else return undefined;
  }
  return bytes;
};

const centralEntry = (bytes: Buffer): JarEntry | undefined => {
  if (bytes.length < centralHeader || bytes.readUInt32LE(0) !== centralSignature) return undefined;
  const name = bytes.subarray(centralHeader);
  // The pattern may have found a part of a longer name, or a name inside of a comment.
  if (bytes.readUInt16LE(28) !== name.length || name.length === 0) return undefined;
  const entry = {
    name: name.toString("latin1"),
    method: bytes.readUInt16LE(10),
    compressedSize: bytes.readUInt32LE(20),
    size: bytes.readUInt32LE(24),
    offset: bytes.readUInt32LE(42),
  };
  return [entry.compressedSize, entry.size, entry.offset].includes(inZip64) ? undefined : entry;
};

/**
 * How far all offsets are off because something stands in front of the archive (a start script): java.util.zip adds the
 * same. `end`: the file's last 22 bytes. 0 where an archive comment follows the end record.
 */
export const archiveShift = (end: Buffer, fileSize: number): number => {
  if (end.length !== 22 || end.readUInt32LE(0) !== endSignature) return 0;
  const shift = fileSize - 22 - end.readUInt32LE(12) - end.readUInt32LE(16);
  return shift > 0 && end.readUInt32LE(16) !== inZip64 && end.readUInt32LE(12) !== inZip64 ? shift : 0;
};

/** Bytes of an extra field that a local header may have beyond what the central one says (alignment, timestamps). */
const extraSlack = 1024;

export type Slice = { readonly offset: number; readonly length: number };

/** The slice of the file that holds an entry; at most `limit` bytes of what is compressed. */
export const sliceOf = (
  entry: JarEntry,
  archive: { readonly shift: number; readonly size: number },
  limit: number,
): Slice => {
  const offset = entry.offset + archive.shift;
  const length = localHeader + entry.name.length + extraSlack + Math.min(entry.compressedSize, limit);
  return { offset, length: Math.max(0, Math.min(length, archive.size - offset)) };
};

/** Bytes that are read for nothing rather than asked for by another command. */
const worthReading = 32 * 1024;

/** As few ranges as cover all slices, in order: each costs the machine two commands. */
export const rangesOf = (slices: readonly Slice[]): readonly Slice[] => {
  const ranges: { offset: number; length: number }[] = [];
  for (const { offset, length } of slices.filter((slice) => slice.length > 0).toSorted((a, b) => a.offset - b.offset)) {
    const last = ranges.at(-1);
    if (last !== undefined && offset <= last.offset + last.length + worthReading)
      last.length = Math.max(last.length, offset + length - last.offset);
    else ranges.push({ offset, length });
  }
  return ranges;
};

/** A slice of what was read in ranges, one behind the other. */
export const sliceFrom = (read: Buffer, ranges: readonly Slice[], { offset, length }: Slice): Buffer => {
  let start = 0;
  for (const range of ranges) {
    if (offset >= range.offset && offset < range.offset + range.length) {
      const from = start + offset - range.offset;
      return read.subarray(from, from + length);
    }
    start += range.length;
  }
  return Buffer.alloc(0);
};

/**
 * An entry's content from its slice, at most `limit` bytes of it; undefined when the slice is not what the central directory
 * promised. `whole`: false where only the beginning is wanted or there.
 */
export const entryContent = (slice: Buffer, entry: JarEntry, limit: number): Buffer | undefined => {
  if (slice.length < localHeader || slice.readUInt32LE(0) !== localSignature) return undefined;
  const nameLength = slice.readUInt16LE(26);
  const name = slice.subarray(localHeader, localHeader + nameLength).toString("latin1");
  if (name !== entry.name) return undefined;
  // Sizes of the local header may be 0 with a data descriptor behind the data (bit 3): those of the central directory count.
  const start = localHeader + nameLength + slice.readUInt16LE(28);
  const data = slice.subarray(start, start + entry.compressedSize);
  if (entry.method === 0) return data.subarray(0, limit);
  if (entry.method !== 8 || data.length === 0) return undefined;
  return inflated(data, limit);
};

/** The beginning of a deflated stream, even of one that is cut, damaged or endless. */
const inflated = (data: Buffer, limit: number): Buffer | undefined => {
  // Deflate makes 1032 bytes of one at most: what cannot fit is cut before it is inflated, so a bomb costs nothing.
  for (let length = data.length; length > 0; length = Math.floor(length / 2)) {
    try {
      return inflateRawSync(data.subarray(0, length), {
        maxOutputLength: Math.max(limit, 64 * 1024),
        finishFlush: 2,
      }).subarray(0, limit);
    } catch (error) {
      if (!(error instanceof RangeError)) return undefined;
    }
  }
  return undefined;
};

/** Class file major version: 61 is Java 17, 65 is 21. undefined when it is no class file. JVMS 4.1. */
export const classMajor = (bytes: Buffer): number | undefined =>
  bytes.length >= 8 && bytes.readUInt32BE(0) === 0xcafebabe ? bytes.readUInt16BE(6) : undefined;

/** Sizes of the constants behind their tag, by tag; Utf8 (1) has its own length. JVMS 4.4. */
const constantSizes: Readonly<Record<number, number>> = {
  3: 4,
  4: 4,
  5: 8,
  6: 8,
  7: 2,
  8: 2,
  9: 4,
  10: 4,
  11: 4,
  12: 4,
  15: 3,
  16: 2,
  17: 4,
  18: 4,
  19: 2,
  20: 2,
};

export type ClassConstants = {
  /** Every text of the constant pool: names of methods among them. */
  readonly texts: ReadonlySet<string>;
  /** Those that the code loads as strings, in the order in which they were first used. */
  readonly strings: readonly string[];
};

/** The constant pool of a class file; undefined when it is cut or none. */
export const classConstants = (bytes: Buffer): ClassConstants | undefined => {
  if (classMajor(bytes) === undefined || bytes.length < 10) return undefined;
  const count = bytes.readUInt16BE(8);
  const texts = new Map<number, string>();
  const strings: number[] = [];
  let at = 10;
  for (let index = 1; index < count; index += 1) {
    const tag = bytes[at];
    if (tag === undefined) return undefined;
    if (tag === 1) {
      if (at + 3 > bytes.length) return undefined;
      const length = bytes.readUInt16BE(at + 1);
      if (at + 3 + length > bytes.length) return undefined;
      texts.set(index, bytes.subarray(at + 3, at + 3 + length).toString("utf8"));
      at += 3 + length;
      continue;
    }
    const size = constantSizes[tag];
    if (size === undefined || at + 1 + size > bytes.length) return undefined;
    if (tag === 8) strings.push(bytes.readUInt16BE(at + 1));
    at += 1 + size;
    // A long or a double takes two numbers.
    if (tag === 5 || tag === 6) index += 1;
  }
  return { texts: new Set(texts.values()), strings: strings.flatMap((index) => texts.get(index) ?? []) };
};

/** Attributes of the main section of META-INF/MANIFEST.MF: lines of 72 bytes, continued behind a space. JAR File Specification. */
export const manifestAttribute = (manifest: string, name: string): string | undefined => {
  const [main = ""] = manifest.replace(/\r\n?/gu, "\n").replace(/\n /gu, "").split(/\n\n/u);
  const line = main.split("\n").find((candidate) => candidate.toLowerCase().startsWith(`${name.toLowerCase()}:`));
  return line === undefined ? undefined : line.slice(name.length + 1).trim();
};

/** Names that the JVM does not allow as they are: `icp$0046runtime$0046bridge` is icp.runtime.bridge. */
export const decodedIdentifier = (text: string): string =>
  text.replace(/\$(\d{4})/gu, (_whole, code: string) => String.fromCharCode(Number(code)));
