import { describe, expect, it } from "vitest";
import { explain } from "../../src/core/wizard/explain.ts";
import { answersInForce } from "../../src/core/wizard/files.ts";
import { itemsOf } from "../../src/core/wizard/route.ts";
import type { Setting, WizardState } from "../../src/core/wizard/state.ts";
import { itemRow } from "../../src/core/wizard/views.ts";
import { initialState, reduce } from "../../src/core/wizard.ts";
import { steps } from "../../steps/index.ts";
import { inspectionOf } from "./wizard-fixture.ts";

const setting: Setting = {
  steps,
  version: "0.1.0",
  target: { label: "app01", kind: "ssh" },
  targetOptions: [],
  confirmWithin: 120,
};

const walkToReview = (begun: WizardState): WizardState => {
  let state = begun;
  for (let count = 0; count < 300 && state.screen.name !== "review"; count++) {
    state = reduce(state, { type: state.screen.name === "step" ? "acceptAll" : "enter" });
  }
  return state;
};

describe("the registered steps", () => {
  it("lead from the first question to the files without any machine, every proposal acceptable as it is", () => {
    const state = walkToReview(reduce(initialState({ setting, now: 0 }), { type: "start", mode: "templates" }));
    expect(state.screen.name).toBe("review");
    expect([...state.assessment.problems]).toEqual([]);
    const asked = [...state.assessment.questions.values()].flat().filter(({ kind }) => kind !== "secret");
    expect(Object.keys(answersInForce(state))).toEqual(asked.map(({ id }) => id));
  });

  it("lead through a machine of which nothing is known, and plan nothing for it", () => {
    const state = walkToReview(
      [
        { type: "start", mode: "setup" } as const,
        { type: "inspected", inspection: inspectionOf(new Map()), purpose: "first", at: 1 } as const,
      ].reduce(reduce, initialState({ setting, now: 0 })),
    );
    expect(state.screen.name).toBe("review");
    expect(state.assessment.conflict).toBe("");
    expect(state.assessment.plan?.changes).toEqual([]);
    expect(state.assessment.findings.filter(({ result }) => result === "pass")).toEqual([]);
  });

  it("explain every question and control, and give each a row", () => {
    const state = [
      { type: "start", mode: "setup" } as const,
      { type: "inspected", inspection: inspectionOf(new Map()), purpose: "first", at: 1 } as const,
    ].reduce(reduce, initialState({ setting, now: 0 }));
    for (const step of steps) {
      for (const item of itemsOf(state, step)) {
        const { title, sections } = explain(state, item);
        expect(title).not.toBe("");
        expect(sections.length).toBeGreaterThan(0);
        expect(itemRow(state, item).label).not.toBe("");
      }
    }
  });
});
