import { describe, expect, test } from "vitest";
import { planFiles } from "../../src/backends/files.ts";
import { changeDetails, changeDiff } from "../../src/core/wizard/review.ts";
import { type ChangeInput, change } from "../../src/model/change.ts";

const owned = { mode: "0600", owner: "root", group: "root" };
const hash = "a".repeat(64);
const file = (more: Partial<Extract<ChangeInput, { kind: "file" }>>) =>
  change({
    kind: "file",
    title: "write app.toml",
    phase: "files",
    risk: "none",
    path: "/srv/app.toml",
    before: { content: "port = 1\npassword = ••••••••\n", sha256: hash, ...owned },
    after: {
      content: "port = 2\npassword = ••••••••\n",
      parts: [
        { text: "port = 2\npassword = " },
        { slice: { path: "/srv/app.toml", offset: 20, length: 5, sha256: hash } },
        { random: { name: "a", bytes: 24 } },
      ],
      ...owned,
    },
    sensitive: true,
    ...more,
  });
const lines = (input: ReturnType<typeof file>) =>
  changeDiff(input, false)?.lines.map((line) =>
    line.kind === "gap" ? "..." : line.segments.map(({ text }) => text).join(""),
  );

describe("a file that the machine puts together", () => {
  test("is shown with everything but its secrets, and says where they are", () => {
    expect(lines(file({}))).toEqual(["port = 1", "port = 2", "password = ••••••••"]);
    expect(changeDetails(file({}))).toEqual([
      "root:root 0600",
      "what is masked is kept on the machine: it never leaves it",
      "a secret is made on the machine: nobody else knows",
    ]);
  });

  test("is all masked when nobody masked what stands there now", () => {
    const before = { content: "port = 1\npassword = hunter22\n", ...owned };
    expect(lines(file({ before }))?.join()).not.toContain("hunter22");
  });

  test("is written masked, under a name that is not its own", () => {
    const plan = { changes: [file({})] } as unknown as Parameters<typeof planFiles>[0];
    expect(planFiles(plan)[0]).toMatchObject({
      path: "/srv/app.toml.masked",
      content: "port = 2\npassword = ••••••••\n",
    });
  });
});
