/**
 * `npm run bench`: measures what the project promises and writes the table in docs/performance.md. Times depend on the machine, so no
 * test asserts them. `npm run bench -- WORD...` measures only the cases whose title contains one of the words.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";
import { stripVTControlCharacters } from "node:util";
import { root } from "./compile.ts";
import { repeat, runTime, type Summary, screenTime } from "./measure.ts";

const executable = `${root}/dist/drawbridge`;
const bundle = `${root}/build/drawbridge.mjs`;
const report = `${root}/docs/performance.md`;
const small = { columns: 80, rows: 24 };

/** One line of the table. `promise` and `result` are written as they are shown. */
type Case = { readonly title: string; readonly promise: string; readonly measure: () => Promise<readonly string[]> };

const milliseconds = (value: number): string => `${Math.round(value)} ms`;
const megabytes = (bytes: number): string => `${(bytes / 1_000_000).toFixed(1)} MB`;

/** The columns after title and promise: median, spread, peak memory, runs. */
function columnsOf({ median, fastest, slowest, peakMemory, runs }: Summary): readonly string[] {
  return [milliseconds(median), `${Math.round(fastest)}–${milliseconds(slowest)}`, megabytes(peakMemory), String(runs)];
}

const hasLine = (output: string): boolean => output.includes("\n");

/** Something is drawn after the first line. */
const hasFrame = (output: string): boolean => {
  const [, ...after] = output.split("\n");
  return stripVTControlCharacters(after.join("\n")).trim() !== "";
};

const cases: readonly Case[] = [
  {
    title: "Executable: size",
    promise: "≤ 125 MB",
    measure: async () => [megabytes(statSync(executable).size), "", "", ""],
  },
  {
    title: "Executable: `--version`",
    promise: "",
    measure: async () => columnsOf(await repeat(15, () => runTime([executable, "--version"]))),
  },
  {
    title: "Executable: first line of the wizard",
    promise: "≤ 100 ms",
    measure: async () => columnsOf(await repeat(15, () => screenTime([executable], small, hasLine))),
  },
  {
    title: "Executable: first frame of the wizard",
    promise: "≤ 350 ms",
    measure: async () => columnsOf(await repeat(15, () => screenTime([executable], small, hasFrame))),
  },
  {
    title: "Bundle: first line of the wizard",
    promise: "≤ 100 ms",
    measure: async () => columnsOf(await repeat(15, () => screenTime([process.execPath, bundle], small, hasLine))),
  },
  {
    title: "Bundle: first frame of the wizard",
    promise: "≤ 350 ms",
    measure: async () => columnsOf(await repeat(15, () => screenTime([process.execPath, bundle], small, hasFrame))),
  },
];

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
const chosen = cases.filter(({ title }) => words.length === 0 || words.some((word) => title.includes(word)));
execFileSync(process.execPath, [`${root}/scripts/bundle.ts`, "--quiet"], { stdio: "inherit" });
if (!existsSync(executable)) execFileSync(process.execPath, [`${root}/scripts/build.ts`], { stdio: "inherit" });
const rows: string[][] = [];
for (const { title, promise, measure } of chosen) {
  const columns = await measure().catch((error: Error) => {
    console.error(`${title}: ${error.message}`);
    process.exitCode = 1;
    return ["not measured", "", "", ""];
  });
  rows.push([title, promise, ...columns]);
  console.log([title, promise && `(${promise})`, ...columns].filter(Boolean).join("  "));
}
// A part of the table would look like the whole.
if (words.length === 0) write(rows);
