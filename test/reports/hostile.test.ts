import { describe, expect, test } from "vitest";
import type { Finding } from "../../src/model/finding.ts";
import { results } from "../../src/model/finding.ts";
import type { Plan } from "../../src/model/plan.ts";
import { transactionStates } from "../../src/model/transaction.ts";
import { outcomeText } from "../../src/reports/applied.ts";
import { eventLine } from "../../src/reports/events.ts";
import { documentText } from "../../src/reports/json.ts";
import { painter } from "../../src/reports/paint.ts";
import { messageLine } from "../../src/reports/printable.ts";
import { refusalLine } from "../../src/reports/refusals.ts";
import { statusText } from "../../src/reports/status.ts";
import { inspectionText, planText, questionsText } from "../../src/reports/text.ts";
import { fileChange } from "../core/fake-steps.ts";

/** A file name as an intruder would choose it: title, colours, C1 controls, a line that looks like ours, text turned round. */
const hostile =
  "a\u001b]0;owned\u0007\u001b[2J\u009b31m\u0085\u2028\u202egnp\u200b\r\n  ✓ pass     critical forged\u0000\u007f";
const steering = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

const style = { paint: painter(false), unicode: true };
const finding: Finding = {
  controlId: hostile,
  guideline: [hostile],
  category: "os",
  step: hostile,
  title: hostile,
  severity: "high",
  result: "fail",
  detail: hostile,
  evidence: [{ asked: hostile, answered: hostile }],
  references: [{ source: hostile, id: hostile }],
};
const plan: Plan = {
  schemaVersion: 1,
  tool: { name: "drawbridge", version: "0" },
  id: hostile,
  host: { name: hostile, machineId: hostile, release: hostile },
  preconditions: [],
  changes: [{ ...fileChange("/etc/x", "content"), title: hostile, risk: "lockout" }],
  access: { administrator: hostile, port: 22 },
  health: [{ what: hostile, before: { kind: "unit", unit: hostile }, unit: hostile }],
  settle: 60,
  answers: {},
  excluded: {},
};
const rights = { root: false, reason: hostile, passwordHelps: true } as const;
const refusals = [{ guard: hostile, reason: hostile, remedy: hostile }];
const transaction = { id: hostile, running: false, secondsLeft: 3, startedAt: hostile, changes: [] };

const reports: readonly (readonly [string, string])[] = [
  [
    "inspection",
    inspectionText(
      { host: plan.host, findings: results.map((result) => ({ ...finding, result })), rights, durationMs: 1 },
      style,
    ),
  ],
  ["plan", planText(plan, refusals, style)],
  [
    "questions",
    questionsText(
      [{ id: hostile, kind: "text", title: hostile, why: hostile, current: hostile, default: hostile }],
      style,
    ),
  ],
  [
    "status",
    statusText(
      hostile,
      transactionStates.map((state) => ({ ...transaction, state, left: [{ path: hostile, reason: hostile }] })),
      () => "command",
      style,
    ),
  ],
  ...(["confirmed", "pending", "reverted", "failed"] as const).map(
    (state) =>
      [
        `outcome ${state}`,
        outcomeText(
          plan,
          { transactionId: "1", state, reason: "", verified: [] },
          { command: () => "command", confirm: "confirm", within: 1 },
        ),
      ] as const,
  ),
];

describe("nothing a machine says steers the terminal or forges a line", () => {
  test.each(reports)("%s", (_name, text) => {
    expect(text.replaceAll("\n", "")).not.toMatch(steering);
    expect(text).not.toMatch(/^\s*✓ pass {5}critical forged/mu);
    expect(text).toContain("\\u{1b}");
  });

  test("lines about events and refusals", () => {
    for (const text of [
      eventLine({ kind: "error", text: hostile }, plan),
      eventLine({ kind: "left", path: hostile, text: hostile }, plan),
      eventLine({ kind: "change", change: 0, progress: "done" }, plan),
      eventLine({ kind: "health", check: 0, progress: "failed", text: hostile }, plan),
      eventLine({ kind: "health", check: 0, progress: "ok", text: hostile }, undefined),
      refusalLine(refusals),
    ]) {
      expect(messageLine(text ?? "")).not.toMatch(steering);
    }
  });

  test("a JSON document is plain to look at, and means the same", () => {
    const message = `${hostile}\u{e0001}`;
    const text = documentText("error", { error: { exitCode: 2, message } });
    expect(text.replaceAll("\n", "")).not.toMatch(steering);
    expect(JSON.parse(text)).toMatchObject({ schemaVersion: 1, error: { message } });
  });

  test("colours are ours alone", () => {
    const text = inspectionText(
      { host: plan.host, findings: [finding], rights, durationMs: 1 },
      { ...style, paint: painter(true) },
    );
    // biome-ignore lint/suspicious/noControlCharactersInRegex: it is about them.
    expect(text.replace(/\u001b\[\d+m/gu, "").replaceAll("\n", "")).not.toMatch(steering);
  });
});
