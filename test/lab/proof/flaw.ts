import type { Answers } from "../../../src/model/plan.ts";
import type { Server } from "../harness/index.ts";
import { jarOf } from "../workload/jar.ts";
import { defaultProgram, type Program } from "../workload/program.ts";

/** One thing that is done to a server, as its root. */
export type Deed =
  | { readonly run: readonly string[] }
  | { readonly file: string; readonly content: string; readonly mode?: string; readonly owner?: string }
  /** A JAR in place of the one that is there; what runs keeps the one it was started from. */
  | { readonly jar: string; readonly program: Partial<Program> }
  | { readonly gone: string }
  /** What a program is about to change: put back afterwards. */
  | { readonly keep: string };

/** What breaks a control that its own fix is to mend: there before anything is looked at. */
export type Flaw = { readonly control: string; readonly deeds: readonly Deed[] };

/** How a control is looked at and fixed where the common answers do not do. */
export type Variant = {
  /** Fixed in one transaction; all of them are shown. */
  readonly controls: readonly string[];
  /** What they stand on: an account before its files, a ruleset before what is added to it. */
  readonly with?: readonly string[];
  readonly answers?: Answers;
  /** Once fixed there is nothing left to judge: "notapplicable" is what is wanted then. */
  readonly vanishes?: true;
  /** What breaks them, where that would be in the way of the others: there while they are shown. */
  readonly flaw?: readonly Deed[];
  /** Once the files of `flaw` are as they were. */
  readonly clean?: readonly Deed[];
};

/** A control that only finds: a person mends what it names. */
export type ByHand = {
  readonly control: string;
  /** What breaks it; nothing where the server is broken so already. */
  readonly flaw?: readonly Deed[];
  /** What a person does about it; by default the files of `flaw` are as they were. */
  readonly mend?: readonly Deed[];
  /** Answers that it needs to look at all. */
  readonly answers?: Answers;
  /** Answers that are the mending: what a person declares. */
  readonly mendAnswers?: Answers;
  /** What the files that are put back leave: rules in the kernel. */
  readonly clean?: readonly Deed[];
  /** Whether it takes a look from another machine as well. */
  readonly outside?: true;
  /** Those of one round are broken together, looked at once, and mended together. */
  readonly round?: string;
};

export const sh = (text: string): Deed => ({ run: ["sh", "-euc", text] });

const pathOf = (deed: Deed): string | undefined =>
  "file" in deed
    ? deed.file
    : "jar" in deed
      ? deed.jar
      : "gone" in deed
        ? deed.gone
        : "keep" in deed
          ? deed.keep
          : undefined;

const folderOf = (path: string): string => path.slice(0, path.lastIndexOf("/")) || "/";

/** Copies of what the deeds are about to change, so that it can be put back with owner, mode and time, that of its folder too. */
export const keepOf = (server: Pick<Server, "exec" | "must" | "writeFile" | "copyIn">, shelf = "/run/proof") => {
  const kept = new Map<string, string | undefined>();
  /** Folder to its time, as touch(1) takes it. */
  const times = new Map<string, string>();
  const keep = async (path: string): Promise<void> => {
    if (kept.has(path)) return;
    const folder = folderOf(path);
    const time = times.has(folder) ? "" : (await server.exec(["stat", "-c", "%y", folder])).stdout.trim();
    if (time !== "") times.set(folder, time);
    const there = (await server.exec(["test", "-e", path])).exitCode === 0;
    const copy = `${shelf}/${kept.size}`;
    if (there) {
      await server.must(["install", "-d", "-m", "0700", shelf]);
      await server.must(["rm", "-rf", copy]);
      await server.must(["cp", "-a", path, copy]);
    }
    kept.set(path, there ? copy : undefined);
  };
  return {
    do: async (deeds: readonly Deed[]): Promise<void> => {
      for (const deed of deeds) {
        const path = pathOf(deed);
        if (path !== undefined) await keep(path);
        if ("keep" in deed) continue;
        if ("run" in deed) await server.must(deed.run, { timeoutMs: 300_000 });
        else if ("gone" in deed) await server.must(["rm", "-rf", deed.gone]);
        else if ("jar" in deed) {
          await server.must(["rm", "-f", deed.jar]);
          await server.copyIn(await jarOf({ ...defaultProgram, ...deed.program }), deed.jar);
        } else {
          await server.must(["install", "-d", folderOf(deed.file)]);
          await server.writeFile(deed.file, deed.content, {
            mode: deed.mode ?? "0644",
            ...(deed.owner === undefined ? {} : { owner: deed.owner }),
          });
        }
      }
    },
    /** Everything that was kept, or only these paths. */
    putBack: async (paths: readonly string[] = [...kept.keys()]): Promise<void> => {
      for (const path of paths) {
        if (!kept.has(path)) continue;
        const copy = kept.get(path);
        await server.must(["rm", "-rf", path]);
        if (copy !== undefined) await server.must(["cp", "-a", copy, path]);
      }
      for (const folder of new Set(paths.map(folderOf))) {
        const time = times.get(folder);
        if (time !== undefined) await server.exec(["touch", "-c", "-d", time, folder]);
      }
    },
  };
};

export const pathsOf = (deeds: readonly Deed[]): readonly string[] => deeds.flatMap((deed) => pathOf(deed) ?? []);
