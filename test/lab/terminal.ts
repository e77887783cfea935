import { spawn } from "@lydell/node-pty";
import xterm from "@xterm/headless";
import { type Lab, type Server, until } from "./harness/index.ts";

/** The program in a terminal of its own: what an operator types and sees. */
export const openTerminal = (
  lab: Lab,
  server: Server,
  columns: number,
  rows: number,
  env: Readonly<Record<string, string>>,
  ...words: string[]
) => {
  const terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, scrollback: 2000 });
  const argv = ["build/drawbridge.mjs", ...words, "--host", server.name, "--ssh-config", lab.sshConfig(server)];
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
