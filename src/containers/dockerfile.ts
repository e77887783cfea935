import { isSecretKey, looksLikeSecret, maskText } from "../workload/secrecy.ts";

/**
 * What a Dockerfile says, as BuildKit reads it: parser directives, comments, continued lines, here-documents, stages.
 * https://docs.docker.com/reference/dockerfile/
 */

export type Instruction = {
  /** In capitals. */
  readonly keyword: string;
  /** The rest, continued lines joined by a blank; here-documents are left out. */
  readonly text: string;
  /** Its first line, from 1. */
  readonly line: number;
  readonly stage: number;
};

export type Stage = {
  /** As written behind FROM, with the defaults of ARG filled in. */
  readonly base: string;
  /** In small letters: names of stages do not tell capitals apart. */
  readonly name: string | undefined;
  readonly line: number;
};

export type Dockerfile = { readonly instructions: readonly Instruction[]; readonly stages: readonly Stage[] };

export const readDockerfile = (text: string): Dockerfile => {
  const lines = text.replaceAll("\r\n", "\n").split("\n");
  const escapeSign = /^#\s*escape\s*=\s*`\s*$/imu.test(lines.slice(0, 3).join("\n")) ? "`" : "\\";
  const instructions: Instruction[] = [];
  const stages: Stage[] = [];
  const defaults = new Map<string, string>();
  for (let at = 0; at < lines.length; at++) {
    const begin = at;
    const first = lines[at] ?? "";
    if (/^\s*(?:#|$)/u.test(first)) continue;
    const parts: string[] = [];
    for (;;) {
      const line = lines[at] ?? "";
      const comment = parts.length > 0 && /^\s*#/u.test(line);
      const continued = comment || line.trimEnd().endsWith(escapeSign);
      if (!comment) parts.push(continued ? line.trimEnd().slice(0, -1) : line);
      if (!continued || at + 1 >= lines.length) break;
      at += 1;
    }
    const joined = parts.map((part) => part.trim()).join(" ");
    const match = /^([A-Za-z]+)(?:\s+([\s\S]*))?$/u.exec(joined);
    if (match === null) continue;
    const keyword = (match[1] ?? "").toUpperCase();
    const rest = match[2] ?? "";
    const documents = [...rest.matchAll(/<<-?["']?([A-Za-z_][A-Za-z0-9_]*)["']?/gu)].map(([, word = ""]) => word);
    const bodies: string[] = [];
    if (["RUN", "COPY", "ADD"].includes(keyword)) {
      for (const word of documents) {
        while (at + 1 < lines.length && (lines[at + 1] ?? "").trim() !== word) {
          at += 1;
          bodies.push(lines[at] ?? "");
        }
        at += 1;
      }
    }
    if (keyword === "ARG" && stages.length === 0) {
      for (const { name, value } of assignments(rest)) if (value !== undefined) defaults.set(name, value);
    }
    if (keyword === "FROM") {
      const [, base = "", name] = /^(?:--\S+\s+)*(\S+)(?:\s+AS\s+(\S+))?/iu.exec(rest) ?? [];
      stages.push({ base: filled(base, defaults), name: name?.toLowerCase(), line: begin + 1 });
    }
    instructions.push({
      keyword,
      text: keyword === "RUN" ? [rest, ...bodies].join("\n") : rest,
      line: begin + 1,
      stage: stages.length - 1,
    });
  }
  return { instructions, stages };
};

const filled = (text: string, defaults: ReadonlyMap<string, string>): string =>
  text.replace(
    /\$(?:\{([A-Za-z_][A-Za-z0-9_]*)(?::?-([^}]*))?\}|([A-Za-z_][A-Za-z0-9_]*))/gu,
    (whole, braced?: string, otherwise?: string, bare?: string) =>
      defaults.get(braced ?? bare ?? "") ?? otherwise ?? whole,
  );

/** Words as Docker splits them: blanks divide, quotes hold together and vanish, a backslash protects one sign. */
export const dockerWords = (text: string): readonly string[] =>
  [...text.matchAll(/(?:[^\s"'\\]|\\[\s\S]|"(?:[^"\\]|\\[\s\S])*"?|'[^']*'?)+/gu)].map(([word]) =>
    word.replace(/"((?:[^"\\]|\\[\s\S])*)"?|'([^']*)'?|\\([\s\S])/gu, (_all, double, single, escaped) =>
      String(double ?? single ?? escaped ?? ""),
    ),
  );

export type Assignment = { readonly name: string; readonly value: string | undefined };

/** Of ENV, ARG and LABEL: `NAME=value …`, and the old `ENV NAME value`. */
const assignments = (text: string, old = false): readonly Assignment[] => {
  const words = dockerWords(text);
  const [first = "", ...rest] = words;
  if (old && words.length > 1 && !first.includes("=")) return [{ name: first, value: rest.join(" ") }];
  return words.map((word) => {
    const at = word.indexOf("=");
    return at < 0 ? { name: word, value: undefined } : { name: word.slice(0, at), value: word.slice(at + 1) };
  });
};

/** The last stage and those it is built on: what of the file becomes the image. */
const imageStages = ({ stages }: Dockerfile): ReadonlySet<number> => {
  const reached = new Set<number>();
  for (let at = stages.length - 1; at >= 0 && !reached.has(at); ) {
    reached.add(at);
    const base = stages[at]?.base.toLowerCase();
    at = stages.findIndex(({ name }, index) => index < at && name !== undefined && name === base);
  }
  return reached;
};

/** A thing to say about a line of a container file; no value is in it. */
export type Remark = { readonly line: number; readonly what: string };

/** A configuration or a secret by its file name alone. */
export const isConfigurationName = (path: string): boolean =>
  /^(?:config|secrets?|[\w.-]+\.secrets)\.toml$/iu.test(fileName(path));
export const isSecretFileName = (path: string): boolean =>
  /\.(?:p12|pfx|jks|jceks|keystore|key|kdbx)$|^(?:\.env(?:\.(?!example|sample|template|dist)[\w.-]+)?|\.netrc|\.pgpass|\.git-credentials|\.htpasswd|id_(?:rsa|dsa|ecdsa|ed25519)|credentials)$/iu.test(
    fileName(path),
  );

const fileName = (path: string): string => path.slice(path.lastIndexOf("/") + 1);

/** Sources and target of COPY and ADD; nothing for what comes from another stage or image. */
const copied = ({ text }: Instruction): readonly string[] => {
  const flags = [...text.matchAll(/(?:^|\s)--([a-z-]+)(?:=(\S+))?/gu)];
  if (flags.some(([, name]) => name === "from")) return [];
  const plain = text.replace(/^(?:\s*--[a-z-]+(?:=\S+)?)+/u, "").trim();
  const words = plain.startsWith("[") ? jsonWords(plain) : dockerWords(plain);
  return words.slice(0, -1).filter((word) => !word.startsWith("<<"));
};

const jsonWords = (text: string): readonly string[] => {
  try {
    const words: unknown = JSON.parse(text);
    return Array.isArray(words) && words.every((word) => typeof word === "string") ? words : [];
  } catch {
    return dockerWords(text);
  }
};

const patternOf = (glob: string): RegExp =>
  new RegExp(
    `^${glob
      .replace(/[.+^${}()|[\]\\]/gu, "\\$&")
      .replace(/\*\*\/?/gu, "\u0000")
      .replace(/\*/gu, "[^/]*")
      .replace(/\?/gu, "[^/]")
      .replaceAll("\u0000", ".*")}(?:/.*)?$`,
    "u",
  );

/** Whether a .dockerignore keeps a path of the build context out: the last line that fits decides. */
export const isIgnored = (ignore: string | undefined, path: string): boolean =>
  (ignore ?? "").split("\n").reduce((out, line) => {
    const text = line.trim();
    if (text === "" || text.startsWith("#")) return out;
    const negated = text.startsWith("!");
    const glob = (negated ? text.slice(1) : text).replace(/^\/+|\/+$/gu, "");
    return patternOf(glob).test(path) ? !negated : out;
  }, false);

/** Configuration and secrets that become part of the image. `beside`: such files in the folder of the Dockerfile. */
export const bakedIn = (file: Dockerfile, beside: readonly string[], ignore: string | undefined): readonly Remark[] => {
  const stages = imageStages(file);
  return file.instructions.flatMap((instruction): readonly Remark[] => {
    const { keyword, line, stage } = instruction;
    if ((keyword !== "COPY" && keyword !== "ADD") || !stages.has(stage)) return [];
    const found = copied(instruction).flatMap((source) => {
      if (isConfigurationName(source) || isSecretFileName(source)) return [fileName(source)];
      const glob = source.replace(/^\.?\/+/u, "").replace(/\/+$/u, "");
      return beside.filter(
        (name) => !isIgnored(ignore, name) && (glob === "" || glob === "." || patternOf(glob).test(name)),
      );
    });
    return [...new Set(found)].map((name) => ({ line, what: `${keyword} brings ${name} into the image` }));
  });
};

const isGiven = (value: string | undefined): value is string =>
  value !== undefined && value !== "" && !/^\$(?:\{[^}]*\}|[A-Za-z_]\w*)$/u.test(value);

/** Secrets in what everybody who has the image can read: its environment, its history. */
export const secretsInBuild = ({ instructions }: Dockerfile): readonly Remark[] =>
  instructions.flatMap(({ keyword, text, line }): readonly Remark[] => {
    if (keyword === "ENV" || keyword === "LABEL") {
      return assignments(text, keyword === "ENV")
        .filter(({ name, value }) => isGiven(value) && (isSecretKey(name) || looksLikeSecret(value)))
        .map(({ name }) => ({ line, what: `${keyword} ${name}` }));
    }
    if (keyword === "ARG") {
      return assignments(text)
        .filter(({ name, value }) => isSecretKey(name) || (isGiven(value) && looksLikeSecret(value)))
        .map(({ name }) => ({ line, what: `ARG ${name}: its value stays in the history of the image` }));
    }
    if (keyword === "RUN" || keyword === "CMD" || keyword === "ENTRYPOINT" || keyword === "ADD") {
      // Secrets that BuildKit mounts leave no trace; a variable is none itself.
      const said = text
        .replace(/--mount=\S+/gu, "")
        .replace(/(?<=[=\s"':])["']?\$(?:\{[^}]*\}|\([^)]*\)|[A-Za-z_]\w*)["']?/gu, "");
      return maskText(said) === said ? [] : [{ line, what: `${keyword} has a secret in its command` }];
    }
    return [];
  });

/** Who the image runs as; undefined: whoever its base says. */
export const userOf = (file: Dockerfile): { readonly user: string; readonly line: number } | undefined => {
  const stages = imageStages(file);
  const last = file.instructions.findLast(({ keyword, stage }) => keyword === "USER" && stages.has(stage));
  return last === undefined ? undefined : { user: last.text.trim(), line: last.line };
};

export const isRootUser = (user: string): boolean => /^(?:root|0+)(?::.*)?$/u.test(user.trim());

export type ImageName = {
  readonly name: string;
  readonly tag: string | undefined;
  readonly digest: string | undefined;
};

/** "registry:5000/a/b:1.2@sha256:…" in its parts. */
export const imageName = (reference: string): ImageName => {
  const [named = "", digest] = reference.split("@");
  const match = /^(.*):([^/:]+)$/u.exec(named);
  return { name: match?.[1] ?? named, tag: match?.[2], digest };
};

/** Images of others that a Dockerfile starts from, without those that only a variable names. */
export const basesOf = ({ stages }: Dockerfile): readonly (ImageName & { readonly line: number })[] =>
  stages.flatMap(({ base, line }, index) => {
    const own = stages.slice(0, index).some(({ name }) => name !== undefined && name === base.toLowerCase());
    return own || base === "" || base === "scratch" || base.includes("$") ? [] : [{ ...imageName(base), line }];
  });

/** What moves by itself: no tag means latest, and neither stays what it was. */
export const isMoving = ({ tag, digest }: ImageName): boolean =>
  digest === undefined && (tag === undefined || tag === "latest");
