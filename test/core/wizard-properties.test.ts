import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Intent } from "../../src/core/wizard/actions.ts";
import { blockers } from "../../src/core/wizard/blockers.ts";
import { available } from "../../src/core/wizard/intents.ts";
import { saveProgress } from "../../src/core/wizard/progress.ts";
import { equivalentCommands, summary } from "../../src/core/wizard/views.ts";
import { initialState, reduce } from "../../src/core/wizard.ts";
import { intents, journeys, setting, travel } from "./wizard-actions.ts";
import { inspectionOf, weakFacts } from "./wizard-fixture.ts";

const runs = { numRuns: 200 };

describe("whatever is done, in whatever order", { timeout: 60_000 }, () => {
  it("Esc leads back to the hub or the entry menu, unless something is under way on the machine", () => {
    fc.assert(
      fc.property(journeys, (journey) => {
        let state = travel(journey).end;
        if (state.screen.name === "applying") return;
        for (let count = 0; count < 3 && state.screen.name !== "hub" && state.screen.name !== "entry"; count++) {
          state = reduce(state, { type: "back" });
        }
        expect(["hub", "entry"]).toContain(state.screen.name);
      }),
      runs,
    );
  });

  it("no answer is lost unless the operator takes the proposal again", () => {
    fc.assert(
      fc.property(journeys, (journey) => {
        for (const { before, action, after } of travel(journey).legs) {
          for (const id of Object.keys(before.answers)) {
            if (action.type === "propose" && action.question === id) continue;
            expect(after.answers).toHaveProperty([id]);
          }
          for (const id of before.secrets.keys()) {
            if (action.type !== "propose") expect(after.secrets.has(id)).toBe(true);
          }
        }
      }),
      runs,
    );
  });

  it("what was left out stays out until it is taken back in", () => {
    fc.assert(
      fc.property(journeys, (journey) => {
        for (const { before, action, after } of travel(journey).legs) {
          if (["include", "leaveOut", "skip"].includes(action.type)) continue;
          for (const id of Object.keys(before.excluded)) expect(after.excluded).toHaveProperty([id]);
        }
      }),
      runs,
    );
  });

  it("nothing is applied without the typed name of the host, and never a plan that is refused", () => {
    fc.assert(
      fc.property(journeys, (journey) => {
        for (const { before, after } of travel(journey).legs) {
          const applies = after.effects.filter(({ kind }) => kind === "apply");
          if (applies.length === 0) continue;
          expect(before.overlay).toMatchObject({
            name: "host",
            draft: { text: expect.stringContaining("app01.example.net") },
          });
          expect(blockers(before)).toEqual([]);
          expect(before.assessment.refusals).toEqual([]);
          expect(applies).toMatchObject([{ plan: before.assessment.plan }]);
        }
      }),
      // One journey at least gets there.
      { ...runs, examples: [[{ from: "named", actions: [{ type: "enter" }] }]] },
    );
  });

  it("a secret never gets into answers, progress, commands, the summary or a plan", () => {
    const secret = "Tr0ub4dor&3";
    fc.assert(
      fc.property(fc.array(intents, { maxLength: 30 }), (more) => {
        const begun: readonly Intent[] = [{ type: "start", mode: "setup" }];
        let state = begun.reduce(reduce, initialState({ setting, now: 0 }));
        state = reduce(state, { type: "inspected", inspection: inspectionOf(weakFacts), purpose: "first", at: 1 });
        state = reduce(state, { type: "answer", question: "administrator.password", value: secret });
        for (const intent of more) {
          state = reduce(state, intent);
          const { secrets: _, overlay: __, drafts: ___, ...rest } = state;
          const written = [
            rest.answers,
            saveProgress(state),
            equivalentCommands(state),
            summary(state),
            rest.assessment.plan,
          ];
          expect(JSON.stringify([written, state.effects])).not.toContain(secret);
        }
      }),
      runs,
    );
  });

  it("what is offered can be done", () => {
    fc.assert(
      fc.property(journeys, (journey) => {
        const state = travel(journey).end;
        for (const { intent, quiet } of available(state)) {
          if (quiet === true) continue;
          expect(() => reduce(state, intent)).not.toThrow();
        }
      }),
      runs,
    );
  });

  it("after the end nothing happens any more", () => {
    fc.assert(
      fc.property(journeys, fc.array(intents, { maxLength: 5 }), (journey, more) => {
        const ended = reduce(travel(journey).end, { type: "interrupt" });
        const later = more.reduce(reduce, ended);
        expect(later.exitCode).toBe(130);
        if (more.length > 0) expect(later.effects).toEqual([]);
      }),
      runs,
    );
  });
});
