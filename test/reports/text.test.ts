import { describe, expect, it } from "vitest";
import type { Finding } from "../../src/model/finding.ts";
import { nothingToDo } from "../../src/reports/text.ts";

const results = (...all: Finding["result"][]) => all.map((result) => ({ result }));

describe("a plan without changes", () => {
  it("says that there is nothing to do where everything could be judged", () => {
    expect(nothingToDo("app01", results("pass", "notapplicable", "attested"))).toBe("app01: nothing to do");
  });

  it("does not take for done what nobody could see", () => {
    expect(nothingToDo("app01", results("pass", "unknown"))).toBe(
      "app01: nothing to do in what could be seen; 1 control could not be judged",
    );
    expect(nothingToDo("app01", results("unknown", "unknown"))).toContain("2 controls could not be judged");
  });
});
