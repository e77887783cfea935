import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type RequestListener } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo, Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { nextRound } from "../../src/core/rounds.ts";
import { type Fact, known } from "../../src/model/fact.ts";
import type { Answers } from "../../src/model/plan.ts";
import { questionLine } from "../../src/model/probe.ts";
import { type DefaultLogins, defaultLogins, loginLines } from "../../src/probes/default-logins.ts";
import { givenAnswers } from "../../src/probes/given-answers.ts";
import { listeners } from "../../src/probes/listeners.ts";
import { recordedAnswers } from "../../src/probes/machine.ts";
import { listen } from "../steps/os/firewall/server.ts";

const recorded = (answers: Answers): Fact<unknown> =>
  known({ content: JSON.stringify({ schemaVersion: 1, answers, excluded: {} }), mode: "0600" });
const nothing: Fact<unknown> = { state: "absent", reason: "nothing was applied" };
const grafana = listen(3000, { address: "127.0.0.1", reach: "loopback", families: [4] });
const console6 = listen(9446, { address: "fd00::7", reach: "address", families: [6] });

const asked = (given: Answers, before: Fact<unknown> = nothing) => {
  const facts = new Map<string, Fact<unknown>>([
    [givenAnswers.id, known(given)],
    [recordedAnswers.id, before],
    [listeners.id, known([grafana, console6])],
  ]);
  const { asked: questions, settled } = nextRound([defaultLogins], facts);
  return { input: questions[0]?.input, settled: settled.get(defaultLogins.id) };
};

describe("nothing is tried without a yes", () => {
  it.each([
    ["nobody answered", {}, nothing],
    ["no", { "defaults.try-logins": false }, recorded({ "defaults.try-logins": true })],
    ["a record that is none", {}, known({ content: "{", mode: "0600" })],
    ["a word that is no yes", { "defaults.try-logins": "true" }, nothing],
  ] as const)("%s", (_, given, before) => {
    const { input, settled } = asked(given, before);
    expect(input).toBeUndefined();
    expect(settled).toEqual(known({ tried: false, attempts: [], unable: undefined }));
  });

  it("a yes counts now, and at every inspection once it is on record", () => {
    expect(asked({ "defaults.try-logins": true }).input).toContain("http://127.0.0.1:3000/api/org");
    expect(asked({}, recorded({ "defaults.try-logins": true })).input).toContain("https://[fd00::7]:9446/auth/login");
  });

  it("and only what listens is asked", () => {
    expect(loginLines([listen(8080)])).toEqual([]);
    expect(loginLines([listen(9200)]).length).toBe(4);
  });
});

describe("the script", () => {
  const folder = mkdtempSync(join(tmpdir(), "drawbridge-logins-"));
  const servers: Server[] = [];
  const seen: string[] = [];
  const start = async (server: Server): Promise<number> => {
    servers.push(server);
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    return (server.address() as AddressInfo).port;
  };
  const bodyOf = async (request: IncomingMessage): Promise<string> => {
    let text = "";
    for await (const chunk of request) text += chunk;
    return text;
  };
  const basic =
    (account: string): RequestListener =>
    (request, response) => {
      seen.push(request.headers.authorization ?? "none");
      const right = request.headers.authorization === `Basic ${Buffer.from(account).toString("base64")}`;
      response.writeHead(right ? 200 : 401).end();
    };
  const json: RequestListener = async (request, response) => {
    const { username, password } = JSON.parse(await bodyOf(request)) as { username: string; password: string };
    response.writeHead(username === "admin" && password === "admin" ? 200 : 401).end();
  };
  const form: RequestListener = async (request, response) => {
    const fields = new URLSearchParams(await bodyOf(request));
    response.writeHead(fields.get("password") === "Ballerina@123" ? 200 : 401).end();
  };
  let ports: { first: number; changed: number; open: number; secure: number; form: number };

  beforeAll(async () => {
    execFileSync("openssl", [
      ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1"],
      ...["-subj", "/CN=console", "-keyout", join(folder, "key"), "-out", join(folder, "cert")],
    ]);
    const tls = { key: readFileSync(join(folder, "key")), cert: readFileSync(join(folder, "cert")) };
    ports = {
      first: await start(createServer(basic("admin:admin"))),
      changed: await start(createServer(basic("admin:something else"))),
      open: await start(createServer((_, response) => response.writeHead(200).end())),
      secure: await start(createSecureServer(tls, json)),
      form: await start(createServer(form)),
    };
  });
  afterAll(() => {
    for (const server of servers) server.close();
    rmSync(folder, { recursive: true });
  });

  const run = async (lines: readonly string[], path = process.env.PATH ?? ""): Promise<DefaultLogins> => {
    const child = spawn("/bin/sh", ["-c", defaultLogins.script], { env: { PATH: path } });
    let stdout = "";
    child.stdout.on("data", (chunk) => {
      stdout += chunk;
    });
    // It may have ended before it read anything.
    child.stdin.on("error", () => {});
    child.stdin.end(lines.join(""));
    await new Promise((done) => child.on("close", done));
    const output = { stdout, exitCode: 0, truncated: false, timedOut: false };
    const fact = defaultLogins.parse(output, {
      recorded: nothing,
      given: { "defaults.try-logins": true },
      sockets: [],
    });
    if (fact.state !== "known") throw new Error(fact.reason);
    return fact.value;
  };

  it("tells who lets the known account in, who does not, who wants none at all, and who is silent", async () => {
    const { attempts } = await run([
      questionLine("first", "basic", `http://127.0.0.1:${ports.first}/`, "admin", "admin"),
      questionLine("changed", "basic", `http://127.0.0.1:${ports.changed}/`, "admin", "admin"),
      questionLine("open", "basic", `http://127.0.0.1:${ports.open}/`, "admin", "admin"),
      questionLine("console", "json", `https://127.0.0.1:${ports.secure}/auth/login`, "admin", "admin"),
      questionLine("console", "json", `https://127.0.0.1:${ports.secure}/auth/login`, "admin", "other"),
      questionLine("form", "form", `http://127.0.0.1:${ports.form}/`, "admin", "Ballerina@123"),
      questionLine("silent", "basic", "http://127.0.0.1:1/", "admin", "admin"),
    ]);
    expect(attempts.map(({ what, status }) => `${what} ${status}`)).toEqual([
      "first 200",
      "changed 401",
      "open 200",
      "console 200",
      "console 401",
      "form 200",
      "silent 000",
    ]);
    expect(JSON.stringify(attempts)).not.toContain("Ballerina@123");
    // Asked without an account first, once with it, never again.
    expect(seen.length).toBe(4);
  });

  it("says when there is nothing to try with", async () => {
    expect((await run([questionLine("x", "basic", "http://127.0.0.1:1/", "a", "b")], folder)).unable).toBe(
      "curl is not installed",
    );
  });
});
