import { z } from "zod";
import { parseJson } from "../core/parse-json.ts";

/** UTC: "2026-11-22". */
export const day = z.iso.date();

/** Prints the machine's own date and, where the file is there, what it is and what is in it. A link is not followed. */
export const rootJsonScript = (path: string): string => `date -u +%F
file=$root${path}
[ -e "$file" ] || [ -L "$file" ] || exit 0
stat -c '%F|%a|%u' "$file"
[ -L "$file" ] || cat "$file"`;

export type RootJson<T> =
  | { readonly problem: string }
  | {
      readonly problem: undefined;
      /** The machine's own date, UTC. */
      readonly today: string;
      /** undefined: there is none. */
      readonly file: { readonly value: T; readonly content: string; readonly mode: string } | undefined;
    };

/** A JSON file that only root can write. What others can write, or what does not fit, is a problem: never taken for no file. */
export const readRootJson = <T>(stdout: string, path: string, schema: z.ZodType<T>): RootJson<T> => {
  const [today = "", kind = "", ...rest] = stdout.split("\n");
  if (!day.safeParse(today).success) return { problem: "the machine did not say what day it is" };
  if (kind === "") return { problem: undefined, today, file: undefined };
  const refused = (why: string) => ({ problem: `${path} ${why}: mend it, or remove it` });
  const [type = "", mode = "", owner = ""] = kind.split("|");
  if (!type.startsWith("regular") || owner !== "0" || (Number.parseInt(mode, 8) & 0o022) !== 0)
    return refused("is not a file that only root can write");
  const content = rest.join("\n");
  const json = parseJson(content);
  if (json === undefined) return refused("is not JSON");
  const parsed = schema.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return refused(`cannot be used (${[...(issue?.path ?? []), issue?.message].join(": ")})`);
  }
  return { problem: undefined, today, file: { value: parsed.data, content, mode: mode.padStart(4, "0") } };
};
