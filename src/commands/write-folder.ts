import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { failure } from "../failure.ts";
import { reasons } from "./output.ts";

export type FolderFile = { readonly path: string; readonly content: string; readonly mode: string };

/** Writes files below a new or empty folder; never over something that is there. `path` may begin with a slash. */
export const writeFolder = (directory: string, files: readonly FolderFile[]): void => {
  try {
    if (existsSync(directory) && readdirSync(directory).length > 0) {
      throw failure("usage", `${directory} is not empty: name a new folder, nothing is ever overwritten`);
    }
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    for (const { path, content, mode } of files) {
      const place = join(directory, path);
      mkdirSync(dirname(place), { recursive: true, mode: 0o700 });
      writeFileSync(place, content, { mode: Number.parseInt(mode, 8), flag: "wx" });
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw failure("usage", `cannot write to ${directory}: ${reasons[code] ?? code}; choose another folder`, error);
  }
};
