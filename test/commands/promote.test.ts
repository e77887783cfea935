/** A chain of three stages in folders, with a mistake in each: what stops, stops before the target changes. */
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Answer, drawbridge, temporaryFolder } from "./drawbridge.ts";

const folder = temporaryFolder();
const at = (...parts: readonly string[]): string => join(folder.path, ...parts);
let endpoint: Server;
let port = 0;
const printed: Answer[] = [];

const secrets = { dev: "dev-secret-4711", staging: "staging-secret-4712", production: "production-secret-4713" };

const run = (...words: readonly string[]): Answer => {
  const answer = drawbridge([...words, "--yes"]);
  printed.push(answer);
  return answer;
};
const promote = (from: string, to: string, ...more: readonly string[]): Answer =>
  run("promote", at(from), at(to), "--rules", at(`${to}.rules.toml`), "--schema", at("project"), ...more);

/** Every file of a stage with its bytes, and the time it was written. */
const contents = (stage: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    readdirSync(at(stage))
      .filter((name) => name.endsWith(".toml"))
      .map((name) => [name, `${statSync(at(stage, name)).mtimeMs} ${readFileSync(at(stage, name), "utf8")}`]),
  );

const base = (more = ""): string => `# orders: the same everywhere
dbUser = "orders"     # may read and write, nothing else
maxPayload = 64.0
${more}
[ballerina.log]
level = "DEBUG"
`;

beforeAll(async () => {
  endpoint = createServer();
  await new Promise<void>((done) => endpoint.listen(0, "127.0.0.1", done));
  const address = endpoint.address();
  port = typeof address === "object" && address !== null ? address.port : 0;
  folder.write("project/Ballerina.toml", '[package]\norg = "acme"\nname = "orders"\nversion = "0.1.0"\n');
  folder.write(
    "project/main.bal",
    'configurable string dbUser = "x";\nconfigurable string dbPassword = ?;\nconfigurable decimal maxPayload = 1.0;\nconfigurable string upstreamUrl = "";\n',
  );
  folder.write("dev/base.toml", base());
  folder.write("dev/endpoints.toml", `upstreamUrl = "http://dev.internal.example:${port}/v1"\n`);
  folder.write("dev/secrets.toml", `dbPassword = "${secrets.dev}"\n`);
  for (const stage of ["staging", "production"] as const) {
    folder.write(`${stage}/base.toml`, "");
    folder.write(
      `${stage}.rules.toml`,
      `from = "${stage === "staging" ? "dev" : "staging"}"\nto = "${stage}"\nlogLevel = "INFO"\nforbid = ["*.internal.example"]\n[hosts]\n"dev.internal.example" = "127.0.0.1"\n[limits]\nmaxPayload = { maximum = ${stage === "staging" ? 32 : 8} }\n`,
    );
  }
  folder.write("production/secrets.toml", `dbPassword = "${secrets.production}"\n`);
});
afterAll(() => {
  endpoint.close();
  folder.remove();
});

const stops = (answer: Answer, said: string, stage: string, before: Readonly<Record<string, string>>) => {
  expect(answer.status, answer.stderr).toBe(3);
  expect(answer.stderr).toContain(said);
  expect(contents(stage)).toEqual(before);
};

describe("dev to staging", () => {
  test("a value of the wrong type in dev stops it", () => {
    const before = contents("staging");
    folder.write("dev/base.toml", base().replace("64.0", "64"));
    stops(promote("dev", "staging"), "source: maxPayload is an integer", "staging", before);
    folder.write("dev/base.toml", base("maxPaylaod = 1.0"));
    stops(promote("dev", "staging"), "source: maxPaylaod is not known to the program", "staging", before);
    folder.write("dev/base.toml", `${base()}\n[broken\n`);
    stops(promote("dev", "staging"), "source: base.toml is no TOML: line", "staging", before);
    folder.write("dev/base.toml", base());
  });

  test("a secret that staging has not got stops it", () => {
    const before = contents("staging");
    stops(promote("dev", "staging"), "result: dbPassword is required and has no value", "staging", before);
    folder.write("staging/secrets.toml", `dbPassword = "${secrets.staging}"\n`);
  });

  test("then it goes, by its rules, and staging keeps its own secret", () => {
    const answer = promote("dev", "staging");
    expect(answer.status, answer.stderr).toBe(0);
    expect(readFileSync(at("staging", "base.toml"), "utf8")).toBe(
      base().replace("64.0", "32.0").replace("DEBUG", "INFO"),
    );
    expect(readFileSync(at("staging", "endpoints.toml"), "utf8")).toBe(`upstreamUrl = "http://127.0.0.1:${port}/v1"\n`);
    expect(readFileSync(at("staging", "secrets.toml"), "utf8")).toBe(`dbPassword = "${secrets.staging}"\n`);
    expect(promote("dev", "staging").stdout).toContain("nothing to promote");
  });
});

