/**
 * Makes a Node executable for Linux on x86-64 start where libatomic.so.1 is not installed, as on a minimal Debian or Ubuntu server.
 *
 * Since version 25 Node's own builds want that library for a single function, `__atomic_compare_exchange`, which V8 calls for words of
 * eight bytes only (https://github.com/nodejs/node/issues/60790). The processor does that in one instruction. So this puts the function
 * into the unused rest of the last page of the program's code, leads the one jump to it there, and strikes the library from what the
 * dynamic loader has to find. Everything about the file is checked to be as described here before anything is written.
 *
 * Usage: node scripts/without-libatomic.mjs FILE    (plain JavaScript: it has to run on whatever Node npm itself runs on)
 * Exits with 0 when FILE does not need the library, any more or in the first place; else with 1 and one line that says why.
 * Formats: elf(5); System V ABI, AMD64 supplement, sections 3.2 and 5.2; symbol versions: LSB Core 10.7.
 */
import { chmodSync, readFileSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";

const library = "libatomic.so.1";
const wanted = "__atomic_compare_exchange";
const pageSize = 4096;

/**
 * bool __atomic_compare_exchange(size_t size, void *object, void *expected, void *desired, int success, int failure) for a size of 8;
 * any other size ends the program. A locked instruction is a full barrier, so every memory order that can be asked for is kept.
 */
// biome-ignore format: one instruction a line
const compareExchange = Buffer.from([
  0x48, 0x83, 0xff, 0x08, //             cmp  rdi, 8
  0x75, 0x19, //                         jne  trap
  0x48, 0x8b, 0x02, //                   mov  rax, [rdx]
  0x48, 0x8b, 0x09, //                   mov  rcx, [rcx]
  0xf0, 0x48, 0x0f, 0xb1, 0x0e, //       lock cmpxchg [rsi], rcx
  0x74, 0x06, //                         je   swapped
  0x48, 0x89, 0x02, //                   mov  [rdx], rax
  0x31, 0xc0, //                         xor  eax, eax
  0xc3, //                               ret
  0xb8, 0x01, 0x00, 0x00, 0x00, //       swapped: mov eax, 1
  0xc3, //                               ret
  0x0f, 0x0b, //                         trap: ud2
]);

/** `mov edi, 8`: how a caller says that it means a word of eight bytes. */
const sizeOfEight = Buffer.from([0xbf, 0x08, 0x00, 0x00, 0x00]);

const tags = {
  needed: 1,
  jumpRelocationsSize: 2,
  strings: 5,
  symbols: 6,
  relocations: 7,
  relocationsSize: 8,
  jumpRelocations: 23,
  symbolVersions: 0x6ffffff0,
  neededVersions: 0x6ffffffe,
  neededVersionsCount: 0x6fffffff,
};

/** Changes the bytes of an executable in place; returns whether there was anything to change. Throws when it is not as expected. */
function strike(file) {
  const u64 = (offset) => Number(file.readBigUInt64LE(offset));
  const put64 = (offset, value) => file.writeBigUInt64LE(BigInt(value), offset);
  const require = (condition, what) => {
    if (!condition) throw new Error(`not built as expected, ${what}`);
  };

  require(file.length > 64 &&
    file.readUInt32BE(0) === 0x7f454c46 &&
    file[4] === 2 &&
    file[5] === 1, "not a 64-bit ELF file");
  require(file.readUInt16LE(18) === 62, "not for x86-64");
  const segments = Array.from({ length: file.readUInt16LE(56) }, (_, index) => {
    const at = u64(32) + index * file.readUInt16LE(54);
    return {
      at,
      type: file.readUInt32LE(at),
      flags: file.readUInt32LE(at + 4),
      offset: u64(at + 8),
      address: u64(at + 16),
      fileSize: u64(at + 32),
      memorySize: u64(at + 40),
    };
  });
  const loaded = segments.filter(({ type }) => type === 1);
  const offsetOf = (address) => {
    const segment = loaded.find(({ address: start, fileSize }) => address >= start && address < start + fileSize);
    require(segment !== undefined, `address ${address} is not in the file`);
    return address - segment.address + segment.offset;
  };

  const dynamic = segments.find(({ type }) => type === 2);
  require(dynamic !== undefined, "no dynamic section");
  const entries = [];
  for (let at = dynamic.offset; u64(at) !== 0; at += 16) entries.push({ at, tag: u64(at), value: u64(at + 8) });
  const entry = (tag) => {
    const found = entries.find((candidate) => candidate.tag === tag);
    require(found !== undefined, `no dynamic entry ${tag}`);
    return found;
  };
  const strings = offsetOf(entry(tags.strings).value);
  const text = (offset) => file.toString("latin1", strings + offset, file.indexOf(0, strings + offset));

  const need = entries.find(({ tag, value }) => tag === tags.needed && text(value) === library);
  if (need === undefined) return false;

  // The symbol versions that come from the library, and the one function among the relocations that has one of them.
  const list = offsetOf(entry(tags.neededVersions).value);
  const libraries = [];
  for (let at = list, next = 1; next !== 0; at += next) {
    next = file.readUInt32LE(at + 12);
    libraries.push({ at, name: text(file.readUInt32LE(at + 4)), count: file.readUInt16LE(at + 2), next });
  }
  const position = libraries.findIndex(({ name }) => name === library);
  require(position >= 0, `no symbol version of ${library}`);
  const versions = new Set();
  for (
    let at = libraries[position].at + file.readUInt32LE(libraries[position].at + 8), left = libraries[position].count;
    left > 0;
    left -= 1
  ) {
    versions.add(file.readUInt16LE(at + 6));
    at += file.readUInt32LE(at + 12);
  }
  const symbolVersions = offsetOf(entry(tags.symbolVersions).value);
  const uses = [
    [tags.relocations, tags.relocationsSize],
    [tags.jumpRelocations, tags.jumpRelocationsSize],
  ].flatMap(([start, size]) =>
    Array.from({ length: entry(size).value / 24 }, (_, index) => offsetOf(entry(start).value) + index * 24).filter(
      (at) => versions.has(file.readUInt16LE(symbolVersions + file.readUInt32LE(at + 12) * 2) & 0x7fff),
    ),
  );
  require(uses.length === 1 && file.readUInt32LE(uses[0] + 8) === 7, `more than one call goes to ${library}`);
  const symbol = offsetOf(entry(tags.symbols).value) + file.readUInt32LE(uses[0] + 12) * 24;
  require(text(file.readUInt32LE(symbol)) === wanted, `${text(file.readUInt32LE(symbol))} is wanted of ${library}`);

  // The stub in the procedure linkage table, `jmp [slot]`, and everybody who calls it.
  const slot = u64(uses[0]);
  const code = loaded.filter(({ flags }) => flags & 1);
  require(code.length === 1, "more than one segment of code");
  const [{ at: codeHeader, offset: start, address: base, fileSize }] = code;
  const end = start + fileSize;
  const target = (at, length) => base + (at - start) + length + file.readInt32LE(at + length - 4);
  const indirect = [];
  for (let at = file.indexOf(0xff, start); at >= 0 && at < end - 6; at = file.indexOf(0xff, at + 1)) {
    if ((file[at + 1] === 0x25 || file[at + 1] === 0x15) && target(at, 6) === slot) indirect.push(at);
  }
  require(indirect.length === 1 && file[indirect[0] + 1] === 0x25, `more than one jump to ${wanted}`);
  const [stub] = indirect;
  const stubAddress = base + (stub - start);
  let callers = 0;
  for (let at = start; at < end - 5; at += 1) {
    if ((file[at] !== 0xe8 && file[at] !== 0xe9) || target(at, 5) !== stubAddress) continue;
    require(file.subarray(at - 48, at).includes(sizeOfEight), `a caller of ${wanted} means another size than 8`);
    callers += 1;
  }
  require(callers > 0, `nobody calls ${wanted}`);

  // What the last page of code leaves free is mapped as code, and nothing else is there.
  const place = Math.ceil(end / 16) * 16;
  require((end % pageSize) + 16 + compareExchange.length < pageSize && end % pageSize !== 0, "no room after the code");
  require(loaded.every(
    ({ offset, fileSize: size }) => place + compareExchange.length <= offset || end >= offset + size,
  ), "the room after the code is taken");
  require(file
    .subarray(end, place + compareExchange.length)
    .every((byte) => byte === 0), "the room after the code is not empty");

  compareExchange.copy(file, place);
  put64(codeHeader + 32, place + compareExchange.length - start);
  put64(codeHeader + 40, place + compareExchange.length - start);
  file[stub] = 0xe9;
  file.writeInt32LE(place - (stub + 5), stub + 1);
  // R_X86_64_NONE: nothing to look up any more.
  put64(uses[0] + 8, 0);
  if (position === 0) put64(entry(tags.neededVersions).at + 8, entry(tags.neededVersions).value + libraries[0].next);
  else {
    const before = libraries[position - 1];
    file.writeUInt32LE(libraries[position].next === 0 ? 0 : before.next + libraries[position].next, before.at + 12);
  }
  put64(entry(tags.neededVersionsCount).at + 8, entry(tags.neededVersionsCount).value - 1);
  const last = entries.at(-1).at + 16;
  file.copy(file, need.at, need.at + 16, last + 16);
  return true;
}

const [named = ""] = process.argv.slice(2);
try {
  const path = realpathSync(named);
  const bytes = readFileSync(path);
  if (strike(bytes)) {
    // A program that is running cannot be written, but it can be replaced.
    const beside = `${path}.${process.pid}`;
    try {
      writeFileSync(beside, bytes);
      chmodSync(beside, statSync(path).mode & 0o777);
      renameSync(beside, path);
    } finally {
      rmSync(beside, { force: true });
    }
  }
} catch (error) {
  console.error(
    `${named} needs ${library}: install libatomic1 (Debian, Ubuntu) or libatomic (Fedora, RHEL). Doing without: ${error.message}`,
  );
  process.exitCode = 1;
}
