import { execa } from "execa";
import { failure } from "../failure.ts";
import { quoteForLoginShell } from "./remote-shell.ts";
import { labelOf, type SshDestination, sshArguments } from "./ssh-arguments.ts";
import { connectionTrouble } from "./ssh-trouble.ts";
import { type WaitingShell, waitingShell } from "./waiting-shell.ts";

/**
 * Makes the shared connection by a login that runs `command`: the shell when that says that it waits, undefined when it ended. Throws
 * why there is no connection.
 */
export const logIn = async (
  destination: SshDestination,
  shared: readonly string[],
  command: readonly [string, ...string[]],
  interactive: boolean,
  signal: AbortSignal | undefined,
): Promise<WaitingShell | undefined> => {
  const label = labelOf(destination);
  // ControlPersist, not -f: the shared connection then is a process of its own, which lets go of standard error, and ends by itself
  // if we are killed.
  const connecting = ["-o", "ControlMaster=auto", "-o", "ControlPersist=120"];
  const asking = ["-o", `BatchMode=${interactive ? "no" : "yes"}`];
  const options = sshArguments(destination, [...shared, ...connecting, ...asking]);
  // A person may look for a passphrase; a login shell that never ends has no such excuse.
  const patience = interactive ? [] : [AbortSignal.timeout(loginTime * 1000)];
  const brokenOff = AbortSignal.any([...patience, ...(signal === undefined ? [] : [signal])]);
  // ssh asks for passphrases on the terminal itself; our standard input stays for what is typed ahead.
  const child = execa("ssh", [...options, "--", destination.name, `exec ${quoteForLoginShell(command)}`], {
    reject: false,
    buffer: { stdout: false, stderr: true },
  });
  const breakOff = () => child.kill();
  brokenOff.addEventListener("abort", breakOff);
  if (brokenOff.aborted) breakOff();
  // Until the login is done, what ssh has to say is for the person who waits; afterwards there may be a screen.
  const pass = (chunk: Buffer) => process.stderr.write(chunk);
  if (interactive) child.stderr.on("data", pass);
  const started = await waitingShell(child);
  child.stderr.off("data", pass);
  brokenOff.removeEventListener("abort", breakOff);
  if ("shell" in started) return started.shell;
  const { exitCode, code, stderr } = started.ended;
  if (exitCode !== 255 && exitCode !== undefined) return undefined;
  if (signal?.aborted) throw failure("interrupted", "interrupted: nothing was changed");
  if (brokenOff.aborted) {
    const silent = `the login did not end within ${loginTime} s: look at what its login shell runs at the start`;
    throw failure("usage", `cannot work on ${label}: ${silent}`);
  }
  throw failure("usage", connectionTrouble(label, code === "ENOENT" ? undefined : (stderr ?? "")));
};

/** Seconds for logging in and starting the first program. */
const loginTime = 60;
