import { PassThrough, Writable } from "node:stream";
import { stripVTControlCharacters } from "node:util";
import inquirer from "inquirer";
import { type Line, rowsOf } from "./lines.ts";
import { typedLines } from "./typed-lines.ts";

export type Ask = {
  /** Ends with a colon; may be longer than a row. */
  readonly message: string;
  readonly hidden?: boolean;
};

/** Text out, lines in: nothing is ever drawn over, so that whatever reads along can follow. */
export type Terminal = {
  /** Below what is there; a question that is open is asked again afterwards. */
  readonly write: (lines: readonly Line[]) => void;
  /** The line typed; undefined when `signal` fired first. Rejects with an `Interruption` on Ctrl-C and at the end of the input. */
  readonly ask: (ask: Ask, signal: AbortSignal) => Promise<string | undefined>;
  /** Drops what a person typed before the next question was on the screen. */
  readonly forget: () => void;
  readonly close: () => void;
};

export type TerminalParts = {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WritableStream & { readonly columns?: number };
  /** Rewrites what the terminal cannot show. */
  readonly plainText: (text: string) => string;
};

/** A serial console does not know its width: 0 or nothing. */
const usualColumns = 80;

export const openTerminal = ({ input, output, plainText }: TerminalParts): Terminal => {
  const echo = (text: string): void => {
    output.write(text);
  };
  const typed = typedLines(input, echo);
  /** The last row of the question that waits for its answer. */
  let open: string | undefined;

  const write = (lines: readonly Line[]): void => {
    if (lines.length === 0) return;
    const columns = Math.max(output.columns || usualColumns, 20);
    const text = lines.flatMap((line) => rowsOf(line, columns).map((row) => `${plainText(row)}\n`)).join("");
    output.write(open === undefined ? text : `\n${text}${open}`);
  };

  /** Inquirer draws its question once; its further pictures of the same line would only be read out again. */
  const firstPicture = (): Writable => {
    let isDrawn = false;
    return new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        const text = stripVTControlCharacters(chunk.toString()).replace(/\n/gu, "").trim();
        if (!isDrawn && text !== "") {
          isDrawn = true;
          open = `${text} `;
          output.write(open);
        }
        done();
      },
    });
  };

  const ask: Terminal["ask"] = async ({ message, hidden = false }, signal) => {
    const columns = Math.max(output.columns || usualColumns, 20);
    // The answer stands on the last row: it gets room.
    const rows = rowsOf(message, columns - 1).map(plainText);
    const last = rows.at(-1) ?? "";
    write(rows.slice(0, -1).map((row) => ({ verbatim: row })));
    const feed = new PassThrough();
    const prompt = inquirer.createPromptModule({
      input: feed as unknown as NodeJS.ReadStream,
      output: firstPicture(),
      signal,
    });
    const look = { prefix: "", style: { message: (text: string) => text } };
    const answered = prompt<{ value: string }>([
      hidden
        ? { type: "password", name: "value", message: last, mask: "*", toggleMask: false, theme: look }
        : // The terminal shows what is typed: drawing a long key once per letter takes seconds.
          { type: "input", name: "value", message: last, theme: look, transformer: () => "" },
    ]);
    // Ended by `signal`: what counts is that no line came.
    answered.catch(() => {});
    const endRow = (): void => {
      if (open === undefined) return;
      open = undefined;
      output.write("\n");
    };
    signal.addEventListener("abort", endRow);
    try {
      const line = await typed.next({ hidden, signal });
      if (line === undefined) return undefined;
      feed.write(`${line}\r`);
      const { value } = await answered;
      // A terminal has echoed the end of the line itself.
      if (input.isTTY === true) open = undefined;
      return value;
    } finally {
      signal.removeEventListener("abort", endRow);
      endRow();
      feed.end();
    }
  };

  return { write, ask, forget: typed.forget, close: typed.close };
};
