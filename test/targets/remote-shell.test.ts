import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { bootCommand, bootInput, passwordTrial, quoteForLoginShell } from "../../src/targets/remote-shell.ts";

const script = `IFS= read -r first
printf '%s|' "$first"
cat
`;
const input = Buffer.from("it's $(one)\nrest\0\xff", "latin1");

const has = (program: string) => spawnSync("sh", ["-c", `command -v ${program}`]).status === 0;

describe("a script and its input on one standard input", () => {
  test("arrive apart, byte for byte", () => {
    const [file, ...argv] = bootCommand("none");
    const said = execFileSync(file, argv, { input: bootInput(script, input, undefined) });
    expect(said.toString("latin1")).toBe("it's $(one)|rest\0\xff");
  });

  test("a password that sudo did not need is skipped, not executed", () => {
    const [file, ...argv] = bootCommand("none");
    const said = execFileSync(file, argv, { input: bootInput(script, input, "echo oops") });
    expect(said.toString("latin1")).toBe("it's $(one)|rest\0\xff");
  });

  test("a script that was cut off on its way is not begun", () => {
    const [file, ...argv] = bootCommand("none");
    const whole = bootInput("echo one\necho two\n", undefined, undefined);
    for (const cut of [1, 12, 20, 25]) {
      const { status, stdout } = spawnSync(file, argv, { input: whole.subarray(0, whole.length - cut) });
      expect({ status, said: stdout.toString() }).toEqual({ status: 2, said: "" });
    }
  });

  test("a dd(1) that cannot read whole blocks reads byte by byte", () => {
    const [file, flag, start = ""] = bootCommand("none");
    const old = `dd() { case "$*" in *iflag*) return 1 ;; esac; command dd "$@"; }; ${start}`;
    const said = execFileSync(file, [flag ?? "", old], { input: bootInput(script, input, undefined) });
    expect(said.toString("latin1")).toBe("it's $(one)|rest\0\xff");
  });

  test("nothing is waited for that a slow connection has not brought yet", () => {
    const whole = bootInput(script, input, undefined);
    const [file, ...argv] = bootCommand("none");
    const slowly = `for at in $(seq 0 60 ${whole.length}); do tail -c +$((at + 1)) "$0" | head -c 60; sleep 0.01; done | "$@"`;
    const folder = mkdtempSync(join(tmpdir(), "drawbridge-shell-"));
    try {
      writeFileSync(join(folder, "input"), whole);
      const said = execFileSync("sh", ["-c", slowly, join(folder, "input"), file, ...argv]);
      expect(said.toString("latin1")).toBe("it's $(one)|rest\0\xff");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test.each(["sh", "bash", "dash", "tcsh", "fish", "zsh"].filter(has))("survive the login shell %s", (shell) => {
    const line = `exec ${quoteForLoginShell(bootCommand("none"))}`;
    const said = execFileSync(shell, ["-c", line], { input: bootInput(script, input, undefined) });
    expect(said.toString("latin1")).toBe("it's $(one)|rest\0\xff");
  });

  test.each([
    "none",
    "sudo",
    "sudo-proved",
    "sudo-with-password",
  ] as const)("the command line for %s holds nothing of the script", (how) => {
    expect(bootCommand(how).join(" ")).not.toContain("SECRET");
    expect(quoteForLoginShell(bootCommand(how)).match(/'/gu)?.length).toBe(how === "none" ? 2 : 4);
  });

  test("the trial of a password survives every login shell's quoting too", () => {
    expect(quoteForLoginShell(passwordTrial).match(/'/gu)?.length).toBe(2);
  });
});
