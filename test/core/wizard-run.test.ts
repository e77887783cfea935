import { expect, test } from "vitest";
import { closeLines, followEvent } from "../../src/core/wizard/run.ts";
import type { Run } from "../../src/core/wizard/state.ts";
import { eventLine } from "../../src/reports/events.ts";

const what = "orders-api answers GET /health";
const plan = { changes: [], health: [{ what, before: { kind: "unit", unit: "x.service" } }] } as unknown as Run["plan"];
const run = { plan, lines: [], log: [] } as unknown as Run;
const event = (progress: "waiting" | "ok" | "failed" | "skipped", text = "") =>
  ({ kind: "health", check: 0, progress, text }) as const;

test("a health check is one line: waited for with its time, then answered", () => {
  const waiting = followEvent(run, event("waiting"), 1000);
  expect(waiting.lines).toMatchObject([{ text: `waiting for: ${what}`, state: "running", begun: 1000, ended: null }]);
  expect(followEvent(waiting, event("ok", "after 3 s"), 4200).lines).toMatchObject([
    { text: `answers as before: ${what}`, state: "done", begun: 1000, ended: 4200 },
  ]);
  expect(followEvent(waiting, event("failed", "no answer"), 4200).lines).toMatchObject([{ state: "failed" }]);
  expect(closeLines(waiting, 5000).lines).toMatchObject([{ state: "note", ended: 5000 }]);
});

test("what is not demanded says why", () => {
  const text = `not demanded afterwards: ${what} (before the change: it is inactive (dead))`;
  const skipped = event("skipped", "before the change: it is inactive (dead)");
  expect(followEvent(run, skipped, 0).lines).toMatchObject([{ text, state: "note" }]);
  expect(eventLine(skipped, plan)).toBe(text);
});

test("without the plan, as in resume, the machine's words are said", () => {
  expect(eventLine(event("ok", what), undefined)).toBe(`answers as before: ${what}`);
});

test.each([
  ["waiting", `waiting for: ${what}`],
  ["ok", `answers as before: ${what}`],
  ["failed", `does not answer as before: ${what} (no answer)`],
] as const)("in lines of text: %s", (progress, line) => {
  expect(eventLine(event(progress, "no answer"), plan)).toBe(line);
});
