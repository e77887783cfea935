import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readTemplates, template, templates } from "../../src/embedded/templates.ts";

let folder = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "drawbridge-templates-"));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("a template is the text of the file below templates/", () => {
  expect(templates().length).toBeGreaterThan(0);
  for (const path of templates()) expect(template(path)).toBe(readFileSync(`templates/${path}`, "utf8"));
  expect(templates()).toEqual([...templates()].sort());
});

test("a template that does not exist is named", () => {
  expect(() => template("../package.json")).toThrow('there is no template "../package.json"; there are: ');
  expect(() => template("constructor")).toThrow('there is no template "constructor"');
});

test("folders are walked", () => {
  mkdirSync(join(folder, "a/b"), { recursive: true });
  writeFileSync(join(folder, "a/b/c"), "\ufeffdeep\r\n");
  writeFileSync(join(folder, "top"), "");
  expect(readTemplates(folder)).toEqual({ "a/b/c": "\ufeffdeep\r\n", top: "" });
});

test("what is not text is refused, for it could not be embedded without loss", () => {
  writeFileSync(join(folder, "image"), Uint8Array.of(0x89, 0xff, 0xfe));
  expect(() => readTemplates(folder)).toThrow(/image is not UTF-8 text/);
});
