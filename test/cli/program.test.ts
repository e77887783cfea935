import { describe, expect, test } from "vitest";
import { commandDeclarations } from "../../src/commands/declarations.ts";
import { arrange, readCommandLine } from "../../src/commands/program.ts";
import { version } from "../../src/version.ts";

const read = (line: string) => readCommandLine(line === "" ? [] : line.split(" "));

describe("arrange", () => {
  test.each([
    ["", "wizard"],
    ["--plain", "wizard --plain"],
    ["--host app01", "wizard --host app01"],
    ["inspect --host app01", "inspect --host app01"],
    ["--host app01 inspect --yes", "inspect --host app01 --yes"],
    ["--host plan apply", "apply --host plan"],
    ["--set a.b=c --no-wait apply plan.json", "apply --set a.b=c --no-wait plan.json"],
    ["--host=app01 inspect", "inspect --host=app01"],
    ["--help", "--help"],
    ["inspect --help", "inspect --help"],
    ["-- inspect", "wizard -- inspect"],
  ])("%s", (words, arranged) => {
    expect(arrange(words === "" ? [] : words.split(" ")).join(" ")).toBe(arranged);
  });
});

describe("readCommandLine", () => {
  test("no words mean the wizard", () => {
    expect(read("")).toMatchObject({ kind: "command", name: "wizard" });
  });

  test("options may stand before the command and may be repeated", () => {
    expect(read("--control a apply --control b --no-wait")).toMatchObject({
      kind: "command",
      name: "apply",
      raw: { control: ["a", "b"], wait: false },
    });
  });

  test("arguments have names", () => {
    expect(read("export sh out")).toMatchObject({ raw: { "<format>": "sh", "<directory>": "out" } });
    expect(read("undo")).toMatchObject({ raw: { "<id>": undefined } });
  });

  test("the version", () => {
    expect(read("--version")).toEqual({ kind: "text", text: `drawbridge ${version}\n` });
  });

  test("the help names every command and every exit code", () => {
    const help = read("--help");
    expect(help.kind).toBe("text");
    const text = help.kind === "text" ? help.text : "";
    for (const name of Object.keys(commandDeclarations)) expect(text).toContain(`\n  ${name} `);
    for (const code of [0, 1, 2, 3, 4, 5, 70, 130]) expect(text).toMatch(new RegExp(`[ ;:]${code} [a-z]`));
    expect(read("help")).toEqual(help);
  });

  test.each(Object.entries(commandDeclarations))("the help of %s names its options", (name, { options }) => {
    const help = read(`${name} --help`);
    expect(help.kind).toBe("text");
    const text = help.kind === "text" ? help.text : "";
    expect(text).toContain(`Usage: drawbridge ${name} `);
    if ((options as readonly string[]).includes("host")) expect(text).toContain("--host <[user@]name[:port]>");
    expect(read(`help ${name}`)).toEqual(help);
  });

  test.each([
    ["foo", "unknown command 'foo'; see drawbridge --help"],
    ["help foo", "unknown command 'foo'; see drawbridge --help"],
    ["inspectt", "unknown command 'inspectt' (Did you mean inspect?); see drawbridge --help"],
    ["inspect --hots x", "unknown option '--hots' (Did you mean --host?); see drawbridge inspect --help"],
    ["list --yes", "unknown option '--yes'; see drawbridge list --help"],
    ["explain", "missing required argument 'control'; see drawbridge explain --help"],
    ["undo a b", "too many arguments for 'undo'. Expected 1 argument but got 2: a, b; see drawbridge undo --help"],
  ])("%s is one line", (line, complaint) => {
    expect(read(line)).toEqual({ kind: "complaint", line: complaint });
  });
});
