/**
 * `npm run bench`: measures what the project promises and writes the table in docs/performance.md. Times depend on the machine, so no
 * test asserts them. `npm run bench -- WORD...` measures only the cases whose title contains one of the words.
 */
import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";
import { dirname } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { labCases, type TimedCase } from "./bench-lab.ts";
import { compileOptions, engineOptions, root } from "./compile.ts";
import { keyTimes, repeat, runTime, type Summary, screenTime } from "./measure.ts";

/** A copy, as an installation has one: the linker's own pages of the file it wrote count as memory of whoever runs it. */
const executable = `${root}/build/installed/drawbridge`;
const bundle = `${root}/build/drawbridge.mjs`;
const report = `${root}/docs/performance.md`;
const small = { columns: 80, rows: 24 };

const milliseconds = (value: number): string => `${Math.round(value)} ms`;
const megabytes = (bytes: number): string => `${(bytes / 1_000_000).toFixed(1)} MB`;

/** The columns after title and promise: median, spread, peak memory, runs. */
function columnsOf({ median, fastest, slowest, peakMemory, runs }: Summary): readonly string[] {
  const memory = Number.isNaN(peakMemory) ? "" : megabytes(peakMemory);
  return [milliseconds(median), `${Math.round(fastest)}–${milliseconds(slowest)}`, memory, String(runs)];
}

const hasLine = (output: string): boolean => output.includes("\n");

/** Something is drawn after the first line. */
const hasFrame = (output: string): boolean => {
  const [, ...after] = output.split("\n");
  return stripVTControlCharacters(after.join("\n")).trim() !== "";
};

const onTerminal = (argv: readonly [string, ...string[]], until: (output: string) => boolean) =>
  repeat(15, () => screenTime(argv, small, until));

const cases: readonly TimedCase[] = [
  {
    title: "Executable: `--version`",
    promise: "",
    time: () => repeat(15, () => runTime([executable, "--version"])),
  },
  {
    title: "Executable: first line of the wizard",
    promise: "≤ 100 ms",
    time: () => onTerminal([executable], hasLine),
  },
  {
    title: "Executable: first frame of the wizard",
    promise: "≤ 350 ms, ≤ 150 MB",
    time: () => onTerminal([executable], hasFrame),
  },
  {
    title: "`npm start`, bundled: first line of the wizard",
    promise: "≤ 100 ms",
    time: () => onTerminal(["env", "NODE_COMPILE_CACHE=build/compile-cache", process.execPath, bundle], hasLine),
  },
  {
    title: "`npm start`, bundled: first frame of the wizard",
    promise: "≤ 350 ms",
    time: () => onTerminal(["env", "NODE_COMPILE_CACHE=build/compile-cache", process.execPath, bundle], hasFrame),
  },
  {
    title: "Key to frame with 500 findings, list of all (120 × 40)",
    promise: "≤ 30 ms, ≤ 150 MB",
    time: () => onFindings(["/"]),
  },
  {
    title: "Key to frame with 500 findings, hub (120 × 40)",
    promise: "≤ 30 ms, ≤ 150 MB",
    time: () => onFindings([]),
  },
];

/** Arrow keys on a screen of the wizard over a made-up machine. */
async function onFindings(open: readonly string[]): Promise<Summary> {
  const program = `${root}/build/bench-screen.mjs`;
  const { build } = await import("esbuild");
  await build({ ...compileOptions(), entryPoints: [`${root}/scripts/bench-screen.ts`], outfile: program });
  const keys = { open, pressed: ["\u001b[B", "\u001b[A"], presses: 60 };
  return keyTimes([process.execPath, ...engineOptions, program], { columns: 120, rows: 40 }, keys);
}

function machine(): string {
  const [first] = cpus();
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  return `${cpus().length} × ${first?.model.trim()}, ${memory}, Linux ${release()}, Node ${process.versions.node}`;
}

/** Puts the table between the marks of docs/performance.md and leaves what people wrote around it alone. */
function write(rows: readonly (readonly string[])[]): void {
  const [begin, end] = ["<!-- measured: npm run bench -->", "<!-- end of what is measured -->"];
  const table = [
    ["What", "Promise", "Median", "Spread", "Peak memory", "Runs"],
    ["---", "---", "---:", "---:", "---:", "---:"],
    ...rows,
  ].map((cells) => `| ${cells.join(" | ")} |`);
  const measured = [begin, "", `${new Date().toISOString().slice(0, 10)}, ${machine()}.`, "", ...table, "", end].join(
    "\n",
  );
  const before = existsSync(report) ? readFileSync(report, "utf8") : `# Speed and size\n\n${begin}\n${end}\n`;
  const [from, to] = [before.indexOf(begin), before.indexOf(end)];
  if (from < 0 || to < from)
    throw new Error(`${report} has lost the marks between which the table goes: ${begin} ${end}`);
  writeFileSync(report, before.slice(0, from) + measured + before.slice(to + end.length));
}

const words = process.argv.slice(2);
const rows: string[][] = [];

function record(title: string, promise: string, columns: readonly string[]): void {
  rows.push([title, promise, ...columns]);
  console.log([title, promise && `(${promise})`, ...columns].filter(Boolean).join("  "));
}

function recordFailure(title: string, promise: string, error: unknown): void {
  record(title, promise, ["not measured", "", "", ""]);
  console.error(`${title}: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}

async function measureAll(candidates: readonly TimedCase[]): Promise<void> {
  for (const { title, promise, time } of candidates) {
    if (words.length > 0 && !words.some((word) => title.includes(word))) continue;
    await time().then(
      (summary) => record(title, promise, columnsOf(summary)),
      (error) => recordFailure(title, promise, error),
    );
  }
}

execFileSync(process.execPath, [`${root}/scripts/bundle.ts`, "--quiet"], { stdio: "inherit" });
execFileSync(process.execPath, [`${root}/scripts/build.ts`], { stdio: "inherit" });
mkdirSync(dirname(executable), { recursive: true });
copyFileSync(`${root}/dist/drawbridge`, executable);
record("Executable: size", "≤ 125 MB", [megabytes(statSync(executable).size), "", "", ""]);
await measureAll(cases);
await labCases(executable).then(
  async (lab) => {
    try {
      await measureAll(lab.cases);
    } finally {
      await lab.close();
    }
  },
  (error) => recordFailure("In the lab", "", error),
);
// A part of the table would look like the whole.
if (words.length === 0) write(rows);
