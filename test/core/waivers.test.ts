import { describe, expect, it } from "vitest";
import { answerReader } from "../../src/core/answers.ts";
import { assemblePlan } from "../../src/core/assemble-plan.ts";
import { inspectControl } from "../../src/core/inspect.ts";
import { score } from "../../src/core/score.ts";
import { waiverChanges } from "../../src/core/waivers.ts";
import { waiverWords } from "../../src/core/wizard/words.ts";
import { change } from "../../src/model/change.ts";
import { control } from "../../src/model/control.ts";
import { known, unknown } from "../../src/model/fact.ts";
import { fail, pass, unknownVerdict, type Verdict } from "../../src/model/finding.ts";
import type { Step } from "../../src/model/step.ts";
import { type Waivers, waivers } from "../../src/probes/waivers.ts";

const record = { reason: "the old billing client", owner: "Billing", waived: "2026-11-01", until: "2026-12-31" };
const waived = (today: string, records: Waivers["records"] = { "door-shut": record }): Waivers => ({
  today,
  records,
  file: undefined,
});

const stepOf = (verdict: Verdict): Step => ({
  id: "door",
  category: "os",
  title: "Door",
  intro: "",
  questions: [],
  controls: [
    control({
      id: "door-shut",
      guideline: ["OS-03"],
      title: "The door is shut",
      failing: "The door is open",
      severity: "high",
      risk: "none",
      rationale: "",
      references: [],
      needs: {},
      inspect: () => verdict,
      plan: () => [
        change({
          kind: "unit",
          phase: "services",
          risk: "none",
          title: "Shut it",
          unit: "door.service",
          action: "active",
        }),
      ],
    }),
  ],
});

const findingOf = (verdict: Verdict, fact: ReturnType<typeof known<Waivers>> | ReturnType<typeof unknown>) => {
  const step = stepOf(verdict);
  const facts = new Map([[waivers.id, fact]]);
  const reader = answerReader(facts, {});
  const finding = inspectControl(step, step.controls[0] as (typeof step.controls)[number], facts, reader);
  return { step, facts, reader, finding };
};

const evidence = [{ asked: "stat /door", answered: "open" }];

describe("a waived control", () => {
  it("still says what was seen, does not count, and plans nothing", () => {
    const { step, facts, reader, finding } = findingOf(fail("wide open", evidence), known(waived("2026-12-31")));
    expect(finding).toMatchObject({
      result: "waived",
      title: "The door is open",
      detail: "fail: wide open; waived until 2026-12-31 by Billing: the old billing client",
      evidence,
      waiver: { found: "fail", until: "2026-12-31" },
    });
    expect(score([finding])).toBe(100);
    expect(waiverWords(finding)).toBe("waived until 2026-12-31 by Billing");
    const host = { name: "a", machineId: "", release: "" };
    const { plan } = assemblePlan({
      ...{ steps: [step], facts, findings: [finding], reader, answers: {}, excluded: {}, host, version: "0" },
    });
    expect(plan.changes).toEqual([]);
  });

  it("that cannot be seen is waived as well, and says so", () => {
    expect(findingOf(unknownVerdict("nobody answered"), known(waived("2026-12-01"))).finding).toMatchObject({
      result: "waived",
      waiver: { found: "unknown" },
    });
  });

  it("that passes is a pass", () => {
    const { finding } = findingOf(pass(evidence), known(waived("2026-12-01")));
    expect(finding.result).toBe("pass");
    expect(finding.waiver).toBeUndefined();
  });

  it("fails again from the day after", () => {
    expect(findingOf(fail("wide open", evidence), known(waived("2027-01-01"))).finding).toMatchObject({
      result: "fail",
      detail: "wide open; the waiver of Billing ran out on 2026-12-31",
    });
  });

  it("fails where the record cannot be read: ignorance waives nothing", () => {
    expect(findingOf(fail("wide open", evidence), unknown("it is not JSON")).finding.result).toBe("fail");
  });
});

describe("writing it down", () => {
  it("keeps the others, sorted, and changes nothing that is so already", () => {
    const others = waived("2026-11-02", { zebra: record });
    const [folder, file] = waiverChanges(others, "door-shut", record);
    expect(folder).toMatchObject({ kind: "directory", path: "/etc/drawbridge" });
    expect(file).toMatchObject({ kind: "file", path: "/etc/drawbridge/waivers.json", after: { mode: "0600" } });
    const content = file?.kind === "file" ? file.after.content : "";
    expect(Object.keys(JSON.parse(content).waivers)).toEqual(["door-shut", "zebra"]);
    expect(waiverChanges(others, "zebra", record)).toEqual([]);
    expect(waiverChanges(others, "door-shut", undefined)).toEqual([]);
  });

  it("removes one, with the file's own mode kept", () => {
    const found: Waivers = { ...waived("2026-11-02"), file: { content: "{}", mode: "0640" } };
    const changes = waiverChanges(found, "door-shut", undefined);
    expect(changes).toHaveLength(1);
    expect(changes[0]).toMatchObject({ before: { content: "{}" }, after: { mode: "0640" } });
    expect(JSON.parse((changes[0] as { after: { content: string } }).after.content)).toEqual({
      schemaVersion: 1,
      waivers: {},
    });
  });
});
