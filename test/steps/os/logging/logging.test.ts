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
    expect(settledWith(loggingStep, { journal }, { "logging.text-files": false }).results["logging-journal"]).toBe(
      result,
    );
  });

  it("forwards to rsyslog where that runs or will run, and nowhere else", () => {
    const units = new Map([...server.units, unit("rsyslog.service", "active")]);
    const file = (seen: Parameters<typeof settledWith>[1], answers = {}) =>
      settledWith(loggingStep, seen, answers).changes.find(
        (change) => change.kind === "file" && change.path.includes("journald"),
      );
    expect(file({ units })).toMatchObject({ after: { content: expect.stringContaining("ForwardToSyslog=yes") } });
    expect(file({})).toMatchObject({ after: { content: expect.stringContaining("ForwardToSyslog=yes") } });
    const alone = { "logging.text-files": false };
    expect(file({}, alone)).toMatchObject({ after: { content: expect.stringContaining("ForwardToSyslog=no") } });
    expect(settledWith(loggingStep, { units, journal: good }).results["logging-journal"]).toBe("fail");
  });

  it("says the same in the main file, in its place", () => {
    const files = new Map([
      [
        "/etc/systemd/journald.conf",
        { content: "[Journal]\n#Storage=auto\nCompress=no\n", mode: "0644", owner: "root", group: "root" },
      ],
    ]);
    const change = settledWith(loggingStep, { files }).changes.find(
      (each) => each.kind === "file" && each.path === "/etc/systemd/journald.conf",
    );
    expect(change).toMatchObject({
      after: { content: expect.stringMatching(/^\[Journal\]\n#Storage=auto\nCompress=yes\nStorage=persistent\n/u) },
    });
  });

  it("writes what was answered", () => {
    const [file] = loggingStep.generate?.(answerReader(factsOf(), { "logging.journal-days": 30 })) ?? [];
    expect(file?.content).toContain("MaxRetentionSec=30day");
    expect(file?.content).not.toContain("{{");
  });
});

describe("logging-text-files", () => {
  const units = (name: string) => ({ units: new Map([unit(name, "active")]) });
  it.each([
    [{ ...units("rsyslog.service"), logFileMode: "0640" }, "pass"],
    [{ ...units("rsyslog.service"), logFileMode: "0600" }, "pass"],
    [{ ...units("rsyslog.service"), logFileMode: "0644" }, "fail"],
    [{ ...units("rsyslog.service"), logFileMode: undefined }, "fail"],
    [units("syslog-ng.service"), "pass"],
    [{ units: new Map() }, "fail"],
  ])("%o is a %s", (seen, result) => {
    expect(settledWith(loggingStep, seen).results["logging-text-files"]).toBe(result);
  });
  it("is not wanted where the journal is enough", () => {
    const { results, changes } = settledWith(loggingStep, {}, { "logging.text-files": false });
    expect(results["logging-text-files"]).toBe("notapplicable");
    expect(changes.some((change) => change.kind === "package")).toBe(false);
  });
  it("asks rsyslog itself before it is restarted", () => {
    const open = { packages: ["rsyslog"], ...units("rsyslog.service"), logFileMode: "0644" };
    const change = settledWith(loggingStep, open).changes.find(
      (each) => each.kind === "file" && each.path.includes("rsyslog"),
    );
    expect(change?.verify).toEqual([["rsyslogd", "-N1"]]);
  });
  it("does not say a second time what rsyslog.conf says already", () => {
    const debian = { folders: ["/etc/apt/apt.conf.d"] };
    const stopped = { packages: ["rsyslog"], units: new Map(), logFileMode: "0640" };
    for (const seen of [debian, stopped]) {
      const { changes } = settledWith(loggingStep, seen);
      expect(changes.filter((each) => each.kind === "file" && each.path.includes("rsyslog"))).toEqual([]);
      expect(changes).toContainEqual(expect.objectContaining({ unit: "rsyslog.service", action: "active" }));
    }
  });
});
