import { writeFileSync } from "node:fs";
import { failure } from "../failure.ts";
import { painter, showsUnicode } from "../reports/paint.ts";
import type { TextStyle } from "../reports/text.ts";
import type { Streams } from "./streams.ts";

export const textStyle = ({ colour }: Streams): TextStyle => ({
  paint: painter(colour.output > 0),
  unicode: showsUnicode(process.env),
});

/** One document, to standard output or a file that only its owner may read. */
export const deliver = (text: string, output: string | undefined, streams: Streams): void => {
  if (output === undefined) {
    streams.output.write(text);
    return;
  }
  try {
    writeFileSync(output, text, { mode: 0o600 });
  } catch (error) {
    throw failure(
      "usage",
      `cannot write ${output}: ${(error as NodeJS.ErrnoException).code ?? error}; choose another file`,
      error,
    );
  }
};

export const json = (document: object): string => `${JSON.stringify({ schemaVersion: 1, ...document }, null, 2)}\n`;

/** A line for people beside the document. */
export const say = ({ error }: Streams, line: string): void => {
  error.write(`${line}\n`);
};
