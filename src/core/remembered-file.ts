import { type Change, change } from "../model/change.ts";
import { ownFolder } from "./root-folder.ts";

/** What a file of ours held when it was read, and its mode; undefined where there was none. */
type Remembered = { readonly content: string; readonly mode: string } | undefined;

const owned = { owner: "root", group: "root" };
const common = { phase: "files", risk: "none" } as const;

const othersWrite = (mode: string): boolean => (Number.parseInt(mode, 8) & 0o022) !== 0;

/** A file in drawbridge's own configuration folder as it has to be, with the folder where nothing was remembered yet. */
export const rememberedFile = (
  title: string,
  path: `/etc/drawbridge/${string}`,
  before: Remembered,
  content: string,
): readonly Change[] => {
  const file = change({
    ...common,
    kind: "file",
    title,
    path,
    before: before === undefined ? null : { ...before, ...owned },
    after: { content, mode: before === undefined || othersWrite(before.mode) ? "0600" : before.mode, ...owned },
  });
  if (before !== undefined) return [file];
  const folder = ownFolder;
  return [folder, file];
};
