import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pty from "@lydell/node-pty";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
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
  spawnSync(process.execPath, [program, ...words], {
    encoding: "utf8",
    input: "",
    env: { ...process.env, TERM: "xterm-256color" },
  });

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

/** Opens the wizard for an unpacked image, sends the signal when `until` is on screen, and tells how it ended. */
async function wizard(signal: string, until: (seen: string) => boolean): Promise<{ seen: string; exitCode: number }> {
  const terminal = pty.spawn(process.execPath, [program, "--root", image], {
    cols: 100,
    rows: 24,
    env: { ...process.env, TERM: "xterm" },
  });
  let seen = "";
  let sent = false;
  terminal.onData((part) => {
    seen += part;
    if (sent || !until(seen)) return;
    sent = true;
    terminal.kill(signal);
  });
  const exitCode = await new Promise<number>((resolve) => terminal.onExit((end) => resolve(end.exitCode)));
  return { seen, exitCode };
}

test("on a terminal the first line comes before anything else", async () => {
  const { seen } = await wizard("SIGTERM", (text) => text.includes("\n"));
  expect(seen.split("\r\n")[0]).toBe(` drawbridge   ${image}   Debian 12   read-only: nothing has changed`);
});

test.each([
  ["SIGINT", 130],
  ["SIGTERM", 143],
  ["SIGHUP", 129],
])("%s ends the wizard with %i and gives the terminal back", async (signal, code) => {
  const [enter, leave] = ["\u001b[?1049h", "\u001b[?1049l"];
  const { seen, exitCode } = await wizard(signal, (text) => text.includes(enter));
  expect(exitCode).toBe(code);
  expect(seen.lastIndexOf(leave)).toBeGreaterThan(seen.lastIndexOf(enter));
  expect(seen.lastIndexOf("\u001b[?25h")).toBeGreaterThan(seen.lastIndexOf("\u001b[?25l"));
});

test("a wizard whose terminal is gone ends, although no signal tells it", async () => {
  // A session of its own gets no SIGHUP; only the terminal's answer, EIO, shows that nobody is there.
  const script = 'exec 3<&0; setsid "$@" <&3 & echo "pid $!"; exec sleep 600';
  const terminal = pty.spawn("sh", ["-c", script, "sh", process.execPath, program, "--root", image], {
    cols: 100,
    rows: 24,
    env: { ...process.env, TERM: "xterm" },
  });
  const gone = new Promise<void>((resolve) => terminal.onExit(() => resolve()));
  let seen = "";
  await new Promise<void>((resolve) => {
    terminal.onData((part) => {
      seen += part;
      if (seen.includes("\u001b[?1049h")) resolve();
    });
  });
  const pid = Number(/^pid (\d+)/m.exec(seen)?.[1]);
  onTestFinished(() => {
    if (isRunning(pid)) process.kill(pid, "SIGKILL");
  });
  terminal.kill("SIGKILL");
  await gone;
  while (isRunning(pid)) await new Promise((resolve) => setTimeout(resolve, 100));
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
