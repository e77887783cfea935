import { execFileSync, spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { bootCommand, bootInput, quoteForLoginShell } from "../../src/targets/remote-shell.ts";

const script = `IFS= read -r first
printf '%s|' "$first"
cat
`;
const input = Buffer.from("it's $(one)\nrest\0\xff", "latin1");

const has = (program: string) => spawnSync("sh", ["-c", `command -v ${program}`]).status === 0;

describe("a script and its input on one standard input", () => {
  test("arrive apart, byte for byte", () => {
    const [file, ...argv] = bootCommand(script, "none");
    const said = execFileSync(file, argv, { input: bootInput(script, input, undefined) });
    expect(said.toString("latin1")).toBe("it's $(one)|rest\0\xff");
  });

  test("a password that sudo did not need is skipped, not executed", () => {
    const [file, ...argv] = bootCommand(script, "none");
    const said = execFileSync(file, argv, { input: bootInput(script, input, "echo oops") });
    expect(said.toString("latin1")).toBe("it's $(one)|rest\0\xff");
  });

  test.each(["sh", "bash", "dash", "tcsh", "fish", "zsh"].filter(has))("survive the login shell %s", (shell) => {
    const line = `exec ${quoteForLoginShell(bootCommand(script, "none"))}`;
    const said = execFileSync(shell, ["-c", line], { input: bootInput(script, input, undefined) });
    expect(said.toString("latin1")).toBe("it's $(one)|rest\0\xff");
  });

  test.each([
    "none",
    "sudo",
    "sudo-with-password",
  ] as const)("the command line for %s holds nothing of the script", (how) => {
    expect(bootCommand("echo SECRET", how).join(" ")).not.toContain("SECRET");
    expect(quoteForLoginShell(bootCommand("x", how)).match(/'/gu)?.length).toBe(how === "none" ? 2 : 4);
  });
});
