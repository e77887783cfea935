import { describe, expect, it } from "vitest";
import { aideFile, debsumsFile } from "../../../../src/probes/daemons.ts";
import { integrity } from "../../../../steps/os/integrity/index.ts";
import { server, settledWith, unit } from "../daemons.ts";

const filesWith = (path: string, content: string) =>
  new Map([...server.files, [path, { content, mode: "0644", owner: "root", group: "root" }] as const]);

describe("integrity-aide", () => {
  const installed = {
    packages: ["aide", "aide-common"],
    aideDatabase: { bytes: 1, modified: 1 },
    units: new Map([unit("dailyaidecheck.timer", "active")]),
  };
  const files = filesWith(aideFile, "Checksums = sha256+sha512\n");
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
    const cronless = { units: new Map() };
    expect(words(cronless)).toEqual(["aide", "aide-common", "sed", "aideinit"]);
    expect(words({ ...cronless, ...installed, aideDatabase: undefined, files })).toEqual(["aideinit"]);
    expect(words({ ...installed, ...cronless, files })).toEqual(["systemctl"]);
  });

  it("is left out where nobody would read it", () => {
    const { results, changes } = settledWith(integrity, {}, { "integrity.aide": false, "integrity.packages": false });
    expect(results["integrity-aide"]).toBe("notapplicable");
    expect(changes).toEqual([]);
  });
});

describe("integrity-aide-checksums", () => {
  const of = (content: string | undefined, seen: Parameters<typeof settledWith>[1] = {}) =>
    settledWith(
      integrity,
      { files: content === undefined ? new Map() : filesWith(aideFile, content), units: new Map(), ...seen },
      { "integrity.packages": false },
    );
  it.each([
    ["Checksums = H\n", "fail"],
    ["Checksums = R\n", "fail"],
    ["Checksums = sha256+sha512+md5\n", "fail"],
    ["Checksums = sha256+sha512\n", "pass"],
    ["Checksums = sha512\n", "pass"],
    ["# Checksums = H\nOwn = sha256\n", "pass"],
    [undefined, "fail"],
  ])("%j is a %s", (content, result) => {
    expect(of(content).results["integrity-aide-checksums"]).toBe(result);
  });
  const asked = (changes: ReturnType<typeof of>["changes"]) =>
    changes.filter(({ because }) => because.includes("integrity-aide-checksums"));
  it("is set before the first database is made, also of a file that comes with the package", () => {
    const fresh = of(undefined, { packages: [], aideDatabase: undefined });
    expect(asked(fresh.changes)).toEqual([
      expect.objectContaining({ kind: "package", names: ["aide", "aide-common"] }),
      expect.objectContaining({ kind: "command", phase: "files", touches: [aideFile] }),
    ]);
    const there = of("a\nChecksums = H\nb\n", { packages: ["aide", "aide-common"], aideDatabase: undefined });
    expect(asked(there.changes)).toEqual([
      expect.objectContaining({ after: expect.objectContaining({ content: "a\nChecksums = sha256+sha512\nb\n" }) }),
    ]);
  });
  it("is left to people where a database was made with others", () => {
    const { details, changes } = of("Checksums = H\n", { aideDatabase: { bytes: 1, modified: 1 } });
    expect(details["integrity-aide-checksums"]).toContain("aideinit");
    expect(asked(changes)).toEqual([]);
  });
});

describe("integrity-packages", () => {
  const cron = new Map([unit("cron.service", "active")]);
  const of = (seen: Parameters<typeof settledWith>[1], answers = {}) =>
    settledWith(integrity, { units: cron, ...seen }, { "integrity.aide": false, ...answers });
  const set = (content: string) => ({ packages: ["debsums"], files: filesWith(debsumsFile, content) });
  it.each([
    [set("CRON_CHECK=weekly\n"), "pass"],
    [set("CRON_CHECK=daily\n"), "pass"],
    [set("CRON_CHECK=never\n"), "fail"],
    [{ ...set("CRON_CHECK=weekly\n"), packages: [] }, "fail"],
    [{ packages: [] }, "fail"],
  ])("%o is a %s", (seen, result) => expect(of(seen).results["integrity-packages"]).toBe(result));

  it("installs it, and has it run every week", () => {
    const { changes } = of({ packages: [], files: new Map() });
    expect(changes).toContainEqual(expect.objectContaining({ kind: "package", names: ["debsums"] }));
    expect(changes).toContainEqual(
      expect.objectContaining({
        path: debsumsFile,
        before: null,
        after: expect.objectContaining({ content: expect.stringMatching(/\nCRON_CHECK=weekly\n$/u) }),
      }),
    );
  });
  it("keeps the span that somebody chose", () => {
    const { changes } = of({ ...set("# own\nCRON_CHECK=never\n") });
    expect(changes).toContainEqual(
      expect.objectContaining({ after: expect.objectContaining({ content: "# own\nCRON_CHECK=weekly\n" }) }),
    );
    expect(of({ ...set("CRON_CHECK=monthly\n"), packages: [] }).changes.map(({ kind }) => kind)).toEqual(["package"]);
  });
  it("is not proposed where cron does not run, and installs nothing there when it is asked for", () => {
    expect(of({ packages: [], units: new Map() }).results["integrity-packages"]).toBe("notapplicable");
    const { details, changes } = of({ packages: [], units: new Map() }, { "integrity.packages": true });
    expect(details["integrity-packages"]).toContain("cron does not run");
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

describe("integrity-profiles-enforced", () => {
  const loose = { complaining: [] as readonly string[], unconfined: [] as readonly string[] };
  const of = (more: Partial<typeof loose>, seen: Parameters<typeof settledWith>[1] = {}) =>
    settledWith(integrity, { container: false, appArmor: "Y", appArmorLoose: { ...loose, ...more }, ...seen });
  it("finds profiles that only watch, and programs that run without theirs; changes neither", () => {
    expect(of({}).results["integrity-profiles-enforced"]).toBe("pass");
    for (const more of [{ complaining: ["lsb_release"] }, { unconfined: ["/usr/sbin/chronyd"] }]) {
      const { results, details, changes } = of(more);
      expect(results["integrity-profiles-enforced"]).toBe("fail");
      expect(details["integrity-profiles-enforced"]).toContain(Object.values(more)[0]?.[0]);
      expect(changes.filter(({ because }) => because.includes("integrity-profiles-enforced"))).toEqual([]);
    }
  });
  it("names four, and counts the others", () => {
    const complaining = ["a", "b", "c", "d", "e", "f"];
    expect(of({ complaining }).details["integrity-profiles-enforced"]).toContain("a, b, c, d and 2 more");
  });
  it.each([[{ container: true }], [{ appArmor: "N" }], [{ appArmor: undefined }]])("does not apply with %o", (seen) => {
    expect(of({ complaining: ["a"] }, seen).results["integrity-profiles-enforced"]).toBe("notapplicable");
  });
});
