/** systemd-nspawn and control groups: starting a root folder as a machine, and getting a program into it. */
import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { until } from "./run.ts";

/** systemd-nspawn's answer, under --keep-unit, when the container asked to be restarted (EXIT_FORCE_RESTART). */
export const rebootRequested = 133;

const searchPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

export type ContainerPlan = {
  /** Unique on this machine; also the name of the control group. */
  machine: string;
  hostname: string;
  root: string;
  /** Name of an existing network namespace. */
  namespace: string;
  /** Console output is appended to this file. */
  consoleLog: string;
};

export type Container = {
  machine: string;
  /** Process id, on this machine, of the container's systemd. */
  leader: number;
  /** nspawn's exit code once everything inside is gone; null when a signal ended it. */
  ended: Promise<number | null>;
};

export type EnterOptions = {
  /** Account to run as; default root. */
  user?: string;
  env?: Record<string, string>;
};

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

export function removeControlGroups(machine: string): void {
  for (const top of [controlGroups(), legacyControlGroups]) removeControlGroup(`${top}/${machine}`);
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

function killControlGroup(group: string): void {
  try {
    writeFileSync(`${group}/cgroup.kill`, "1");
  } catch {
    // Nothing left in it.
  }
}

/**
 * Kills all processes of a container as a power cut ends them: none sees another one die. Killing the first process alone closes its
 * sockets before the others are gone, and a program that was just talking to systemd has time to take that for a failure.
 * cgroup.freeze and cgroup.kill: Linux, Documentation/admin-guide/cgroup-v2.rst.
 */
export async function cutPower(container: Container): Promise<void> {
  const group = `${controlGroups()}/${container.machine}/payload`;
  const frozen = (): true | undefined =>
    /^frozen 1$/mu.test(readFileSync(`${group}/cgroup.events`, "utf8")) ? true : undefined;
  try {
    writeFileSync(`${group}/cgroup.freeze`, "1");
    await until(`${container.machine} to stand still`, frozen, { everyMs: 5, timeoutMs: 10_000 });
  } catch {
    // It has ended by itself, or something in it does not stop: all of it is killed in any case.
  }
  killControlGroup(group);
}

/** Kills every process of every container whose machine name begins with `prefix-`. For leftovers of a lab that died. */
export function killControlGroups(prefix: string): void {
  const top = controlGroups();
  for (const name of readdirSync(top).filter((entry) => entry.startsWith(`${prefix}-`))) {
    killControlGroup(`${top}/${name}`);
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

/** Moves itself into the control group named first, then becomes the program that follows. */
const inControlGroup = (group: string): string[] => [
  "sh",
  "-c",
  'echo 0 > "$1/cgroup.procs" && shift && exec "$@"',
  "sh",
  group,
];

/** Starts `root` with its own systemd and returns as soon as that runs; booting goes on. */
export async function startContainer(plan: ContainerPlan): Promise<Container> {
  // --keep-unit keeps nspawn in the control group it starts in, so each machine gets one of its own first.
  const group = `${controlGroups()}/${plan.machine}`;
  mkdirSync(group, { recursive: true });
  const [shell = "sh", ...words] = inControlGroup(group);
  const log = openSync(plan.consoleLog, "a");
  const nspawn = spawn(
    shell,
    [
      ...words,
      "systemd-nspawn",
      "--quiet",
      `--directory=${plan.root}`,
      `--machine=${plan.machine}`,
      `--hostname=${plan.hostname}`,
      "--settings=no",
      "--register=no",
      "--keep-unit",
      "--boot",
      `--network-namespace-path=/run/netns/${plan.namespace}`,
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
        // /tmp on the disk unless the server's own systemd mounts something there.
        SYSTEMD_NSPAWN_TMPFS_TMP: "0",
      },
    },
  );
  closeSync(log);
  let over = false;
  const ended = new Promise<number | null>((resolve) => {
    nspawn.once("error", () => resolve(null));
    nspawn.once("exit", (code) => resolve(code));
  }).then((code) => {
    over = true;
    removeControlGroups(plan.machine);
    return code;
  });
  const leader = await until(
    `first process of ${plan.machine}`,
    () => {
      if (over) throw new Error(`${plan.machine} did not start: ${lastLines(plan.consoleLog)}`);
      return nspawn.pid === undefined ? undefined : findLeader(nspawn.pid);
    },
    { everyMs: 20, timeoutMs: 30_000, detail: () => lastLines(plan.consoleLog) },
  );
  return { machine: plan.machine, leader, ended };
}

/** The end of a console log, in one line. */
export const lastLines = (file: string): string => readFileSync(file, "utf8").trim().split("\n").slice(-5).join(" / ");

const asUser =
  'user=$1; shift; exec setpriv --reuid="$user" --regid="$(id -g "$user")" --init-groups --reset-env -- ' +
  `sh -c 'cd "$HOME" && exec env "$@"' sh "$@"`;

/** Words to start on this machine so that `argv` runs inside, in every namespace, with the clean environment of its user. */
export function enter(container: Container, argv: readonly string[], options: EnterOptions = {}): string[] {
  // A control group inside the container's own tree, else systemd in there would not see where the process belongs.
  const group = `${controlGroups()}/${container.machine}/payload/lab.exec`;
  mkdirSync(group, { recursive: true });
  const user = options.user ?? "root";
  return [
    ...inControlGroup(group),
    "nsenter",
    `--target=${container.leader}`,
    "--mount",
    "--uts",
    "--ipc",
    "--net",
    "--pid",
    "--cgroup",
    "--",
    "env",
    "-i",
    ...(user === "root" ? ["--chdir=/root"] : []),
    `PATH=${searchPath}`,
    ...(user === "root"
      ? ["HOME=/root", "USER=root", "LOGNAME=root", "SHELL=/bin/bash"]
      : ["sh", "-c", asUser, "sh", user]),
    "LANG=C.UTF-8",
    ...Object.entries(options.env ?? {}).map(([key, value]) => `${key}=${value}`),
    ...argv,
  ];
}
