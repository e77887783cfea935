import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { probesOf } from "../../src/core/needs.ts";
import type { AnyControl } from "../../src/model/control.ts";
import { categories, risks, severities } from "../../src/model/finding.ts";
import type { AnyQuestion } from "../../src/model/question.ts";
import type { Step } from "../../src/model/step.ts";
import { steps } from "../../steps/index.ts";

const controls: readonly (readonly [string, AnyControl, Step])[] = steps.flatMap((step) =>
  step.controls.map((control) => [control.id as string, control, step] as const),
);
const questions: readonly (readonly [string, AnyQuestion, Step])[] = steps.flatMap((step) =>
  step.questions.map((question) => [question.id as string, question, step] as const),
);
const folder = (step: Step) => `steps/${step.category}/${step.id}`;
/** Everything below test/steps as one text: a control without a test does not appear in it. */
const testsOf = (step: Step): string => {
  const directory = `test/${folder(step)}`;
  if (!existsSync(directory)) return "";
  return readdirSync(directory, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".test.ts"))
    .map((name) => readFileSync(`${directory}/${name}`, "utf8"))
    .join("\n");
};

test("there are steps, and every id is its own", () => {
  expect(controls.length).toBeGreaterThan(20);
  for (const ids of [steps.map(({ id }) => id), controls.map(([id]) => id), questions.map(([id]) => id)]) {
    expect(ids).toEqual([...new Set(ids)]);
  }
});

describe.each(controls)("control %s", (id, control, step) => {
  test("is one file of its name in its step's folder", () => {
    expect(id).toMatch(/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/u);
    expect(existsSync(`${folder(step)}/${id}.ts`)).toBe(true);
  });

  test("says what it wants, what it fears, why, and by whose word", () => {
    for (const text of [control.title, control.failing, control.rationale]) expect(text.length).toBeGreaterThan(10);
    expect(control.title).not.toBe(control.failing);
    expect(control.rationale.split(/[.!?](?:\s|$)/u).length).toBeGreaterThan(1);
    expect(control.references.length).toBeGreaterThan(0);
    expect(control.guideline.length).toBeGreaterThan(0);
    for (const row of control.guideline) expect(row).toMatch(/^(?:RT|OS|NW|CF)-\d\d$/u);
    expect(severities).toContain(control.severity);
    expect(risks).toContain(control.risk);
    expect(categories).toContain(step.category);
  });

  test("has a test that names it", () => {
    expect(testsOf(step)).toContain(id);
  });
});

describe.each(questions)("question %s", (id, question, step) => {
  test("belongs to its step and says why it is asked", () => {
    expect(id.startsWith(`${step.id}.`)).toBe(true);
    expect(question.label.length).toBeGreaterThan(1);
    expect(question.title.length).toBeGreaterThan(5);
    expect(question.why.length).toBeGreaterThan(20);
  });
});

test.each(
  probesOf(steps).map((probe) => [probe.id, probe] as const),
)("probe %s is a bounded, fixed script", (id, probe) => {
  expect(id).toMatch(/^[a-z][a-z0-9-]*$/u);
  expect(probe.asks.length).toBeGreaterThan(2);
  // Logins that are tried only when asked for take a minute; ten JARs with their configuration are some megabytes.
  expect(probe.timeLimit).toBeLessThanOrEqual(60);
  expect(probe.sizeLimit).toBeLessThanOrEqual(32 * 1024 * 1024);
  expect(probe.script).not.toMatch(/\bmktemp\b|>\s*\/(?!dev\/null)/u);
});

test("every control file in the folders is registered", () => {
  const registered = new Set(controls.map(([id]) => id));
  const files = steps.flatMap((step) =>
    readdirSync(folder(step))
      .filter(
        (name) => name.endsWith(".ts") && /=\s*control\(\{/u.test(readFileSync(`${folder(step)}/${name}`, "utf8")),
      )
      .map((name) => name.replace(/\.ts$/u, "")),
  );
  expect(files.filter((id) => !registered.has(id))).toEqual([]);
});
