import { oneLine } from "../core/wizard/words.ts";

/**
 * The same value with every text in it made one line that is harmless for a terminal: what a machine says (file names,
 * comments of keys) must neither steer it nor forge a line of a report.
 */
export const singleLines = <T>(value: T): T => walk(value) as T;

const walk = (value: unknown): unknown => {
  if (typeof value === "string") return oneLine(value);
  if (Array.isArray(value)) return value.map(walk);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [oneLine(key), walk(inner)]));
};

/** A message of ours with other people's words in it: one line, whatever they hold. */
export const messageLine = oneLine;
