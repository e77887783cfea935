import { execFileSync } from "node:child_process";
import { resolve } from "node:path";

/** The program as `npm start` runs it, brought up to date: start it with `process.execPath`. */
export function bundledProgram(): string {
  execFileSync(process.execPath, ["scripts/bundle.ts", "--quiet"]);
  return resolve("build/drawbridge.mjs");
}
