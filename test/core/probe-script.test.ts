import { execFileSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { probesOf } from "../../src/core/needs.ts";
import { GarbledAnswer, parseProbeReport, rightsReason } from "../../src/core/probe-report.ts";
import { type Manner, probeInput, probeScript } from "../../src/core/probe-script.ts";
import { type Asked, alone, nextRound } from "../../src/core/rounds.ts";
import { absent, type Fact, known, unknown } from "../../src/model/fact.ts";
import { followUp, type Probe, type ProbeOutput, probe, questionLine, raw } from "../../src/model/probe.ts";
import { bootCommand, bootInput } from "../../src/targets/remote-shell.ts";
import { steps } from "../../steps/index.ts";

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

/** Asks in rounds until nothing is left to ask, as an inspection does. */
const ask = (probes: readonly Probe<string>[], shell = "sh", root = "") => {
  const [program = "sh", ...words] = shell.split(" ");
  const facts = new Map<string, Fact<unknown>>();
  const converse = (asked: readonly Asked[], manner: Manner) => {
    // The script arrives as an argument here; over a connection it arrives on standard input, before the same input.
    const stdout = execFileSync(program, [...words, "-c", probeScript(asked, manner)], {
      input: probeInput(asked, boundary, root, manner),
      encoding: "utf8",
      maxBuffer: 64 * 1024 * 1024,
    });
    const report = parseProbeReport(asked, boundary, stdout, manner);
    for (const [id, fact] of report.facts) facts.set(id, fact);
    return report.unanswered;
  };
  for (;;) {
    const { asked, settled } = nextRound(probes, facts);
    for (const [id, fact] of settled) facts.set(id, fact);
    if (asked.length === 0) return facts;
    const unanswered = converse(asked, "together");
    if (unanswered.length > 0) expect(converse(unanswered, "alone")).toEqual([]);
  }
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
        echo("chatty", "head -c 3000 /dev/zero | tr '\\0' x", { sizeLimit: 1024, timeLimit: 1 }),
        echo("fits", "head -c 1024 /dev/zero | tr '\\0' x", { sizeLimit: 1024, timeLimit: 1 }),
        echo("missing", "no-such-program-anywhere", { timeLimit: 1 }),
        echo("endless", "yes", { sizeLimit: 1024, timeLimit: 1 }),
        echo("dead", "kill -9 $$; sleep 5", { timeLimit: 1 }),
        echo("last", "echo here", { timeLimit: 1 }),
      ],
      shell,
    );
    expect(facts.get("slow")).toMatchObject({ state: "unknown", reason: expect.stringContaining("longer than 1 s") });
    expect(facts.get("chatty")).toMatchObject({ state: "unknown", reason: expect.stringContaining("more than 1 KiB") });
    expect(facts.get("fits")).toEqual(known("x".repeat(1024)));
    expect(facts.get("missing")).toMatchObject({ state: "absent" });
    expect(facts.get("endless")).toMatchObject({
      state: "unknown",
      reason: expect.stringContaining("more than 1 KiB"),
    });
    expect(facts.get("dead")).toMatchObject({ state: "unknown" });
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

  test("a follow-up asks about what was found, and gets its own input only, byte for byte", () => {
    const names = echo("names", "printf 'a b\\n$(id)\\n-n %%s'");
    const long = "x".repeat(200_000);
    const asks = (id: string, script: string, input: string, more: object = {}) =>
      followUp({
        id,
        asks: id,
        rights: "anyone",
        follows: { names },
        input: ({ names: found }) => `${found}\n${input}`,
        script,
        parse: ({ stdout }, { names: found }) => known(`${found.length} ${stdout}`),
        ...more,
      });
    const facts = ask(
      [
        names,
        asks("ignores", "echo nothing read", long),
        asks("whole", "cat", "ünïcode\t'\"`\n"),
        asks("forged", "cat", "whole 3\nabc"),
        asks("long", "wc -c", long, { sizeLimit: 512 * 1024 }),
        asks("dies", "kill -9 $$", long),
        asks("image", "cat", "never", { system: "live" }),
        asks("last", "cat", "last\n\n"),
        echo("none", "cat"),
      ],
      shell,
    );
    expect(facts.get("ignores")).toEqual(known("15 nothing read\n"));
    expect(facts.get("whole")).toEqual(known("15 a b\n$(id)\n-n %s\nünïcode\t'\"`\n"));
    expect(facts.get("forged")).toEqual(known("15 a b\n$(id)\n-n %s\nwhole 3\nabc\n"));
    expect(facts.get("long")).toEqual(known("15 200017\n"));
    expect(facts.get("dies")).toMatchObject({ state: "unknown" });
    expect(facts.get("last")).toEqual(known("15 a b\n$(id)\n-n %s\nlast\n"));
    expect(facts.get("none")).toEqual(known(""));
  });

  test("many long answers do not mix, whichever lane they come from", () => {
    const digits = Array.from({ length: 30 }, (_, index) => String(index % 10));
    const facts = ask(
      digits.map((digit, index) =>
        echo(`long-${index}`, `head -c 100000 /dev/zero | tr '\\0' ${digit}; exit ${index}`),
      ),
      shell,
    );
    digits.map((digit, index) => expect(facts.get(`long-${index}`)).toEqual(known(digit.repeat(100_000))));
  });

  test("a follow-up that cannot be run does not leave its input to the next one", () => {
    const names = echo("names", "echo a", { system: "image" });
    const asks = (id: string, system: "live" | "image") =>
      followUp({
        id,
        asks: id,
        rights: "anyone",
        system,
        follows: { names },
        input: () => id,
        script: "cat",
        parse: ({ stdout }) => known(stdout),
      });
    const facts = ask([names, asks("live", "live"), asks("image", "image")], shell, "/mnt");
    expect(facts.get("live")).toMatchObject({ state: "unknown" });
    expect(facts.get("image")).toEqual(known("image\n"));
  });

  test("what needs a running system is unknown against an image", () => {
    const facts = ask([echo("live", "echo x"), echo("image", 'echo "$root"', { system: "image" })], shell, "/mnt/it's");
    expect(facts.get("live")).toMatchObject({ state: "unknown" });
    expect(facts.get("image")).toEqual(known("/mnt/it's\n"));
  });
});

