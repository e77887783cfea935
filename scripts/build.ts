/**
 * `npm run build`: dist/drawbridge, one executable with Node, the program and its templates inside (Node's single executable
 * applications). It runs where there is no Node: Linux with glibc 2.28 or later and libstdc++ (on arm64 libatomic as well).
 */
import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { build } from "esbuild";
import { compileOptions, engineOptions, root } from "./compile.ts";
import { withEagerModules } from "./eager.ts";

const work = `${root}/build/executable`;
const program = `${work}/drawbridge.mjs`;
const runtime = `${work}/node`;
const output = `${root}/dist/drawbridge`;

const megabytes = (bytes: number): string => `${(bytes / 1_000_000).toFixed(1)} MB`;

/** The Node inside is a copy without its symbol table: a fifth smaller, and faster to load. */
function prepareRuntime(): void {
  copyFileSync(realpathSync(process.execPath), runtime);
  chmodSync(runtime, 0o755);
  const strip = spawnSync("strip", ["--strip-all", runtime], { encoding: "utf8" });
  if (strip.error !== undefined || strip.status !== 0) {
    const reason = strip.error === undefined ? strip.stderr.trim() : "strip is not installed (package binutils)";
    console.error(`The executable keeps Node's symbols and is about 33 MB larger: ${reason}`);
  }
}

async function compile(): Promise<void> {
  // One file, for the executable has no folder to load chunks from; import() still defers what it names until it is called.
  await build({ ...compileOptions(), outfile: program, metafile: false, logLevel: "error" });
  writeFileSync(program, withEagerModules(readFileSync(program, "utf8")));
}

function assemble(): void {
  const configuration = `${work}/sea.json`;
  writeFileSync(
    configuration,
    JSON.stringify({
      main: program,
      mainFormat: "module",
      executable: runtime,
      output: `${output}.new`,
      useCodeCache: true,
      disableExperimentalSEAWarning: true,
      // NODE_OPTIONS could load any file into a program that runs as root.
      execArgvExtension: "none",
      execArgv: engineOptions,
    }),
  );
  execFileSync(process.execPath, ["--build-sea", configuration], { stdio: ["ignore", "ignore", "inherit"] });
  chmodSync(`${output}.new`, 0o755);
  // A minimal server has no libatomic. Where the function cannot be built in, the line on standard error says so.
  spawnSync(process.execPath, [`${root}/scripts/without-libatomic.mjs`, `${output}.new`], { stdio: "inherit" });
  // An executable that is running cannot be written, but it can be replaced.
  renameSync(`${output}.new`, output);
}

const [major = 0] = process.versions.node.split(".").map(Number);
if (major < 26) {
  console.error(
    `npm run build needs Node 26, and this is ${process.version}: npm ci brings it on the platforms it has it for`,
  );
  process.exit(1);
}
rmSync(work, { recursive: true, force: true });
mkdirSync(work, { recursive: true });
mkdirSync(`${root}/dist`, { recursive: true });
prepareRuntime();
await compile();
assemble();
console.log(
  `dist/drawbridge: ${megabytes(statSync(output).size)}, the program in it ${megabytes(statSync(program).size)}`,
);
rmSync(work, { recursive: true, force: true });
