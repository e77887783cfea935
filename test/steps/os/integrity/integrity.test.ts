import { describe, expect, it } from "vitest";
import { integrity } from "../../../../steps/os/integrity/index.ts";
import { server, settledWith, unit } from "../daemons.ts";

describe("integrity-aide", () => {
  const installed = {
    packages: ["aide", "aide-common"],
    aideDatabase: { bytes: 1, modified: 1 },
    units: new Map([unit("dailyaidecheck.timer", "active")]),
  };
  it.each([
    [installed, "pass"],
    [{ ...installed, packages: [] }, "fail"],
    [{ ...installed, aideDatabase: undefined }, "fail"],
    [{ ...installed, units: new Map() }, "fail"],
  ])("%o is a %s", (seen, result) => expect(settledWith(integrity, seen).results["integrity-aide"]).toBe(result));

  it("does only what is missing", () => {
    const words = (seen: Parameters<typeof settledWith>[1]) =>
      settledWith(integrity, seen).changes.flatMap((change) =>
        change.kind === "command" ? [change.argv[0]] : change.kind === "package" ? change.names : [],
      );
    expect(words({})).toEqual(["aide", "aide-common", "aideinit"]);
    expect(words({ ...installed, aideDatabase: undefined })).toEqual(["aideinit"]);
    expect(words({ ...installed, units: new Map() })).toEqual(["systemctl"]);
  });

  it("is left out where nobody would read it", () => {
    const { results, changes } = settledWith(integrity, {}, { "integrity.aide": false });
    expect(results["integrity-aide"]).toBe("notapplicable");
    expect(changes).toEqual([]);
  });
});

describe("integrity-mandatory-access", () => {
  const of = (seen: Parameters<typeof settledWith>[1]) => settledWith(integrity, { container: false, ...seen });
  it.each([
    [{ appArmor: "Y", packages: ["apparmor"] }, "pass"],
    [{ appArmor: "Y", packages: [], units: new Map() }, "fail"],
    [{ appArmor: "N" }, "fail"],
    [{ selinux: "Enforcing" }, "pass"],
    [{ selinux: "Permissive" }, "fail"],
    [{}, "fail"],
    [{ container: true }, "notapplicable"],
  ])("%o is a %s", (seen, result) => {
    expect(of({ appArmor: undefined, selinux: undefined, ...seen }).results["integrity-mandatory-access"]).toBe(result);
  });
  it("installs profiles only where the kernel uses them", () => {
    const packages = (appArmor: string | undefined) =>
      of({ appArmor, packages: [], units: new Map(server.units) }).changes.flatMap((change) =>
        change.kind === "package" ? change.names : [],
      );
    expect(packages("Y")).toContain("apparmor");
    expect(packages(undefined)).not.toContain("apparmor");
  });
});
