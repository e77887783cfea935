import { colourLevel, settleColour } from "./colour.ts";
import type { CommandName } from "./commands/declarations.ts";
import type { Options, OptionsOf } from "./commands/options.ts";
import { type RawOptions, readCommandLine } from "./commands/program.ts";
import type { Streams } from "./commands/streams.ts";
import { type ExitCode, exitCodes } from "./exit-codes.ts";
import { isFailure } from "./failure.ts";
import { documentText } from "./reports/json.ts";
import { messageLine } from "./reports/printable.ts";
import { splashLine } from "./splash.ts";
import type { Ahead } from "./targets/ahead.ts";

/** A file of src/commands: it does the work and says how it ended; expected errors are thrown as failures. */
type CommandModule<Name extends CommandName> = {
  readonly run: (options: OptionsOf<Name>, streams: Streams) => Promise<ExitCode>;
};

/** Each is loaded when it is asked for: the first line does not wait for any of them. */
const modules: { readonly [Name in CommandName]: () => Promise<CommandModule<Name>> } = {
  wizard: () => import("./commands/wizard.ts"),
  inspect: () => import("./commands/inspect.ts"),
  plan: () => import("./commands/plan.ts"),
  apply: () => import("./commands/apply.ts"),
  confirm: () => import("./commands/confirm.ts"),
  undo: () => import("./commands/undo.ts"),
  resume: () => import("./commands/resume.ts"),
  status: () => import("./commands/status.ts"),
  waive: () => import("./commands/waive.ts"),
  rollout: () => import("./commands/rollout.ts"),
  sandbox: () => import("./commands/sandbox.ts"),
  generate: () => import("./commands/generate.ts"),
  export: () => import("./commands/export.ts"),
  promote: () => import("./commands/promote.ts"),
  log: () => import("./commands/log.ts"),
  list: () => import("./commands/list.ts"),
  explain: () => import("./commands/explain.ts"),
  questions: () => import("./commands/questions.ts"),
};

/** Milliseconds that a command has to end in order after a signal. */
const grace = 2000;

const { stdin, stdout, stderr, env } = process;
const words = process.argv.slice(2);

async function main(words: readonly string[], signal: AbortSignal): Promise<ExitCode> {
  const request = readCommandLine(words);
  if (request.kind === "complaint") return complain(request.line);
  if (request.kind === "text") {
    stdout.write(request.text);
    return exitCodes.fine;
  }
  const { name, raw } = request;
  const plain = raw.plain === true || env.TERM === "dumb";
  if (name === "wizard") {
    if (!plain && !(stdin.isTTY && stdout.isTTY)) {
      return complain("the wizard needs a terminal; use inspect, plan or apply --answers FILE, or wizard --plain");
    }
    // On screen before anything heavy is loaded: what comes next takes a third of a second.
    if (stdout.isTTY) stdout.write(`${splashLine(subjectOf(raw), stdout.columns || 80)}\n`);
  }
  return runCommand(name, { ...raw, plain }, signal);
}

async function runCommand<Name extends CommandName>(
  name: Name,
  raw: RawOptions,
  signal: AbortSignal,
): Promise<ExitCode> {
  const { readOptions } = await import("./commands/options.ts");
  const read = readOptions(name, raw);
  if ("problems" in read) return complain(`${read.problems.join("; ")}; see drawbridge ${name} --help`);

  const choice = read.options.color;
  const colour = {
    output: colourLevel(choice, env, stdout.isTTY === true),
    error: colourLevel(choice, env, stderr.isTTY === true),
  };
  // Ink looks at the environment while it is imported, so this stands before the command is loaded.
  settleColour(env, colour.output);
  const ahead = connectsAtOnce.has(name) ? await beginConnection(read.options, signal) : undefined;
  try {
    const { run } = await modules[name]();
    const streams = { input: stdin, output: stdout, error: stderr, colour, signal };
    return await run(read.options, ahead === undefined ? streams : { ...streams, ahead });
  } finally {
    await ahead?.drop();
  }
}

