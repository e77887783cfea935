import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { guidelines } from "../../src/model/guidelines.ts";
import { coverage, withCoverageTable } from "../../src/reports/coverage.ts";
import { steps } from "../../steps/index.ts";

test("docs/coverage.md is what the registry says: npm run coverage writes it", () => {
  expect(readFileSync("docs/coverage.md", "utf8")).toBe(coverage(steps));
});

test("README's table is what the registry says", () => {
  const readme = readFileSync("README.md", "utf8");
  expect(readme).toContain("<!-- npm run coverage writes this table -->\n| category |");
  expect(readme).toBe(withCoverageTable(readme, steps));
});

test("every control serves rows that exist", () => {
  const known = new Set(guidelines.map(({ id }) => id));
  for (const control of steps.flatMap((step) => step.controls)) {
    for (const row of control.guideline) expect(known, control.id).toContain(row);
  }
});

test("a row without a control says so", () => {
  expect(coverage([])).toContain(
    "| OS-05 | SSH: non-default port, no root login, keys not passwords, banner | not yet |",
  );
});
