import type { FilePart } from "../model/change.ts";
import { sha256 } from "./assemble-plan.ts";

/** What stands for a secret wherever people look; as long for every secret. */
export const mask = "••••••••";

/** A secret and where it stands: UTF-16 indices (`String.slice`) in the text of the file `path`. */
export type SecretSpan = {
  readonly value: string;
  readonly path: string;
  readonly start: number;
  readonly end: number;
};

export type Span = { readonly start: number; readonly end: number };

/** Hides these spans, and nothing else: the same secret may stand somewhere else in the text. */
export const maskSpans = (text: string, spans: readonly Span[]): string => {
  let shown = "";
  let end = 0;
  for (const span of spans.toSorted((a, b) => a.start - b.start)) {
    if (span.start >= end) shown += text.slice(end, span.start) + mask;
    end = Math.max(end, span.end);
  }
  return shown + text.slice(end);
};

/** Shorter ones are hidden only where they stand alone: hiding every "a" would hide the file and not the secret. */
const shortest = 4;

/** Where on the machine the bytes of a text stand. */
type Origin = { readonly path: string; readonly start: number };

/**
 * A file whose content holds secrets that the machine has already: what people see of it, and the parts from which the
 * machine puts it together. Every occurrence of a secret's value is hidden, and becomes bytes of the file it stands in.
 *
 * `sources`: the texts of all files that secrets stand in, exactly as they are on the machine. Throws, naming no secret,
 * when one of them is not known or cannot be read as UTF-8, because then nobody knows which bytes a secret is.
 */
export const concealedFile = ({
  path,
  content,
  secrets,
  sources,
  randoms = [],
}: {
  /** Where the file will stand. */
  readonly path: string;
  /** Its real text after the change. */
  readonly content: string;
  readonly secrets: readonly SecretSpan[];
  readonly sources: ReadonlyMap<string, string>;
  /** Secrets that the machine is to make: `placeholder`, a text that stands nowhere else, stands for them in `content`. */
  readonly randoms?: readonly {
    readonly placeholder: string;
    readonly name: string;
    readonly bytes: number;
  }[];
}): { readonly content: string; readonly parts: FilePart[] } => {
  const origins = originsOf(secrets, sources);
  const hashes = new Map([...sources].map(([source, text]) => [source, sha256(text)]));
  const parts: FilePart[] = [];
  let shown = "";
  let end = 0;
  for (const found of occurrences(content, [...randoms.map(({ placeholder }) => placeholder), ...origins.keys()])) {
    if (found.end <= end) continue;
    const random = randoms.find(({ placeholder }) => placeholder === found.text);
    if (random !== undefined) {
      const { name, bytes } = random;
      const text = content.slice(end, found.start);
      if (text !== "") parts.push({ text });
      parts.push({ random: { name, bytes } });
      shown += text + mask;
      end = found.end;
      continue;
    }
    const origin = origins.get(found.text);
    if (origin === undefined)
      throw new Error(
        `${path} would hold a secret in other words than the machine has it: it cannot be put together there`,
      );
    const hidden = content.slice(end, found.start);
    if (hidden !== "") parts.push({ text: hidden });
    if (found.start >= end) shown += hidden + mask;
    // Two that overlap are one mask; of the second only what the first has not covered is taken.
    const taken = Math.max(end - found.start, 0);
    const source = sources.get(origin.path) as string;
    parts.push({
      slice: {
        path: origin.path,
        offset: Buffer.byteLength(source.slice(0, origin.start + taken)),
        length: Buffer.byteLength(found.text.slice(taken)),
        sha256: hashes.get(origin.path) as string,
      },
    });
    end = found.end;
  }
  const rest = content.slice(end);
  if (rest !== "" || parts.length === 0) parts.push({ text: rest });
  return { content: shown + rest, parts };
};

/** The state of a file before the change, for a plan: what people see of it, and the hash of what it really is. */
export const concealedBefore = ({
  path,
  content,
  secrets,
}: {
  readonly path: string;
  /** Its real text. */
  readonly content: string;
  readonly secrets: readonly SecretSpan[];
}): { readonly content: string; readonly sha256: string } => {
  const texts = secrets.flatMap((secret) => [
    secret.value,
    ...(secret.path === path ? [content.slice(secret.start, secret.end)] : []),
  ]);
  return { content: maskSpans(content, occurrences(content, new Set(texts))), sha256: sha256(content) };
};

/** Every text to hide, with a place on the machine where exactly these bytes stand; undefined where there is none. */
const originsOf = (
  secrets: readonly SecretSpan[],
  sources: ReadonlyMap<string, string>,
): ReadonlyMap<string, Origin | undefined> => {
  const origins = new Map<string, Origin | undefined>();
  for (const { value, path, start, end } of secrets) {
    const source = sources.get(path);
    if (source === undefined) throw new Error(`the text of ${path}, which holds a secret, is not known`);
    if (source.includes("\uFFFD")) throw new Error(`${path} is not UTF-8 text: its secrets cannot be told by place`);
    // The file may write the value in other words than it means (quotes, escapes): both forms are hidden.
    const written = source.slice(start, end);
    origins.set(written, { path, start });
    const inside = written.indexOf(value);
    if (origins.get(value) === undefined)
      origins.set(value, inside >= 0 ? { path, start: start + inside } : anywhere(value, sources));
  }
  return origins;
};

const anywhere = (value: string, sources: ReadonlyMap<string, string>): Origin | undefined => {
  for (const [path, text] of sources) {
    const start = text.indexOf(value);
    if (start >= 0) return { path, start };
  }
  return undefined;
};

/** In order of place; of those that begin at the same place the longest first. */
const occurrences = (content: string, texts: Iterable<string>): readonly (Span & { readonly text: string })[] => {
  const found: (Span & { readonly text: string })[] = [];
  for (const text of texts) {
    if (text === "") continue;
    for (let start = content.indexOf(text); start >= 0; start = content.indexOf(text, start + 1)) {
      const end = start + text.length;
      if (text.length >= shortest || standsAlone(content, start, end)) found.push({ start, end, text });
    }
  }
  return found.toSorted((a, b) => a.start - b.start || b.end - a.end);
};

const standsAlone = (content: string, start: number, end: number): boolean =>
  !/[\p{L}\p{N}_]/u.test(content[start - 1] ?? " ") && !/[\p{L}\p{N}_]/u.test(content[end] ?? " ");
