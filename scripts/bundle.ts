/**
 * `npm run bundle` and, before every `npm start`, `prestart`: src/ and templates/ become build/drawbridge.mjs with its chunks.
 * Nothing is done when nothing changed, so that a start does not wait for it. `--quiet` prints nothing but errors;
 * `--into DIR` is for another place than build/.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { compileOptions, root } from "./compile.ts";

const { values: options } = parseArgs({ options: { quiet: { type: "boolean" }, into: { type: "string" } } });
const output = resolve(options.into ?? `${root}/build`);
const mark = `${output}/inputs.sha256`;

/** One day in milliseconds: a program that is still running loads its chunks when it needs them. */
const keptFor = 24 * 60 * 60 * 1000;

/** SHA-256 over the names and contents of all that goes into the bundle. */
function fingerprint(): string {
  const hash = createHash("sha256").update(process.version);
  const add = (file: string): void => {
    hash.update(`\0${file}\0`).update(readFileSync(`${root}/${file}`));
  };
  for (const folder of ["scripts", "src", "steps", "templates"]) {
    const entries = readdirSync(`${root}/${folder}`, { recursive: true, withFileTypes: true });
    const files = entries
      .filter((entry) => entry.isFile())
      .map((entry) => `${entry.parentPath}/${entry.name}`.slice(root.length + 1));
    for (const file of files.sort()) add(file);
  }
  for (const file of ["package.json", "package-lock.json", "tsconfig.json"]) add(file);
  return hash.digest("hex");
}

function isCurrent(inputs: string): boolean {
  return existsSync(`${output}/drawbridge.mjs`) && existsSync(mark) && readFileSync(mark, "utf8") === inputs;
}

/** Beside the target first: two starts at once must never read half a file of each other's. */
function place(path: string, contents: Uint8Array | string): void {
  mkdirSync(dirname(path), { recursive: true });
  const beside = `${path}.${process.pid}`;
  writeFileSync(beside, contents);
  renameSync(beside, path);
}

async function bundle(inputs: string): Promise<number> {
  const { build } = await import("esbuild");
  const { outputFiles } = await build({
    ...compileOptions(),
    splitting: true,
    outdir: output,
    chunkNames: "chunks/[name]-[hash]",
    write: false,
  });
  // Chunks carry their hash in their name; whoever reads the entry finds its chunks there.
  const isEntry = (path: string): boolean => basename(path) === "drawbridge.mjs";
  for (const file of outputFiles.toSorted((a, b) => Number(isEntry(a.path)) - Number(isEntry(b.path)))) {
    place(file.path, file.contents);
  }
  const current = new Set(outputFiles.map((file) => basename(file.path)));
  for (const name of existsSync(`${output}/chunks`) ? readdirSync(`${output}/chunks`) : []) {
    const chunk = `${output}/chunks/${name}`;
    if (!current.has(name) && Date.now() - statSync(chunk).mtimeMs > keptFor) rmSync(chunk, { force: true });
  }
  place(mark, inputs);
  return outputFiles.reduce((sum, file) => sum + file.contents.length, 0);
}

const inputs = fingerprint();
const shown = relative(process.cwd(), `${output}/drawbridge.mjs`);
if (!isCurrent(inputs)) {
  try {
    const bytes = await bundle(inputs);
    if (!options.quiet) console.log(`${shown} and its chunks: ${Math.round(bytes / 1000)} kB`);
  } catch (error) {
    const messages = (error as { errors?: { text: string; location?: { file: string; line: number } }[] }).errors;
    for (const { text, location } of messages ?? [{ text: String(error) }]) {
      console.error(location ? `${location.file}:${location.line}: ${text}` : text);
    }
    console.error("The program could not be bundled; `npm run types` may say more.");
    process.exitCode = 1;
  }
} else if (!options.quiet) {
  console.log(`${shown} is up to date`);
}
