import { describe, expect, it } from "vitest";
import { joinOptions, optionKey, splitOptions } from "../../src/systemd/java-options.ts";
import {
  commandWord,
  environmentLine,
  environmentOf,
  environmentWord,
  listOf,
  plainWord,
  readEnvironmentFile,
  readUnitFile,
  splitWords,
} from "../../src/systemd/unit-file.ts";

describe("a unit file is read as systemd.syntax(7) says", () => {
  it("joins continued lines, comments between them left out", () => {
    const text =
      "[Service]\nExecStart=/usr/bin/java \\\n  # a comment\n  ; another\n  -Xmx1g \\\n  -jar a.jar\n#Off=1\nUser = x \n";
    expect(readUnitFile(text)).toEqual([
      { section: "Service", name: "ExecStart", value: "/usr/bin/java -Xmx1g -jar a.jar" },
      { section: "Service", name: "User", value: "x" },
    ]);
  });

  it("adds lists up until an empty assignment", () => {
    const lines = readUnitFile(
      "[Service]\nExecStart=/a\nExecStart=/b\nExecStart=\nExecStart=/c\n[Unit]\nExecStart=/d\n",
    );
    expect(listOf(lines, "ExecStart")).toEqual(["/c"]);
  });
});

describe("words of a command line", () => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ["/usr/bin/java -Xmx1g", ["/usr/bin/java", "-Xmx1g"]],
    [`java "-Da=b c" '-De=f "g"'`, ["java", "-Da=b c", '-De=f "g"']],
    ["java -Da=%%h -Db=$$HOME", ["java", "-Da=%h", "-Db=$HOME"]],
    ['java "-Da=\\"q\\"" -Db=x\\x20y\\sz', ["java", '-Da="q"', "-Db=x y z"]],
  ];
  it.each(cases)("%s", (text, words) => {
    expect(splitWords(text).map(plainWord)).toEqual(words);
    expect(
      splitWords(text)
        .map(({ raw }) => raw)
        .join(" "),
    ).toBe(text);
  });

  it.each([
    "plain",
    "with blank",
    'with "quotes"',
    "100%",
    "$HOME",
    "back\\slash",
    "",
    "'",
    ";",
  ])("%j is written so that it is read back", (text) => {
    const [word] = splitWords(commandWord(text));
    expect(text === ";" ? commandWord(text) : word && plainWord(word)).toBe(text === ";" ? "\\;" : text);
  });
});

describe("the environment that a unit gives", () => {
  const unit = (content: string) => ({ path: "/etc/systemd/system/a.service", content });

  it("lets an environment file win over Environment=, and UnsetEnvironment= over both", () => {
    const found = environmentOf(
      [unit('[Service]\nEnvironment="A=1 2" B=3\nEnvironment=C=4\nUnsetEnvironment=C\n')],
      [{ path: "/etc/default/a", content: "# x\nB='5 6'\nexport D=\"7\"\n" }],
    );
    expect([...found].map(([name, { value, from }]) => `${name}=${value} ${from}`)).toEqual([
      "A=1 2 unit",
      "B=5 6 file",
      "D=7 file",
    ]);
  });

  it.each(["a b", 'say "x"', "back\\slash", "$HOME", "tab`s"])("%j survives both ways of writing it", (value) => {
    const inUnit = environmentOf([unit(`[Service]\nEnvironment=${environmentWord("A", value)}\n`)], []);
    expect(inUnit.get("A")?.value).toBe(value);
    expect(readEnvironmentFile(environmentLine("A", value))).toEqual([{ name: "A", value }]);
  });
});

describe("options of the java launcher", () => {
  it("are split and joined as java(1) says", () => {
    const options = ["-Xmx1g", "-Da=b c", '-Dq="x"', "-Dplain"];
    expect(splitOptions(joinOptions(options))).toEqual(options);
    expect(splitOptions(`  -Da="b c"  '-Dd=e f' `)).toEqual(["-Da=b c", "-Dd=e f"]);
  });

  it.each([
    ["-Xmx1g", "-XX:MaxHeapSize=2g"],
    ["-XX:+ExitOnOutOfMemoryError", "-XX:-ExitOnOutOfMemoryError"],
    ["-Djava.io.tmpdir=/a", "-Djava.io.tmpdir=/b"],
  ])("%s and %s decide the same", (a, b) => expect(optionKey(a)).toBe(optionKey(b)));

  it("two logging outputs add up", () => expect(optionKey("-Xlog:gc:file=a")).not.toBe(optionKey("-Xlog:gc:file=b")));
});
