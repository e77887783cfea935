import { lstatSync, renameSync, rmSync, type Stats, writeFileSync } from "node:fs";
import { failure } from "../failure.ts";
import type { Rights } from "../model/session.ts";
import { painter, showsUnicode } from "../reports/paint.ts";
import { messageLine } from "../reports/printable.ts";
import { fullAnswerHint } from "../reports/rights.ts";
import type { TextStyle } from "../reports/text.ts";
import type { Streams } from "./streams.ts";

export const textStyle = ({ colour }: Streams): TextStyle => ({
  paint: painter(colour.output > 0),
  unicode: showsUnicode(process.env),
});

/** One document, to standard output or a file that only its owner may read. */
export const deliver = (text: string, output: string | undefined, streams: Streams): void => {
  if (output === undefined) streams.output.write(text);
  else writeWhole(output, text);
};

/**
 * The file is whole or not there, and no link is followed: this runs as root, perhaps in a folder of everybody.
 * A device or pipe is written to as it is.
 */
const writeWhole = (path: string, text: string): void => {
  try {
    const now = whatIsAt(path);
    if (now?.isSymbolicLink()) throw failure("usage", `${path} is a symbolic link: name the file itself`);
    if (now === undefined || now.isFile()) replaceFile(path, text);
    else writeFileSync(path, text);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw failure("usage", `cannot write ${path}: ${reasons[code] ?? code}; choose another file`, error);
  }
};

const replaceFile = (path: string, text: string): void => {
  const beside = `${path}.${process.pid}`;
  writeFileSync(beside, text, { mode: 0o600, flag: "wx" });
  try {
    renameSync(beside, path);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
};

const whatIsAt = (path: string): Stats | undefined => lstatSync(path, { throwIfNoEntry: false });

/** errno(3) in words. */
export const reasons: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EEXIST: "something stands in the way",
  EISDIR: "it is a folder",
  ENOENT: "there is no such folder",
  ENOSPC: "the disk is full",
  ENOTDIR: "a part of the path is not a folder",
  EPERM: "permission denied",
  EROFS: "the disk is read-only",
};

/** A line for people beside the document. `before`: what stands in front of it, as it is. */
export const say = ({ error }: Streams, line: string, before = ""): void => {
  error.write(`${before}${messageLine(line)}\n`);
};

/** Without root rights an answer has gaps: never only where nobody looks. */
export const sayRights = (streams: Streams, rights: Rights): void => {
  if (!rights.root) say(streams, `drawbridge: ${rights.reason}. ${fullAnswerHint(rights)}`);
};
