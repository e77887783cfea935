import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type LogDeed,
  type LogHead,
  nextEntry,
  noEntry,
  readHead,
  readLog,
} from "../../src/configuration/audit-log.ts";

const deed = (id: string): LogDeed => ({
  when: "2026-11-22T10:00:00Z",
  who: "amara@deploy",
  what: "promoted",
  id,
  from: "staging",
  to: "production",
  rollback: `drawbridge promote --rollback ${id} /srv/production`,
  files: [{ path: "/srv/production/base.toml", before: null, after: "a".repeat(64) }],
  record: null,
});

const written = (count: number): { lines: string[]; head: LogHead } => {
  let head: LogHead = { entries: 0, hash: noEntry };
  const lines: string[] = [];
  for (let number = 1; number <= count; number += 1) {
    const next = nextEntry(head, deed(`p-${number}`));
    lines.push(next.line);
    head = next.head;
  }
  return { lines, head };
};

describe("the log of changes", () => {
  test("is read back as it was written", () => {
    const { lines, head } = written(3);
    const read = readLog(lines.join(""), head);
    expect(read.problems).toEqual([]);
    expect(read.head).toEqual(head);
    expect(read.entries.map(({ id, sequence }) => [id, sequence])).toEqual([
      ["p-1", 1],
      ["p-2", 2],
      ["p-3", 3],
    ]);
    expect(readLog("").problems).toEqual([]);
  });

  test("tells which line was edited", () => {
    const { lines, head } = written(3);
    lines[1] = (lines[1] as string).replace("amara", "someone");
    expect(readLog(lines.join(""), head).problems).toEqual(["line 2: it was changed after it was written"]);
  });

  test("tells that a line was taken out, from the start, the middle or the end", () => {
    const { lines, head } = written(4);
    const without = (index: number) => readLog(lines.toSpliced(index, 1).join(""), head).problems;
    expect(without(0)).toEqual(["line 1: it is entry 2, and what came before it is gone"]);
    expect(without(1)).toEqual(["line 2: entry 3 does not follow entry 1: lines were taken out, put in or moved"]);
    expect(without(3)).toEqual(["entries 4 to 4 are gone from the end"]);
    expect(readLog("", head).problems).toEqual(["entries 1 to 4 are gone from the end"]);
  });

  test("tells that lines were moved, repeated, cut off or made up", () => {
    const { lines, head } = written(3);
    const [one = "", two = "", three = ""] = lines;
    expect(readLog(two + one + three, head).problems).not.toEqual([]);
    expect(readLog(one + one + two + three, head).problems).not.toEqual([]);
    expect(readLog(one + two + three.slice(0, 80), head).problems).toContain("line 3: it is cut off");
    expect(readLog(`${one}{"who":"me"}\n${two}${three}`, head).problems).toEqual([
      "line 2: it is no entry of this log",
    ]);
  });

  test("whatever single character is changed, it does not go unnoticed", () => {
    const { lines, head } = written(3);
    const text = lines.join("");
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.constantFrom("0", "x", " ", '"', "\n"), (at, sign) => {
        fc.pre(text[at] !== sign);
        const edited = text.slice(0, at) + sign + text.slice(at + 1);
        // White space between JSON's words says nothing.
        fc.pre(!(sign === " " && /^\s$/u.test(text[at] as string)));
        expect(readLog(edited, head).problems).not.toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  test("a new chain in its place is told by what was noted apart", () => {
    const { head } = written(2);
    const other = nextEntry({ entries: 0, hash: noEntry }, { ...deed("p-1"), who: "someone" });
    const forged = other.line + nextEntry(other.head, deed("p-2")).line;
    expect(readLog(forged).problems).toEqual([]);
    expect(readLog(forged, head).problems).toEqual(["entry 2 is not the one that was noted apart from the log"]);
    expect(readHead(JSON.stringify(head))).toEqual(head);
    expect(readHead("nothing")).toBeUndefined();
  });
});
