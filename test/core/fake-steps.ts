import { z } from "zod";
import { type ChangeInput, change } from "../../src/model/change.ts";
import { type AnyControl, control } from "../../src/model/control.ts";
import type { Fact } from "../../src/model/fact.ts";
import { known } from "../../src/model/fact.ts";
import { passWhen } from "../../src/model/finding.ts";
import { type Facts, probe } from "../../src/model/probe.ts";
import { type AnyQuestion, question } from "../../src/model/question.ts";
import type { Step } from "../../src/model/step.ts";

/** A machine that knows one number: enough to see the engine work without any system. */
export const dial = probe<number>({
  id: "dial",
  asks: "read the dial",
  script: "echo 1",
  parse: ({ stdout }) => known(Number(stdout)),
});

export const wanted = question({
  id: "dial.wanted",
  kind: "text",
  label: "Dial",
  title: "Where should the dial stand?",
  why: "Because somebody has to say.",
  schema: z.coerce.number().int().min(0).max(10),
  needs: { dial },
  default: (): number => 5,
  check: (value) => (value === 7 ? "7 is taken" : undefined),
});

export const facts = (entries: Readonly<Record<string, Fact<unknown>>>): Facts => new Map(Object.entries(entries));

export const fileChange = (path: string, content: string, more: Partial<ChangeInput> = {}) =>
  change({
    kind: "file",
    title: `write ${path}`,
    path,
    before: null,
    after: { content, mode: "0644", owner: "root", group: "root" },
    phase: "files",
    risk: "none",
    ...more,
  } as ChangeInput);

export const dialControl = (id: string, changes: AnyControl["plan"], more: Partial<AnyControl> = {}): AnyControl =>
  control({
    id,
    guideline: ["OS-05"],
    title: `${id} stands right`,
    failing: `${id} stands wrong`,
    severity: "high",
    risk: "none",
    rationale: "It matters.",
    references: [],
    needs: { dial },
    inspect: ({ dial: value }, answers) =>
      passWhen(
        value === answers.get(wanted),
        [{ asked: "read the dial", answered: String(value) }],
        `it is at ${value}`,
      ),
    plan: changes,
    ...more,
  });

export const step = (controls: readonly AnyControl[], more: Partial<Step> = {}): Step => ({
  id: "dial",
  category: "os",
  title: "Dial",
  intro: "The dial.",
  questions: [wanted as AnyQuestion],
  controls,
  ...more,
});
