/** A machine that is reached by ssh alone, as the proof needs it: one connection, kept open, because a login takes long in there. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { must, type RunOptions, type RunResult, run, type Server, until } from "../harness/index.ts";
import { type QuickTree, treeOf, treeWords } from "../proof/quick-tree.ts";

export type Machine = Pick<Server, "name" | "exec" | "must" | "writeFile" | "copyIn"> & {
  /** For `ssh -F`: the operator's, as drawbridge takes it. */
  sshConfig: string;
  /** Until it is up again; throws when it did not restart. */
  restart: () => Promise<void>;
  /** Every path but those left out, each with all below it. */
  tree: (left: readonly string[]) => Promise<QuickTree>;
  /** SHA-256, ACLs and extended attributes of everything below these folders, by line. */
  contents: (folders: readonly string[]) => Promise<readonly string[]>;
  /** Of the connection; the machine goes on. */
  close: () => Promise<void>;
};

const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;
const minutes = 60_000;

export const machineAt = (name: string, sshConfig: string): Machine => {
  const folder = mkdtempSync(`${tmpdir()}/machine-`);
  const words = [
    ...["ssh", "-F", sshConfig, "-T", "-l", "root", "-o", `ControlPath=${folder}/s`],
    ...["ControlMaster=auto", "ControlPersist=2h", "ServerAliveInterval=15", "ServerAliveCountMax=8"].flatMap(
      (option) => ["-o", option],
    ),
    name,
  ];
  const exec = (argv: readonly string[], options: Pick<RunOptions, "input" | "inputFile" | "timeoutMs"> = {}) =>
    run([...words, argv.map(quoted).join(" ")], { timeoutMs: 10 * minutes, ...options });
  const demand = async (argv: readonly string[], options?: Parameters<typeof exec>[1]): Promise<string> => {
    const result: RunResult = await exec(argv, options);
    if (result.exitCode === 0) return result.stdout;
    const said = (result.stderr || result.stdout).trim().split("\n").slice(-3).join(" / ");
    throw new Error(`${argv.join(" ")} on ${name}: exit ${result.exitCode}: ${said || "no message"}`);
  };
  const writeFile: Machine["writeFile"] = async (path, content, { mode = "0644", owner = "root:root" } = {}) => {
    const script = 'umask 077; cat > "$1" && chown "$2" -- "$1" && chmod "$3" -- "$1"';
    await demand(["sh", "-c", script, "sh", path, owner, mode], { input: content });
  };
  const hangUp = () => run([...words.slice(0, -1), "-O", "exit", name]);
  const boot = async (): Promise<string | undefined> => {
    const { exitCode, stdout } = await exec(["cat", "/proc/sys/kernel/random/boot_id"], { timeoutMs: 2 * minutes });
    return exitCode === 0 ? stdout.trim() : undefined;
  };
  return {
    name,
    sshConfig,
    exec,
    must: demand,
    writeFile,
    copyIn: (source, path, options) => writeFile(path, readFileSync(source), options),
    restart: async () => {
      const before = await boot();
      await exec(["systemctl", "reboot"]);
      await hangUp();
      await until(
        `${name} is up again`,
        async () => {
          const now = await boot();
          if (now === undefined || now === before) await hangUp();
          return now !== undefined && now !== before ? now : undefined;
        },
        { timeoutMs: 15 * minutes, everyMs: 3000 },
      );
      await exec(["systemctl", "is-system-running", "--wait"]);
    },
    // It answers 1 when a file vanished under it, with everything else on stdout.
    tree: async (left) => treeOf((await exec(treeWords("/", left))).stdout),
    contents: async (folders) => {
      const script = `find "$@" -xdev -type f -exec sha256sum {} + | sort -k 2
getfacl -RPpn --skip-base "$@" 2>/dev/null
getfattr -RPhd -m - -e hex --absolute-names "$@" 2>/dev/null
exit 0`;
      return (await demand(["sh", "-c", script, "sh", ...folders])).split("\n");
    },
    close: async () => {
      await hangUp();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

/** The first name in an ssh configuration that this lab wrote. */
export const nameIn = async (sshConfig: string): Promise<string> =>
  (await must(["cat", sshConfig])).match(/^Host (\S+)/mu)?.[1] ?? "machine";
