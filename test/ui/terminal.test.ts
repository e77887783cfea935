import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spawn } from "@lydell/node-pty";
import xterm from "@xterm/headless";
import { build } from "esbuild";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { compileOptions, root } from "../../scripts/compile.ts";

const folder = mkdtempSync(join(tmpdir(), "drawbridge-terminal-"));
const program = join(folder, "wizard.mjs");
const running: { kill: () => void }[] = [];

beforeAll(async () => {
  await build({ ...compileOptions(), entryPoints: [`${root}/test/ui/terminal-program.tsx`], outfile: program });
}, 60_000);
afterEach(() => {
  for (const terminal of running.splice(0)) terminal.kill();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A terminal of its own, as xterm would show it. */
const open = (environment: Record<string, string> = {}) => {
  const screen = new xterm.Terminal({ cols: 80, rows: 24, scrollback: 200, allowProposedApi: true });
  const child = spawn(process.execPath, [program], {
    cols: 80,
    rows: 24,
    name: "xterm-256color",
    env: { PATH: "/usr/bin:/bin", LANG: "C.UTF-8", TERM: "xterm-256color", FORCE_COLOR: "1", ...environment },
  });
  const written: string[] = [];
  child.onData((data) => {
    written.push(data);
    screen.write(data);
  });
  const { promise: ended, resolve } = Promise.withResolvers<number>();
  child.onExit(({ exitCode }) => resolve(exitCode));
  running.push({
    kill: () => {
      try {
        child.kill("SIGKILL");
      } catch {
        // It has ended by itself.
      }
      screen.dispose();
    },
  });
  const text = (): string =>
    Array.from(
      { length: screen.buffer.active.length },
      (_, row) => screen.buffer.active.getLine(row)?.translateToString(true) ?? "",
    )
      .join("\n")
      .trimEnd();
  const shows = async (wanted: string): Promise<void> => {
    for (let turn = 0; turn < 1000; turn++) {
      if (text().includes(wanted)) return;
      await new Promise((done) => setTimeout(done, 20));
    }
    throw new Error(`the terminal never shows ${JSON.stringify(wanted)}:\n${text()}`);
  };
  return {
    text,
    shows,
    ended,
    written: () => written.join(""),
    isAlternate: () => screen.buffer.active.type === "alternate",
    press: (keys: string) => child.write(keys),
    resize: (columns: number, rows: number) => {
      screen.resize(columns, rows);
      child.resize(columns, rows);
    },
  };
};

describe("on a real terminal", () => {
  it("gives the terminal back as it was, with the summary below what was there, and ends with 130 at Ctrl-C", async () => {
    const terminal = open();
    await terminal.shows("Set up this server");
    expect(terminal.isAlternate()).toBe(true);
    terminal.press("2");
    await terminal.shows("First things first");
    terminal.press("\u0003");
    expect(await terminal.ended).toBe(130);
    await terminal.shows("app01.example.net: nothing was changed.");
    expect(terminal.isAlternate()).toBe(false);
    expect(terminal.text()).not.toContain("First things first");
    const modes = terminal.written();
    expect(modes.lastIndexOf("\u001b[?25h")).toBeGreaterThan(modes.lastIndexOf("\u001b[?25l"));
    expect(modes.lastIndexOf("\u001b[?1049l")).toBeGreaterThan(modes.lastIndexOf("\u001b[?1049h"));
    expect(modes.lastIndexOf("\u001b[?2004l")).toBeGreaterThan(modes.lastIndexOf("\u001b[?2004h"));
  }, 60_000);

  it("leaves nothing of the old picture behind when the terminal is resized", async () => {
    const terminal = open();
    await terminal.shows("Set up this server");
    terminal.press("2");
    await terminal.shows("w walks on");
    terminal.resize(62, 18);
    await terminal.shows("   read-only\n");
    terminal.resize(50, 12);
    await terminal.shows("needs 60x16");
    expect(terminal.text().split("\n")).toHaveLength(1);
    terminal.resize(140, 40);
    await terminal.shows("w walks on");
    const rows = terminal.text().split("\n");
    expect(rows.filter((row) => row.includes("drawbridge"))).toHaveLength(1);
    expect(rows.filter((row) => row.includes("Review and apply"))).toHaveLength(1);
    expect(rows[1]).toBe("─".repeat(140));
    terminal.press("q");
    expect(await terminal.ended).toBe(0);
  }, 60_000);

  it("lends the terminal to the operator's editor and takes the text back", async () => {
    const editor = join(folder, "editor.mjs");
    writeFileSync(
      editor,
      `import { readFileSync, writeFileSync } from "node:fs";
       const [, , file] = process.argv;
       writeFileSync(file, readFileSync(file, "utf8").replace("authorised", "invited"));`,
    );
    const terminal = open({ EDITOR: `${process.execPath} ${editor}` });
    await terminal.shows("Set up this server");
    terminal.press("2");
    await terminal.shows("First things first");
    terminal.press("/");
    terminal.press("banner");
    await terminal.shows("ssh.banner");
    terminal.press("\r");
    await terminal.shows("What does everyone read");
    terminal.press(" ");
    await terminal.shows("Ctrl-D takes the text");
    terminal.press("\u0007");
    await terminal.shows("for invited users only");
    terminal.press("\u0004");
    await terminal.shows("! SSH shows no legal notice");
    expect(terminal.isAlternate()).toBe(true);
    terminal.press("\u0003");
    expect(await terminal.ended).toBe(130);
  }, 60_000);

  it("takes a bracketed paste of several keys as text, not as key presses", async () => {
    const terminal = open();
    await terminal.shows("Set up this server");
    terminal.press("2");
    await terminal.shows("First things first");
    terminal.press("/");
    terminal.press("administrator.keys");
    await terminal.shows("With which keys");
    terminal.press("\r");
    await terminal.shows("op@desk");
    terminal.press("\u001b[200~ssh-ed25519 QQQQ quit@x\rssh-rsa CCCC c@x\u001b[201~");
    await terminal.shows("ssh-rsa CCCC c@x");
    terminal.press("\u0003");
    expect(await terminal.ended).toBe(130);
  }, 60_000);
});
