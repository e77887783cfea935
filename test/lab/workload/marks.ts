/** Marked secrets: texts that can be found again wherever they went. */
import type { Server } from "../harness/index.ts";

const prefix = "DRAWBRIDGE-SECRET-";

/** A secret that says where it was put first; `place` is of small letters, digits, hyphens. */
export const mark = (place: string): string => `${prefix}${place}-q7Zx9`;

/** The marks in a text, each once. */
export const marksIn = (text: string): string[] => [...new Set(text.match(/DRAWBRIDGE-SECRET-[\w-]+/g))];

export type FoundMark = {
  mark: string;
  /** A path, or `journal`. */
  place: string;
  /** Who can see it: `anyone`, or words like `user root` and `group adm`. Accounts that own a process can see its environment. */
  readers: readonly string[];
};

type Entry = { mode: number; owner: string; group: string };

const defaultTrees = [
  "/etc",
  "/home",
  "/opt",
  "/root",
  "/srv",
  "/tmp",
  "/usr/lib/systemd",
  "/usr/local",
  "/var",
  "/run",
];

const search = `
for tree in "$@"; do
  grep -raoHE --null '${prefix}[A-Za-z0-9_-]+' "$tree" 2>/dev/null | tr '\\0' '\\t' | sed 's/^/file\\t/'
done
for folder in /proc/[0-9]*; do
  [ "$folder" = "/proc/$$" ] && continue
  for name in cmdline environ; do
    tr '\\0' '\\n' 2>/dev/null < "$folder/$name" | grep -oE '${prefix}[A-Za-z0-9_-]+' | sed "s|^|file\\t$folder/$name\\t|"
  done
done
journalctl --quiet --no-pager --output=verbose --all 2>/dev/null | grep -oE '${prefix}[A-Za-z0-9_-]+' | sed 's/^/file\\tjournal\\t/'
`;

/** The folders above a path, from / downwards, and the path itself. */
const lineage = (path: string): string[] => {
  const words = path.split("/");
  return words.map((_, index) => words.slice(0, index + 1).join("/") || "/");
};

/** Which of `everyone` passes all folders and reads the file; owners and groups by name, `anyone` for the rest. */
function readersOf(path: string, entries: ReadonlyMap<string, Entry>): string[] {
  const chain = lineage(path)
    .map((name) => entries.get(name))
    .filter((entry) => entry !== undefined);
  const needed = (index: number): number => (index === chain.length - 1 ? 4 : 1);
  const may = (user: string | undefined, group: string | undefined): boolean =>
    chain.every(({ mode, owner, group: owning }, index) => {
      const shift = owner === user ? 6 : owning === group ? 3 : 0;
      return ((mode >> shift) & needed(index)) !== 0;
    });
  if (may(undefined, undefined)) return ["anyone"];
  const last = chain.at(-1);
  const readers = new Set(["user root"]);
  for (const { owner } of chain) if (may(owner, undefined)) readers.add(`user ${owner}`);
  for (const { group } of chain) if (may(undefined, group)) readers.add(`group ${group}`);
  if (last !== undefined && may(last.owner, last.group)) readers.add(`user ${last.owner}`);
  return [...readers];
}

/**
 * Every place of the server where a marked secret can be read: files below `trees`, command lines and environments of processes,
 * and the journal. Compressed files are not looked into.
 */
export async function findMarks(server: Server, trees: readonly string[] = defaultTrees): Promise<FoundMark[]> {
  const { stdout } = await server.exec(["sh", "-c", search, "sh", ...trees], { timeoutMs: 120_000 });
  const found = new Map<string, { mark: string; place: string }>();
  for (const line of stdout.split("\n")) {
    const [, place = "", rest = ""] = line.split("\t");
    const text = rest.replace(/^:/, "");
    if (text !== "") found.set(`${place}\t${text}`, { mark: text, place });
  }
  const paths = [...new Set([...found.values()].flatMap(({ place }) => (place.startsWith("/") ? lineage(place) : [])))];
  const entries = new Map<string, Entry>();
  if (paths.length > 0) {
    const told = await server.exec(["stat", "--format=%a\t%U\t%G\t%n", "--", ...paths]);
    for (const line of told.stdout.split("\n").filter((text) => text !== "")) {
      const [mode = "", owner = "", group = "", name = ""] = line.split("\t");
      entries.set(name, { mode: Number.parseInt(mode, 8), owner, group });
    }
  }
  return [...found.values()]
    .map(({ mark: text, place }) => ({
      mark: text,
      place,
      readers: place === "journal" ? ["user root", "group adm", "group systemd-journal"] : readersOf(place, entries),
    }))
    .sort((one, other) => `${one.place}${one.mark}`.localeCompare(`${other.place}${other.mark}`));
}
