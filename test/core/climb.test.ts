import { describe, expect, it } from "vitest";
import { climb } from "../../src/core/climb.ts";

/** A service that works up to a rung, and what was tried with it. */
const service = (best: number) => {
  const tried: number[] = [];
  return {
    tried,
    tryRung: async (height: number) => {
      tried.push(height);
      return height <= best ? ({ works: true } as const) : ({ works: false, reason: `not on ${height}` } as const);
    },
  };
};

describe("climbing a ladder of 12 rungs", () => {
  it("ends at the top with one try, where most services end", async () => {
    const { tried, tryRung } = service(12);
    expect(await climb(0, 12, tryRung)).toEqual({ height: 12, rejected: undefined, trials: 1 });
    expect(tried).toEqual([12]);
  });

  it.each(Array.from({ length: 12 }, (_, best) => best))("finds rung %i and says why not the next", async (best) => {
    const { tried, tryRung } = service(best);
    const climbed = await climb(0, 12, tryRung);
    expect(climbed).toMatchObject({ height: best, rejected: { height: best + 1, reason: `not on ${best + 1}` } });
    expect(tried.length).toBeLessThanOrEqual(5);
  });

  it("goes below a suspect at once", async () => {
    const tried: number[] = [];
    const climbed = await climb(0, 12, async (height) => {
      tried.push(height);
      return height < 12 ? { works: true } : { works: false, reason: "read-only", suspect: 12 };
    });
    expect(climbed).toMatchObject({ height: 11, rejected: { height: 12 } });
    expect(tried).toEqual([12, 11]);
  });

  it("is not led astray by a wrong suspect", async () => {
    const { height } = await climb(0, 12, async (rung) =>
      rung <= 4 ? { works: true } : { works: false, reason: "x", suspect: 12 },
    );
    expect(height).toBe(4);
  });

  it("never tries below where the service stands, and nothing when it stands at the top", async () => {
    const middle = service(7);
    expect((await climb(7, 12, middle.tryRung)).height).toBe(7);
    expect(Math.min(...middle.tried)).toBeGreaterThan(7);
    const top = service(12);
    expect(await climb(12, 12, top.tryRung)).toEqual({ height: 12, rejected: undefined, trials: 0 });
  });
});
