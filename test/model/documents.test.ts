import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { schemaFiles, schemasFolder } from "../../scripts/schemas.ts";

describe("docs/schemas", () => {
  const files = schemaFiles();

  test.each([...files])("%s says what the program says (else: node scripts/schemas.ts)", (name, text) => {
    expect(readFileSync(resolve(schemasFolder, name), "utf8")).toBe(text);
  });

  test("holds nothing else", () => {
    expect(readdirSync(schemasFolder).sort()).toEqual([...files.keys()].sort());
  });

  test.each([...files])("every document in %s names its version and, but for the two files, its tool", (name, text) => {
    const { required, properties } = JSON.parse(text) as {
      required: string[];
      properties: { schemaVersion: { const: number } };
    };
    expect(properties.schemaVersion.const).toBe(1);
    expect(required).toContain("schemaVersion");
    if (name !== "answers-file.schema.json") expect(required).toContain("tool");
  });
});
