import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { drawbridgeOver, unitsOf, wayIn } from "./drawbridge.ts";
import {
  compareTrees,
  compareUnits,
  type Lab,
  labOrSkip,
  openLab,
  run,
  type Server,
  snapshotFirewall,
  snapshotTree,
  until,
} from "./harness/index.ts";

const reason = labOrSkip();
const exclude = ["/var/lib/drawbridge"];

/** States of every transaction on the server, oldest first, as the runtime itself tells them. */
const states = async (server: Server): Promise<string[]> => {
  const script = "for d in /var/lib/drawbridge/transactions/*/; do sh $d/runtime status | sed -n 's/^state\t//p'; done";
  return (await server.exec(["sh", "-c", script])).stdout.split("\n").filter((line) => line !== "");
};

describe.skipIf(reason !== undefined)(`commit-confirm${reason ? ` (skipped: ${reason})` : ""}`, () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await openLab();
  });
  afterAll(() => lab?.close());

  const picture = async (server: Server) => ({
    tree: await snapshotTree(server.root, { exclude }),
    units: await unitsOf(server),
    firewall: await snapshotFirewall(server),
  });
  const expectUnchanged = async (server: Server, before: Awaited<ReturnType<typeof picture>>) => {
    const now = await picture(server);
    expect(compareTrees(before.tree, now.tree)).toEqual([]);
    expect(compareUnits(before.units, now.units)).toEqual([]);
    expect(now.firewall).toBe(before.firewall);
    expect((await lab.client.ssh(server, "sudo -n id -u")).stdout).toBe("0\n");
    expect((await lab.client.ssh(server, "true", { user: "root" })).exitCode).toBe(0);
    expect(await server.must(["systemctl", "--failed", "--no-legend", "--plain"])).toBe("");
  };

  /** Applies from the client's network; calls `at` for each line of progress. The client's own process is returned. */
  const applying = (server: Server, confirmWithin: number, at: (line: string, client: ChildProcess) => void) => {
    const config = lab.sshConfig(server);
    const words = ["apply", "--recommended", ...wayIn, "--yes", "--confirm-within", String(confirmWithin)];
    const argv = [process.execPath, "src/cli.ts", ...words, "--host", server.name, "--ssh-config", config];
    const client = spawn("ip", ["netns", "exec", lab.client.namespace, ...argv], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    const lines = createInterface({ input: client.stderr });
    lines.on("line", (line) => at(line, client));
    return new Promise<void>((resolve) => client.on("exit", () => resolve()));
  };

  const link = (direction: "up" | "down") =>
    run([
      "sh",
      "-c",
      `ip -n "$1" -o link show type veth | sed 's/^[0-9]*: \\([^@:]*\\).*/\\1/' | while read -r l; do ip -n "$1" link set "$l" ${direction}; done`,
      "sh",
      lab.client.namespace,
    ]);

  describe("nobody confirms", () => {
    let server: Server;
    let before: Awaited<ReturnType<typeof picture>>;
    beforeAll(async () => {
      server = await lab.server({ release: "bookworm" });
      await lab.client.ssh(server, "sudo -n true");
    });
    beforeEach(async () => {
      before = await picture(server);
    });

    test("the client is killed with -9 and the wire cut: everything goes back in time", async () => {
      await applying(server, 15, (line, client) => {
        if (!line.includes("inspecting again")) return;
        client.kill("SIGKILL");
        void link("down");
      });
      expect(await states(server)).toEqual(["pending"]);
      await until("the revert", async () => ((await states(server)).at(-1) === "reverted" ? true : undefined), {
        timeoutMs: 40_000,
      });
      await link("up");
      await expectUnchanged(server, before);
    });

    test("the machine loses power while it waits: everything goes back after the boot", async () => {
      await applying(server, 15, (line, client) => {
        if (line.includes("inspecting again")) client.kill("SIGKILL");
      });
      expect((await states(server)).at(-1)).toBe("pending");
      await server.powerCut();
      await until("the revert", async () => ((await states(server)).at(-1) === "reverted" ? true : undefined), {
        timeoutMs: 60_000,
      });
      await expectUnchanged(server, before);
    });

    test.each([
      3, 7, 10, 13,
    ])("power is cut at line %i of the progress: status names a state, undo ends well", async (count) => {
      let seen = 0;
      let cut: Promise<void> | undefined;
      await applying(server, 600, (_line, client) => {
        seen += 1;
        if (seen < count || cut !== undefined) return;
        cut = server.powerCut();
        client.kill("SIGKILL");
      });
      await cut;
      await server.waitForSsh(22).catch(() => server.waitForSsh(22022));
      const state = (await states(server)).at(-1);
      expect(["unstaged", "staged", "armed", "committing", "pending", "confirmed", "reverted"]).toContain(state);
      const script = "for d in /var/lib/drawbridge/transactions/*/; do last=$d; done; exec sh $last/undo";
      const undone = await server.exec(["sh", "-c", script]);
      expect(undone.exitCode, undone.stdout).toBe(0);
      // Cut while it was being staged: there is nothing to take back, and no state to leave.
      expect((await states(server)).at(-1)).toBe(state === "unstaged" ? "unstaged" : "reverted");
      await expectUnchanged(server, before);
    });
  });

  test("one validated reload of sshd per transaction, and not a single restart", async () => {
    const server = await lab.server({ release: "bookworm" });
    const cli = drawbridgeOver(lab, server);
    const pid = () => server.must(["systemctl", "show", "--value", "-p", "MainPID", "ssh.service"]);
    const first = await pid();
    expect((await cli("apply", "--recommended", ...wayIn, "--yes")).exitCode).toBe(0);
    const log = await server.must(["journalctl", "--unit=ssh.service", "--output=cat", "--no-pager"]);
    expect(log.match(/^Reloading ssh\.service/gmu)).toHaveLength(1);
    expect(await pid()).toBe(first);
  });

  describe("on the machine itself", () => {
    let server: Server;
    beforeAll(async () => {
      server = await lab.server({ release: "bookworm" });
      await server.copyIn("dist/drawbridge", "/usr/local/bin/drawbridge", { mode: "0755" });
    });

    test("the session that applied cannot confirm, a second login can", async () => {
      const same = await lab.client.ssh(
        server,
        `sudo sh -c 'drawbridge apply --recommended ${wayIn.join(" ")} --yes --no-wait --format json; echo; drawbridge confirm; echo confirm=$?'`,
        { timeoutMs: 120_000 },
      );
      expect(same.stdout).toContain('"state": "pending"');
      expect(same.stdout).toContain("confirm=3");
      expect((await states(server)).at(-1)).toBe("pending");
      const second = await lab.client.ssh(server, "sudo drawbridge confirm", { port: 22022 });
      expect(second.exitCode, second.stderr).toBe(0);
      expect((await states(server)).at(-1)).toBe("confirmed");
    });

    test("status says what is in force, and undo over the same login puts it back", async () => {
      const status = await lab.client.ssh(server, "sudo drawbridge status", { port: 22022 });
      expect(status.stdout).toMatch(/in force/u);
      const undone = await lab.client.ssh(server, "sudo drawbridge undo --yes", { port: 22022, timeoutMs: 60_000 });
      expect(undone.exitCode, undone.stderr).toBe(0);
      expect((await lab.client.ssh(server, "true", { user: "root" })).exitCode).toBe(0);
    });
  });
});
