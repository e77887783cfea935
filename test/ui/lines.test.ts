import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cut, cutMiddle, fill, lineWidth, sides, span, width, windowStart, wrap } from "../../src/ui/lines.ts";

describe("widths", () => {
  it.each([
    ["abc", 3],
    ["✗ fail → ok", 11],
    ["日本", 4],
    ["e\u0301", 1],
    ["😀", 2],
    ["", 0],
  ])("%s takes %i cells", (text, cells) => {
    expect(width(text)).toBe(cells);
  });
});

describe("cutting", () => {
  it("cuts sentences at the end and paths in the middle", () => {
    expect(cut("SSH lets root log in", 12)).toBe("SSH lets ro…");
    expect(cutMiddle("/etc/ssh/sshd_config.d/00-drawbridge.conf", 24)).toMatch(/^\/etc\/ssh.*….*bridge\.conf$/u);
  });

  it("never exceeds the room it has", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 60 }), fc.integer({ min: 1, max: 40 }), (text, columns) => {
        const printable = text.replace(/\p{C}/gu, "");
        expect(width(cut(printable, columns))).toBeLessThanOrEqual(columns);
        expect(width(cutMiddle(printable, columns))).toBeLessThanOrEqual(columns);
      }),
    );
  });
});

describe("rows", () => {
  it("are filled or cut to the room they have", () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: "binary-ascii", maxLength: 20 }), { maxLength: 5 }),
        fc.integer({ min: 3, max: 60 }),
        (texts, columns) => {
          const line = texts.map((text) => span(text.replace(/\p{Cc}/gu, "")));
          expect(lineWidth(fill(line, columns))).toBe(columns);
          expect(lineWidth(sides(line, [span("end")], columns))).toBe(columns);
        },
      ),
    );
  });

  it("wrap at spaces, and shorten a word that is longer than a row instead of breaking it", () => {
    expect(wrap("Nothing is changed until you say so", 12)).toEqual(["Nothing is", "changed", "until you", "say so"]);
    expect(wrap("see /usr/lib/systemd/system/ssh.service now", 16)).toEqual(["see", "/usr/l…h.service", "now"]);
    expect(wrap("  indented text", 11)).toEqual(["  indented", "  text"]);
    expect(wrap("one\n\ntwo", 10)).toEqual(["one", "", "two"]);
  });

  it("show the window around the cursor", () => {
    expect(windowStart(5, 4, 10)).toBe(0);
    expect(windowStart(100, 0, 10)).toBe(0);
    expect(windowStart(100, 50, 10)).toBe(45);
    expect(windowStart(100, 99, 10)).toBe(90);
    fc.assert(
      fc.property(fc.nat(500), fc.nat(500), fc.integer({ min: 1, max: 50 }), (total, at, height) => {
        const cursor = Math.min(at, Math.max(total - 1, 0));
        const first = windowStart(total, cursor, height);
        expect(first).toBeGreaterThanOrEqual(0);
        if (total > 0) expect(cursor).toBeGreaterThanOrEqual(first);
        expect(cursor).toBeLessThan(first + height);
      }),
    );
  });
});
