import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { filesIn, sectionsIn, showFiles } from "../../src/probes/sections.ts";

const contents = {
  plain: "first\nsecond\n",
  "without a line break": "first\nsecond",
  "two at the end": "first\n\n\n",
  empty: "",
  "like a marker": "@file /etc/shadow\n|bar\n\\backslash & ampersand\n",
  "bytes beyond ASCII": "Grüße\n",
  "as long as it may be": `${"x".repeat(65_535)}\n`,
  long: "0123456789\n".repeat(10_000),
};

describe("the shell function that shows files", () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "drawbridge-show-"));
    for (const [name, content] of Object.entries(contents)) writeFileSync(join(folder, name), content);
    chmodSync(join(folder, "plain"), 0o640);
    symlinkSync("plain", join(folder, "link"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const shown = (paths: readonly string[]) =>
    filesIn(
      sectionsIn(
        execFileSync("sh", ["-c", `${showFiles}\nshow file "$@"`, "sh", ...paths], {
          encoding: "utf8",
          env: { ...process.env, LC_ALL: "C" },
        }),
      ),
      "file",
    );

  it("tells each of them to the last byte", () => {
    const paths = Object.keys(contents).map((name) => join(folder, name));
    const read = shown(paths);
    expect([...read.keys()]).toEqual(paths);
    for (const [name, content] of Object.entries(contents))
      expect(read.get(join(folder, name))?.content, name).toBe(content.slice(0, 65_536));
  });

  it("follows a link, and passes over what is not there", () => {
    const read = shown([join(folder, "link"), join(folder, "missing"), join(folder, "plain")]);
    expect([...read.keys()]).toEqual([join(folder, "link"), join(folder, "plain")]);
    expect(read.get(join(folder, "link"))).toMatchObject({ content: contents.plain, mode: "0640" });
  });

  it("asks nothing about no files", () => expect(shown([]).size).toBe(0));
});
