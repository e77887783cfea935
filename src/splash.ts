import { readFileSync } from "node:fs";
import { hostname } from "node:os";

/** What the operator is about to look at, as far as it is known before anything was asked of it. */
export type SplashSubject = { readonly host?: string; readonly root?: string };

/**
 * The first line of the wizard, without a line break: whom it is about, and that nothing has changed. It is on screen before anything
 * heavy is loaded, so this module must not import any of it.
 */
export function splashLine(subject: SplashSubject, columns: number): string {
  const promise = "read-only: nothing has changed";
  const parts = [" drawbridge", ...subjectOf(subject), promise].map(printable);
  const line = parts.join("   ");
  return line.length < columns ? line : [parts[0], parts[1], promise].join("   ").slice(0, Math.max(columns - 1, 1));
}

function subjectOf({ host, root }: SplashSubject): readonly string[] {
  if (host !== undefined) return [host, "connecting"];
  if (root !== undefined) return [root, prettyName(root)];
  return [hostname(), prettyName("")];
}

/** PRETTY_NAME of os-release(5) below a root directory ("" is this machine's), without the code name: "Debian 12". */
function prettyName(root: string): string {
  for (const path of ["/etc/os-release", "/usr/lib/os-release"]) {
    try {
      const line = /^PRETTY_NAME=(.*)$/m.exec(readFileSync(root + path, "utf8"))?.[1];
      if (line === undefined) continue;
      const name = line.replace(/^(["'])(.*)\1$/, "$2").replace(/\\(.)/g, "$1");
      return name.replace(" GNU/Linux", "").replace(/ \(.*\)$/, "");
    } catch {
      // The next place may have it, and a machine without either has no name to show.
    }
  }
  return "unknown system";
}

/** Names come from files and arguments: what could steer the terminal is not printed. */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}]/gu, "");
}
