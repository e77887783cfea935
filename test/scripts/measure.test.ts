import { expect, test } from "vitest";
import { median, repeat, runTime, screenTime } from "../../scripts/measure.ts";

const node = (source: string): [string, string, string] => [process.execPath, "-e", source];

test("median", () => {
  expect(median([3])).toBe(3);
  expect(median([1, 3])).toBe(2);
  expect(median([1, 2, 30])).toBe(2);
  expect(median([])).toBeNaN();
});

test("repeat leaves the first run out", async () => {
  const walls = [100, 3, 1, 2];
  const summary = await repeat(3, async () => ({ wall: walls.shift() ?? 0, peakMemory: 7 }));
  expect(summary).toEqual({ runs: 3, median: 2, fastest: 1, slowest: 3, peakMemory: 7 });
});

test("a command that fails is not measured", async () => {
  await expect(runTime(node("process.exit(3)"))).rejects.toThrow("ended with 3");
  expect((await runTime(node("process.exit(3)"), [0, 3])).wall).toBeGreaterThan(0);
});

test("the clock stops when the screen shows what was waited for", async () => {
  const screen = { columns: 80, rows: 24 };
  const endless = node("console.log('first'); setInterval(() => {}, 1000)");
  const { wall, peakMemory } = await screenTime(endless, screen, (output) => output.includes("first"));
  expect(wall).toBeGreaterThan(0);
  expect(peakMemory).toBeGreaterThan(0);
  await expect(screenTime(node("console.log('other')"), screen, (output) => output.includes("first"))).rejects.toThrow(
    "other",
  );
});
