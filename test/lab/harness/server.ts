/** One server: an overlay on its image, a network namespace of its own, and systemd as its first process. */

import { mkdirSync, rmSync } from "node:fs";
import type { Container, EnterOptions } from "./container.ts";
import { cutPower, enter, lastLines, rebootRequested, removeControlGroups, startContainer } from "./container.ts";
import type { FlavourName, Release } from "./flavours.ts";
import type { Network } from "./network.ts";
import { closeEndpoint, openEndpoint } from "./network.ts";
import type { RunOptions, RunResult } from "./run.ts";
import { must, run, until } from "./run.ts";
import { seed } from "./seed.ts";

export type ExecOptions = EnterOptions & Pick<RunOptions, "input" | "inputFile" | "timeoutMs">;

export type WriteOptions = {
  /** Octal digits as chmod(1) takes them; default 0644. */
  mode?: string;
  /** `user:group` as chown(1) takes it; default root:root. */
  owner?: string;
};

export type Server = {
  /** The host name inside, and the name in ssh configurations. */
  name: string;
  release: Release;
  flavour: FlavourName;
  address: string;
  addressV6: string;
  /** The live root seen from this machine. Symbolic links below it lead to this machine's files when followed: look with lstat. */
  root: string;
  /** What the server wrote since it was created, as the upper layer of its overlay; for the curious and for building images. */
  upper: string;
  /** Where the console goes, for a server that does not come up. */
  consoleLog: string;
  /** Public host keys as made at creation. */
  hostKeys: readonly string[];
  /** Process id, on this machine, of the server's first process; undefined while it is off. */
  leader: () => number | undefined;
  /** How often the server was started, including reboots it asked for itself. */
  boots: () => number;
  /** Runs a program inside, in root's clean environment and home. Throws only when the server is off. */
  exec: (argv: readonly string[], options?: ExecOptions) => Promise<RunResult>;
  /** Like exec, for a program that has to succeed: returns stdout. */
  must: (argv: readonly string[], options?: ExecOptions) => Promise<string>;
  /** Words that run `argv` inside when started on this machine: for a pseudo terminal, tmux, or a process to be killed. */
  argv: (argv: readonly string[], options?: EnterOptions) => string[];
  readFile: (path: string) => Promise<string>;
  writeFile: (path: string, content: string | Uint8Array, options?: WriteOptions) => Promise<void>;
  /** Copies a file of this machine into the server. */
  copyIn: (source: string, path: string, options?: WriteOptions) => Promise<void>;
  /** Until systemd says `running` or `degraded`; returns that word. */
  waitForBoot: (timeoutMs?: number) => Promise<string>;
  /** Until something listens on the TCP port inside. Sends nothing: sshd counts connections that do not log in. */
  waitForSsh: (port?: number, timeoutMs?: number) => Promise<void>;
  /** Until the server was started more than `bootsBefore` times and is up again: for reboots that something inside asks for. */
  waitForReboot: (bootsBefore: number, timeoutMs?: number) => Promise<void>;
  /** An orderly restart; firewall and network settings of the kernel start empty, as on a real machine. */
  reboot: () => Promise<void>;
  /** An orderly stop. The disk stays mounted at `root`. */
  powerOff: () => Promise<void>;
  /** All processes die at once, nothing is told. Then started again and waited for, unless `boot` is false. */
  powerCut: (options?: { boot?: boolean }) => Promise<void>;
  /** Starts a server that is off and waits until it is up. */
  powerOn: () => Promise<void>;
  /** Removes the server and its disk. */
  destroy: () => Promise<void>;
};

export type ServerPlan = {
  name: string;
  release: Release;
  flavour: FlavourName;
  /** Read-only layers of the image, uppermost first. */
  layers: readonly string[];
  /** Number of the server on the lab's network. */
  index: number;
  /** Own folder of the server; upper layer, mount point and console log go here. */
  directory: string;
  network: Network;
  operatorKey: string;
  /** Limits what the server can write; unlimited (this machine's disk) otherwise. */
  diskMegabytes?: number;
};

const writing = (file: string, options: WriteOptions = {}): string[] => [
  "sh",
  "-c",
  'umask 077; cat > "$1" && chown "$2" -- "$1" && chmod "$3" -- "$1"',
  "sh",
  file,
  options.owner ?? "root:root",
  options.mode ?? "0644",
];

