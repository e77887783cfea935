import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { bundledProgram } from "../bundled.ts";

export type Answer = { readonly status: number | null; readonly stdout: string; readonly stderr: string };

type Circumstances = { readonly env?: Readonly<Record<string, string | undefined>>; readonly input?: string };

const environment = (more: Circumstances["env"] = {}): NodeJS.ProcessEnv => {
  const { FORCE_COLOR: _force, NO_COLOR: _none, ...env } = process.env;
  return { ...env, ...more };
};

let bundled: string | undefined;
/** Bundled once: it starts several times as fast as its sources. */
export const program = (): string => {
  bundled ??= bundledProgram();
  return bundled;
};

/** The program as a child process, without a terminal. */
export const drawbridge = (words: readonly string[], { env, input = "" }: Circumstances = {}): Answer =>
  spawnSync(process.execPath, [program(), ...words], { encoding: "utf8", input, env: environment(env) });

/** The same, still running. */
export const startDrawbridge = (words: readonly string[]) =>
  spawn(process.execPath, [program(), ...words], { stdio: ["ignore", "pipe", "pipe"], env: environment() });

export const temporaryFolder = () => {
  const path = mkdtempSync(join(tmpdir(), "drawbridge-commands-"));
  return {
    path,
    write: (name: string, content: string): string => {
      const place = join(path, name);
      mkdirSync(dirname(place), { recursive: true });
      writeFileSync(place, content);
      return place;
    },
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
};
