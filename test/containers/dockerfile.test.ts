import { describe, expect, test } from "vitest";
import {
  bakedIn,
  basesOf,
  imageName,
  isIgnored,
  isMoving,
  isRootUser,
  readDockerfile,
  secretsInBuild,
  userOf,
} from "../../src/containers/dockerfile.ts";

const read = (...lines: string[]) => readDockerfile(lines.join("\n"));

describe("reading", () => {
  test("continued lines, comments between them and here-documents are one instruction each", () => {
    const file = read(
      "# syntax=docker/dockerfile:1",
      "from a:1 as Build",
      "RUN one \\",
      "  # a word about it",
      "  two",
      "RUN <<EOF",
      "FROM nothing",
      "EOF",
      "FROM build",
      "USER 10014",
    );
    expect(file.instructions.map(({ keyword, line, stage }) => [keyword, line, stage])).toEqual([
      ["FROM", 2, 0],
      ["RUN", 3, 0],
      ["RUN", 6, 0],
      ["FROM", 9, 1],
      ["USER", 10, 1],
    ]);
    expect(file.stages).toEqual([
      { base: "a:1", name: "build", line: 2 },
      { base: "build", name: undefined, line: 9 },
    ]);
  });

  test("the escape directive makes a backslash a sign like others", () => {
    expect(
      read("# escape=`", "FROM a:1", "RUN a `", "b", "COPY c\\", "USER x").instructions.map(({ text }) => text),
    ).toEqual(["a:1", "a b", "c\\", "x"]);
  });

  test("defaults of arguments name the base", () => {
    expect(
      basesOf(read("ARG V=3.1", "FROM ballerina/jvm-runtime:$V", "FROM \u0024{BASE:-x:2}", "FROM $UNKNOWN")),
    ).toEqual([
      { name: "ballerina/jvm-runtime", tag: "3.1", digest: undefined, line: 2 },
      { name: "x", tag: "2", digest: undefined, line: 3 },
    ]);
  });

  test.each([
    ["registry:5000/a/b", { name: "registry:5000/a/b", tag: undefined, digest: undefined }, true],
    ["a/b:latest", { name: "a/b", tag: "latest", digest: undefined }, true],
    ["a:1@sha256:00", { name: "a", tag: "1", digest: "sha256:00" }, false],
  ])("%s is an image", (text, name, moving) => {
    expect(imageName(text)).toEqual(name);
    expect(isMoving(imageName(text))).toBe(moving);
  });

  test("nothing in hostile text makes it throw", () => {
    for (const text of ["", "\\", "FROM", "RUN <<", 'COPY ["', "ENV =", "FROM a\nCOPY --from", "\u0000".repeat(99)]) {
      const file = readDockerfile(text);
      expect([...secretsInBuild(file), ...bakedIn(file, [], undefined)]).toEqual([]);
    }
  });
});

describe("what becomes part of the image", () => {
  const copies = (line: string, beside: string[] = [], ignore?: string) =>
    bakedIn(read("FROM a:1", line), beside, ignore).map(({ what }) => what);
  test.each([
    ["COPY Config.toml /home/ballerina/", ["COPY brings Config.toml into the image"]],
    ['ADD ["conf/orders.secrets.toml", "/x/"]', ["ADD brings orders.secrets.toml into the image"]],
    ["COPY --chown=1:1 tls/key.p12 /x", ["COPY brings key.p12 into the image"]],
    ["COPY --from=build /x/Config.toml /y", []],
    ["COPY target/bin/orders.jar /app/", []],
    ["COPY .env.example /app/", []],
  ])("%s", (line, found) => expect(copies(line)).toEqual(found));

  test("a whole folder brings what lies in it, unless .dockerignore keeps it out", () => {
    expect(copies("COPY . /app", ["Config.toml"])).toEqual(["COPY brings Config.toml into the image"]);
    expect(copies("COPY . /app", ["Config.toml"], "# no\n*\n!target\n")).toEqual([]);
    expect(copies("COPY . /app", ["tests/Config.toml"], "**/Config.toml")).toEqual([]);
    expect(copies("COPY src/ /app", ["Config.toml"])).toEqual([]);
  });

  test("what only a build stage copies stays out", () => {
    const file = read("FROM a:1 AS build", "COPY . /src", "FROM b:1", "COPY --from=build /src/x.jar /");
    expect(bakedIn(file, ["Config.toml"], undefined)).toEqual([]);
  });

  test.each([
    ["*", "a/Config.toml", true],
    ["*\n!Config.toml", "Config.toml", false],
    ["Config.toml", "a/Config.toml", false],
    ["**/*.p12", "a/b/x.p12", true],
    ["/conf/", "conf/x", true],
  ])("%j and %s: ignored %s", (ignore, path, out) => expect(isIgnored(ignore, path)).toBe(out));
});

describe("secrets", () => {
  const secrets = (line: string) => secretsInBuild(read("FROM a:1", line)).map(({ what }) => what);
  test.each([
    ["ENV DB_PASSWORD=hunter2 LANG=C", ["ENV DB_PASSWORD"]],
    ["ENV DB_PASSWORD hunter2", ["ENV DB_PASSWORD"]],
    ["ENV DB_PASSWORD=$GIVEN", []],
    ["ENV URL=postgresql://a:hunter2@db/x", ["ENV URL"]],
    ["ARG API_TOKEN", ["ARG API_TOKEN: its value stays in the history of the image"]],
    ["ARG VERSION=1", []],
    ["RUN curl -u op:x --password hunter2 https://a", ["RUN has a secret in its command"]],
    ['RUN --mount=type=secret,id=token curl -H "Authorization: Bearer $TOKEN" https://a', []],
    ["LABEL note=fine", []],
  ])("%s", (line, found) => expect(secrets(line)).toEqual(found));

  test("no value is in what is said", () => {
    expect(JSON.stringify(secrets("ENV A_TOKEN=hunter2hunter2"))).not.toContain("hunter2");
  });
});

describe("who it runs as", () => {
  test("the last USER of the stages that become the image", () => {
    expect(userOf(read("FROM a:1 AS base", "USER 5", "FROM base"))).toEqual({ user: "5", line: 2 });
    expect(userOf(read("FROM a:1 AS build", "USER 5", "FROM b:1"))).toBeUndefined();
  });
  test.each([
    ["root", true],
    ["0:0", true],
    ["00", true],
    ["10014", false],
    ["ballerina", false],
  ])("%s is root: %s", (user, root) => expect(isRootUser(user)).toBe(root));
});
