/**
 * Files of `key value` lines, edited in place: what is there keeps its place and its comments, what is missing comes at
 * the end. `separator` is what stands between key and value in this file: " " (login.defs), "=" (default/useradd),
 * " = " (faillock.conf). A value of undefined makes a bare word of the key.
 */
export type KeyLines = { readonly separator: string };

const pattern = (key: string): RegExp =>
  new RegExp(`^\\s*${key.replace(/[.*+?^${}()|[\]\\]/gu, "\\$&")}(?:\\s*=\\s*|\\s+|$)(.*)$`, "u");

/** The last value that counts; "" for a bare word, undefined when the key is not there. */
export const keyLine = (text: string, key: string): string | undefined =>
  text
    .split("\n")
    .flatMap((line) => pattern(key).exec(line)?.[1]?.trim() ?? [])
    .at(-1);

export const withKeyLines = (
  text: string,
  { separator }: KeyLines,
  wanted: Readonly<Record<string, string | undefined>>,
): string => {
  const said = (key: string, value: string | undefined) => (value === undefined ? key : `${key}${separator}${value}`);
  const missing = new Map(Object.entries(wanted));
  const lines = text.split("\n").flatMap((line) => {
    const key = Object.keys(wanted).find((name) => pattern(name).test(line));
    if (key === undefined) return [line];
    // A second line for the same key would be the one that counts, or confuse whoever reads it.
    if (!missing.delete(key)) return [];
    return [keyLine(line, key) === (wanted[key] ?? "") ? line : said(key, wanted[key])];
  });
  const added = [...missing].map(([key, value]) => said(key, value));
  if (added.length === 0) return lines.join("\n");
  const body = lines.join("\n");
  return `${body === "" || body.endsWith("\n") ? body : `${body}\n`}${added.join("\n")}\n`;
};
