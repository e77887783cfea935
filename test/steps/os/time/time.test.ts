import { describe, expect, it } from "vitest";
import { timeStep } from "../../../../steps/os/time/index.ts";
import { settledWith, unit } from "../daemons.ts";

describe("time-one-daemon", () => {
  const of = (...units: readonly ReturnType<typeof unit>[]) => settledWith(timeStep, { units: new Map(units) });
  it.each([
    [[], "fail"],
    [[unit("chrony.service", "active")], "pass"],
    [[unit("chrony.service", "inactive")], "fail"],
    [[unit("systemd-timesyncd.service", "active")], "pass"],
    [[unit("systemd-timesyncd.service", "active"), unit("ntpsec.service", "active")], "fail"],
  ] as const)("%o is a %s", (units, result) => {
    expect(of(...units).results["time-one-daemon"]).toBe(result);
  });
  it("takes two names of one service for one", () => {
    const [, chrony] = unit("chrony.service", "active");
    const units = new Map([
      ["chrony.service", chrony],
      ["chronyd.service", chrony],
    ]);
    expect(settledWith(timeStep, { units }).results["time-one-daemon"]).toBe("pass");
  });
  it("switches on what is there, and back off on undo; else installs one", () => {
    expect(of(unit("chrony.service", "inactive", "disabled")).changes).toContainEqual(
      expect.objectContaining({
        argv: ["systemctl", "enable", "--now", "chrony.service"],
        inverse: ["systemctl", "disable", "--now", "chrony.service"],
      }),
    );
    expect(of().changes).toContainEqual(expect.objectContaining({ kind: "package", names: ["chrony"] }));
  });
  it("stops neither of two, and pushes no package out", () => {
    const both = of(unit("systemd-timesyncd.service", "active"), unit("chrony.service", "active"));
    expect(both.changes).toEqual([]);
    const { changes } = settledWith(timeStep, { units: new Map(), packages: ["systemd-timesyncd"] });
    expect(changes).toEqual([]);
  });
});

describe("time-synchronised", () => {
  const of = (synchronised: boolean | undefined, uptime = 10_000, container = false) =>
    settledWith(timeStep, { synchronised, uptime, container }).results["time-synchronised"];
  it("is what the service says, with patience after a boot", () => {
    expect([of(true), of(false), of(false, 60), of(undefined), of(false, 10_000, true)]).toEqual([
      "pass",
      "fail",
      "unknown",
      "unknown",
      "notapplicable",
    ]);
  });
});
