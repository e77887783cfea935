/** One server: an overlay on its image, a network namespace of its own, and systemd as its first process. */

import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import type { FlavourName, Release } from "./flavours.ts";
import type { Network } from "./network.ts";
import { closeEndpoint, openEndpoint } from "./network.ts";
import type { RunResult } from "./run.ts";
import { must, run, until } from "./run.ts";
import { seed } from "./seed.ts";

export type ExecOptions = {
  input?: string | Uint8Array;
  /** Milliseconds; default two minutes. */
  timeoutMs?: number;
  /** Account to run as; default root. */
  user?: string;
  env?: Record<string, string>;
};

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
  readFile: (path: string) => Promise<string>;
  writeFile: (path: string, content: string | Uint8Array, options?: WriteOptions) => Promise<void>;
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
  /** All processes die at once, nothing is told. `boot: false` leaves it off. */
  powerCut: (options?: { boot?: boolean }) => Promise<void>;
  /** Starts a server that is off and waits until it is up and its sshd listens. */
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
};

/** systemd-nspawn's answer, under --keep-unit, when the container asked to be restarted (EXIT_FORCE_RESTART). */
const rebootRequested = 133;

const path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** Mount point of the second version of control groups: on many machines /sys/fs/cgroup, on older ones a folder of it. */
function controlGroups(): string {
  const line = readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .find((text) => / - cgroup2 /.test(text));
  const point = line?.split(" ")[4];
  if (point === undefined) throw new Error("no cgroup2 file system is mounted; mount one on /sys/fs/cgroup/unified");
  return point;
}

/** Where nspawn leaves an empty group beside ours when the first version of control groups is mounted as well. */
const legacyControlGroups = "/sys/fs/cgroup/systemd";

function removeControlGroups(name: string): void {
  for (const top of [controlGroups(), legacyControlGroups]) removeControlGroup(`${top}/${name}`);
}

function removeControlGroup(group: string): void {
  try {
    for (const entry of readdirSync(group, { withFileTypes: true }))
      if (entry.isDirectory()) removeControlGroup(`${group}/${entry.name}`);
    rmdirSync(group);
  } catch {
    // Gone already, or a process in it is still dying; an empty group costs nothing.
  }
}

/** Kills every process of every server whose name begins with the lab's prefix. For leftovers of a lab that died. */
export function killControlGroups(prefix: string): void {
  const top = controlGroups();
  for (const name of readdirSync(top).filter((entry) => entry.startsWith(`${prefix}-`))) {
    try {
      writeFileSync(`${top}/${name}/cgroup.kill`, "1");
    } catch {
      // Nothing left in it.
    }
    removeControlGroups(name);
  }
}

/** The first process of the container: the child of nspawn that is number 1 in its own process namespace and runs systemd. */
function findLeader(nspawn: number): number | undefined {
  try {
    const children = readFileSync(`/proc/${nspawn}/task/${nspawn}/children`, "utf8").trim().split(" ").filter(Boolean);
    return children.map(Number).find((pid) => {
      const status = readFileSync(`/proc/${pid}/status`, "utf8");
      return /^Name:\tsystemd$/m.test(status) && /^NSpid:.*\t1$/m.test(status);
    });
  } catch {
    return undefined;
  }
}

