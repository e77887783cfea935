import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { type Lab, type Outsider, run, type Server } from "./harness/index.ts";

/** Pinned: its verdicts on key exchanges differ from release to release. */
const release = "3.9.0";

/**
 * Debian 12 packages ssh-audit 2.5, which does not know the extensions of today's OpenSSH and calls every post-quantum
 * exchange experimental. The current release comes from PyPI into the lab's cache, where there is a Python to run it.
 */
const current = async (lab: Lab): Promise<string | undefined> => {
  const folder = `${dirname(dirname(lab.directory))}/ssh-audit-${release}`;
  const program = `${folder}/bin/ssh-audit`;
  if (!existsSync(program)) {
    await run(["python3", "-m", "venv", folder], { timeoutMs: 120_000 });
    await run([`${folder}/bin/pip`, "install", "--quiet", `ssh-audit==${release}`], { timeoutMs: 120_000 });
  }
  return existsSync(program) ? program : undefined;
};

/** Every line of ssh-audit that says fail or warn about the server's sshd. */
export const sshAuditComplaints = async (
  lab: Lab,
  from: Outsider,
  server: Server,
  port: number,
): Promise<readonly string[]> => {
  const program = await current(lab);
  const argv = [program ?? "ssh-audit", "--no-colors", "--level=warn", "-p", String(port), server.address];
  const { stdout, exitCode } = await from.exec(argv, { timeoutMs: 120_000 });
  const lines = stdout.split("\n").filter((line) => /\[(?:fail|warn)\]/u.test(line));
  if (program === undefined) return lines.filter((line) => !/sntrup761|kex-strict-s-v00/u.test(line));
  // 0: nothing; 2 and 3: warnings and failures, which stand in the lines.
  return [0, 2, 3].includes(exitCode ?? -1) ? lines : [`ssh-audit ended with ${exitCode}: ${stdout.slice(-300)}`];
};
