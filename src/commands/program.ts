import { Command, CommanderError, Option } from "commander";
import { version } from "../version.ts";
import {
  type CommandDeclaration,
  type CommandName,
  commandDeclarations,
  isCommandName,
  type OptionDeclaration,
  type OptionName,
  optionDeclarations,
} from "./declarations.ts";

/** What was asked for: a command with its raw words, a text for standard output, or a complaint in one line. */
export type Request =
  | { readonly kind: "command"; readonly name: CommandName; readonly raw: RawOptions }
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "complaint"; readonly line: string };

/** Options and arguments by name, as they were written: not yet judged. */
export type RawOptions = Readonly<Record<string, string | boolean | readonly string[] | undefined>>;

/** Reads the words after the program's name. Never prints and never exits. */
export function readCommandLine(words: readonly string[]): Request {
  let request: Request | undefined;
  let text = "";
  const program = declareProgram((name, raw) => {
    request = { kind: "command", name, raw };
  });
  // Commands copy this from the program when they are added, so it has to reach each of them.
  for (const command of [program, ...program.commands]) {
    command.exitOverride().configureOutput({ writeOut: (part) => (text += part), writeErr: () => {} });
  }
  try {
    program.parse([...arrange(words)], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode !== 0) return { kind: "complaint", line: complaint(error.message, words) };
  }
  return request ?? { kind: "text", text };
}

function declareProgram(onCommand: (name: CommandName, raw: RawOptions) => void): Command {
  const program = new Command("drawbridge")
    .description("Hardens a Linux server, shows exactly what it does, proves that it worked, and can always go back.")
    .usage("[command] [options]")
    .version(`drawbridge ${version}`, "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .helpCommand("help [command]", "print the help of a command")
    .configureHelp({ sortSubcommands: false })
    .addHelpText("after", helpOnExitCodes);
  for (const [name, declaration] of Object.entries(commandDeclarations) as [CommandName, CommandDeclaration][]) {
    const command = program
      .command(name)
      .summary(declaration.summary)
      .description(declaration.description)
      .helpOption("-h, --help", "print this help");
    for (const [argument, explanation] of Object.entries(declaration.arguments))
      command.argument(argument, explanation);
    for (const option of [...declaration.options, "color"] as OptionName[]) command.addOption(declareOption(option));
    command.action(() => {
      const values = Object.keys(declaration.arguments).map((argument, index) => [
        argument.slice(1, -1),
        command.args[index],
      ]);
      onCommand(name, { ...command.opts(), ...Object.fromEntries(values.map(([key, value]) => [`<${key}>`, value])) });
    });
  }
  return program;
}

function declareOption(name: OptionName): Option {
  const declaration: OptionDeclaration = optionDeclarations[name];
  const option = new Option(declaration.flags, declaration.description);
  if (declaration.default !== undefined) option.default(declaration.default);
  if (declaration.repeatable) {
    option.argParser((value, before: readonly string[] | undefined) => [...(before ?? []), value]);
  }
  return option;
}

const helpOnExitCodes = `
Exit codes: 0 fine; 1 findings (inspect); 2 usage or bad input; 3 refused, nothing changed; 4 failed and reverted;
            5 failed and not fully reverted; 70 internal error; 130 interrupted.`;

/**
 * Puts the command first, and the wizard where no command is named: commander wants the command before the options that belong to it,
 * and people write `drawbridge --host app01 inspect`.
 */
export function arrange(words: readonly string[]): readonly string[] {
  const withValue = new Set(
    Object.values(optionDeclarations)
      .filter(({ flags }) => flags.includes("<"))
      .map(({ flags }) => flags.split(" ", 1)[0]),
  );
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? "";
    if (word === "--") break;
    if (["-h", "--help", "-V", "--version"].includes(word)) return words;
    if (withValue.has(word)) index += 1;
    else if (!word.startsWith("-")) return [word, ...words.slice(0, index), ...words.slice(index + 1)];
  }
  return ["wizard", ...words];
}

/** Commander's message as one line with the next step. */
function complaint(message: string, words: readonly string[]): string {
  const said = message
    .replace(/^error: /, "")
    .replace(/\.?\s*\n\s*/g, " ")
    .replace(/\.$/, "");
  const [command = "", subject = ""] = arrange(words);
  if (command === "help") return `unknown command '${subject}'; see drawbridge --help`;
  return `${said}; see drawbridge ${isCommandName(command) ? `${command} ` : ""}--help`;
}
