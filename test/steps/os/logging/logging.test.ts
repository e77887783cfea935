import { describe, expect, it } from "vitest";
import { answerReader } from "../../../../src/core/answers.ts";
import { loggingStep } from "../../../../steps/os/logging/index.ts";
import { factsOf } from "../../settle.ts";
import { server, settledWith, unit } from "../daemons.ts";

describe("logging-journal", () => {
  const good = {
    Storage: "persistent",
    Compress: "yes",
    SystemMaxUse: "1000M",
    MaxRetentionSec: "90day",
    ForwardToSyslog: "no",
  };
  it.each([
    [good, "pass"],
    [{ ...good, Storage: "auto" }, "fail"],
    [{ ...good, Compress: "no" }, "fail"],
    [{ ...good, SystemMaxUse: "" }, "fail"],
    [{ ...good, MaxRetentionSec: "" }, "fail"],
    [{ ...good, ForwardToSyslog: "yes" }, "fail"],
    [{}, "fail"],
  ])("%o is a %s", (journal, result) => {
    expect(settledWith(loggingStep, { journal }).results["logging-journal"]).toBe(result);
  });

  it("forwards to rsyslog where that runs, and nowhere else", () => {
    const units = new Map([...server.units, unit("rsyslog.service", "active")]);
    const file = (seen: Parameters<typeof settledWith>[1]) =>
      settledWith(loggingStep, seen).changes.find(
        (change) => change.kind === "file" && change.path.includes("journald"),
      );
    expect(file({ units })).toMatchObject({ after: { content: expect.stringContaining("ForwardToSyslog=yes") } });
    expect(file({})).toMatchObject({ after: { content: expect.stringContaining("ForwardToSyslog=no") } });
    expect(settledWith(loggingStep, { units, journal: good }).results["logging-journal"]).toBe("fail");
  });

  it("writes what was answered", () => {
    const [file] = loggingStep.generate?.(answerReader(factsOf(), { "logging.journal-days": 30 })) ?? [];
    expect(file?.content).toContain("MaxRetentionSec=30day");
    expect(file?.content).not.toContain("{{");
  });
});
