import { describe, expect, test } from "vitest";
import { type CommandName, commandDeclarations, optionDeclarations } from "../../src/commands/declarations.ts";
import { type OptionsOf, readOptions } from "../../src/commands/options.ts";
import { readCommandLine } from "../../src/commands/program.ts";
import { categories, severities } from "../../src/model/finding.ts";

function read<Name extends CommandName>(name: Name, ...words: string[]): OptionsOf<Name> | readonly string[] {
  const request = readCommandLine([name, ...words]);
  if (request.kind !== "command") throw new Error(JSON.stringify(request));
  const result = readOptions(name, request.raw);
  return "options" in result ? result.options : result.problems;
}

describe("defaults", () => {
  test.each(Object.keys(commandDeclarations) as CommandName[])("%s", (name) => {
    const words = { generate: ["out"], export: ["sh", "out"], explain: ["ssh-port"] }[name as string] ?? [];
    expect(read(name, ...words)).toMatchObject({
      target: { kind: "local" },
      settings: [],
      categories: [],
      steps: [],
      controls: [],
      format: "text",
      failOn: "high",
      confirmWithin: 120,
      wait: true,
      yes: false,
      recommended: false,
      plain: false,
      askSudoPassword: false,
      color: "auto",
    });
  });
});

describe("--host", () => {
  test.each([
    ["app01", { name: "app01" }],
    ["op@app01.example.net", { name: "app01.example.net", user: "op" }],
    ["op@app01:22022", { name: "app01", user: "op", port: 22022 }],
    ["10.0.0.7:22", { name: "10.0.0.7", port: 22 }],
    ["[2001:db8::7]:22022", { name: "2001:db8::7", port: 22022 }],
    ["op@[fe80::1%eth0]", { name: "fe80::1%eth0", user: "op" }],
  ])("%s", (text, target) => {
    expect(read("inspect", "--host", text)).toMatchObject({ target: { kind: "ssh", ...target } });
  });

  test.each([
    "-oProxyCommand=id",
    "op@-x",
    "-l@host",
    "",
    "a b",
    "app01:0",
    "app01:70000",
    "a;b",
    "$(id)",
    "a\nb",
    "op@",
    "@app01",
    "app01:",
  ])("refuses %j", (text) => {
    expect(read("inspect", `--host=${text}`)).toEqual([
      `--host "${text}" is not [user@]name[:port] with a port from 1 to 65535`,
    ]);
  });

  test("excludes --root, and --ssh-config needs it", () => {
    expect(read("inspect", "--host", "a", "--root", "/mnt")).toEqual(["--root cannot be used together with --host"]);
    expect(read("inspect", "--ssh-config", "f")).toEqual(["--ssh-config has no meaning without --host"]);
    expect(read("inspect", "--host", "a", "--ssh-config", "f")).toMatchObject({
      target: { kind: "ssh", name: "a", sshConfig: "f" },
    });
    expect(read("inspect", "--root", "/mnt")).toMatchObject({ target: { kind: "root", directory: "/mnt" } });
  });
});

describe("values", () => {
  test("--set splits at the first equals sign", () => {
    expect(read("plan", "--set", "ssh.port=22022", "--set", "ssh.banner=a=b\nc", "--set", "ssh.groups=")).toMatchObject(
      {
        settings: [
          { question: "ssh.port", value: "22022" },
          { question: "ssh.banner", value: "a=b\nc" },
          { question: "ssh.groups", value: "" },
        ],
      },
    );
  });

  test.each([
    [["--set", "port"], '--set "port" is not step.question=value'],
    [["--confirm-within", "soon"], "--confirm-within wants a number of seconds"],
    [["--confirm-within", "1.5"], "--confirm-within wants whole seconds"],
    [["--confirm-within", "0"], "--confirm-within wants at least one second"],
    [["--confirm-within", "999999"], "--confirm-within wants at most a day (86400)"],
    [["--format", "xml"], "--format wants one of text, json"],
    [["--category", "cloud"], "--category wants one of runtime, os, network, configuration"],
    [["--color", "sometimes"], "--color wants one of auto, always, never"],
  ])("%j", (words, problem) => {
    expect(read("apply", ...words)).toEqual([problem]);
  });

  test("arguments are judged too", () => {
    expect(read("undo", "../../etc")).toEqual(["ID is not a transaction id; drawbridge status lists them"]);
    expect(read("undo", "20261122-0731")).toMatchObject({ arguments: { id: "20261122-0731" } });
    expect(read("export", "zip", "out")).toEqual(["FORMAT wants one of sh"]);
    expect(read("apply", "plan.json")).toMatchObject({ arguments: { plan: "plan.json" } });
  });

  test("the help lists the words that are accepted", () => {
    expect(optionDeclarations.category.flags).toContain(`<${categories.join("|")}>`);
    expect(optionDeclarations.failOn.flags).toContain(`<${severities.join("|")}|none>`);
  });
});
