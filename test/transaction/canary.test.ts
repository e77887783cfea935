import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { type AddressInfo, createServer as createSilentServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isInstalled, shells } from "./sandbox.ts";

const canary = new URL("../../templates/transaction/canary.sh", import.meta.url).pathname;
/** What the runtime brings: the canary is read into it. */
const around = `set -uf
tab=$(printf '\\t')
newline='
'
IFS=$tab$newline
lines() { :; }
one_line() { tr -s '\\n\\t' '  ' | cut -c1-500 | sed 's/ *$//'; }
. ${canary}
`;

const seen: string[] = [];
const answer: RequestListener = (request, response) => {
  seen.push(`${request.method} ${request.url}`);
  if (request.url === "/moved") response.writeHead(302, { location: "/elsewhere" }).end();
  else if (request.url === "/missing") response.writeHead(404).end("no");
  else response.writeHead(200).end("x".repeat(100_000));
};

let folder: string;
const servers: { readonly plain: Server; readonly tls: Server; readonly silent: Server }[] = [];
const ports = { plain: 0, tls: 0, silent: 0, nobody: 0 };
const listen = (server: Server, host?: string) =>
  new Promise<number>((resolve) => server.listen(0, host, () => resolve((server.address() as AddressInfo).port)));

beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "drawbridge-canary-")));
  spawnSync("openssl", [
    ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1"],
    ...["-subj", "/CN=other", "-keyout", join(folder, "key"), "-out", join(folder, "certificate")],
  ]);
  const pair = { key: readFileSync(join(folder, "key")), cert: readFileSync(join(folder, "certificate")) };
  const all = {
    plain: createServer(answer),
    tls: createTlsServer(pair, answer),
    silent: createSilentServer(() => {}),
  };
  servers.push(all);
  ports.plain = await listen(all.plain, "127.0.0.1");
  ports.tls = await listen(all.tls, "127.0.0.1");
  ports.silent = await listen(all.silent);
  const gone = createSilentServer();
  ports.nobody = await listen(gone, "127.0.0.1");
  await new Promise((resolve) => gone.close(resolve));
});
afterAll(async () => {
  for (const { plain, tls, silent } of servers)
    for (const server of [plain, tls, silent]) {
      if ("closeAllConnections" in server) (server as ReturnType<typeof createServer>).closeAllConnections();
      server.close();
    }
  rmSync(folder, { recursive: true, force: true });
});

const common = ["sed", "head", "timeout", "cut", "tr", "cat", "awk", "grep", "tail", "printf"];
/** A PATH with these tools only. */
const only = (...tools: readonly string[]): string => {
  const path = mkdtempSync(join(folder, "tools-"));
  for (const tool of [...common, ...tools]) {
    const real = spawnSync("sh", ["-c", 'command -v "$1"', "sh", tool], { encoding: "utf8" }).stdout.trim();
    if (real.startsWith("/")) symlinkSync(real, join(path, tool));
  }
  return path;
};

const run = (argv: readonly string[], program: string, args: readonly string[] = [], path?: string, input = "") =>
  new Promise<{ code: number | null; said: string }>((resolve) => {
    const found = spawnSync("sh", ["-c", 'command -v "$1"', "sh", argv[0] ?? ""], { encoding: "utf8" }).stdout.trim();
    const child = spawn(found, [...argv.slice(1), "-c", `${around}${program}`, "sh", ...args], {
      env: { PATH: path ?? process.env.PATH, LC_ALL: "C" },
    });
    let said = "";
    child.stdout.on("data", (chunk) => {
      said += chunk;
    });
    child.on("close", (code) => resolve({ code, said: said.trim() }));
    child.stdin.end(input);
  });

