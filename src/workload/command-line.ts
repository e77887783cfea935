/** Words of unit files, argument files and environment variables, taken apart as their own programs do. */

/**
 * Words as systemd splits them (systemd.syntax(7), "Quoting"): quotes around whole words or parts of them, C escapes. Broken
 * quoting ends the last word.
 */
export const systemdWords = (text: string): readonly string[] => {
  const words: string[] = [];
  let word: string | undefined;
  let quote = "";
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index] as string;
    if (character === "\\" && index + 1 < text.length) {
      const [value, length] = escaped(text.slice(index + 1));
      word = (word ?? "") + value;
      index += length;
    } else if (quote !== "") {
      if (character === quote) quote = "";
      else word = (word ?? "") + character;
    } else if (character === '"' || character === "'") {
      quote = character;
      word ??= "";
    } else if (character === "$" && text[index + 1] === "'" && word === undefined) {
      // `systemctl show` writes what needs it as $'…'.
      word = "";
    } else if (/\s/u.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? "") + character;
  }
  if (word !== undefined) words.push(word);
  return words;
};

const simpleEscapes: Readonly<Record<string, string>> = {
  n: "\n",
  t: "\t",
  r: "\r",
  s: " ",
  a: "\u0007",
  b: "\b",
  f: "\f",
  v: "\v",
};

const escaped = (rest: string): readonly [string, number] => {
  const hex = /^x([0-9a-fA-F]{2})/u.exec(rest);
  if (hex) return [String.fromCharCode(Number.parseInt(hex[1] as string, 16)), 3];
  const octal = /^([0-7]{3})/u.exec(rest);
  if (octal) return [String.fromCharCode(Number.parseInt(octal[1] as string, 8)), 3];
  const first = rest[0] as string;
  return [simpleEscapes[first] ?? first, 1];
};

/** Lines `NAME=value` of an EnvironmentFile= (systemd.exec(5)): comments, quotes and continued lines as systemd reads them. */
export const environmentFileVariables = (text: string): readonly { readonly name: string; readonly value: string }[] =>
  text
    .replace(/\\\r?\n/gu, "")
    .split(/\r?\n/u)
    .flatMap((line) => {
      const match = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=(.*)$/u.exec(line);
      if (!match) return [];
      const raw = (match[2] as string).trim();
      const quoted = /^(["'])([\s\S]*)\1$/u.exec(raw);
      const value = quoted ? (quoted[2] as string) : raw;
      return [{ name: match[1] as string, value: quoted?.[1] === '"' ? value.replace(/\\(["\\$`])/gu, "$1") : value }];
    });

/** Words of a java @argument file or of JDK_JAVA_OPTIONS (java(1)): white space, quotes, `#` comments of files. */
export const javaWords = (text: string): readonly string[] =>
  [...text.replace(/^\s*#.*$/gmu, "").matchAll(/(?:[^\s"']+|"(?:\\[\s\S]|[^"\\])*"?|'[^']*'?)+/gu)].map(([word]) =>
    word.replace(/"((?:\\[\s\S]|[^"\\])*)"?|'([^']*)'?/gu, (_whole, double?: string, single?: string) =>
      double === undefined ? (single ?? "") : double.replace(/\\([\s\S])/gu, "$1"),
    ),
  );

/** Options of java(1) that take the next word as their value. */
const optionsWithValue = new Set(
  "-cp -classpath --class-path -p --module-path --upgrade-module-path --add-modules --add-reads --add-exports --add-opens --limit-modules --patch-module --enable-native-access --source".split(
    " ",
  ),
);

export type JavaCommand = {
  /** Everything between `java` and the program, @files still as they are written. */
  readonly options: readonly string[];
  readonly jar: string | undefined;
  readonly classpath: string | undefined;
  readonly mainClass: string | undefined;
  /** What the program gets. */
  readonly arguments: readonly string[];
};

/** Takes `java [options] -jar FILE arguments` or `java [options] CLASS arguments` apart; the first word is the program itself. */
export const javaCommand = (words: readonly string[]): JavaCommand => {
  const options: string[] = [];
  let classpath: string | undefined;
  for (let index = 1; index < words.length; index += 1) {
    const word = words[index] as string;
    if (word === "-jar") {
      return { options, jar: words[index + 1], classpath, mainClass: undefined, arguments: words.slice(index + 2) };
    }
    if (optionsWithValue.has(word)) {
      if (/^(?:-cp|-classpath|--class-path)$/u.test(word)) classpath = words[index + 1];
      options.push(word, ...words.slice(index + 1, index + 2));
      index += 1;
    } else if (word.startsWith("-") || word.startsWith("@")) options.push(word);
    else return { options, jar: undefined, classpath, mainClass: word, arguments: words.slice(index + 1) };
  }
  return { options, jar: undefined, classpath, mainClass: undefined, arguments: [] };
};
