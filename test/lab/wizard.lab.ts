import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { wayIn } from "./drawbridge.ts";
import { type Lab, labOrSkip, openLab } from "./harness/index.ts";
import { openTerminal } from "./terminal.ts";

const reason = labOrSkip();

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
    const wizard = openTerminal(lab, server, columns, rows, {}, ...wayIn);
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
    const first = openTerminal(lab, server, 80, 24, {}, ...wayIn);
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
    const second = openTerminal(lab, server, 80, 24, {}, ...wayIn);
    try {
      await second.see("Go on where you stopped");
    } finally {
      second.close();
    }
  });

  test("line by line on a dumb terminal, to a confirmed apply", async () => {
    const server = await lab.server({ release: "bookworm" });
    const wizard = openTerminal(lab, server, 80, 24, { TERM: "dumb" }, ...wayIn);
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
