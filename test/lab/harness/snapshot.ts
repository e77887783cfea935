/** Pictures of a server that can be compared: the disk to the byte, the units, the running firewall. */
import { createHash } from "node:crypto";
import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { run } from "./run.ts";
import type { Server } from "./server.ts";

export type TreeEntry = {
  type: "file" | "directory" | "symlink" | "fifo" | "socket" | "character device" | "block device";
  /** Octal, with set-user-id, set-group-id and sticky bits. */
  mode: string;
  uid: number;
  gid: number;
  /** Nanoseconds since 1970. */
  mtimeNs: bigint;
  /** Bytes of a file; 0 for everything else, where the number says nothing. */
  size: number;
  /** Content of a file; target of a symbolic link; numbers of a device; empty otherwise. */
  content: string;
  /** Entries of getfacl(1) beyond the mode bits, one a line; empty when there are none. */
  acl: string;
  /** Extended attributes other than ACLs, `name=0xvalue`, one a line. */
  xattrs: string;
};

/** Keyed by the path inside the server, `/etc/passwd`. */
export type Tree = ReadonlyMap<string, TreeEntry>;

export type TreeOptions = {
  /** Paths inside the server to look at, each with all below it; default everything. */
  paths?: readonly string[];
  /** Paths left out, each with all below it, in addition to {@link movesByItself}. */
  exclude?: readonly string[];
};

/** What a server that nobody touches writes anyway, by booting, by the clock, or because someone logs in. */
export const movesByItself = [
  // Not on the disk of a running server.
  "/dev",
  "/proc",
  "/run",
  "/sys",
  // systemd makes private folders for its services in both at every boot.
  "/tmp",
  "/var/tmp",
  // Journal and login records.
  "/var/log/btmp",
  "/var/log/journal",
  "/var/log/lastlog",
  "/var/log/wtmp",
  "/var/log/wtmp.db",
  "/var/lib/lastlog",
  "/var/lib/wtmpdb",
  // Stamps of timers and of the entropy saved at shutdown.
  "/var/lib/systemd/random-seed",
  "/var/lib/systemd/timers",
] as const;

/**
 * Undoes the escapes of file names in getfacl's and getfattr's output: a backslash and three octal digits for a byte that
 * could be mistaken for their own format, and in getfacl two backslashes for one.
 */
function unescapePath(text: string): string {
  if (!text.includes("\\")) return text;
  const bytes = Buffer.from(text)
    .toString("latin1")
    .replace(/\\(?:([0-7]{3})|\\)/g, (_, octal?: string) =>
      octal === undefined ? "\\" : String.fromCharCode(Number.parseInt(octal, 8)),
    );
  return Buffer.from(bytes, "latin1").toString();
}

/** Blocks of `# file: PATH` and lines, as getfacl and getfattr print them. */
function parseBlocks(text: string, wanted: (line: string) => boolean): Map<string, string> {
  const blocks = new Map<string, string>();
  for (const block of text.split("\n\n")) {
    const lines = block.split("\n").filter((line) => line !== "");
    const path = /^# file: (.*)$/.exec(lines[0] ?? "")?.[1];
    const rest = lines.slice(1).filter(wanted).sort();
    if (path !== undefined && rest.length > 0) blocks.set(unescapePath(path), rest.join("\n"));
  }
  return blocks;
}

function describe(path: string): TreeEntry | undefined {
  const stat = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  if (stat === undefined) return undefined;
  const device = `${stat.rdev}`;
  const [type, content] = stat.isFile()
    ? (["file", createHash("sha256").update(readFileSync(path)).digest("hex")] as const)
    : stat.isDirectory()
      ? (["directory", ""] as const)
      : stat.isSymbolicLink()
        ? (["symlink", readlinkSync(path)] as const)
        : stat.isFIFO()
          ? (["fifo", ""] as const)
          : stat.isSocket()
            ? (["socket", ""] as const)
            : stat.isCharacterDevice()
              ? (["character device", device] as const)
              : (["block device", device] as const);
  return {
    type,
    mode: (Number(stat.mode) & 0o7777).toString(8).padStart(4, "0"),
    uid: Number(stat.uid),
    gid: Number(stat.gid),
    mtimeNs: stat.mtimeNs,
    size: type === "file" ? Number(stat.size) : 0,
    content,
    acl: "",
    xattrs: "",
  };
}

/**
 * The tree below `root` (a server's live root, or any folder), as it is now. Reads through no symbolic link and changes no
 * time that is compared. A file that vanishes while the tree is read is left out.
 */
