import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** The shells that the runtime promises to run under; those that are not installed are named in the skipped tests. */
export const shells = [
  { name: "dash", argv: ["dash"] },
  { name: "bash", argv: ["bash"] },
  { name: "busybox sh", argv: ["busybox", "sh"] },
].map((shell) => ({ ...shell, missing: spawnSync(shell.argv[0] ?? "", ["-c", ":"]).error !== undefined }));

export const isInstalled = (tool: string): boolean =>
  spawnSync("sh", ["-c", 'command -v "$1"', "sh", tool]).status === 0;

const source = (name: string) => new URL(`../../templates/transaction/${name}`, import.meta.url).pathname;

export type Outcome = { readonly code: number | null; readonly events: readonly string[]; readonly output: string };

/**
 * A machine's disk in a temporary folder, worked on as if it were mounted there: the runtime then leaves everything alone that
 * needs a running system, and needs no root.
 */
export const sandbox = () => onDisk(realpathSync(mkdtempSync(join(tmpdir(), "drawbridge-"))));

const onDisk = (root: string) => {
  const at = (path: string) => join(root, path);
  const write = (path: string, content: string, mode = 0o644, time = 1_600_000_000.123) => {
    mkdirSync(dirname(at(path)), { recursive: true });
    writeFileSync(at(path), content, { mode });
    chmodSync(at(path), mode);
    utimesSync(at(path), time, time);
  };
  const age = (...paths: readonly string[]) => {
    for (const path of paths) utimesSync(at(path), 1_500_000_000.456, 1_500_000_000.456);
  };
  for (const path of ["/etc", "/srv", "/var/lib/drawbridge/transactions"]) mkdirSync(at(path), { recursive: true });
  return {
    root,
    at,
    write,
    age,
    read: (path: string) => readFileSync(at(path), "utf8"),
    link: (path: string, target: string) => symlinkSync(target, at(path)),
    remove: () => {
      spawnSync("chmod", ["-R", "u+rwx", root]);
      rmSync(root, { recursive: true, force: true });
    },
    /** A second disk with the same content, times included. */
    copy: () => {
      const other = realpathSync(mkdtempSync(join(tmpdir(), "drawbridge-")));
      spawnSync("cp", ["-a", "--no-target-directory", root, other]);
      return onDisk(other);
    },
    /** Everything but Drawbridge's own folder: kind, mode, owner, time in nanoseconds, content, ACL and extended attributes. */
    snapshot: () => snapshot(root),
    transaction: (id: string, lines: readonly Line[], options: TransactionOptions = {}) => {
      upload(root, id, lines, options);
      return transaction(root, id);
    },
    /** One that was uploaded before. */
    existing: (id: string) => transaction(root, id),
  };
};

const snapshot = (root: string): string => {
  const lines: string[] = [];
  const walk = (path: string) => {
    if (path === "/var/lib/drawbridge") return;
    const stat = lstatSync(join(root, path), { bigint: true });
    const content = stat.isSymbolicLink()
      ? readlinkSync(join(root, path))
      : stat.isFile()
        ? sha256(readFileSync(join(root, path)))
        : "";
    lines.push(`${path} ${stat.mode.toString(8)} ${stat.uid}:${stat.gid} ${stat.mtimeNs} ${content}`);
    if (stat.isDirectory())
      for (const name of readdirSync(join(root, path)).sort()) walk(path === "/" ? `/${name}` : `${path}/${name}`);
  };
  walk("/");
  const list = (argv: readonly [string, ...string[]]) =>
    spawnSync(argv[0], argv.slice(1), { cwd: root, encoding: "utf8" }).stdout ?? "";
  if (isInstalled("getfacl")) lines.push(list(["getfacl", "-R", "-P", "-n", "etc"]));
  if (isInstalled("getfattr")) lines.push(list(["getfattr", "-R", "-P", "-h", "-d", "-m", "-", "etc"]));
  return lines.join("\n");
};

export const sha256 = (content: string | Buffer): string => createHash("sha256").update(content).digest("hex");

/** Fields of a manifest line; `content` becomes the staged file of a `change NNNN file` line. */
export type Line = readonly string[];

export type TransactionOptions = {
  readonly confirm?: number;
  /** Put first in the runtime's own PATH, for tools that fail or count. */
  readonly tools?: string;
  /** The runtime's whole PATH, for tools that are missing. */
  readonly onlyTools?: string;
  readonly machine?: string;
  /** The manifest's text, when it is to be a broken one. */
  readonly manifest?: (whole: string) => string;
};

export const file = (number: string, path: string, content: string, mode = "0644"): Line => [
  "change",
  number,
  "file",
  path,
  mode,
  "\\e",
  "\\e",
  content,
];