describe("staging to production", () => {
  test("a host of another stage stops it", () => {
    const before = contents("production");
    writeFileSync(at("staging", "endpoints.toml"), `upstreamUrl = "http://staging.internal.example:${port}/v1"\n`);
    stops(promote("staging", "production"), "calls staging.internal.example, which no endpoint", "production", before);
  });

  test("an endpoint that does not answer from here stops it", () => {
    const before = contents("production");
    writeFileSync(at("staging", "endpoints.toml"), 'upstreamUrl = "http://127.0.0.1:1/v1"\n');
    stops(promote("staging", "production"), "does not answer from this machine", "production", before);
    writeFileSync(at("staging", "endpoints.toml"), `upstreamUrl = "https://127.0.0.1:${port}/v1"\n`);
  });

  test("an endpoint alone is promoted with --endpoints, and nothing else", () => {
    writeFileSync(at("staging", "endpoints.toml"), `upstreamUrl = "http://127.0.0.1:${port}/v2"\n`);
    const before = contents("production");
    const answer = promote("staging", "production", "--endpoints");
    expect(answer.status, answer.stderr).toBe(0);
    expect(contents("production")["base.toml"]).not.toBe(before["base.toml"]);
    expect(readFileSync(at("production", "base.toml"), "utf8")).toBe(`upstreamUrl = "http://127.0.0.1:${port}/v2"\n`);
  });

  test("all of it is promoted, and taken back to the byte", () => {
    const before = contents("production");
    const answer = promote("staging", "production");
    expect(answer.status, answer.stderr).toBe(0);
    expect(readFileSync(at("production", "base.toml"), "utf8")).toContain("maxPayload = 8.0");
    const [id = ""] = answer.stdout.split(":");
    const back = run("promote", "--rollback", id, at("production"));
    expect(back.status, back.stderr).toBe(0);
    expect(contents("production")).toEqual(before);
    expect(run("promote", "--rollback", id, at("production")).stderr).toContain("was taken back already");
  });

  test("what was edited since is not overwritten by the way back", () => {
    const answer = promote("staging", "production");
    const [id = ""] = answer.stdout.split(":");
    writeFileSync(at("production", "base.toml"), `${readFileSync(at("production", "base.toml"), "utf8")}# by hand\n`);
    const back = run("promote", "--rollback", id, at("production"));
    expect(back.status).toBe(3);
    expect(back.stderr).toContain("was edited since");
  });
});

describe("the log", () => {
  const log = (): { entries: { what: string; from: string; to: string }[]; problems: string[] } =>
    JSON.parse(drawbridge(["log", at("production"), "--verify", "--format", "json"]).stdout);

  test("tells what was done, from where to where", () => {
    expect(log().entries.map(({ what, from, to }) => [what, from, to].join(" "))).toEqual([
      "endpoints promoted staging production",
      "promoted staging production",
      `rolled back ${at("production")} ${at("production")}`,
      "promoted staging production",
    ]);
    expect(log().problems).toEqual([]);
  });

  test("an edited line is found, and nothing more is promoted on top of it", () => {
    const path = at("production", ".drawbridge", "log.jsonl");
    const text = readFileSync(path, "utf8");
    writeFileSync(path, text.replace('"what":"rolled back"', '"what":"promoted"'));
    expect(log().problems).toEqual(["line 3: it was changed after it was written"]);
    expect(drawbridge(["log", at("production"), "--verify"]).status).toBe(1);
    const answer = promote("staging", "production");
    expect(answer.status).toBe(3);
    expect(answer.stderr).toContain("is not as it was written");
    writeFileSync(path, text.split("\n").toSpliced(1, 1).join("\n"));
    expect(log().problems[0]).toContain("lines were taken out");
    writeFileSync(path, text);
    expect(log().problems).toEqual([]);
  });

  test("no secret was printed, logged or kept where others can read it", () => {
    const shown = printed.map(({ stdout, stderr }) => stdout + stderr).join("\n");
    for (const secret of Object.values(secrets)) {
      expect(shown).not.toContain(secret);
      expect(readFileSync(at("production", ".drawbridge", "log.jsonl"), "utf8")).not.toContain(secret);
    }
    expect(statSync(at("production", ".drawbridge")).mode & 0o077).toBe(0);
  });

  test("the same folder twice, a missing rule file and a rule that nobody knows are complaints", () => {
    expect(run("promote", at("dev"), at("dev")).status).toBe(2);
    expect(run("promote", at("dev"), at("staging"), "--rules", at("none.toml")).stderr).toContain("cannot read");
    folder.write("odd.toml", "loglevel = 1\n");
    expect(run("promote", at("dev"), at("staging"), "--rules", at("odd.toml")).stderr).toContain("do not fit");
    expect(run("promote").status).toBe(2);
  });
});
