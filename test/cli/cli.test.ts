import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pty from "@lydell/node-pty";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bundledProgram } from "../bundled.ts";

let program = "";
let image = "";

beforeAll(() => {
  program = bundledProgram();
  image = mkdtempSync(join(tmpdir(), "drawbridge-cli-"));
  mkdirSync(join(image, "etc"));
  writeFileSync(join(image, "etc/os-release"), 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n');
});

afterAll(() => rmSync(image, { recursive: true, force: true }));

const drawbridge = (...words: string[]) =>
  spawnSync(process.execPath, [program, ...words], { encoding: "utf8", input: "" });

test("version and help go to standard output", () => {
  expect(drawbridge("--version")).toMatchObject({
    status: 0,
    stderr: "",
    stdout: expect.stringMatching(/^drawbridge \d+\.\d+\.\d+\n$/),
  });
  expect(drawbridge("--help")).toMatchObject({
    status: 0,
    stderr: "",
    stdout: expect.stringContaining("Usage: drawbridge "),
  });
});

test.each([
  [["inspekt"], "drawbridge: unknown command 'inspekt' (Did you mean inspect?); see drawbridge --help\n"],
  [
    ["inspect", "--host", "-x"],
    'drawbridge: --host "-x" is not [user@]name[:port] with a port from 1 to 65535; see drawbridge inspect --help\n',
  ],
  [[], "drawbridge: the wizard needs a terminal; use inspect, plan or apply --answers FILE, or wizard --plain\n"],
])("%j: one line on standard error, exit 2", (words, stderr) => {
  expect(drawbridge(...words)).toMatchObject({ status: 2, stdout: "", stderr });
});

test("a reader that goes away is no error", async () => {
  const child: ChildProcess = spawn(process.execPath, [program, "--help"], { stdio: ["ignore", "pipe", "pipe"] });
  child.stdout?.destroy();
  let complaints = "";
  child.stderr?.on("data", (part) => (complaints += part));
  expect(await once(child, "close")).toEqual([0, null]);
  expect(complaints).toBe("");
});

test("on a terminal the first line comes before anything else", async () => {
  const terminal = pty.spawn(process.execPath, [program, "--root", image], {
    cols: 100,
    rows: 24,
    env: { ...process.env, TERM: "xterm" },
  });
  const ended = new Promise<void>((resolve) => terminal.onExit(() => resolve()));
  let seen = "";
  await new Promise<void>((resolve) => {
    terminal.onData((part) => {
      seen += part;
      if (seen.includes("\n")) resolve();
    });
  });
  terminal.kill("SIGTERM");
  await ended;
  expect(seen.split("\r\n")[0]).toBe(` drawbridge   ${image}   Debian 12   read-only: nothing has changed`);
});