test("long probes are asked first, and an odd one is not lost", () => {
  const round = [echo("one", "echo 1"), echo("two", "echo 2", { long: true }), echo("three", "echo 3")];
  expect([...probeScript(round.map(alone)).matchAll(/^begin (\S+)$/gmu)].map(([, id]) => id)).toEqual([
    "two",
    "one",
    "three",
  ]);
  expect([...ask(round).keys()]).toEqual(["one", "two", "three"]);
});

test("no argument is longer than the kernel takes, however much is asked", () => {
  const asked = Array.from({ length: 12 }, (_, index) =>
    echo(`big-${index}`, `: ${"x".repeat(40_000)}\necho ${index}`),
  );
  const script = probeScript(asked.map(alone));
  const [file, ...words] = bootCommand("none");
  const input = bootInput(script, probeInput(asked.map(alone), boundary, ""), undefined);
  const stdout = execFileSync(file, words, { input, encoding: "utf8" });
  const { facts } = parseProbeReport(asked.map(alone), boundary, stdout);
  for (const index of asked.keys()) expect(facts.get(`big-${index}`)).toEqual(known(`${index}\n`));
});

test("everything that an inspection asks at first fits into two shells", () => {
  const groups = probeScript(nextRound(probesOf(steps), new Map()).asked).match(/^ {2}group /gmu);
  expect(groups).toHaveLength(2);
});

describe("rounds", () => {
  const first = echo("first", "echo 1");
  const second = followUp({
    id: "second",
    asks: "second",
    script: "cat",
    rights: "anyone",
    follows: { first },
    input: ({ first: found }) => questionLine(found, "x"),
    parse: ({ stdout }, { first: found }) => known(`${found}${stdout}`),
  });
  const third = followUp({
    id: "third",
    asks: "third",
    script: "cat",
    rights: "anyone",
    follows: { second: raw(second), first },
    input: ({ second: found }) => (found.state === "known" ? found.value : undefined),
    parse: ({ stdout }, { second: found }) => known(`${found.state} ${stdout}`),
  });
  const settledBy = (fact: Fact<unknown>) => nextRound([first, second, third], new Map([["first", fact]]));

  test("each round asks what its predecessors allow", () => {
    expect(nextRound([third, second, first], new Map()).asked.map(({ probe: { id } }) => id)).toEqual(["first"]);
    const { asked } = settledBy(known("a"));
    expect(asked).toMatchObject([{ probe: { id: "second" }, input: "a\tx\n", followed: { first: "a" } }]);
  });

  test.each([
    [absent("there is none"), absent("there is none")],
    [unknown("sudo asks for a password"), unknown("sudo asks for a password")],
  ])("an unanswered predecessor is the follower's answer", (fact, expected) => {
    const { asked, settled } = settledBy(fact);
    expect(asked).toEqual([]);
    expect(settled.get("second")).toEqual(expected);
    expect(settled.get("third")).toEqual(expected);
  });

  test("a raw predecessor may be unanswered, and nothing to ask is an answer too", () => {
    const facts = new Map<string, Fact<unknown>>([
      ["first", known("a")],
      ["second", unknown("it took too long")],
    ]);
    const { asked, settled } = nextRound([first, second, third], facts);
    expect(asked).toEqual([]);
    expect(settled.get("third")).toEqual(known("unknown "));
  });

  test.each(["a\tb", "a\nb", "a\rb", "a\0b"])("a value that would break the line is not asked: %j", (value) => {
    expect(settledBy(known(value)).settled.get("second")).toMatchObject({ state: "unknown" });
  });

  test("more than a mebibyte is not asked", () => {
    const { settled } = settledBy(known("x".repeat(1024 * 1024)));
    expect(settled.get("second")).toMatchObject({ state: "unknown", reason: expect.stringContaining("1024 KiB") });
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
  const { facts, root } = parseProbeReport(probes.map(alone), boundary, stdout);
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