/** A file that the machine puts together: `parts` without their number, and with a literal text's content instead of its file. */
export const partsFile = (number: string, path: string, parts: readonly Line[], mode = "0600"): readonly Line[] => [
  ["change", number, "file", path, mode, "\\e", "\\e", madeOfParts],
  ...parts.map((part) => ["part", number, ...part]),
];
const madeOfParts = "\0parts";

/** Lays a transaction's folder out as the client uploads it. */
export const upload = (root: string, id: string, lines: readonly Line[], options: TransactionOptions = {}): void => {
  const directory = join(root, "var/lib/drawbridge/transactions", id);
  mkdirSync(join(directory, "files"), { recursive: true, mode: 0o700 });
  const rendered = lines.map((line, index) => {
    if (line[7] === madeOfParts) return [...line.slice(0, 7), "parts"];
    if (line[0] === "part" && line[2] === "text") {
      const name = `${line[1]}.${index}`;
      writeFileSync(join(directory, "files", name), line[3] ?? "");
      return [...line.slice(0, 3), name, sha256(line[3] ?? "")];
    }
    if (line[0] !== "change" || line[2] !== "file") return line;
    const content = line[7] ?? "";
    writeFileSync(join(directory, "files", line[1] ?? ""), content);
    return [...line.slice(0, 7), sha256(content)];
  });
  const body = [
    ["drawbridge", "1"],
    ["id", id],
    ["plan", sha256("plan")],
    ["machine", options.machine ?? "\\e"],
    ["confirm", String(options.confirm ?? 0)],
    ...rendered,
  ].map((line) => line.join("\t"));
  const whole = `${[...body, `end\t${body.length}`].join("\n")}\n`;
  writeFileSync(join(directory, "manifest"), options.manifest ? options.manifest(whole) : whole);
  copyFileSync(source("undo.sh"), join(directory, "undo"));
  copyFileSync(source("canary.sh"), join(directory, "canary"));
  const shipped = readFileSync(source("runtime.sh"), "utf8");
  const path =
    options.onlyTools ?? `${options.tools === undefined ? "" : `${options.tools}:`}/usr/sbin:/usr/bin:/sbin:/bin`;
  writeFileSync(join(directory, "runtime"), shipped.replace(/^PATH=.*$/mu, `PATH=${path}`));
};

const transaction = (root: string, id: string) => {
  const directory = join(root, "var/lib/drawbridge/transactions", id);
  const run = (shell: readonly string[], program: string, ...args: readonly string[]): Outcome => {
    const [command = "", ...rest] = [...shell, join(directory, program), ...args];
    const { status, stdout, stderr } = spawnSync(command, rest, { encoding: "utf8", timeout: 60_000 });
    return { code: status, events: stdout.split("\n").filter(Boolean), output: stderr };
  };
  return {
    directory,
    run: (shell: readonly string[], subcommand: string, ...args: readonly string[]) =>
      run(shell, "runtime", subcommand, ...args),
    /** The small program that a person starts by hand. */
    undo: (shell: readonly string[]) => run(shell, "undo"),
    /** In a process group of its own, so that a tool in `tools` can end the whole run at once. */
    start: (shell: readonly string[], subcommand: string) => {
      const [command = "", ...rest] = [...shell, join(directory, "runtime"), subcommand];
      return spawn(command, rest, { detached: true, stdio: ["ignore", "pipe", "pipe"] });
    },
    journal: () => readFileSync(join(directory, "journal"), "utf8"),
    state: (shell: readonly string[]) =>
      run(shell, "runtime", "status")
        .events.find((line) => line.startsWith("state\t"))
        ?.slice("state\t".length),
  };
};

/**
 * A folder with stand-ins for tools: each counts its calls, and the call whose number is in `limit` ends the whole process group
 * with SIGKILL before the tool has done anything.
 */
export const countingTools = (folder: string, tools: readonly string[]): string => {
  mkdirSync(folder, { recursive: true });
  for (const tool of tools) {
    const real = spawnSync("sh", ["-c", 'PATH=/usr/sbin:/usr/bin:/sbin:/bin; command -v "$1"', "sh", tool]).stdout;
    writeFileSync(
      join(folder, tool),
      `#!/bin/sh
PATH=/usr/bin:/bin
printf . >>${folder}/calls
[ "$(wc -c <${folder}/calls)" != "$(cat ${folder}/limit 2>/dev/null)" ] || kill -KILL 0
exec ${real.toString().trim()} "$@"
`,
      { mode: 0o755 },
    );
  }
  return folder;
};

/** Runs to the end or to the kill; resolves to the signal that ended it, or null. */
export const ended = (child: ReturnType<typeof spawn>): Promise<NodeJS.Signals | null> =>
  new Promise((resolve) => child.on("close", (_, signal) => resolve(signal)));
