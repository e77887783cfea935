/**
 * Draws docs/wizard.svg from the real program: boots a lab server, opens the wizard on it in a pseudo terminal, presses
 * keys, and writes down the screen as it stands. Needs what the lab needs (root, debootstrap, systemd-nspawn).
 *
 *   node scripts/picture.ts
 */
import { writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { spawn } from "@lydell/node-pty";
import xterm from "@xterm/headless";
import { openLab } from "../test/lab/harness/index.ts";

const columns = 130;
const rows = 36;
const cell = { width: 8.4, height: 18 };

const background = "#16181d";
const foreground = "#d7dae0";
/** The sixteen colours of a terminal, as a calm dark theme shows them. */
const palette = [
  "#3b4048",
  "#e06c75",
  "#98c379",
  "#e5c07b",
  "#61afef",
  "#c678dd",
  "#56b6c2",
  "#abb2bf",
  "#5c6370",
  "#ff7b86",
  "#b5e08f",
  "#ffd58a",
  "#7cc4ff",
  "#dd8ff0",
  "#6fd3df",
  "#ffffff",
];

const escapeXml = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

type Style = { readonly colour: string; readonly bold: boolean; readonly dim: boolean };

const colourOf = (color: number, isDefault: boolean, isRgb: boolean): string => {
  if (isDefault) return foreground;
  if (isRgb) return `#${color.toString(16).padStart(6, "0")}`;
  if (color < 16) return palette[color] ?? foreground;
  if (color >= 232) return `#${(8 + (color - 232) * 10).toString(16).padStart(2, "0").repeat(3)}`;
  const steps = [0, 95, 135, 175, 215, 255];
  const index = color - 16;
  const part = (divisor: number) => (steps[Math.floor(index / divisor) % 6] ?? 0).toString(16).padStart(2, "0");
  return `#${part(36)}${part(6)}${part(1)}`;
};

const draw = (terminal: InstanceType<typeof xterm.Terminal>): string => {
  const texts: string[] = [];
  for (let y = 0; y < rows; y++) {
    const line = terminal.buffer.active.getLine(y);
    if (line === undefined) continue;
    let run: { x: number; text: string; style: Style } | undefined;
    const close = () => {
      if (run !== undefined && run.text.trim() !== "") {
        const { colour, bold, dim } = run.style;
        const extra = `${bold ? ' font-weight="bold"' : ""}${dim ? ' opacity="0.6"' : ""}`;
        const left = (run.x * cell.width + 12).toFixed(1);
        const width = (run.text.length * cell.width).toFixed(1);
        texts.push(
          `<text x="${left}" y="${y * cell.height + 42}" fill="${colour}" textLength="${width}" xml:space="preserve"${extra}>${escapeXml(run.text)}</text>`,
        );
      }
      run = undefined;
    };
    for (let x = 0; x < columns; x++) {
      const at = line.getCell(x);
      if (at === undefined) continue;
      const style: Style = {
        colour: colourOf(at.getFgColor(), at.isFgDefault(), at.isFgRGB()),
        bold: at.isBold() !== 0,
        dim: at.isDim() !== 0,
      };
      if (run === undefined || JSON.stringify(run.style) !== JSON.stringify(style)) {
        close();
        run = { x, text: "", style };
      }
      run.text += at.getChars() || " ";
    }
    close();
  }
  const width = Math.ceil(columns * cell.width + 24);
  const height = rows * cell.height + 52;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace" font-size="14">
<title>The wizard at the SSH step of a fresh Debian server</title>
<rect width="${width}" height="${height}" rx="8" fill="${background}"/>
<circle cx="18" cy="14" r="5" fill="#e06c75"/><circle cx="36" cy="14" r="5" fill="#e5c07b"/><circle cx="54" cy="14" r="5" fill="#98c379"/>
${texts.join("\n")}
</svg>
`;
};

const lab = await openLab();
try {
  const server = await lab.server({ release: "trixie", name: "app01" });
  const terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true });
  const program = spawn(
    process.execPath,
    ["build/drawbridge.mjs", "--host", server.name, "--ssh-config", lab.sshConfig(server)],
    {
      cols: columns,
      rows,
      env: {
        PATH: process.env.PATH ?? "",
        TERM: "xterm-256color",
        LANG: "C.UTF-8",
        HOME: lab.directory,
        XDG_STATE_HOME: lab.directory,
        COLORTERM: "",
      },
    },
  );
  program.onData((data) => terminal.write(data));
  const screen = () =>
    Array.from({ length: rows }, (_, y) => terminal.buffer.active.getLine(y)?.translateToString(true) ?? "").join("\n");
  const until = async (text: string) => {
    for (let tries = 0; tries < 200; tries++) {
      if (screen().includes(text)) return;
      await sleep(100);
    }
    throw new Error(`the wizard never showed "${text}"; it shows:\n${screen()}`);
  };
  const press = async (keys: string) => {
    program.write(keys);
    await sleep(400);
  };
  await until("Set up this server");
  await press("\r");
  await until("Runtime security");
  await press("\u001b");
  await until("First things first");
  await press("2");
  await until("Administrator");
  await press("\r");
  await until("port should SSH");
  await press("\u001b[B");
  await sleep(500);
  writeFileSync("docs/wizard.svg", draw(terminal));
  program.kill();
} finally {
  await lab.close();
}
