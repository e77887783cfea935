import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { z } from "zod";
import { type DocumentName, documents } from "../../src/model/documents.ts";
import { answersFileSchema, planSchema } from "../../src/model/plan.ts";
import { steps } from "../../steps/index.ts";
import { type Answer, drawbridge, temporaryFolder } from "./drawbridge.ts";

const folder = temporaryFolder();
let image: string;
beforeAll(() => {
  folder.write("image/etc/os-release", 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n');
  folder.write("image/etc/hostname", "app01\n");
  image = join(folder.path, "image");
});
afterAll(folder.remove);

/** The one document on standard output; it says all that the schema knows and nothing that it does not. */
const documentOf = <Name extends DocumentName>(name: Name, { stdout }: Answer): z.infer<(typeof documents)[Name]> => {
  const said: unknown = JSON.parse(stdout);
  const read = documents[name].parse(said);
  expect(said).toEqual(read);
  return read as z.infer<(typeof documents)[Name]>;
};

describe("one document on standard output", () => {
  test("list", () => {
    const answer = drawbridge(["list", "--format", "json"]);
    expect(answer).toMatchObject({ status: 0, stderr: "" });
    const { controls } = documentOf("list", answer);
    expect(controls.map(({ id }) => id)).toEqual(steps.flatMap((step) => step.controls.map(({ id }) => id)));
  });

  test("list of one category", () => {
    const { controls } = documentOf("list", drawbridge(["list", "--format=json", "--category", "network"]));
    expect(new Set(controls.map(({ category }) => category))).toEqual(new Set(["network"]));
  });

  test("inspect", () => {
    const answer = drawbridge(["inspect", "--root", image, "--format", "json", "--fail-on", "none"]);
    expect(answer.status).toBe(0);
    const { host, findings } = documentOf("inspect", answer);
    expect(host).toMatchObject({ name: "app01", release: "Debian GNU/Linux 12 (bookworm)" });
    expect(findings.map(({ controlId }) => controlId)).toEqual(
      steps.flatMap((step) => step.controls.map(({ id }) => id)),
    );
    // An image does not run: what needs a running system is unknown, and nothing passes on ignorance.
    expect(findings.filter(({ result }) => result === "error")).toEqual([]);
  });

  test("plan", () => {
    const answer = drawbridge(["plan", "--root", image, "--format", "json"]);
    expect(answer.status).toBe(0);
    expect(documentOf("plan", answer)).toMatchObject({ host: { name: "app01" }, changes: expect.any(Array) });
  });

  test("questions", () => {
    const answer = drawbridge(["questions", "--root", image, "--format", "json"]);
    expect(answer.status).toBe(0);
    const ids = documentOf("questions", answer).questions.map(({ id }) => id);
    expect(ids).toContain("ssh.port");
  });
});

describe("files for later", () => {
  test("a saved plan is one, for its owner's eyes", () => {
    const path = join(folder.path, "plan.json");
    const answer = drawbridge(["plan", "--root", image, "--output", path, "--format", "json"]);
    expect(answer).toMatchObject({ status: 0, stdout: "" });
    expect(answer.stderr).toContain(`saved to ${path}`);
    const said: unknown = JSON.parse(readFileSync(path, "utf8"));
    expect(said).toEqual(planSchema.parse(said));
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test("saved questions are answers, and can be replayed", () => {
    const path = join(folder.path, "answers.json");
    expect(drawbridge(["questions", "--root", image, "--output", path]).status).toBe(0);
    const said: unknown = JSON.parse(readFileSync(path, "utf8"));
    expect(said).toEqual(answersFileSchema.parse(said));
    expect(drawbridge(["plan", "--root", image, "--answers", path])).toMatchObject({ status: 0 });
  });
});

describe("failures are documents too, with the line of standard error", () => {
  test.each([
    [["inspect", "--root", "/nowhere", "--format", "json"], 2],
    [["plan", "--format=json", "--control", "nothing-like-it"], 2],
    [["apply", "--format", "json"], 2],
    [["inspect", "--format", "json", "--frobnicate"], 2],
    [["frobnicate", "--format", "json"], 2],
    [["list", "--format", "json", "--category", "cloud"], 2],
  ])("%j", (words, exitCode) => {
    const answer = drawbridge(words);
    expect(answer.status).toBe(exitCode);
    const { error } = documentOf("error", answer);
    expect(error.exitCode).toBe(exitCode);
    expect(answer.stderr).toBe(`drawbridge: ${error.message}\n`);
  });
});
