import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  archiveShift,
  centralEntries,
  classConstants,
  classMajor,
  entryContent,
  linesByArchive,
  manifestAttribute,
  rangesOf,
  sliceFrom,
  sliceOf,
} from "../../src/workload/jar.ts";
import { classFile, type Member, pass, zip } from "./zip.ts";

const limit = 128 * 1024;

const lines = (pass: Buffer) => linesByArchive(pass, [Number.MAX_SAFE_INTEGER])[0] ?? [];

const entriesOf = ({ directory }: { directory: Buffer }) =>
  centralEntries(lines(pass(directory, 3, 4)), lines(pass(directory, 5, 6)));

/** As the probe does it: headers by two passes, contents by ranges of the file. */
const readAll = (members: readonly Member[], prefix?: Buffer<ArrayBuffer>) => {
  const archive = zip(members, prefix);
  const shift = archiveShift(archive.end, archive.bytes.length);
  const whole = { shift, size: archive.bytes.length };
  const entries = entriesOf(archive);
  const ranges = rangesOf(entries.map((entry) => sliceOf(entry, whole, limit)));
  const read = Buffer.concat(ranges.map(({ offset, length }) => archive.bytes.subarray(offset, offset + length)));
  return new Map(
    entries.map((entry) => [
      entry.name,
      entryContent(sliceFrom(read, ranges, sliceOf(entry, whole, limit)), entry, limit),
    ]),
  );
};

describe("an archive", () => {
  it("gives back what was put in, whatever bytes sizes and offsets are made of", () => {
    const member = fc.record({
      content: fc.uint8Array({ maxLength: 3000 }).map((bytes) => Buffer.from(bytes)),
      stored: fc.boolean(),
      descriptor: fc.boolean(),
      localExtra: fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
    });
    fc.assert(
      fc.property(fc.array(member, { maxLength: 12 }), fc.uint8Array({ maxLength: 50 }), (members, prefix) => {
        const named = members.map((each, index) => ({ ...each, name: `org/module${index}/1/$_init.class` }));
        const read = readAll(named, Buffer.from(prefix));
        expect(read.size).toBe(named.length);
        for (const { name, content } of named) {
          // Deflating nothing still takes two bytes; a stored nothing has no bytes at all.
          if (content.length > 0) expect(read.get(name)?.equals(content)).toBe(true);
        }
      }),
      { numRuns: 150 },
    );
  });

  it("is read in few ranges, and far ones are not bridged", () => {
    expect(
      rangesOf([
        { offset: 500_000, length: 100 },
        { offset: 0, length: 100 },
        { offset: 60, length: 2000 },
        { offset: 20_000, length: 10 },
        { offset: 9, length: 0 },
      ]),
    ).toEqual([
      { offset: 0, length: 20_010 },
      { offset: 500_000, length: 100 },
    ]);
  });
});

describe("a hostile archive", () => {
  const bomb = zip([{ name: "META-INF/MANIFEST.MF", content: Buffer.alloc(200 * 1024 * 1024), claims: { size: 10 } }]);

  it("that inflates to 200 MiB is read up to the limit", () => {
    const [entry] = entriesOf(bomb);
    if (entry === undefined) throw new Error("no entry");
    const content = entryContent(bomb.bytes.subarray(0, 30 + 20 + limit), entry, limit);
    expect(content === undefined || content.length <= limit).toBe(true);
  });

  it.each<[string, Member]>([
    ["an offset behind its end", { name: "a.key", content: "x", claims: { offset: 4_000_000_000 } }],
    ["a size of 4 GiB", { name: "a.key", content: "x", claims: { compressedSize: 4_294_967_294 } }],
    ["another name in front of the data", { name: "a.key", content: "x", claims: { localName: "b.key" } }],
  ])("with %s gives nothing that was not there", (_what, member) => {
    const [content] = readAll([member]).values();
    expect(content === undefined || content.equals(Buffer.from("x"))).toBe(true);
  });

  it("never throws, whatever its bytes are", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.uint8Array({ maxLength: 400 }), (one, two) => {
        const entries = centralEntries(lines(Buffer.from(one)), lines(Buffer.from(two)));
        for (const entry of entries) entryContent(Buffer.from(one), entry, limit);
        classConstants(Buffer.from(one));
      }),
    );
    fc.assert(
      fc.property(fc.nat({ max: 300 }), fc.nat({ max: 255 }), (at, value) => {
        const { bytes, directory } = zip([{ name: "META-INF/MANIFEST.MF", content: "Main-Class: a.b.0.$_init\n" }]);
        const damaged = Buffer.from(directory);
        damaged[at % damaged.length] = value;
        for (const entry of entriesOf({ directory: damaged })) entryContent(bytes, entry, limit);
      }),
    );
  });

  it("whose passes disagree is not guessed at", () => {
    const { directory } = zip([{ name: "a.key", content: "x" }]);
    const first = pass(directory, 3, 4);
    const second = Buffer.from(pass(directory, 5, 6));
    second[12] = 99;
    expect(centralEntries(lines(first), lines(second))).toEqual([]);
    expect(centralEntries(lines(first), [])).toEqual([]);
  });

  it("beside others keeps its own lines, and a line without a place is nobody's", () => {
    const text = "0:one\n90:two\n100:three\nfour\nx:five\n250:six\n999:seven\n";
    expect(
      linesByArchive(Buffer.from(text), [100, 100, 100]).map((archive) =>
        archive.map(({ place, bytes }) => `${place} ${bytes.toString()}`),
      ),
    ).toEqual([["0 one", "90 two"], ["0 three"], ["50 six"]]);
  });

  it("with a comment behind its end record is read without a shift", () => {
    const { bytes } = zip([{ name: "a.key", content: "x" }], Buffer.alloc(0), "by hand");
    expect(archiveShift(bytes.subarray(-22), bytes.length)).toBe(0);
  });
});

describe("class files", () => {
  it("tell the Java release they are for", () => {
    expect(classMajor(classFile(65, []))).toBe(65);
    expect(classMajor(Buffer.from("not a class"))).toBeUndefined();
  });

  it("tell their strings in order", () =>
    expect(classConstants(classFile(52, ["port", "orders.bal:3"]))).toEqual({
      texts: new Set(["$configureInit", "port", "orders.bal:3"]),
      strings: ["port", "orders.bal:3"],
    }));

  it("that end too early tell nothing", () => {
    const whole = classFile(52, ["port"]);
    for (let length = 0; length < whole.length; length += 1)
      expect(classConstants(whole.subarray(0, length))).toBeUndefined();
  });
});

describe("a manifest", () => {
  it.each([
    ["Manifest-Version: 1.0\r\nMain-Class: acme.orders.0.$_init\r\n\r\n", "acme.orders.0.$_init"],
    ["Manifest-Version: 1.0\nmain-class: acme.order\n s.0.$_init\n", "acme.orders.0.$_init"],
    ["Manifest-Version: 1.0\n\nName: x\nMain-Class: other\n", undefined],
  ])("%j", (text, expected) => expect(manifestAttribute(text, "Main-Class")).toBe(expected));
});
