/** nginx's configuration as its own parser reads it, with places, so that a value can be replaced and nothing else moves. */

export type NginxWord = { readonly text: string; readonly start: number; readonly end: number };

export type NginxDirective = {
  readonly name: string;
  readonly words: readonly NginxWord[];
  /** Offsets of the whole directive, up to and with its `;` or `}`. */
  readonly start: number;
  readonly end: number;
  /** Between the braces; undefined for a simple directive. */
  readonly block: readonly NginxDirective[] | undefined;
  /** Offset behind the opening brace. */
  readonly inside: number;
};

/** Throws on text that nginx would refuse too. Offsets are UTF-16 code units. */
export const readNginx = (text: string): readonly NginxDirective[] => {
  let at = 0;
  const skip = (): void => {
    for (;;) {
      while (at < text.length && /\s/u.test(text[at] as string)) at++;
      if (text[at] !== "#") return;
      while (at < text.length && text[at] !== "\n") at++;
    }
  };
  const word = (): NginxWord => {
    const start = at;
    const quote = text[at];
    let value = "";
    if (quote === '"' || quote === "'") {
      at++;
      while (at < text.length && text[at] !== quote) {
        if (text[at] === "\\" && at + 1 < text.length) at++;
        value += text[at++];
      }
      if (at >= text.length) throw new Error("a quote is not closed");
      at++;
      return { text: value, start, end: at };
    }
    while (at < text.length && !/[\s;{}]/u.test(text[at] as string)) {
      if (text[at] === "$" && text[at + 1] === "{") while (at < text.length && text[at] !== "}") value += text[at++];
      if (text[at] === "\\" && at + 1 < text.length) value += text[at++];
      value += text[at++] ?? "";
    }
    return { text: value, start, end: at };
  };
  const lua = (): void => {
    let depth = 1;
    while (at < text.length && depth > 0) {
      const quote = text[at];
      if (text.startsWith("--", at)) while (at < text.length && text[at] !== "\n") at++;
      if (quote === '"' || quote === "'") {
        at++;
        while (at < text.length && text[at] !== quote && text[at] !== "\n") at += text[at] === "\\" ? 2 : 1;
      }
      if (text[at] === "{") depth++;
      if (text[at] === "}") depth--;
      at++;
    }
  };
  const directives = (nested: boolean, depth: number): NginxDirective[] => {
    if (depth > 50) throw new Error("too many nested blocks");
    const found: NginxDirective[] = [];
    for (;;) {
      skip();
      if (at >= text.length) {
        if (nested) throw new Error("a block is not closed");
        return found;
      }
      if (text[at] === "}") {
        if (!nested) throw new Error("a brace closes nothing");
        at++;
        return found;
      }
      const start = at;
      const words: NginxWord[] = [];
      while (at < text.length && text[at] !== ";" && text[at] !== "{" && text[at] !== "}") {
        words.push(word());
        skip();
      }
      const [name, ...rest] = words;
      if (name === undefined || at >= text.length || text[at] === "}") throw new Error("a directive has no end");
      const opens = text[at] === "{";
      at++;
      const inside = at;
      let block: NginxDirective[] | undefined;
      if (opens && /_by_lua_block$/u.test(name.text)) {
        lua();
        block = [];
      } else if (opens) block = directives(true, depth + 1);
      found.push({ name: name.text, words: rest, start, end: at, block, inside });
    }
  };
  return directives(false, 0);
};

/** A directive where it counts. */
export type NginxPlace = {
  readonly file: string;
  readonly directive: NginxDirective;
  /** Names of the blocks around it, outermost first: ["http", "server"]. */
  readonly context: readonly string[];
  /** Number of the server block it is in; undefined outside of servers. */
  readonly server: number | undefined;
};

export type NginxServer = {
  /** Ports with "ssl" (or the old `ssl on`) and those without. */
  readonly tlsPorts: readonly number[];
  readonly plainPorts: readonly number[];
  readonly names: readonly string[];
  readonly file: string;
  readonly http: boolean;
};

export type NginxTree = { readonly places: readonly NginxPlace[]; readonly servers: readonly NginxServer[] };

/** include's glob(7) as a pattern over the names that nginx itself listed. */
const globbed = (pattern: string): RegExp =>
  new RegExp(
    `^${pattern
      .replaceAll(/[.+^$|(){}\\]/gu, "\\$&")
      .replaceAll("*", "[^/]*")
      .replaceAll("?", "[^/]")}$`,
    "u",
  );

