import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { failure } from "../failure.ts";
import { bootCommand, bootInput, elevationFor, passwordTrial, quoteForLoginShell } from "./remote-shell.ts";
import { runDetached } from "./run.ts";
import { connectionTrouble } from "./ssh-trouble.ts";
import type { RunOptions, RunResult, Target } from "./target.ts";

export type SshDestination = {
  readonly name: string;
  readonly user?: string;
  readonly port?: number;
  readonly sshConfig?: string;
};

/**
 * Another machine, through the system's own ssh: its configuration, agent, jump hosts and known hosts apply, and host
 * keys are checked as it says. One connection is opened and shared; nothing is installed over there.
 *
 * `interactive`: ssh may ask for a passphrase on the terminal while the connection is made (before any screen is drawn).
 */
export const sshTarget = async (
  destination: SshDestination,
  interactive: boolean,
  signal?: AbortSignal,
): Promise<Target> => {
  const folder = socketFolder();
  const shared = ["-o", `ControlPath=${join(folder, "s")}`];
  const label = labelOf(destination);
  let sudoPassword: string | undefined;
  const hangUp = async () => {
    await execa("ssh", [...sshArguments(destination, shared), "-O", "exit", "--", destination.name], { reject: false });
    rmSync(folder, { recursive: true, force: true });
  };
  let closed: Promise<void> | undefined;
  const close = () => {
    closed ??= hangUp();
    return closed;
  };
  // ControlPersist, not -f: the shared connection then lets go of standard error, and ends by itself if we are killed.
  const connecting = ["-o", "ControlMaster=auto", "-o", "ControlPersist=120"];
  const asking = ["-o", `BatchMode=${interactive ? "no" : "yes"}`];
  const master = await execa(
    "ssh",
    [...sshArguments(destination, [...shared, ...connecting, ...asking]), "--", destination.name, "exec true"],
    {
      reject: false,
      // ssh asks for passphrases on the terminal itself; standard input stays for what is typed ahead.
      stdin: "ignore",
      stdout: "ignore",
      stderr: interactive ? ["pipe", "inherit"] : "pipe",
      ...(signal === undefined ? {} : { cancelSignal: signal }),
      // A person may look for a passphrase; a login shell that never ends has no such excuse.
      ...(interactive ? {} : { timeout: loginTime * 1000 }),
    },
  );
  if (master.exitCode === 255 || master.exitCode === undefined) {
    rmSync(folder, { recursive: true, force: true });
    if (master.timedOut) {
      const silent = `the login did not end within ${loginTime} s: look at what its login shell runs at the start`;
      throw failure("usage", `cannot work on ${label}: ${silent}`);
    }
    if (signal?.aborted) throw failure("interrupted", "interrupted: nothing was changed");
    throw failure("usage", connectionTrouble(label, master.code === "ENOENT" ? undefined : (master.stderr ?? "")));
  }

  type Words = readonly [string, ...string[]];
  const call = async (
    to: SshDestination,
    how: readonly string[],
    words: Words,
    input: Buffer,
    options: Pick<RunOptions, "timeoutSeconds" | "onLine">,
  ): Promise<RunResult> => {
    const command = `exec ${quoteForLoginShell(words)}`;
    const argv = [...sshArguments(to, [...how, ...batch]), "--", to.name, command];
    const result = await runDetached(["ssh", ...argv], input, options);
    // 255 is ssh's own; a script of ours never ends with it.
    if (result.exitCode === 255) throw failure("usage", connectionTrouble(labelOf(to), result.stderr));
    return result;
  };
  const through =
    (to: SshDestination, how: readonly string[], password: () => string | undefined): Target["run"] =>
    (script, { input, rights, ...options }) => {
      const words = bootCommand(script, elevationFor(rights, password()));
      return call(to, how, words, bootInput(script, input, password()), options);
    };

  return {
    kind: "ssh",
    label,
    root: "",
    run: through(destination, shared, () => sudoPassword),
    freshLogin: ({ user, port, sudoPassword: password }) => ({
      run: through({ ...destination, user, port }, afresh, () => password),
    }),
    trySudoPassword: async (password) => {
      const result = await call(destination, shared, passwordTrial, Buffer.from(`${password}\n`), {
        timeoutSeconds: 30,
      });
      if (result.stdout.trim() === "0") sudoPassword = password;
      return result;
    },
    outsideAddress: () => addressOf(destination),
    close,
  };
};

/** Where ssh would connect to, by its own reading of its files (ssh -G); undefined behind a jump host or a proxy. */
const addressOf = async (destination: SshDestination): Promise<string | undefined> => {
  const { stdout } = await execa("ssh", [...sshArguments(destination, []), "-G", "--", destination.name], {
    reject: false,
  });
  const settings = new Map(stdout.split("\n").map((line) => line.split(/ (.*)/u, 2) as [string, string]));
  const direct = (keyword: string) => [undefined, "none", ""].includes(settings.get(keyword));
  return direct("proxyjump") && direct("proxycommand") ? settings.get("hostname") : undefined;
};

/** Seconds for logging in and running true(1). */
const loginTime = 60;

const batch = ["-o", "BatchMode=yes"] as const;
const afresh = ["-o", "ControlMaster=no", "-o", "ControlPath=none"] as const;

/** First value wins in ssh, so these stand before what its files say. A machine we harden gets no agent and no tunnel. */
const sshArguments = ({ user, port, sshConfig }: SshDestination, options: readonly string[]): string[] => [
  ...(sshConfig === undefined ? [] : ["-F", sshConfig]),
  ...options,
  ...["ConnectTimeout=10", "ServerAliveInterval=5", "ServerAliveCountMax=3"].flatMap((option) => ["-o", option]),
  ...["ClearAllForwardings=yes", "ForwardAgent=no", "ForwardX11=no", "RemoteCommand=none"].flatMap((option) => [
    "-o",
    option,
  ]),
  "-T",
  ...(user === undefined ? [] : ["-l", user]),
  ...(port === undefined ? [] : ["-p", String(port)]),
];

const labelOf = ({ name, user, port }: SshDestination): string =>
  `${user === undefined ? "" : `${user}@`}${name}${port === undefined ? "" : `:${port}`}`;

/** A folder of our own for the shared connection's socket, whose path the kernel limits to about a hundred bytes. */
const socketFolder = (): string => {
  const places = [tmpdir(), process.env.XDG_RUNTIME_DIR, "/tmp", "/dev/shm"].filter((place) => place !== undefined);
  for (const place of places) {
    if (place.length > 60) continue;
    try {
      return mkdtempSync(join(place, "drawbridge-"));
    } catch {
      // The next place may be writable.
    }
  }
  throw failure(
    "usage",
    `no folder for the connection's socket (tried ${places.join(", ")}): set TMPDIR to one that can be written`,
  );
};
