import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { draw, smallest } from "../../src/ui/app.tsx";
import { lineWidth } from "../../src/ui/lines.ts";
import { themes } from "../../src/ui/theme.ts";
import { journeys, travel } from "../core/wizard-actions.ts";

const sizes = fc.record({ columns: fc.integer({ min: 1, max: 200 }), rows: fc.integer({ min: 1, max: 60 }) });
const textOf = (lines: ReturnType<typeof draw>): string =>
  lines.map((line) => line.map(({ text }) => text).join("")).join("\n");

describe("every screen, after whatever was done, at every size", { timeout: 60_000 }, () => {
  it("has exactly as many rows as the terminal, none wider than it, and no control characters", () => {
    fc.assert(
      fc.property(journeys, sizes, fc.constantFrom(themes.unicode, themes.ascii), (journey, size, theme) => {
        const lines = draw(travel(journey).end, theme, size);
        expect(lines).toHaveLength(size.rows);
        for (const line of lines) expect(lineWidth(line)).toBeLessThanOrEqual(size.columns);
        expect(textOf(lines)).not.toMatch(/(?!\n)\p{Cc}/u);
      }),
      { numRuns: 300 },
    );
  });

  it("is nothing but ASCII in the ASCII theme, in as many columns", () => {
    fc.assert(
      fc.property(journeys, (journey) => {
        for (const line of draw(travel(journey).end, themes.ascii, { columns: 80, rows: 24 })) {
          const text = line.map((part) => themes.ascii.plainText(part.text)).join("");
          expect(text).toMatch(/^[\x20-\x7e]*$/u);
        }
      }),
      { numRuns: 100 },
    );
  });

  it("says where the wizard is and what can be pressed", () => {
    fc.assert(
      fc.property(journeys, (journey) => {
        const state = travel(journey).end;
        const lines = draw(state, themes.unicode, { columns: 100, rows: 30 });
        expect(textOf(lines.slice(0, 1))).toContain("drawbridge");
        expect(textOf(lines.slice(-2)).trim()).not.toBe("");
      }),
      { numRuns: 100 },
    );
  });

  it("asks for more room in one line when there is too little", () => {
    fc.assert(
      fc.property(journeys, fc.integer({ min: 20, max: smallest.columns - 1 }), (journey, columns) => {
        const lines = draw(travel(journey).end, themes.unicode, { columns, rows: 24 });
        expect(textOf(lines).trim()).toMatch(/^drawbridge needs/u);
      }),
      { numRuns: 20 },
    );
  });
});