/** Everything nginx read, in order, as if it were one file. `files`: text by the path nginx names. Throws on broken text. */
export const nginxTree = (main: string, files: ReadonlyMap<string, string>): NginxTree => {
  const places: NginxPlace[] = [];
  const servers: { tls: Set<number>; plain: Set<number>; names: string[]; file: string; http: boolean }[] = [];
  const folder = main.slice(0, main.lastIndexOf("/"));
  const read = new Map([...files].map(([path, text]) => [path, readNginx(text)]));
  const walk = (
    directives: readonly NginxDirective[],
    file: string,
    context: readonly string[],
    server: number | undefined,
    depth: number,
  ): void => {
    if (depth > 20) throw new Error("includes go in circles");
    for (const directive of directives) {
      const [first] = directive.words;
      if (directive.name === "include" && first !== undefined) {
        const path = first.text.startsWith("/") ? first.text : `${folder}/${first.text}`;
        const matching = globbed(path);
        for (const [name, content] of read) if (matching.test(name)) walk(content, name, context, server, depth + 1);
        continue;
      }
      places.push({ file, directive, context, server });
      const current = server === undefined ? undefined : servers[server];
      if (directive.name === "server" && directive.block !== undefined && context.at(-1) !== "upstream") {
        servers.push({ tls: new Set(), plain: new Set(), names: [], file, http: context.includes("http") });
        walk(directive.block, file, [...context, "server"], servers.length - 1, depth + 1);
        continue;
      }
      if (current !== undefined && directive.name === "listen" && first !== undefined) {
        const port = Number(
          /(?:^|[:\]])(\d+)$/u.exec(first.text)?.[1] ?? (/^\d+$/u.test(first.text) ? first.text : 80),
        );
        const tls = directive.words.some(({ text }) => text === "ssl" || text === "quic");
        if (!first.text.startsWith("unix:")) (tls ? current.tls : current.plain).add(port);
      }
      if (current !== undefined && directive.name === "server_name")
        current.names.push(...directive.words.map(({ text }) => text));
      if (current !== undefined && directive.name === "ssl" && first?.text === "on") {
        for (const port of current.plain) current.tls.add(port);
        current.plain.clear();
      }
      if (directive.block !== undefined) walk(directive.block, file, [...context, directive.name], server, depth + 1);
    }
  };
  walk(read.get(main) ?? [], main, [], undefined, 0);
  return {
    places,
    servers: servers.map(({ tls, plain, names, file, http }) => ({
      tlsPorts: [...tls],
      plainPorts: [...plain],
      names: names.filter((name) => !/^[_~]|[*]/u.test(name) && name !== ""),
      file,
      http,
    })),
  };
};

/** A piece of text that takes the place of another. */
export type Replacement = { readonly start: number; readonly end: number; readonly text: string };

/** Applies replacements that do not overlap. */
export const replaced = (text: string, replacements: readonly Replacement[]): string =>
  replacements
    .toSorted((a, b) => b.start - a.start)
    .reduce((whole, { start, end, text: piece }) => whole.slice(0, start) + piece + whole.slice(end), text);

/** Values by directive: `ssl_protocols` → "TLSv1.2 TLSv1.3". */
export type NginxWish = Readonly<Record<string, string>>;

/**
 * What to replace so that every server uses the wished values. A directive that stands somewhere, however deep, is replaced
 * there, because the innermost wins and two on one level are refused. `missing`: those that http itself does not set, but
 * perhaps the file `own`.
 */
export const nginxReplacements = (
  tree: NginxTree,
  wish: NginxWish,
  own: string,
): { readonly byFile: ReadonlyMap<string, readonly Replacement[]>; readonly missing: readonly string[] } => {
  const byFile = new Map<string, Replacement[]>();
  for (const { file, directive } of tree.places) {
    const value = wish[directive.name];
    if (value === undefined || directive.block !== undefined || file === own) continue;
    if (directive.words.map(({ text }) => text).join(" ") === value) continue;
    byFile.set(file, [
      ...(byFile.get(file) ?? []),
      { start: directive.start, end: directive.end, text: `${directive.name} ${value};` },
    ]);
  }
  const atHttp = new Set(
    tree.places.flatMap(({ directive, context, file }) =>
      context.join("/") === "http" && file !== own ? [directive.name] : [],
    ),
  );
  return { byFile, missing: Object.keys(wish).filter((name) => !atHttp.has(name)) };
};
