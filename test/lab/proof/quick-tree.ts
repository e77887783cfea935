import { run } from "../harness/index.ts";

/** By path: kind, mode, owner, size, time and target. Contents, ACLs and attributes take ten times as long: see `snapshotTree`. */
export type QuickTree = ReadonlyMap<string, string>;

/** A program and its words that print what `treeOf` reads. `left`: paths below `root` that are left out, each with all below it. */
export const treeWords = (root: string, left: readonly string[]): readonly string[] => {
  const above = root === "/" ? "" : root;
  const skipped = left.flatMap((path, index) => [...(index === 0 ? [] : ["-o"]), "-path", `${above}${path}`]);
  return ["find", root, "-xdev", "(", ...skipped, ")", "-prune", "-o", "-printf", "/%P\\t%y %m %U:%G %T@ %l\\t%s\\0"];
};

export const treeOf = (stdout: string): QuickTree =>
  new Map(
    stdout
      .split("\0")
      .filter((entry) => entry !== "")
      .map((entry) => {
        const [path = "", about = "", size = ""] = entry.split("\t");
        // The size of a folder says how its file system keeps it.
        return [path, about.startsWith("d") ? about : `${about} ${size}`];
      }),
  );

// It answers 1 when a file vanished under it, with everything else on stdout.
export const quickTree = async (root: string, left: readonly string[]): Promise<QuickTree> =>
  treeOf((await run(treeWords(root, left))).stdout);

export const quickDifferences = (before: QuickTree, after: QuickTree): readonly string[] =>
  [...new Set([...before.keys(), ...after.keys()])]
    .sort()
    .filter((path) => before.get(path) !== after.get(path))
    .map((path) => `${path}: ${before.get(path) ?? "absent"} -> ${after.get(path) ?? "absent"}`);
