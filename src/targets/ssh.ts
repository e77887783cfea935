import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { failure } from "../failure.ts";
import {
  bootCommand,
  bootInput,
  elevationFor,
  passwordTrial,
  quoteForLoginShell,
  waitingCommand,
} from "./remote-shell.ts";
import { runDetached } from "./run.ts";
import { labelOf, type SshDestination, sshArguments } from "./ssh-arguments.ts";
import { logIn } from "./ssh-login.ts";
import { connectionTrouble } from "./ssh-trouble.ts";
import type { RunOptions, RunResult, Target } from "./target.ts";

/**
 * Another machine, through the system's own ssh: its configuration, agent, jump hosts and known hosts apply, and host
 * keys are checked as it says. One connection is opened and shared; nothing is installed over there.
 *
 * `interactive`: ssh may ask for a passphrase on the terminal while the connection is made (before any screen is drawn).
 * `looksFirst`: the first that is wanted of the machine is a look at it. The login then ends in a shell that waits for it.
 */
export const sshTarget = async (
  destination: SshDestination,
  interactive: boolean,
  signal?: AbortSignal,
  looksFirst = false,
): Promise<Target> => {
  const folder = socketFolder();
  const shared = ["-o", `ControlPath=${join(folder, "s")}`];
  const label = labelOf(destination);
  let sudoPassword: string | undefined;
  const command = looksFirst ? waitingCommand : (["true"] as const);
  const waiting = await logIn(destination, shared, command, interactive, signal).catch((error: unknown) => {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  });

  const hangUp = async () => {
    waiting?.drop();
    await execa("ssh", [...sshArguments(destination, shared), "-O", "exit", "--", destination.name], { reject: false });
    rmSync(folder, { recursive: true, force: true });
  };
  let closed: Promise<void> | undefined;
  const close = () => {
    closed ??= hangUp();
    return closed;
  };

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
    return answered(to, await runDetached(["ssh", ...argv], input, options));
  };
  const through =
    (to: SshDestination, how: readonly string[], password: () => string | undefined): Target["run"] =>
    (script, { input, rights, ...options }) => {
      const words = bootCommand(elevationFor(rights, password()));
      return call(to, how, words, bootInput(script, input, password()), options);
    };
  const run: Target["run"] = async (script, options) => {
    const { rights, input, timeoutSeconds, onLine } = options;
    // What changes something gets a process of its own, which outlives this terminal.
    const looks = rights !== "root" && onLine === undefined && sudoPassword === undefined;
    if (looks && waiting?.free()) return answered(destination, await waiting.run(script, input, timeoutSeconds));
    return overShared(script, { ...options, rights: looks && waiting?.root ? "proved" : rights });
  };
  const overShared = through(destination, shared, () => sudoPassword);

  return {
    kind: "ssh",
    label,
    root: "",
    run,
    freshLogin: ({ user, port, sudoPassword: password }) => ({
      run: through({ ...destination, user, ...(port === undefined ? {} : { port }) }, afresh, () => password),
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

/** 255 is ssh's own; a script of ours never ends with it. */
const answered = (by: SshDestination, result: RunResult): RunResult => {
  if (result.exitCode === 255) throw failure("usage", connectionTrouble(labelOf(by), result.stderr));
  return result;
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

const batch = ["-o", "BatchMode=yes"] as const;
const afresh = ["-o", "ControlMaster=no", "-o", "ControlPath=none"] as const;

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