/** Commands that look at the machine first of all, and take longest to load. */
const connectsAtOnce: ReadonlySet<CommandName> = new Set(["inspect", "plan", "apply", "wizard"]);

async function beginConnection(
  { target, yes, askSudoPassword }: Options,
  signal: AbortSignal,
): Promise<Ahead | undefined> {
  if (target.kind !== "ssh") return undefined;
  const [{ connectAhead }, { openTarget }] = await Promise.all([
    import("./targets/ahead.ts"),
    import("./targets/open.ts"),
  ]);
  const mayAsk = stdin.isTTY === true && !yes;
  return connectAhead(target, (until) => openTarget(target, mayAsk, until, !askSudoPassword), signal);
}

function subjectOf({ host, root }: RawOptions): { host?: string; root?: string } {
  return { ...(typeof host === "string" ? { host } : {}), ...(typeof root === "string" ? { root } : {}) };
}

function complain(line: string): ExitCode {
  return tellError(line, exitCodes.usage);
}

/**
 * One line on standard error. A script that asked for JSON gets the same as a document: whatever happens, standard output
 * then holds exactly one.
 */
function tellError(text: string, exitCode: ExitCode): ExitCode {
  const message = messageLine(text);
  stderr.write(`drawbridge: ${message}\n`);
  if (wantsJson(words)) stdout.write(documentText("error", { error: { exitCode, message } }));
  return exitCode;
}

/** Looked up in the words themselves, because the complaint may be about one of them. */
function wantsJson(words: readonly string[]): boolean {
  return words.some((word, at) => word === "--format=json" || (word === "--format" && words[at + 1] === "json"));
}

/** One line for an error, whatever it is, and the exit code that belongs to it. */
function report(error: unknown): ExitCode {
  if (isFailure(error)) return tellError(error.message, error.exitCode);
  const [first] = String(error).split("\n", 1);
  if (env.DRAWBRIDGE_TRACE && error instanceof Error) stderr.write(`${error.stack}\n`);
  return tellError(
    `internal error: ${first}; set DRAWBRIDGE_TRACE=1 to see where, and please report it`,
    exitCodes.internal,
  );
}

/** Ends the program once what was written has left it. */
async function leave(code: ExitCode): Promise<never> {
  await Promise.all([stdout, stderr].map((stream) => new Promise((done) => stream.write("", done))));
  process.exit(code);
}

const ended = new AbortController();
let endedBy: ExitCode | undefined;

/** Asks the command to end; what does not end in order is ended after a while, and at once when asked again. */
function end(code: ExitCode): void {
  if (endedBy !== undefined) void leave(endedBy);
  endedBy = code;
  ended.abort();
  setTimeout(() => void leave(code), grace).unref();
}

process.on("SIGINT", () => end(exitCodes.interrupted));
process.on("SIGTERM", () => end(exitCodes.terminated));
process.on("SIGHUP", () => end(exitCodes.hungUp));

let lost: ExitCode | undefined;
for (const stream of [stdout, stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    // A reader that went away (`| head`) is no reason to stop in the middle of a change.
    if (error.code === "EPIPE") return;
    // A terminal that went away cannot be told anything, not even that.
    if (error.code === "EIO") {
      if (endedBy === undefined) end(exitCodes.hungUp);
      return;
    }
    lost ??= stream === stdout ? report(error) : exitCodes.internal;
  });
}
process.on("uncaughtException", (error) => void leave(report(error)));

const code = await main(words, ended.signal).catch((error) => {
  if (endedBy === undefined) return report(error);
  // After a signal only what is said about the signal itself is of interest.
  const aboutIt = isFailure(error) && error.exitCode === exitCodes.interrupted;
  return aboutIt ? tellError(error.message, endedBy) : endedBy;
});
await leave(endedBy ?? lost ?? code);
