import { resolve } from "node:path";
import type { LogEntry, ReadLog } from "../configuration/audit-log.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { documentText } from "../reports/json.ts";
import { singleLines } from "../reports/printable.ts";
import type { OptionsOf } from "./options.ts";
import { deliver, say } from "./output.ts";
import { readFolderLog } from "./promotion-folder.ts";
import type { Streams } from "./streams.ts";

type Options = OptionsOf<"log">;

/** Who changed what and when, from where to where, and the way back. Changes nothing. */
export const run = async (options: Options, streams: Streams): Promise<ExitCode> => {
  const { directory } = options.arguments;
  if (directory === undefined || options.target.kind === "ssh")
    return (await import("./machine-log.ts")).run(options, streams);
  const log = readFolderLog(resolve(directory));
  if (log.cutOff)
    say(
      streams,
      `a promotion to ${directory} was cut off, or is going on: the next one puts back what it left half done`,
    );
  return tellLog(log, directory, options, streams);
};

/** The list, and what is wrong with its chain. With --verify that decides how the command ends. */
export const tellLog = (log: ReadLog, where: string, options: Options, streams: Streams): ExitCode => {
  const { entries, problems, head } = log;
  const text =
    options.format === "json"
      ? documentText("log", { where, entries: [...entries], problems: [...problems], head })
      : `${entries.map(lineOf).join("")}${
          entries.length === 0
            ? `${where}: nothing was logged yet\n`
            : `${entries.length} ${entries.length === 1 ? "entry" : "entries"}; the last has ${head.hash.slice(0, 16)}\n`
        }`;
  deliver(text, options.output, streams);
  for (const problem of problems) say(streams, `drawbridge: the log of ${where} is not as it was written: ${problem}`);
  return options.verify && problems.length > 0 ? exitCodes.findings : exitCodes.fine;
};

const lineOf = (entry: LogEntry): string => {
  // A log may be somebody else's: no word of it steers the terminal, or looks like a line of its own.
  const { when, who, what, id, from, to, rollback, files } = singleLines(entry);
  const names = files.map(({ path }) => path.slice(path.lastIndexOf("/") + 1));
  const listed = names.length > 4 ? `${names.slice(0, 4).join(", ")} and ${names.length - 4} more` : names.join(", ");
  return [
    `${when.slice(0, 19).replace("T", " ")}  ${what.padEnd(18)} ${id}  ${who}`,
    `  from ${from} to ${to}${listed === "" ? "" : `: ${listed}`}`,
    ...(rollback === "" ? [] : [`  back: ${rollback}`]),
    "",
  ].join("\n");
};
