/** docs/proof.json: what every run has seen, by release and with its date; docs/proof.md is made from it. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import type { Step } from "../../../src/model/step.ts";
import { steps } from "../../../steps/index.ts";
import { isProved, type Kept, page, type Row } from "./page.ts";

export const controls = steps.flatMap((step) => step.controls.map((control) => ({ step, control })));
export const ids = controls.map(({ control }) => control.id as string);

/** The steps with these controls only. */
export const only = (wanted: readonly string[]): readonly Step[] =>
  steps.map((step) => ({ ...step, controls: step.controls.filter(({ id }) => wanted.includes(id)) }));

const file = "docs/proof.json";
export const readKept = (): Kept => (existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {});
export const writePage = (kept: Kept): void => writeFileSync("docs/proof.md", page(kept, ids));

/** Read again each time: another run may show other controls meanwhile. */
export const noteFor =
  (release: string) =>
  (add: (seen: Kept[string]) => void): void => {
    const kept = readKept();
    kept[release] ??= { rows: {} };
    add(kept[release]);
    writeFileSync(file, `${JSON.stringify(kept, null, 2)}\n`);
    writePage(kept);
  };

/** A server that cannot show a control says nothing against the one that did. */
export const keepRows = (seen: Kept[string], rows: readonly Row[]): void => {
  for (const row of rows) {
    const before = seen.rows[row.id];
    if (row.before === "notapplicable" && before !== undefined && isProved(before)) continue;
    seen.rows[row.id] = row;
  }
};

export const today = new Date().toISOString().slice(0, 10);

export const short = (text: string, length = 160): string => {
  const line = text.replaceAll(/[\n|]+/gu, " ").trim();
  return line.length > length ? `${line.slice(0, length - 1)}…` : line;
};
