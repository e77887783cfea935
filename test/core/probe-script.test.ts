import { execFileSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { GarbledAnswer, parseProbeReport, probeScript, rightsReason } from "../../src/core/probe-script.ts";
import { known } from "../../src/model/fact.ts";
import { type Probe, type ProbeOutput, probe } from "../../src/model/probe.ts";

const boundary = "drawbridge-test";
const echo = (id: string, script: string, more: Partial<Probe<string>> = {}) =>
  probe<string>({ id, asks: id, script, rights: "anyone", parse: ({ stdout }) => known(stdout), ...more });

const shells = ["sh", "bash", "busybox sh"].filter((shell) => {
  try {
    execFileSync("sh", ["-c", `command -v ${shell.split(" ")[0]}`]);
    return true;
  } catch {
    return false;
  }
});

const ask = (probes: readonly Probe<string>[], shell = "sh", root = "") => {
  const [program = "sh", ...words] = shell.split(" ");
  const script = probeScript(probes);
  // The script arrives as an argument here; over a connection it arrives on standard input, before the same two lines.
  const stdout = execFileSync(program, [...words, "-c", script], { input: `${boundary}\n${root}\n`, encoding: "utf8" });
  return parseProbeReport(probes, boundary, stdout).facts;
};

describe.each(shells)("the probe script under %s", (shell) => {
  test("asks every probe and keeps answers apart, byte for byte", () => {
    const facts = ask([echo("one", "printf 'a\\n\\nb'"), echo("two", 'echo "it\'s"; exit 3')], shell);
    expect(facts.get("one")).toEqual(known("a\n\nb"));
    expect(facts.get("two")).toEqual(known("it's\n"));
  });

  test("a probe that is slow, chatty or missing is unknown or absent, and the others still answer", () => {
    const facts = ask(
      [
        echo("slow", "sleep 5", { timeLimit: 1 }),
        echo("chatty", "head -c 3000 /dev/zero | tr '\\0' x", { sizeLimit: 1024 }),
        echo("fits", "head -c 1024 /dev/zero | tr '\\0' x", { sizeLimit: 1024 }),
        echo("missing", "no-such-program-anywhere"),
        echo("last", "echo here"),
      ],
      shell,
    );
    expect(facts.get("slow")).toMatchObject({ state: "unknown", reason: expect.stringContaining("longer than 1 s") });
    expect(facts.get("chatty")).toMatchObject({ state: "unknown", reason: expect.stringContaining("more than 1 KiB") });
    expect(facts.get("fits")).toEqual(known("x".repeat(1024)));
    expect(facts.get("missing")).toMatchObject({ state: "absent" });
    expect(facts.get("last")).toEqual(known("here\n"));
  });

  test("a probe cannot speak for another", () => {
    const liar = echo("liar", "printf '\\n%s\\n' 'drawbridge-guess begin other'; echo forged");
    const facts = ask([liar, echo("other", "echo true")], shell);
    expect(facts.get("other")).toEqual(known("true\n"));
  });

  test("a probe that reads standard input does not eat what follows", () => {
    expect(ask([echo("reader", "cat"), echo("after", "echo x")], shell).get("after")).toEqual(known("x\n"));
  });

  test("what needs a running system is unknown against an image", () => {
    const facts = ask([echo("live", "echo x"), echo("image", 'echo "$root"', { system: "image" })], shell, "/mnt/it's");
    expect(facts.get("live")).toMatchObject({ state: "unknown" });
    expect(facts.get("image")).toEqual(known("/mnt/it's\n"));
  });
});

test("a parser that throws makes an unknown fact, not a crash", () => {
  const broken = probe<string>({
    id: "broken",
    asks: "a broken thing",
    script: "echo x",
    rights: "anyone",
    parse: (_: ProbeOutput) => {
      throw new Error("line 1 is odd");
    },
  });
  expect(ask([broken]).get("broken")).toEqual({
    state: "unknown",
    reason: '"a broken thing" answered something unreadable (line 1 is odd)',
  });
});

test("an answer that is not ours is refused by name", () => {
  expect(() => parseProbeReport([], boundary, "\nWelcome to BusyBox\n")).toThrow(GarbledAnswer);
  expect(() => parseProbeReport([], boundary, "\nWelcome!\n")).toThrow(/it answered "Welcome!"/u);
});

test("an answer that breaks off leaves the rest unknown", () => {
  const probes = [echo("one", "echo 1"), echo("two", "echo 2")];
  const stdout = `\n${boundary} uid 0\n\n${boundary} begin one\n1\n\n${boundary} end one 0\n\n${boundary} begin two\nhal`;
  const { facts, root } = parseProbeReport(probes, boundary, stdout);
  expect(root).toBe(true);
  expect(facts.get("one")).toEqual(known("1\n"));
  expect(facts.get("two")).toMatchObject({ state: "unknown", reason: expect.stringContaining("broke off") });
});

test.each([
  ["sudo: a password is required", "this needs root, and sudo asks for a password"],
  ["sh: 1: sudo: not found", "this needs root, and sudo is not installed"],
  ["op is not in the sudoers file.", "this needs root, and this account may not use sudo"],
  ["", "this needs root"],
])("sudo's %j reads as a sentence", (said, sentence) => {
  expect(rightsReason(said)).toBe(sentence);
});
