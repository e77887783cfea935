import { describe, expect, it } from "vitest";
import { updates } from "../../../../steps/os/updates/index.ts";
import { upgradesContent } from "../../../../steps/os/updates/updates-automatic.ts";
import { factsOf, problemsOf } from "../../settle.ts";
import { settledWith, unit } from "../daemons.ts";

const on = {
  packages: ["unattended-upgrades"],
  apt: { "APT::Periodic::Update-Package-Lists": "1", "APT::Periodic::Unattended-Upgrade": "1" },
};

describe("updates-automatic", () => {
  it.each([
    [on, {}, "pass"],
    [{ ...on, packages: [] }, {}, "fail"],
    [{ ...on, apt: { ...on.apt, "APT::Periodic::Unattended-Upgrade": "0" } }, {}, "fail"],
    [{ ...on, apt: {} }, {}, "fail"],
    [{ ...on, units: new Map([unit("apt-daily-upgrade.timer", "inactive", "masked")]) }, {}, "fail"],
    [on, { "updates.reboot": "02:30" }, "fail"],
    [{ packages: ["dnf-automatic"], apt: {}, units: new Map([unit("dnf-automatic.timer", "active")]) }, {}, "pass"],
  ])("%o with %o is a %s", (seen, answers, result) => {
    expect(settledWith(updates, seen, answers).results["updates-automatic"]).toBe(result);
  });
  it("reboots at the hour that was answered, or never", () => {
    expect(upgradesContent("never")).toContain('Automatic-Reboot "false"');
    expect(upgradesContent("03:15")).toMatch(/Automatic-Reboot "true";\n.*Automatic-Reboot-Time "03:15"/u);
    expect(upgradesContent("never")).not.toContain("{{");
  });
  it("takes no other answers", () => {
    for (const wrong of ["25:00", "now", "2:00", ""]) {
      expect(problemsOf([updates], factsOf(), { "updates.reboot": wrong })).toHaveLength(1);
    }
  });
  it("writes nothing where there is no apt", () => {
    expect(settledWith(updates, { folders: [], apt: {}, packages: [] }).changes).toEqual([]);
  });
});

describe("updates-pending", () => {
  const day = 86_400;
  const of = (programs: Parameters<typeof settledWith>[3]) => settledWith(updates, on, {}, programs);
  it("names what waits and how to get it, and changes nothing", () => {
    const waiting = { installed: "3.0.1", candidate: "3.0.2" };
    const pending = [
      { ...waiting, name: "curl", source: "bookworm-updates/main", security: false },
      { ...waiting, name: "openssl", source: "bookworm-security/main", security: true },
      { ...waiting, name: "sudo", source: "baseos", security: true },
      { ...waiting, name: "own", source: undefined, security: false },
    ];
    const { results, details, changes } = of({ updates: { known: true, pending: [], all: pending, scope: "all" } });
    expect(results["updates-pending"]).toBe("fail");
    expect(details["updates-pending"]).toBe(
      "4 waiting, 2 for security: openssl 3.0.1 -> 3.0.2 (bookworm-security/main); sudo 3.0.1 -> 3.0.2 (baseos, security); " +
        "curl 3.0.1 -> 3.0.2 (bookworm-updates/main); own 3.0.1 -> 3.0.2; apt update && apt upgrade",
    );
    expect(changes.flatMap(({ because }) => because)).not.toContain("updates-pending");
  });
  it("does not trust old lists", () => {
    expect(of({ now: 20 * day, listsFetched: 10 * day }).results["updates-pending"]).toBe("unknown");
    expect(of({ now: 20 * day, listsFetched: undefined }).results["updates-pending"]).toBe("unknown");
    expect(of({ now: 20 * day, listsFetched: 19 * day }).results["updates-pending"]).toBe("pass");
    expect(of({ updates: { known: false, reason: "no manager" } }).results["updates-pending"]).toBe("unknown");
  });
});

describe("updates-reboot and updates-held", () => {
  it("are what the machine says", () => {
    expect(settledWith(updates, { rebootNeeded: true }).results["updates-reboot"]).toBe("fail");
    expect(settledWith(updates, { rebootNeeded: false }).results["updates-reboot"]).toBe("pass");
    const packages = [{ name: "nginx", version: "1", held: true }];
    expect(settledWith(updates, on, {}, { packages }).results["updates-held"]).toBe("fail");
    expect(settledWith(updates, on, { "updates.held": ["nginx"] }, { packages }).results["updates-held"]).toBe("pass");
  });
});

describe("updates-changes-told", () => {
  const of = (seen: Parameters<typeof settledWith>[1], answers = {}) =>
    settledWith(updates, { ...on, ...seen }, answers);
  const there = { packages: [...on.packages, "apt-listchanges"] };
  it("is installed where it is missing, and only there", () => {
    expect(of({}).results["updates-changes-told"]).toBe("fail");
    expect(of({}).changes).toContainEqual(expect.objectContaining({ kind: "package", names: ["apt-listchanges"] }));
    expect(of(there).results["updates-changes-told"]).toBe("pass");
    expect(of(there).changes).not.toContainEqual(expect.objectContaining({ kind: "package" }));
  });
  it("is left out where nobody wants it, and where there is no apt", () => {
    for (const result of [of({}, { "updates.news": false }), of({ folders: [] })]) {
      expect(result.results["updates-changes-told"]).toBe("notapplicable");
      expect(JSON.stringify(result.changes)).not.toContain("apt-listchanges");
    }
  });
});