export async function snapshotTree(root: string, options: TreeOptions = {}): Promise<Tree> {
  const tops = options.paths ?? ["/"];
  const left = [...movesByItself, ...(options.exclude ?? [])];
  const entries = new Map<string, TreeEntry>();

  const walk = (path: string): void => {
    if (left.some((top) => path === top)) return;
    const outside = path === "/" ? root : `${root}${path}`;
    try {
      const entry = describe(outside);
      if (entry === undefined) return;
      entries.set(path, entry);
      if (entry.type !== "directory") return;
      for (const name of readdirSync(outside).sort()) walk(path === "/" ? `/${name}` : `${path}/${name}`);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
  };
  for (const top of tops) walk(top);

  const found = tops.map((top) => (top === "/" ? root : `${root}${top}`));
  const existing = found.filter((path) => lstatSync(path, { throwIfNoEntry: false }) !== undefined);
  if (existing.length === 0) return entries;
  // Both programs answer 1 when a file vanished under them, with everything else on stdout.
  const acls = await run(["getfacl", "-RPpn", "--skip-base", ...existing]);
  const attributes = await run(["getfattr", "-RPhd", "-m", "-", "-e", "hex", "--absolute-names", ...existing]);
  const apply = (blocks: Map<string, string>, field: "acl" | "xattrs"): void => {
    for (const [path, text] of blocks) {
      const entry = entries.get(path === root ? "/" : path.slice(root.length));
      if (entry !== undefined) entry[field] = text;
    }
  };
  apply(
    parseBlocks(acls.stdout, (line) => !line.startsWith("#")),
    "acl",
  );
  apply(
    parseBlocks(attributes.stdout, (line) => !line.startsWith("system.posix_acl_")),
    "xattrs",
  );
  return entries;
}

const time = (ns: bigint): string =>
  `${new Date(Number(ns / 1_000_000n)).toISOString().slice(0, -1)}${String(ns % 1_000_000n).padStart(6, "0")}Z`;

const inOneLine = (text: string): string => (text === "" ? "none" : text.split("\n").join(" "));

/** What differs, one readable line each, sorted by path; empty when the trees are equal. */
export function compareTrees(before: Tree, after: Tree): string[] {
  const differences: string[] = [];
  for (const path of [...new Set([...before.keys(), ...after.keys()])].sort()) {
    const old = before.get(path);
    const now = after.get(path);
    if (old === undefined || now === undefined) {
      differences.push(`${path}: ${now === undefined ? "removed" : "added"} (${(now ?? old)?.type})`);
      continue;
    }
    const note = (what: string, from: string, to: string): void => {
      if (from !== to) differences.push(`${path}: ${what} ${from} -> ${to}`);
    };
    note("type", old.type, now.type);
    note("mode", old.mode, now.mode);
    note("owner", `${old.uid}:${old.gid}`, `${now.uid}:${now.gid}`);
    if (old.type === now.type) {
      note("size", String(old.size), String(now.size));
      note(old.type === "file" ? "sha256" : "content", old.content, now.content);
    }
    note("mtime", time(old.mtimeNs), time(now.mtimeNs));
    note("ACL", inOneLine(old.acl), inOneLine(now.acl));
    note("xattrs", inOneLine(old.xattrs), inOneLine(now.xattrs));
  }
  return differences;
}

/** Unit name to state. */
export type Units = ReadonlyMap<string, string>;

/** Units that come and go with logins, mounts and devices of the host. */
const fleeting = /^(session-.*\.scope|user@.*|user-.*|run-.*|init\.scope|.*\.device|.*\.mount)$/;

/**
 * Two kinds of line: `NAME.service` with `loaded active running` for every unit that is not plainly inactive (systemd loads and
 * forgets inactive ones at will), and `file NAME.service` with `enabled` and so on for every unit file.
 */
export async function snapshotUnits(server: Server): Promise<Units> {
  const units = new Map<string, string>();
  const loaded = await server.must([
    "systemctl",
    "list-units",
    "--all",
    "--full",
    "--plain",
    "--no-legend",
    "--no-pager",
  ]);
  for (const line of loaded.split("\n")) {
    const [name, load, active, sub] = line.trim().split(/\s+/);
    if (name === undefined || name === "" || active === "inactive" || fleeting.test(name)) continue;
    units.set(name, `${load} ${active} ${sub}`);
  }
  const files = await server.must(["systemctl", "list-unit-files", "--full", "--no-legend", "--no-pager"]);
  for (const line of files.split("\n")) {
    const [name, state] = line.trim().split(/\s+/);
    if (name === undefined || name === "" || fleeting.test(name)) continue;
    units.set(`file ${name}`, state ?? "");
  }
  return units;
}

export function compareUnits(before: Units, after: Units): string[] {
  return [...new Set([...before.keys(), ...after.keys()])]
    .sort()
    .filter((name) => before.get(name) !== after.get(name))
    .map((name) => `${name}: ${before.get(name) ?? "absent"} -> ${after.get(name) ?? "absent"}`);
}

/** The whole running ruleset without counters, all tables of all owners; empty when nothing is loaded. */
export async function snapshotFirewall(server: Server): Promise<string> {
  return server.must(["nft", "--stateless", "list", "ruleset"]);
}
