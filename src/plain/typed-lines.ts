import { StringDecoder } from "node:string_decoder";

/** Why no line came: Ctrl-C, or nobody is at the other end any more. */
export type Interruption = Error & { readonly interruption: "interrupted" | "ended" };

export const isInterruption = (error: unknown): error is Interruption =>
  error instanceof Error && "interruption" in error;

const interruption = (kind: Interruption["interruption"]): Interruption =>
  Object.assign(new Error(kind === "ended" ? "the input ended" : "interrupted"), { interruption: kind });

export type TypedLines = {
  /**
   * The next line, without its end; undefined when `signal` fired first. Lines that came before anybody asked are kept in order.
   * `hidden`: what is typed shows as stars. Rejects with an `Interruption`.
   */
  readonly next: (options: { readonly hidden: boolean; readonly signal: AbortSignal }) => Promise<string | undefined>;
  /** Drops lines that a person typed before they could know what they answer; a script's lines stay. */
  readonly forget: () => void;
  /** Leaves the stream as it was found. */
  readonly close: () => void;
};

type Input = NodeJS.ReadableStream & {
  readonly isTTY?: boolean;
  readonly setRawMode?: (raw: boolean) => unknown;
  readonly ref?: () => unknown;
};

// biome-ignore lint/suspicious/noControlCharactersInRegex: ESC is what the cursor keys send.
const escapeSequence = /\u001b(?:\[[0-?]*[ -/]*[@-~]|O.|[^[O])?/gu;
const control = /[\p{Cc}\p{Cs}]/gu;

/** What a person meant by a line: the keys that move a cursor have no meaning here. */
const clean = (line: string): string => line.replace(escapeSequence, "").replace(/\t/gu, " ").replace(control, "");

/**
 * Lines from a terminal or a pipe. The terminal stays in its own line mode: it echoes, erases and repeats as it always does, which a
 * dumb terminal, a serial console and a screen reader can follow. Only what must not be seen is read key by key.
 */
export const typedLines = (input: Input, echo: (text: string) => void): TypedLines => {
  const decoder = new StringDecoder("utf8");
  const lines: string[] = [];
  let partial = "";
  /** A line that came with a carriage return has ended; the line feed of the pair is still under way. */
  let endsInReturn = false;
  let secret: string | undefined;
  let end: Interruption["interruption"] | undefined;
  let wake: (() => void) | undefined;
  let isListening = false;

  const addLine = (line: string): void => {
    lines.push(line);
    wake?.();
  };
  const stop = (kind: Interruption["interruption"]): void => {
    end ??= kind;
    wake?.();
  };

  const take = (text: string): void => {
    if (secret === undefined) takeLines(text);
    else takeSecret(text);
  };

  const takeLines = (text: string): void => {
    const rows = (endsInReturn ? text.replace(/^\n/u, "") : text).split(/\r\n|\n|\r/u);
    if (text !== "") endsInReturn = text.endsWith("\r");
    rows[0] = partial + (rows[0] ?? "");
    partial = rows.pop() ?? "";
    for (const row of rows) addLine(clean(row));
  };

  const takeSecret = (text: string): void => {
    const keys = [...text.replace(escapeSequence, "")];
    for (const [index, key] of keys.entries()) {
      if (secret === undefined) {
        takeLines(keys.slice(index).join(""));
        return;
      }
      if (key === "\r" || key === "\n") {
        const given = secret;
        secret = undefined;
        input.setRawMode?.(false);
        echo("\n");
        addLine(given);
      } else if (key === "\u0003") stop("interrupted");
      else if (key === "\u0004") {
        if (secret === "") stop("ended");
      } else if (key === "\u007f" || key === "\b") {
        if (secret === "") continue;
        secret = [...secret].slice(0, -1).join("");
        echo("\b \b");
      } else if (key === "\u0015") {
        echo("\b \b".repeat([...secret].length));
        secret = "";
      } else if (!/[\p{Cc}\p{Cs}]/u.test(key)) {
        secret += key;
        echo("*");
      }
    }
  };

  const onData = (chunk: Buffer | string): void => take(typeof chunk === "string" ? chunk : decoder.write(chunk));
  const onEnd = (): void => {
    if (partial !== "") addLine(clean(partial));
    partial = "";
    stop("ended");
  };
  const listen = (): void => {
    if (isListening) return;
    isListening = true;
    // Ink lets go of standard input on its way out: a stream without a reference would end the process in the middle of a question.
    input.ref?.();
    input.on("data", onData);
    input.on("end", onEnd);
    input.on("error", onEnd);
    input.resume();
  };
  const isTerminal = input.isTTY === true && input.setRawMode !== undefined;

  return {
    next: async ({ hidden, signal }) => {
      const hide = hidden && isTerminal && lines.length === 0;
      if (hide) {
        input.setRawMode?.(true);
        secret = "";
      }
      listen();
      const woken = (): Promise<void> =>
        new Promise((resolve) => {
          wake = resolve;
        });
      const onAbort = () => wake?.();
      signal.addEventListener("abort", onAbort);
      try {
        while (lines.length === 0 && end === undefined && !signal.aborted) await woken();
        if (signal.aborted) return undefined;
        const line = lines.shift();
        if (line !== undefined) return line;
        throw interruption(end ?? "ended");
      } finally {
        signal.removeEventListener("abort", onAbort);
        wake = undefined;
        if (hide && secret !== undefined) {
          secret = undefined;
          input.setRawMode?.(false);
        }
      }
    },
    forget: () => {
      if (isTerminal) lines.length = 0;
    },
    close: () => {
      if (!isListening) return;
      input.off("data", onData);
      input.off("end", onEnd);
      input.off("error", onEnd);
      input.pause();
    },
  };
};
