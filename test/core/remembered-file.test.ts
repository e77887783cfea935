import { describe, expect, test } from "vitest";
import { rememberedFile } from "../../src/core/remembered-file.ts";

const path = "/etc/drawbridge/answers.json";
const remembered = (before: { content: string; mode: string } | undefined) =>
  rememberedFile("Remember the answers", path, before, "{}\n");

describe("a file that drawbridge remembers something in", () => {
  test("comes with its folder, both root's alone, where there was none", () => {
    expect(remembered(undefined)).toMatchObject([
      { kind: "directory", path: "/etc/drawbridge", after: { mode: "0700", owner: "root", group: "root" } },
      { kind: "file", path, before: null, after: { content: "{}\n", mode: "0600", owner: "root", group: "root" } },
    ]);
  });

  test.each([
    ["0600", "0600"],
    ["0640", "0640"],
    ["0644", "0644"],
    ["0660", "0600"],
    ["0646", "0600"],
  ])("with mode %s it is written with %s", (mode, written) => {
    expect(remembered({ content: "[]\n", mode })).toMatchObject([
      { kind: "file", before: { content: "[]\n", mode }, after: { mode: written } },
    ]);
  });
});
