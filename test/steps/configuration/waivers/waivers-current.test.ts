import { describe, expect, it } from "vitest";
import { answerReader } from "../../../../src/core/answers.ts";
import type { Waivers } from "../../../../src/probes/waivers.ts";
import { waiversCurrent } from "../../../../steps/configuration/waivers/waivers-current.ts";

const record = { reason: "the old billing client", owner: "Billing", waived: "2026-11-01", until: "2026-12-31" };
const waived = (today: string, records: Waivers["records"] = { "door-shut": record }): Waivers => ({
  today,
  records,
  file: undefined,
});

describe("waivers-current", () => {
  const reader = answerReader(new Map(), {});
  const verdict = (today: string) => waiversCurrent.inspect({ waived: waived(today) }, reader);
  it("passes until the last day, and names who has to look from the next on", () => {
    expect(verdict("2026-12-31")).toMatchObject({ result: "pass", detail: "waived: door-shut" });
    expect(verdict("2027-01-01")).toMatchObject({
      result: "fail",
      detail: expect.stringContaining("door-shut (Billing, until 2026-12-31)"),
    });
    expect(waiversCurrent.inspect({ waived: waived("2027-01-01", {}) }, reader).result).toBe("pass");
  });
});
