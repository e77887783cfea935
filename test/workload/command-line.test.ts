import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { environmentFileVariables, javaCommand, javaWords, systemdWords } from "../../src/workload/command-line.ts";

describe("words of systemd", () => {
  it.each<[string, readonly string[]]>([
    ['A=b "C=d e" F=\'g "h"\'', ["A=b", "C=d e", 'F=g "h"']],
    ['"A=\\x41\\101\\n"', ["A=AA\n"]],
    ["$'A=b\\tc' D=e", ["A=b\tc", "D=e"]],
    ['A="b c', ["A=b c"]],
    ["", []],
    ['""', [""]],
  ])("%s", (text, expected) => expect(systemdWords(text)).toEqual(expected));

  it("never throw and lose no plain word", () =>
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[A-Za-z0-9=/.-]{1,9}$/u)), fc.string(), (words, noise) => {
        expect(systemdWords(words.join(" "))).toEqual(words);
        systemdWords(noise);
      }),
    ));
});

it("lines of an environment file", () =>
  expect(
    environmentFileVariables('# A=1\nB=2\n export C="x \\"y\\""\nD=\'$z\'\n; E=1\nF=a\\\nb\nno line\n9=x\n').map(
      ({ name, value }) => `${name}=${value}`,
    ),
  ).toEqual(["B=2", 'C=x "y"', "D=$z", "F=ab"]));

it("words of an argument file", () =>
  expect(javaWords("# comment\n-Xmx1g \"-Dx=a b\"\n-Dy='c d'\n")).toEqual(["-Xmx1g", "-Dx=a b", "-Dy=c d"]));

describe("a java command", () => {
  it("with a JAR", () =>
    expect(javaCommand(["java", "-Xmx1g", "-cp", "x.jar", "@opts", "-jar", "a.jar", "-Cb=c", "-jar"])).toEqual({
      options: ["-Xmx1g", "-cp", "x.jar", "@opts"],
      jar: "a.jar",
      classpath: "x.jar",
      mainClass: undefined,
      arguments: ["-Cb=c", "-jar"],
    }));

  it("with a class", () =>
    expect(javaCommand(["java", "-cp", "app.jar:jars/*", "acme.orders.0.$_init", "x"])).toMatchObject({
      mainClass: "acme.orders.0.$_init",
      classpath: "app.jar:jars/*",
      arguments: ["x"],
    }));

  it("with nothing", () => expect(javaCommand([])).toMatchObject({ options: [], arguments: [] }));
});