export async function createServer(plan: ServerPlan): Promise<Server> {
  const { network, directory, name } = plan;
  const machine = `${network.prefix}-${name}`;
  const root = `${directory}/root`;
  const disk = `${directory}/disk`;
  const consoleLog = `${directory}/console.log`;
  for (const folder of [root, disk]) mkdirSync(folder, { recursive: true, mode: 0o755 });
  if (plan.diskMegabytes !== undefined)
    await must(["mount", "-t", "tmpfs", "-o", `size=${plan.diskMegabytes}m,mode=0755`, machine, disk]);
  for (const folder of ["upper", "work"]) mkdirSync(`${disk}/${folder}`, { mode: 0o755 });
  // The upper layer must stay usable as a lower one, so it may hold no references to the layers below it.
  const layering = `lowerdir=${plan.layers.join(":")},upperdir=${disk}/upper,workdir=${disk}/work`;
  await must(["mount", "-t", "overlay", machine, "-o", `${layering},index=off,metacopy=off,redirect_dir=off`, root]);
  const hostKeys = await seed(root, name, plan.operatorKey);

  /** `over` includes taking the network away and, where the server wanted it, being started again. */
  let running: { container: Container; over: Promise<void> } | undefined;
  let boots = 0;
  let mayRestart = true;
  let failure = "";

  const detail = (): string => `${failure}${lastLines(consoleLog)}`;

  function container(): Container {
    if (running === undefined)
      throw new Error(`server ${name} is off; start it with powerOn() (its console: ${consoleLog}) ${failure}`.trim());
    return running.container;
  }

  async function start(): Promise<void> {
    const endpoint = await openEndpoint(network, name, plan.index);
    const started = await startContainer({ machine, hostname: name, root, namespace: endpoint.namespace, consoleLog });
    const over = started.ended
      .then(async (code) => {
        running = undefined;
        await closeEndpoint(network, endpoint);
        if (code === rebootRequested && mayRestart) await start();
      })
      .catch((error: Error) => {
        failure = `${error.message}; `;
      });
    running = { container: started, over };
    boots += 1;
  }

  async function exec(argv: readonly string[], options: ExecOptions = {}): Promise<RunResult> {
    const { input, inputFile, timeoutMs, ...inside } = options;
    return run(enter(container(), argv, inside), {
      ...(input === undefined ? {} : { input }),
      ...(inputFile === undefined ? {} : { inputFile }),
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    });
  }

  async function mustExec(argv: readonly string[], options: ExecOptions = {}): Promise<string> {
    const result = await exec(argv, options);
    if (result.exitCode === 0) return result.stdout;
    const reason = (result.stderr || result.stdout).trim().split("\n").slice(-3).join(" / ");
    throw new Error(`${name}: ${argv.join(" ")}: exit ${result.exitCode}: ${reason || "no message"}`);
  }

  /** exec that answers undefined where a booting or dying server would make it fail. */
  async function ask(argv: readonly string[]): Promise<RunResult | undefined> {
    try {
      return await exec(argv, { timeoutMs: 10_000 });
    } catch {
      return undefined;
    }
  }

  async function waitForBoot(timeoutMs = 90_000): Promise<string> {
    return until(
      `boot of server ${name}`,
      async () => {
        const word = (await ask(["systemctl", "is-system-running"]))?.stdout.trim();
        return word === "running" || word === "degraded" ? word : undefined;
      },
      { timeoutMs, everyMs: 150, detail },
    );
  }

  async function waitForSsh(port = 22, timeoutMs = 60_000): Promise<void> {
    await until(
      `a listener on port ${port} of server ${name}`,
      async () => ((await ask(["ss", "-Hltn", `sport = :${port}`]))?.stdout.trim() ? true : undefined),
      { timeoutMs, everyMs: 100, detail },
    );
  }

  async function waitForReboot(bootsBefore: number, timeoutMs = 120_000): Promise<void> {
    const isBack = (): true | undefined => (boots > bootsBefore && running !== undefined ? true : undefined);
    await until(`reboot of server ${name}`, isBack, { timeoutMs, detail });
    await waitForBoot(timeoutMs);
  }

  async function powerOn(): Promise<void> {
    if (running === undefined) await start();
    await waitForBoot();
  }

  /** Waits until nothing of the server is left. */
  async function cut(): Promise<void> {
    const current = running;
    if (current === undefined) return;
    await cutPower(current.container);
    await current.over;
  }

  await start();
  return {
    name,
    release: plan.release,
    flavour: plan.flavour,
    address: network.address(plan.index),
    addressV6: network.addressV6(plan.index),
    root,
    upper: `${disk}/upper`,
    consoleLog,
    hostKeys,
    leader: () => running?.container.leader,
    boots: () => boots,
    exec,
    must: mustExec,
    argv: (argv, options) => enter(container(), argv, options),
    readFile: (file) => mustExec(["cat", "--", file]),
    writeFile: async (file, content, options) => {
      await mustExec(writing(file, options), { input: content });
    },
    copyIn: async (source, file, options) => {
      await mustExec(writing(file, options), { inputFile: source });
    },
    waitForBoot,
    waitForSsh,
    waitForReboot,
    reboot: async () => {
      const before = boots;
      await ask(["systemctl", "reboot"]);
      await waitForReboot(before);
    },
    powerOff: async () => {
      const current = running;
      if (current === undefined) return;
      await ask(["systemctl", "poweroff"]);
      await current.over;
    },
    powerCut: async (options = {}) => {
      container();
      await cut();
      if (options.boot ?? true) await powerOn();
    },
    powerOn,
    destroy: async () => {
      mayRestart = false;
      await cut();
      removeControlGroups(machine);
      for (const point of plan.diskMegabytes === undefined ? [root] : [root, disk]) {
        const left = await run(["umount", point]);
        // Someone outside still looks into it: out of sight now, gone when they leave.
        if (left.exitCode !== 0) await run(["umount", "--lazy", point]);
      }
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
