import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { type Failure, failure } from "../failure.ts";
import { bootCommand, bootInput, quoteForLoginShell } from "./remote-shell.ts";
import { runDetached } from "./run.ts";
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
export const sshTarget = async (destination: SshDestination, interactive: boolean): Promise<Target> => {
  const controls = mkdtempSync(join(tmpdir(), "drawbridge-ssh-"));
  const shared = ["-o", `ControlPath=${controls}/%C`];
  const label = labelOf(destination);
  let sudoPassword: string | undefined;
  const close = async () => {
    await execa("ssh", [...sshArguments(destination, shared), "-O", "exit", destination.name], { reject: false });
    rmSync(controls, { recursive: true, force: true });
  };
  // ControlPersist, not -f: the shared connection then lets go of standard error, and ends by itself if we are killed.
  const master = await execa(
    "ssh",
    [
      ...sshArguments(destination, [
        ...shared,
        "-o",
        "ControlMaster=auto",
        "-o",
        "ControlPersist=120",
        "-o",
        `BatchMode=${interactive ? "no" : "yes"}`,
      ]),
      destination.name,
      "exec true",
    ],
    {
      reject: false,
      stdin: interactive ? "inherit" : "ignore",
      stdout: "ignore",
      stderr: interactive ? ["pipe", "inherit"] : "pipe",
    },
  );
  if (master.exitCode === 255 || master.exitCode === undefined) {
    rmSync(controls, { recursive: true, force: true });
    throw connectionFailure(label, master.stderr ?? "", master.code);
  }
  const run = async (script: string, { input, ...options }: RunOptions): Promise<RunResult> => {
    const words = bootCommand(script, sudoPassword === undefined ? "sudo" : "sudo-with-password");
    const argv = [
      ...sshArguments(destination, [...shared, ...batch]),
      destination.name,
      `exec ${quoteForLoginShell(words)}`,
    ];
    const result = await runDetached(["ssh", ...argv], bootInput(script, input, sudoPassword), options);
    // 255 is ssh's own; a script of ours never ends with it.
    if (result.exitCode === 255) throw connectionFailure(label, result.stderr, undefined);
    return result;
  };
  const freshLogin: NonNullable<Target["freshLogin"]> = ({ user, port, sudoPassword: password }) => {
    const fresh = { ...destination, user, port };
    return {
      run: async (script, { input, ...options }) => {
        const words = bootCommand(script, password === undefined ? "sudo" : "sudo-with-password");
        const argv = [
          ...sshArguments(fresh, ["-o", "ControlMaster=no", "-o", "ControlPath=none", ...batch]),
          fresh.name,
          `exec ${quoteForLoginShell(words)}`,
        ];
        const result = await runDetached(["ssh", ...argv], bootInput(script, input, password), options);
        if (result.exitCode === 255) throw connectionFailure(labelOf(fresh), result.stderr, undefined);
        return result;
      },
    };
  };
  return {
    kind: "ssh",
    label,
    root: "",
    run,
    freshLogin,
    setSudoPassword: (password) => {
      sudoPassword = password;
    },
    close,
  };
};

const batch = ["-o", "BatchMode=yes"] as const;

const sshArguments = ({ user, port, sshConfig }: SshDestination, options: readonly string[]): string[] => [
  ...(sshConfig === undefined ? [] : ["-F", sshConfig]),
  ...options,
  "-o",
  "ConnectTimeout=10",
  "-o",
  "ServerAliveInterval=5",
  "-o",
  "ServerAliveCountMax=3",
  "-T",
  ...(user === undefined ? [] : ["-l", user]),
  ...(port === undefined ? [] : ["-p", String(port)]),
  "--",
];

const labelOf = ({ name, user, port }: SshDestination): string =>
  `${user === undefined ? "" : `${user}@`}${name}${port === undefined ? "" : `:${port}`}`;

/** ssh(1) has one exit code for all its troubles: its words tell them apart. */
const troubles: readonly (readonly [RegExp, string])[] = [
  [/could not resolve hostname/iu, "no such host: check the name, or give its address"],
  [
    /connection refused/iu,
    "the connection was refused: nothing listens on that port; give the right one as --host NAME:PORT",
  ],
  [
    /host key verification failed|REMOTE HOST IDENTIFICATION HAS CHANGED/iu,
    "its host key is not the known one: compare it with what the machine shows on its console, then add it with ssh-keyscan or by one ssh login",
  ],
  [
    /permission denied/iu,
    "the login was denied: check the user and that ssh can use the right key (try the same with ssh)",
  ],
  [
    /timed out|no route to host|network is unreachable/iu,
    "it cannot be reached: check the address, the route and the firewalls between",
  ],
  [
    /bad configuration option|no such file or directory.*config|can't open user config/iu,
    "ssh cannot read its configuration: check the file given with --ssh-config",
  ],
  [
    /connection (?:closed|reset)|broken pipe/iu,
    "the connection was closed by the other side: look at sshd's log there",
  ],
];

const connectionFailure = (label: string, stderr: string, code: string | undefined): Failure => {
  if (code === "ENOENT") return failure("usage", "there is no ssh program on this machine: install the OpenSSH client");
  const known = troubles.find(([pattern]) => pattern.test(stderr));
  const lastLine = stderr.trim().split("\n").at(-1)?.trim() ?? "";
  return failure("usage", `cannot work on ${label}: ${known?.[1] ?? (lastLine || "ssh gave up without a word")}`);
};