export async function createServer(plan: ServerPlan): Promise<Server> {
  const { network, directory, name } = plan;
  const machine = `${network.prefix}-${name}`;
  const group = `${controlGroups()}/${machine}`;
  const root = `${directory}/root`;
  const consoleLog = `${directory}/console.log`;
  for (const folder of ["upper", "work", "root"]) mkdirSync(`${directory}/${folder}`, { recursive: true, mode: 0o755 });
  // The upper layer must stay usable as a lower one, so it may hold no references to the layers below it.
  const layering = `lowerdir=${plan.layers.join(":")},upperdir=${directory}/upper,workdir=${directory}/work`;
  await must(["mount", "-t", "overlay", machine, "-o", `${layering},index=off,metacopy=off,redirect_dir=off`, root]);
  const hostKeys = await seed(root, name, plan.operatorKey);

  type Running = { leader: number; ended: Promise<void> };
  let running: Running | undefined;
  let boots = 0;
  let mayRestart = true;

  const off = (): Error => new Error(`server ${name} is off; start it with powerOn() (its console: ${consoleLog})`);

  async function start(): Promise<void> {
    const endpoint = await openEndpoint(network, name, plan.index);
    mkdirSync(group, { recursive: true });
    const log = openSync(consoleLog, "a");
    // --keep-unit keeps nspawn in the control group it starts in, so each server gets one of its own first.
    const nspawn = spawn(
      "sh",
      [
        "-c",
        'echo 0 > "$1/cgroup.procs" && shift && exec "$@"',
        "sh",
        group,
        "systemd-nspawn",
        "--quiet",
        `--directory=${root}`,
        `--machine=${machine}`,
        `--hostname=${name}`,
        "--settings=no",
        "--register=no",
        "--keep-unit",
        "--boot",
        `--network-namespace-path=/run/netns/${endpoint.namespace}`,
        "--capability=CAP_NET_ADMIN,CAP_AUDIT_CONTROL,CAP_SYS_TIME",
        "--link-journal=no",
        "--resolv-conf=off",
        "--timezone=off",
        "--console=read-only",
      ],
      {
        stdio: ["ignore", log, log],
        detached: true,
        env: {
          ...process.env,
          SYSTEMD_NSPAWN_UNIFIED_HIERARCHY: "1",
          SYSTEMD_NSPAWN_API_VFS_WRITABLE: "network",
          SYSTEMD_NSPAWN_TMPFS_TMP: "0",
        },
      },
    );
    closeSync(log);
    let ended = false;
    const exit = new Promise<number | null>((resolve) => {
      nspawn.once("error", () => resolve(null));
      nspawn.once("exit", (code) => resolve(code));
    });
    const end = exit.then(async (code) => {
      ended = true;
      running = undefined;
      await closeEndpoint(network, endpoint);
      removeControlGroups(machine);
      if (code === rebootRequested && mayRestart) await start();
    });
    const leader = await until(
      `first process of server ${name}`,
      () => {
        if (ended) throw new Error(`server ${name} did not start: ${consoleTail()}`);
        return nspawn.pid === undefined ? undefined : findLeader(nspawn.pid);
      },
      { everyMs: 20, timeoutMs: 30_000, detail: consoleTail },
    );
    running = { leader, ended: end };
    boots += 1;
  }

  const consoleTail = (): string => readFileSync(consoleLog, "utf8").trim().split("\n").slice(-5).join(" / ");

  async function exec(argv: readonly string[], options: ExecOptions = {}): Promise<RunResult> {
    if (running === undefined) throw off();
    // A control group inside the container's own tree, else systemd in there would not see where the process belongs.
    const own = `${group}/payload/lab.exec`;
    mkdirSync(own, { recursive: true });
    const environment = Object.entries(options.env ?? {}).map(([key, value]) => `${key}=${value}`);
    const asUser =
      'user=$1; shift; exec setpriv --reuid="$user" --regid="$(id -g "$user")" --init-groups --reset-env -- ' +
      `sh -c 'cd "$HOME" && exec env "$@"' sh "$@"`;
    const inside =
      options.user === undefined || options.user === "root"
        ? ["env", "-i", "--chdir=/root", `PATH=${path}`, "HOME=/root", "USER=root", "LOGNAME=root", "SHELL=/bin/bash"]
        : ["env", "-i", `PATH=${path}`, "sh", "-c", asUser, "sh", options.user];
    return run(
      [
        "sh",
        "-c",
        'echo 0 > "$1/cgroup.procs" && shift && exec "$@"',
        "sh",
        own,
        "nsenter",
        `--target=${running.leader}`,
        "--mount",
        "--uts",
        "--ipc",
        "--net",
        "--pid",
        "--cgroup",
        "--",
        ...inside,
        "LANG=C.UTF-8",
        ...environment,
        ...argv,
      ],
      { input: options.input ?? "", timeoutMs: options.timeoutMs ?? 120_000 },
    );
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
      { timeoutMs, everyMs: 150, detail: consoleTail },
    );
  }

  async function waitForSsh(port = 22, timeoutMs = 60_000): Promise<void> {
    await until(
      `a listener on port ${port} of server ${name}`,
      async () => ((await ask(["ss", "-Hltn", `sport = :${port}`]))?.stdout.trim() ? true : undefined),
      { timeoutMs, everyMs: 100, detail: consoleTail },
    );
  }

  async function waitForReboot(bootsBefore: number, timeoutMs = 120_000): Promise<void> {
    await until(`reboot of server ${name}`, () => (boots > bootsBefore && running ? true : undefined), {
      timeoutMs,
      detail: consoleTail,
    });
    await waitForBoot(timeoutMs);
  }

  async function powerOn(): Promise<void> {
    if (running === undefined) await start();
    await waitForBoot();
    await waitForSsh();
  }

  await start();
  return {
    name,
    release: plan.release,
    flavour: plan.flavour,
    address: network.address(plan.index),
    addressV6: network.addressV6(plan.index),
    root,
    consoleLog,
    hostKeys,
    leader: () => running?.leader,
    boots: () => boots,
    exec,
    must: mustExec,
    readFile: (file) => mustExec(["cat", "--", file]),
    writeFile: async (file, content, options = {}) => {
      const write = 'umask 077; cat > "$1" && chown "$2" -- "$1" && chmod "$3" -- "$1"';
      const owner = options.owner ?? "root:root";
      await mustExec(["sh", "-c", write, "sh", file, owner, options.mode ?? "0644"], { input: content });
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
      await current.ended;
    },
    powerCut: async (options = {}) => {
      const current = running;
      if (current === undefined) throw off();
      process.kill(current.leader, "SIGKILL");
      await current.ended;
      if (options.boot ?? true) await start();
    },
    powerOn,
    destroy: async () => {
      mayRestart = false;
      const current = running;
      if (current !== undefined) {
        process.kill(current.leader, "SIGKILL");
        await current.ended;
      }
      removeControlGroups(machine);
      await run(["umount", root]);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
