import { deflateRawSync } from "node:zlib";

/** Archives made by hand, so that tests can make them lie. APPNOTE.TXT 4.3. */

export type Member = {
  readonly name: string;
  readonly content: Buffer | string;
  readonly stored?: boolean;
  /** What the headers claim instead of the truth. */
  readonly claims?: {
    readonly size?: number;
    readonly compressedSize?: number;
    readonly offset?: number;
    readonly localName?: string;
  };
  /** Sizes stand behind the data, and are 0 in front of it. */
  readonly descriptor?: boolean;
  readonly localExtra?: Buffer;
};

export type Archive = { readonly bytes: Buffer; readonly directory: Buffer; readonly end: Buffer };

export const zip = (members: readonly Member[], prefix = Buffer.alloc(0), comment = ""): Archive => {
  const locals: Buffer[] = [];
  const centrals: Buffer[] = [];
  let offset = 0;
  for (const {
    name,
    content,
    stored = false,
    claims = {},
    descriptor = false,
    localExtra = Buffer.alloc(0),
  } of members) {
    const raw = Buffer.from(content);
    const data = stored ? raw : deflateRawSync(raw);
    const localName = Buffer.from(claims.localName ?? name, "latin1");
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(descriptor ? 8 : 0, 6);
    local.writeUInt16LE(stored ? 0 : 8, 8);
    if (!descriptor) {
      local.writeUInt32LE(data.length, 18);
      local.writeUInt32LE(raw.length, 22);
    }
    local.writeUInt16LE(localName.length, 26);
    local.writeUInt16LE(localExtra.length, 28);
    const central = Buffer.alloc(46);
    central.writeUInt32LE(0x02014b50, 0);
    central.writeUInt16LE(stored ? 0 : 8, 10);
    central.writeUInt32LE(claims.compressedSize ?? data.length, 20);
    central.writeUInt32LE(claims.size ?? raw.length, 24);
    central.writeUInt16LE(Buffer.byteLength(name, "latin1"), 28);
    central.writeUInt32LE(claims.offset ?? offset, 42);
    centrals.push(central, Buffer.from(name, "latin1"));
    const behind = descriptor ? Buffer.alloc(16) : Buffer.alloc(0);
    locals.push(local, localName, localExtra, data, behind);
    offset += local.length + localName.length + localExtra.length + data.length + behind.length;
  }
  const directory = Buffer.concat(centrals);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(members.length, 8);
  end.writeUInt16LE(members.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  end.writeUInt16LE(comment.length, 20);
  return { bytes: Buffer.concat([prefix, ...locals, directory, end, Buffer.from(comment)]), directory, end };
};

/** What one pass of tr(1) and `grep -ob` prints of a central directory: headers whose names match, with their places, one a line. */
export const pass = (directory: Buffer, nul: number, feed: number): Buffer => {
  const lines: Buffer[] = [];
  for (let at = 0; at + 46 <= directory.length; ) {
    const length = directory.readUInt16LE(at + 28);
    const header = Buffer.from(directory.subarray(at, at + 46 + length));
    lines.push(
      Buffer.from(`${at}:`),
      header.map((byte) => (byte === 0 ? nul : byte === 10 ? feed : byte)) as Buffer,
      Buffer.from("\n"),
    );
    at += 46 + length;
  }
  return Buffer.concat(lines);
};

/** A class file with the compiler's marks: methods by name, and strings that its code loads. JVMS 4. */
export const classFile = (
  major: number,
  strings: readonly string[],
  texts: readonly string[] = ["$configureInit"],
): Buffer => {
  const utf8 = (text: string) => {
    const bytes = Buffer.from(text);
    return Buffer.concat([Buffer.from([1, bytes.length >> 8, bytes.length & 255]), bytes]);
  };
  const constants: Buffer[] = [];
  for (const text of texts) constants.push(utf8(text));
  // A long takes two numbers.
  constants.push(Buffer.from([5, 0, 0, 0, 0, 0, 0, 0, 1]));
  let number = texts.length + 3;
  for (const text of strings) {
    constants.push(utf8(text), Buffer.from([8, number >> 8, number & 255]));
    number += 2;
  }
  const head = Buffer.alloc(10);
  head.writeUInt32BE(0xcafebabe, 0);
  head.writeUInt16BE(major, 6);
  head.writeUInt16BE(number, 8);
  return Buffer.concat([head, ...constants]);
};
