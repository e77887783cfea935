import { describe, expect, test } from "vitest";
import { guidelines } from "../../src/model/guidelines.ts";
import { steps } from "../../steps/index.ts";

const controls = steps.flatMap((step) => step.controls.map((control) => ({ control, step })));
const rows = guidelines.map(({ id }) => id);
/** How the source groups them: 14 of the runtime, 14 of the operating system, 5 of the network, 12 of configuration. */
const counted = { RT: 14, OS: 14, NW: 5, CF: 12 };

test("the rows are those of the guidelines, numbered without a gap", () => {
  const expected = Object.entries(counted).flatMap(([group, count]) =>
    Array.from({ length: count }, (_, index) => `${group}-${String(index + 1).padStart(2, "0")}`),
  );
  expect(rows).toEqual(expected);
});

test("every row is answered by at least one control", () => {
  const answered = new Set(controls.flatMap(({ control }) => control.guideline));
  expect(rows.filter((id) => !answered.has(id))).toEqual([]);
});

describe.each(controls.map(({ control }) => [control.id as string, control] as const))("control %s", (_id, control) => {
  test("answers rows that there are, each named once", () => {
    expect(control.guideline.length).toBeGreaterThan(0);
    expect(control.guideline.filter((row: string) => !rows.includes(row))).toEqual([]);
    expect([...new Set(control.guideline)]).toEqual([...control.guideline]);
  });
});
