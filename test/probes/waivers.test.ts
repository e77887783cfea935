import { describe, expect, it } from "vitest";
import { waivers } from "../../src/probes/waivers.ts";

const parse = (stdout: string) => waivers.parse({ stdout, exitCode: 0, truncated: false, timedOut: false });
const record = { reason: "r", owner: "Operations", waived: "2026-11-22", until: "2027-01-31" };
const file = (value: unknown) => `2026-11-22\nregular file|600|0\n${JSON.stringify(value)}\n`;

describe("waivers", () => {
  it("are none without a file", () => {
    expect(parse("2026-11-22\n")).toEqual({
      state: "known",
      value: { today: "2026-11-22", records: {}, file: undefined },
    });
  });

  it("are read with the file's own bytes and mode", () => {
    const text = file({ schemaVersion: 1, waivers: { "ssh-port": record } });
    expect(parse(text)).toMatchObject({
      state: "known",
      value: { records: { "ssh-port": record }, file: { mode: "0600", content: text.split("\n").slice(2).join("\n") } },
    });
  });

  it.each([
    ["a broken file", "2026-11-22\nregular file|600|0\n{", "is not JSON"],
    ["a file that others may write", file({}).replace("600", "666"), "only root can write"],
    ["somebody else's file", file({}).replace("|0\n", "|1000\n"), "only root can write"],
    ["a link", "2026-11-22\nsymbolic link|777|0\n", "only root can write"],
    [
      "a waiver without a day",
      file({ schemaVersion: 1, waivers: { a: { ...record, until: "soon" } } }),
      "cannot be used",
    ],
    ["no date", "", "did not say"],
  ])("%s is refused, never taken for nothing", (_, text, reason) => {
    expect(parse(text)).toMatchObject({ state: "unknown", reason: expect.stringContaining(reason) });
  });
});
