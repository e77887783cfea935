import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  type CommandDeclaration,
  commandDeclarations,
  longFlag,
  type OptionDeclaration,
  type OptionName,
  optionDeclarations,
} from "../../src/commands/declarations.ts";
import { readCommandLine } from "../../src/commands/program.ts";
import { exitCodes } from "../../src/exit-codes.ts";
import { documents } from "../../src/model/documents.ts";

const text = readFileSync("docs/command-line.md", "utf8");

/** The cells of a section's table, without its head; `\|` is a bar inside a cell. */
const table = (section: string): readonly (readonly string[])[] => {
  const body = text.split(`\n## ${section}\n`)[1]?.split("\n## ")[0] ?? "";
  return body
    .split("\n")
    .filter((line) => line.startsWith("|"))
    .slice(2)
    .map((line) =>
      line
        .split(/(?<!\\)\|/u)
        .slice(1, -1)
        .map((cell) => cell.trim().replaceAll("\\|", "|")),
    );
};
const code = (cell = "") => /^`([^`]+)`$/u.exec(cell)?.[1] ?? cell;

const commands = Object.entries(commandDeclarations) as [string, CommandDeclaration][];
const options = Object.entries(optionDeclarations) as [OptionName, OptionDeclaration][];

describe("docs/command-line.md", () => {
  test("names every command with its arguments, in the order of the help", () => {
    expect(table("Commands").map(([cell]) => code(cell))).toEqual(
      commands.map(([name, { arguments: words }]) => [name, ...Object.keys(words)].join(" ")),
    );
  });

  test("names every option once", () => {
    expect(
      table("Options")
        .map(([cell]) => code(cell))
        .sort(),
    ).toEqual(options.map(([, { flags }]) => flags).sort());
  });

  test.each(options)("says which commands take --%s", (name, { flags }) => {
    const row = table("Options").find(([cell]) => code(cell) === flags);
    const takers = commands.filter(([, declaration]) => declaration.options.includes(name)).map(([command]) => command);
    expect(row?.[1]).toBe(name === "color" ? "all" : takers.join(" "));
  });

  test("names every default", () => {
    const said = /^Defaults: (.*)\.$/mu.exec(text)?.[1];
    const defaults = options.flatMap(([name, { default: value }]) =>
      value === undefined ? [] : [`\`${longFlag(name)} ${value}\``],
    );
    expect(said?.split(", ").sort()).toEqual(defaults.sort());
  });

  test("names every exit code, and the help the ones that scripts look at", () => {
    const codes = Object.values(exitCodes).sort((a, b) => a - b);
    expect(table("Exit codes").map(([cell]) => Number(cell))).toEqual(codes);
    const help = readCommandLine(["--help"]);
    for (const exitCode of codes.filter((value) => value !== 129 && value !== 143)) {
      expect(help.kind === "text" && help.text).toMatch(new RegExp(`[ ;:]${exitCode} [a-z]`, "u"));
    }
  });

  test("names every field of every document", () => {
    const rows = table("JSON documents").map(([name = "", fields = ""]) => [
      /^\[(\w+)\]/u.exec(name)?.[1],
      [...(fields.split(":")[0]?.matchAll(/`(\w+)`/gu) ?? [])].map(([, field]) => field).sort(),
    ]);
    expect(Object.fromEntries(rows)).toEqual(
      Object.fromEntries(
        Object.entries(documents).map(([name, { shape }]) => [
          name,
          Object.keys(shape)
            .filter((field) => field !== "schemaVersion" && field !== "tool")
            .sort(),
        ]),
      ),
    );
  });

  test("leads nowhere else than to files that are there", () => {
    const schemas = readdirSync("docs/schemas");
    for (const [, name = ""] of text.matchAll(/\(schemas\/([^)]+)\)/gu)) expect(schemas).toContain(name);
    for (const name of schemas) expect(text).toContain(`(schemas/${name})`);
  });
});
