import { describe, expect, it } from "vitest";
import { versions, versionTablePath } from "../../src/probes/versions.ts";
import {
  compareVersions,
  daysBetween,
  lineOf,
  releaseKey,
  shippedTable,
  versionTableSchema,
} from "../../src/versions/table.ts";

const table = shippedTable();
const answer = (stdout: string) => versions.parse({ stdout, exitCode: 0, truncated: false, timedOut: false });
const mine = JSON.stringify({ ...table, date: "2027-01-01" });

describe("the table that ships", () => {
  it("names only releases that it knows, for every image", () => {
    for (const { tags } of Object.values(table.images)) {
      for (const { release } of Object.values(tags)) expect(table.releases).toHaveProperty([release]);
    }
  });

  it("names, for every line of Ballerina, a patch of that line", () => {
    for (const [line, { latest }] of Object.entries(table.ballerina)) expect(lineOf(latest)).toBe(line);
  });

  it("names the fixes of Netty oldest first, the newest no newer than the latest", () => {
    const order = table.netty.fixes.map(({ version }) => version);
    expect([...order].sort(compareVersions)).toEqual(order);
    expect(compareVersions(order.at(-1) ?? "", table.netty.latest)).toBeLessThanOrEqual(0);
  });

  it("says where it was looked up, and nothing of it lies after its date", () => {
    expect(table.sources.length).toBeGreaterThan(0);
    for (const { released } of Object.values(table.ballerina)) {
      if (released !== undefined) expect(released <= table.date).toBe(true);
    }
  });
});

describe("versions", () => {
  it.each([
    ["17.0.15", "17.0.21.1", -1],
    ["21.0.13.1+2-LTS", "21.0.13.1", 0],
    ["21.0.13", "21.0.13.1", -1],
    ["4.1.132.Final", "4.1.133", -1],
    ["2201.13.10", "2201.13.9", 1],
    ["25", "25.0.5", -1],
  ])("%s against %s", (a, b, sign) => {
    expect(Math.sign(compareVersions(a, b))).toBe(sign);
  });

  it("releases are found by whole version or by its major", () => {
    expect(releaseKey(table, "debian", "12")).toBe("debian 12");
    expect(releaseKey(table, "ubuntu", "24.04")).toBe("ubuntu 24.04");
    expect(releaseKey(table, "rocky", "9.5")).toBe("rocky 9");
    expect(releaseKey(table, "ubuntu", "24.10")).toBeUndefined();
  });

  it("days", () => expect(daysBetween("2026-02-27", "2026-03-01")).toBe(2));
});

describe("a table of the machine's own", () => {
  it("is not needed", () => {
    expect(answer("2026-11-22\n")).toEqual({
      state: "known",
      value: { table, today: "2026-11-22", replacedBy: undefined },
    });
  });

  it("replaces the one that ships", () => {
    expect(answer(`2027-02-01\nregular file|644|0\n${mine}\n`)).toMatchObject({
      state: "known",
      value: { today: "2027-02-01", replacedBy: versionTablePath, table: { date: "2027-01-01" } },
    });
  });

  it.each([
    ["no JSON", `2027-02-01\nregular file|644|0\n{ "schemaVersion": 1,\n`, "is not JSON"],
    ["another shape", `2027-02-01\nregular file|644|0\n{"schemaVersion":2}\n`, "cannot be used (schemaVersion"],
    ["a key too many", `2027-02-01\nregular file|644|0\n${mine.replace('"netty"', '"nettie"')}\n`, "cannot be used"],
    ["someone else's", `2027-02-01\nregular file|644|1000\n${mine}\n`, "only root can write"],
    ["open to a group", `2027-02-01\nregular file|664|0\n${mine}\n`, "only root can write"],
    ["a link", "2027-02-01\nsymbolic link|777|0\n", "only root can write"],
  ])("is refused with one line: %s", (_, stdout, why) => {
    const fact = answer(stdout);
    expect(fact.state).toBe("unknown");
    const { reason } = fact as { reason: string };
    expect(reason).toContain(why);
    expect(reason).toContain("mend it, or remove it");
    expect(reason).not.toContain("\n");
  });

  it("needs a day to be judged by", () => expect(answer("").state).toBe("unknown"));
});

it("the schema is strict", () => {
  expect(versionTableSchema.safeParse({ ...table, extra: 1 }).success).toBe(false);
});