describe.for(shells)("asking under $name", { timeout: 60_000 }, ({ argv, missing }) => {
  const ask = 'answer_of "$@"';
  const http = (scheme: "http" | "https", path: string, tools: string) =>
    run(argv, ask, ["http", `${scheme}://127.0.0.1:${ports[scheme === "http" ? "plain" : "tls"]}${path}`], tools);

  test.each([
    ["curl", "http"],
    ["curl", "https"],
    ["wget", "http"],
    ["wget", "https"],
    ["bash", "http"],
    ["openssl", "https"],
  ] as const)("%s over %s: only the status counts", async (tool, scheme) => {
    if (missing || !isInstalled(tool)) return;
    const tools = only(tool);
    seen.length = 0;
    expect(await http(scheme, "/health?x=1", tools)).toEqual({ code: 0, said: "http:200" });
    expect(await http(scheme, "/missing", tools)).toEqual({ code: 0, said: "http:404" });
    expect(await http(scheme, "/moved", tools)).toEqual({ code: 0, said: "http:302" });
    expect(seen).toEqual(["GET /health?x=1", "GET /missing", "GET /moved"]);
    const nobody = await run(argv, ask, ["http", `${scheme}://127.0.0.1:${ports.nobody}/`], tools);
    expect(nobody).toEqual({ code: 1, said: expect.stringMatching(/^no answer from/u) });
  });

  test("without a tool it is said, not failed", async () => {
    if (missing) return;
    expect(await http("http", "/", only())).toEqual({ code: 1, said: expect.stringContaining("install curl") });
  });

  test.each(["curl", "bash"])("a service that never answers is given up on: %s", async (tool) => {
    if (missing || !isInstalled(tool)) return;
    const silent = await run(argv, `try=1; ${ask}`, ["http", `http://127.0.0.1:${ports.silent}/`], only(tool));
    expect(silent).toEqual({ code: 1, said: expect.stringMatching(/^no answer from/u) });
  });

  test.each([
    ["127.0.0.1", "plain", 0],
    ["0.0.0.0", "plain", 0],
    ["*", "plain", 0],
    ["127.0.0.2", "plain", 1],
    ["127.0.0.2", "silent", 0],
    ["::1", "silent", 0],
    ["127.0.0.1", "nobody", 1],
  ] as const)("a port at %s: %s", async (address, which, code) => {
    if (missing) return;
    expect(await run(argv, ask, ["port", address, String(ports[which])])).toMatchObject({ code });
  });

  test.each([
    ["password=hunter22 rest", "password=*** rest"],
    ['{"clientSecret": "abc def", "n": 1}', '{"clientSecret": ***, "n": 1}'],
    ["db.password : hunter22, other", "db.password : ***, other"],
    ["jdbc:mysql://app:hunter22@db:3306/x failed", "jdbc:mysql://***@db:3306/x failed"],
    ["Authorization: Bearer abc.def-ghi", "Authorization: *** ***"],
    ["MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7", "***"],
    ["token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc-def refused", "token *** refused"],
    [
      "error: cannot open /var/lib/ballerina/orders/Config.toml",
      "error: cannot open /var/lib/ballerina/orders/Config.toml",
    ],
    ["error: undefined field 'accesLog' on line 3", "error: undefined field 'accesLog' on line 3"],
  ])("a journal line is told without secrets: %s", async (line, told) => {
    if (missing) return;
    expect(await run(argv, "without_secrets", [], undefined, `${line}\n`)).toEqual({ code: 0, said: told });
  });

  test("of many lines the one that tells is told", async () => {
    if (missing) return;
    const journal = "starting\nerror: no such key 'x'\n\tat a.b.C(D.java:1)\n\t... 3 more\nbye\n\n";
    expect((await run(argv, "telling_line", [], undefined, journal)).said).toBe("error: no such key 'x'");
    expect((await run(argv, "telling_line", [], undefined, "one\ntwo\n")).said).toBe("two");
  });
});

test("an address with a secret cannot be asked about", async () => {
  const { healthCheckSchema } = await import("../../src/model/health.ts");
  const at = (url: string) => healthCheckSchema.safeParse({ what: "x", before: { kind: "http", url } }).success;
  expect(at("https://[::1]:9443/health?x=1")).toBe(true);
  for (const url of ["http://a:b@c/", "http://a b/", "file:///etc/shadow", "-K/etc/x", "http://a/\n"])
    expect(at(url), url).toBe(false);
});
