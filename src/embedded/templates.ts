import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Path below `templates/` to text. scripts/compile.ts puts it in place of this name; run from the sources there is none. */
declare const EMBEDDED_TEMPLATES: Readonly<Record<string, string>> | undefined;

/**
 * The text of what is written onto machines, by its path below `templates/` ("transaction/runtime").
 * Throws when there is no such template: the name is ours, so that is a mistake in this program.
 */
export function template(path: string): string {
  const text = Object.hasOwn(all(), path) ? all()[path] : undefined;
  if (text === undefined) throw new Error(`there is no template "${path}"; there are: ${templates().join(", ")}`);
  return text;
}

/** Every template's path below `templates/`, sorted, with forward slashes. */
export function templates(): readonly string[] {
  return Object.keys(all()).sort();
}

/** Reads a folder of templates. Throws when one of them is not UTF-8 text: it could not be embedded without loss. */
export function readTemplates(directory: string): Readonly<Record<string, string>> {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const found: Record<string, string> = {};
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = `${entry.parentPath}/${entry.name}`;
    try {
      found[file.slice(directory.length + 1)] = decoder.decode(readFileSync(file));
    } catch (error) {
      if (error instanceof TypeError) throw new Error(`${file} is not UTF-8 text, so it cannot be a template`);
      throw error;
    }
  }
  return found;
}

let read: Readonly<Record<string, string>> | undefined;

function all(): Readonly<Record<string, string>> {
  if (typeof EMBEDDED_TEMPLATES !== "undefined") return EMBEDDED_TEMPLATES;
  read ??= readTemplates(fileURLToPath(new URL("../../templates", import.meta.url)));
  return read;
}
