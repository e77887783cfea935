import { spawnSync } from "node:child_process";
import { execa } from "execa";
import { describe, expect, test } from "vitest";
import { quoteForLoginShell, waitingCommand } from "../../src/targets/remote-shell.ts";
import { type WaitingShell, waitingShell } from "../../src/targets/waiting-shell.ts";

const start = ([file, ...argv]: readonly [string, ...string[]]) =>
  execa(file, argv, { reject: false, buffer: { stdout: false, stderr: true } });

const shell = async (command: readonly [string, ...string[]] = waitingCommand): Promise<WaitingShell> => {
  const started = await waitingShell(start(command));
  if ("ended" in started) throw new Error(`it ended with ${started.ended.exitCode}: ${started.ended.stderr}`);
  return started.shell;
};

const has = (program: string) => spawnSync("sh", ["-c", `command -v ${program}`]).status === 0;

describe("a shell that waits", () => {
  test("takes one script after the other, each with its own input, byte for byte", async () => {
    const waiting = await shell();
    const input = Buffer.from("it's $(one)\nrest\0end", "latin1");
    const first = await waiting.run("echo oops >&2; sleep 0.1; cat; exit 7", input, 10);
    expect(first).toEqual({ exitCode: 7, stdout: "it's $(one)\nrest\0end", stderr: "oops\n" });
    const second = await waiting.run("echo $left; cat; left=over", undefined, 10);
    expect(second).toEqual({ exitCode: 0, stdout: "\n", stderr: "" });
    expect(await waiting.run("echo $left", Buffer.from("never read"), 10)).toMatchObject({
      stdout: "\n",
    });
    expect(await waiting.run("echo still here", undefined, 10)).toMatchObject({ stdout: "still here\n" });
    waiting.drop();
  });

  test("is taken while a script runs, and free again behind it", async () => {
    const waiting = await shell();
    expect(waiting.free()).toBe(true);
    const running = waiting.run("sleep 0.1", undefined, 10);
    expect(waiting.free()).toBe(false);
    await running;
    expect(waiting.free()).toBe(true);
    waiting.drop();
  });

  test("what looks like its end in an answer is a part of the answer", async () => {
    const waiting = await shell();
    const fake = "\ndrawbridge-waits 0\n\n0123456789abcdef01234567 0\n";
    const script = `printf '${fake.replaceAll("\n", "\\n")}'; sleep 0.1; printf more; echo "$word"`;
    expect(await waiting.run(script, undefined, 10)).toMatchObject({ exitCode: 0, stdout: `${fake}more\n` });
    waiting.drop();
  });

  test("an answer larger than a pipe comes whole", async () => {
    const waiting = await shell();
    const { stdout } = await waiting.run("head -c 3000000 /dev/zero | tr '\\0' x", undefined, 30);
    expect(stdout).toBe("x".repeat(3_000_000));
    waiting.drop();
  });

  test("a script that takes too long is 124, and the shell is not used again", async () => {
    const waiting = await shell();
    expect(await waiting.run("echo begun; sleep 2", undefined, 0.3)).toMatchObject({
      exitCode: 124,
      stdout: "begun\n",
    });
    expect(waiting.free()).toBe(false);
  });

  test("that is lost in the middle of an answer is 255, as ssh says it", async () => {
    const child = start(waitingCommand);
    const started = await waitingShell(child);
    if ("ended" in started) throw new Error("it ended");
    const answer = started.shell.run("echo begun; sleep 1", undefined, 30);
    child.stdout.once("data", () => child.kill("SIGKILL"));
    expect(await answer).toMatchObject({ exitCode: 255, stdout: "begun\n" });
    expect(started.shell.free()).toBe(false);
  });

  test("what a profile says before it waits belongs to nobody", async () => {
    const line = `echo "welcome to app01"; echo drawbridge-waits; exec ${quoteForLoginShell(waitingCommand)}`;
    const waiting = await shell(["sh", "-c", line]);
    expect(await waiting.run("echo one", undefined, 10)).toMatchObject({ stdout: "one\n" });
    waiting.drop();
  });

  test("a login that ends instead is told by how it ended", async () => {
    const started = await waitingShell(start(["sh", "-c", "echo not available >&2; exit 1"]));
    expect(started).toMatchObject({ ended: { exitCode: 1, stderr: "not available" } });
  });

  test.each(["sh", "bash", "dash", "tcsh", "fish", "zsh"].filter(has))("survives the login shell %s", async (login) => {
    const waiting = await shell([login, "-c", `exec ${quoteForLoginShell(waitingCommand)}`]);
    expect(await waiting.run("cat", Buffer.from("it's $(one)\n"), 10)).toMatchObject({ stdout: "it's $(one)\n" });
    waiting.drop();
  });

  test.skipIf(!has("busybox"))("works under busybox too", async () => {
    const waiting = await shell(["busybox", "sh", "-c", waitingCommand.at(-1) ?? ""]);
    expect(await waiting.run("cat", Buffer.from("one\n"), 10)).toMatchObject({ stdout: "one\n" });
    expect(await waiting.run("cat", Buffer.from("two\n"), 10)).toMatchObject({ stdout: "two\n" });
    waiting.drop();
  });

  test("its command line holds no data and survives every login shell's quoting", () => {
    expect(quoteForLoginShell(waitingCommand).match(/'/gu)?.length).toBe(4);
  });
});
