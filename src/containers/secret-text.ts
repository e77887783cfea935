import { isSecretKey, looksLikeSecret } from "../workload/secrecy.ts";

/** Secrets in any text, by name and place: what is said of them never holds the value. */

export type NamedSecret = {
  /** From 1. */
  readonly line: number;
  /** "db.password", "private key", "a token". */
  readonly name: string;
};

/** Values that stand for one that is filled in elsewhere, or for none. */
const placeholder =
  /^(?:\$[({]?[A-Za-z_].*|\{\{.*|<.*|%[A-Za-z_]+%|@[A-Za-z_.]+@|[*•x.#-]+|your[-_ ].*|change[-_ ]?it[-_ ]here|replace[-_ ]?.*|example|placeholder|redacted|todo|true|false|null|none|nil|undefined|string|\?|~|\d{1,3})$/iu;

const assignment =
  /(["']?)([A-Za-z_][A-Za-z0-9_.-]{0,100})\1\s{0,8}(?:=>|[=:])\s{0,8}("(?:[^"\\]|\\.)*"|'[^']*'|[^\s"',;#]+)?/gu;

const unquoted = (text: string): string => text.replace(/^(["'])([\s\S]*)\1$/u, "$2");

/** Source code assigns variables to variables; only what stands in quotes there is a value. */
const isCode = (path: string): boolean =>
  /\.(?:bal|java|kt|js|mjs|cjs|ts|tsx|py|rb|go|rs|c|h|cs|php|scala|groovy)$/iu.test(path);

/** Where keys are declared by type or shown for reading: a name proves nothing there. */
const isProse = (path: string): boolean =>
  /\.(?:md|adoc|rst|html?|css|svg|lock|sum)$|(?:^|\/)package-lock\.json$/iu.test(path);

export const secretsIn = (path: string, text: string): readonly NamedSecret[] => {
  const found: NamedSecret[] = [];
  const quotedOnly = isCode(path);
  const prose = isProse(path);
  for (const [index, line] of text.split("\n").entries()) {
    if (line.length > 4000) continue;
    if (/-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----/u.test(line)) {
      found.push({ line: index + 1, name: "private key" });
      continue;
    }
    const names = prose
      ? []
      : [...line.matchAll(assignment)].flatMap(([, , name = "", given = ""]) => {
          if (quotedOnly && !/^["']/u.test(given)) return [];
          const value = unquoted(given);
          return value !== "" && isSecretKey(name) && !placeholder.test(value) && !value.startsWith("/run/")
            ? [name]
            : [];
        });
    if (names.length > 0) found.push(...[...new Set(names)].map((name) => ({ line: index + 1, name })));
    else if (looksLikeSecret(line) && !/:\/\/[^/@\s]*:(?:\$|\{|<|\*|•)/u.test(line))
      found.push({ line: index + 1, name: "a secret by its shape" });
  }
  return found;
};
