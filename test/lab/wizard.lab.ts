import { execFileSync } from "node:child_process";
import { spawn } from "@lydell/node-pty";
import xterm from "@xterm/headless";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { wayIn } from "./drawbridge.ts";
import { type Lab, labOrSkip, openLab, type Server, until } from "./harness/index.ts";

const reason = labOrSkip();

/** The program in a terminal of its own: what an operator types and sees. */
const openTerminal = (
  lab: Lab,
  server: Server,
  columns: number,
  rows: number,
  env: Readonly<Record<string, string>>,
  ...words: string[]
) => {
  const terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, scrollback: 2000 });
  const argv = [
    "build/drawbridge.mjs",
    ...words,
    ...wayIn,
    "--host",
    server.name,
    "--ssh-config",
    lab.sshConfig(server),
  ];
  const program = spawn(process.execPath, argv, {
    cols: columns,
    rows,
    env: {
      PATH: process.env.PATH ?? "",
      HOME: lab.directory,
      XDG_STATE_HOME: lab.directory,
      LANG: "C.UTF-8",
      TERM: "xterm-256color",
      ...env,
    },
  });
  let exitCode: number | undefined;
  /** What was written since something was last typed: on a dumb terminal nothing is drawn over. */
  let answer = "";
  program.onData((data) => {
    terminal.write(data);
    answer += data;
  });
  program.onExit((ended) => {
    exitCode = ended.exitCode;
  });
  /** Everything from the first line of the scrollback to the last of the screen. */
  const text = () => {
    const { active } = terminal.buffer;
    return Array.from({ length: active.length }, (_, y) => active.getLine(y)?.translateToString(true) ?? "").join("\n");
  };
  const screen = () => {
    const { active } = terminal.buffer;
    return Array.from({ length: rows }, (_, y) => active.getLine(active.baseY + y)?.translateToString(true) ?? "").join(
      "\n",
    );
  };
  return {
    text,
    screen,
    type: (keys: string) => {
      answer = "";
      program.write(keys);
    },
    hear: (wanted: RegExp, timeoutMs = 60_000) =>
      until(`"${wanted}" among what was said`, () => (wanted.test(answer) ? true : undefined), {
        timeoutMs,
        detail: text,
      }),
    see: (wanted: string | RegExp, timeoutMs = 60_000) =>
      until(`"${wanted}" on the screen`, () => (new RegExp(wanted).test(text()) ? true : undefined), {
        timeoutMs,
        detail: text,
      }),
    exited: () => until("the end of the program", () => exitCode, { timeoutMs: 20_000, detail: text }),
    close: () => {
      try {
        program.kill();
      } catch {
        // It ended by itself.
      }
    },
  };
};

const enter = "\r";

describe.skipIf(reason !== undefined)(`the wizard in a real terminal${reason ? ` (skipped: ${reason})` : ""}`, () => {
  let lab: Lab;
  beforeAll(async () => {
    execFileSync(process.execPath, ["scripts/bundle.ts", "--quiet"]);
    lab = await openLab();
  });
  afterAll(() => lab?.close());

  test.each([
    [80, 24],
    [140, 40],
  ])("full screen at %ix%i, from the first key to a confirmed apply", async (columns, rows) => {
    const server = await lab.server({ release: "bookworm" });
    const wizard = openTerminal(lab, server, columns, rows, {});
    try {
      await wizard.see("Set up this server");
      wizard.type(enter);
      await wizard.see("SSH");
      wizard.type("r");
      await wizard.see("Review");
      wizard.type(enter);
      await wizard.see("Type the host name");
      wizard.type("not-this-host");
      await wizard.see("❯ not-this-host");
      wizard.type(enter);
      expect((await lab.client.ssh(server, "test -e /var/lib/drawbridge")).exitCode).toBe(1);
      for (const _ of "not-this-host") wizard.type("\u007f");
      wizard.type(server.name);
      await wizard.see(`❯ ${server.name} *\n`);
      wizard.type(enter);
      await wizard.see("Reverting in", 120_000);
      wizard.type(enter);
      await wizard.see("changes kept", 60_000);
      // What is left is for people to say: who owns each open port.
      await wizard.see(/Score \d+ → (?:9\d|100)\b/u);
      wizard.type(enter);
      expect(await wizard.exited()).toBe(0);
      // What matters stays in the scrollback after the screen is gone.
      for (const line of [/Log in from now on: +ssh -p 22022 op@/u, /Undo everything:/u])
        expect(wizard.text()).toMatch(line);
    } finally {
      wizard.close();
    }
    expect(await lab.client.ssh(server, "sudo -n id -u", { port: 22022 })).toMatchObject({ stdout: "0\n" });
    expect((await lab.client.ssh(server, "true", { port: 22 })).exitCode).toBe(255);
  });

  test("Ctrl-C quits with 130, the terminal is whole, nothing has changed, and the place is kept", async () => {
    const server = await lab.server({ release: "bookworm" });
    const first = openTerminal(lab, server, 80, 24, {});
    try {
      await first.see("Set up this server");
      first.type(enter);
      await first.see("SSH");
      first.type(enter);
      await first.see("port should SSH");
      first.type(enter);
      await first.see(/Who may log in/u);
      first.type("\u0003");
      expect(await first.exited()).toBe(130);
    } finally {
      first.close();
    }
    expect((await lab.client.ssh(server, "test -e /var/lib/drawbridge")).exitCode).toBe(1);
    const second = openTerminal(lab, server, 80, 24, {});
    try {
      await second.see("Go on where you stopped");
    } finally {
      second.close();
    }
  });

  test("line by line on a dumb terminal, to a confirmed apply", async () => {
    const server = await lab.server({ release: "bookworm" });
    const wizard = openTerminal(lab, server, 80, 24, { TERM: "dumb" });
    try {
      await wizard.hear(/Number, or Enter/u);
      wizard.type(`1${enter}`);
      await wizard.hear(/Number of a step/u);
      wizard.type(`r${enter}`);
      await wizard.hear(/Enter to apply/u);
      wizard.type(enter);
      await wizard.hear(/Type the host.s name/u);
      wizard.type(`${server.name}${enter}`);
      await wizard.hear(/Enter (?:logs in afresh|to keep|keeps)/iu, 120_000);
      wizard.type(enter);
      await wizard.hear(/changes kept/u);
    } finally {
      wizard.close();
    }
    expect(await lab.client.ssh(server, "sudo -n id -u", { port: 22022 })).toMatchObject({ stdout: "0\n" });
  });
});
