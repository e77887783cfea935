/**
 * What must never be shown, written or sent further: one place that knows secrets by their names and by their shapes.
 * Names: the issue's list of key words; shapes: PEM and JWT (RFC 7468, RFC 7519), keys of cloud vendors, credentials in URLs.
 */

export const mask = "••••••••";

/** Words that make a name a secret's, as whole words of camelCase, snake_case and kebab-case names. */
const secretWords: ReadonlySet<string> = new Set([
  ..."pass password passwords passwd passphrase passcode pwd storepass keypass storepassword keypassword".split(" "),
  ..."secret secrets token tokens credential credentials hmac apikey privatekey accesskey secretkey authkey".split(" "),
  ..."signingkey encryptionkey masterkey sharedkey accountkey clientsecret refreshtoken bearer pin".split(" "),
]);

/** Pairs of words that only together are a secret's: `api_key`, `privateKey`. */
const secretPair = /^(?:api|private|access|secret|auth|signing|encryption|master|shared|account) ?key$/u;

/** Glued or shouted names that no boundary divides: DBPASSWORD, MYSQLPWD. */
const gluedSecret = /(?:passw(?:or)?d|passphrase|secret|apikey|privatekey|accesskey|token$)/iu;

/** Names that end so speak about a secret, and are none: tokenUrl, passwordFile, secretName, tokenExpiry. */
const aboutSecret: ReadonlySet<string> = new Set(
  "url uri endpoint path file dir directory folder type name names alias enabled expiry expires ttl timeout length size count limit policy algorithm issuer audience header prefix field attribute".split(
    " ",
  ),
);

/** camelCase, snake_case, kebab-case and dotted names as their words, in small letters. */
const wordsOf = (name: string): readonly string[] =>
  name
    .replace(/([a-z0-9])([A-Z])/gu, "$1 $2")
    .replace(/([A-Z]+)([A-Z][a-z])/gu, "$1 $2")
    .split(/[^A-Za-z0-9]+/u)
    .filter((word) => word !== "")
    .map((word) => word.toLowerCase());

/**
 * Whether a key, variable or option of this name holds a secret: `dbPassword`, `BAL_CONFIG_VAR_API_KEY`,
 * `ballerina.http.….key.password`. Only the last part of a dotted key counts.
 */
export const isSecretKey = (name: string): boolean => {
  const words = wordsOf(name.slice(name.lastIndexOf(".") + 1));
  const last = words.at(-1);
  if (last === undefined || (words.length > 1 && aboutSecret.has(last))) return false;
  return words.some(
    (word, index) =>
      secretWords.has(word) || gluedSecret.test(word) || (index > 0 && secretPair.test(`${words[index - 1]} ${word}`)),
  );
};

/** Each finds one shape of secret inside a text; group 1, where there is one, is the part that is shown. */
const shapes: readonly RegExp[] = [
  /-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|$)/gu,
  /\beyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]*/gu,
  /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/gu,
  /\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{22,}|glpat-[A-Za-z0-9_-]{20,})/gu,
  /\bxox[abprse]-[A-Za-z0-9-]{10,}/gu,
  /\b(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{16,}/gu,
  /\bAIza[A-Za-z0-9_-]{35}/gu,
  /\bhv[sb]\.[A-Za-z0-9_-]{20,}/gu,
  /\$(?:2[aby]?|5|6|y|7|gy|argon2(?:id|i|d))\$[^\s"',;]{8,}/gu,
];

/** `scheme://user:password@`: passwords are taken with the `#` and `?` that should have been escaped in them. */
const urlCredentials =
  /(?<![A-Za-z0-9+.-])([A-Za-z][A-Za-z0-9+.-]{0,30}:\/\/)([^\s/?#"'<>@:]{0,200}):([^\s/"'<>]{0,500})@/gu;

/** Parameters of a URL or of a JDBC or ODBC connection string. */
const parameter = /([?&;]|^|[\s"'])([A-Za-z][A-Za-z0-9_. -]{0,60}?)=([^&;\s"']+)/gu;

const stronger = (text: string): string =>
  shapes.reduce((shown, shape) => shown.replace(shape, mask), text).replace(urlCredentials, `$1$2:${mask}@`);

/** The same address without its password and without secret parameters. */
export const maskUrl = (url: string): string =>
  stronger(url).replace(parameter, (whole, before: string, name: string) =>
    isSecretKey(name) ? `${before}${name}=${mask}` : whole,
  );

/** Whether a value is a secret by its shape alone, whatever its key is called. */
export const looksLikeSecret = (value: string): boolean => maskUrl(value) !== value;

/** `NAME=`, `"name": `, `name = ` inside running text, with the prefix that options of a program or a JVM have. */
const assigned = /(?:(?<=^|[\s"'])-[CDX])?(["']?)([A-Za-z_][A-Za-z0-9_.-]{0,100})\1\s{0,8}[=:]\s{0,8}/gu;

/** What is assigned: quoted, or up to the next space. */
const value = /"(?:[^"\\]|\\[\s\S])*"?|'[^']*'?|[^\s"'][^\s]*/uy;

/** The rest of a quoted word: `Environment="NAME=` is followed by it. */
const restOfWord: Readonly<Record<string, RegExp>> = { '"': /(?:[^"\\]|\\[\s\S])*/uy, "'": /[^']*/uy };

/** Innocent names are passed over one sign at a time: behind them may stand another assignment. */
const withoutAssigned = (text: string): string => {
  let shown = "";
  let from = 0;
  assigned.lastIndex = 0;
  for (let match = assigned.exec(text); match !== null; match = assigned.exec(text)) {
    if (!isSecretKey(match[2] as string)) continue;
    const start = assigned.lastIndex;
    const pattern = restOfWord[text[match.index - 1] ?? ""] ?? value;
    pattern.lastIndex = start;
    const end = start + (pattern.exec(text)?.[0].length ?? 0);
    if (end > start) shown += text.slice(from, start) + mask;
    else shown += text.slice(from, start);
    from = end;
    assigned.lastIndex = end;
  }
  return shown + text.slice(from);
};

const authorization = /\b(Bearer|Basic|Digest|ApiKey)\s+[A-Za-z0-9+/=._~-]{6,}/giu;

/** Options whose next word is the secret: keytool, openssl, curl, mysql and friends. */
const optionBefore = /^--?(?:[A-Za-z][A-Za-z0-9-]*)$/u;

/**
 * Running text (a journal line, an error message, a unit's line) without the secrets that names and shapes give away. What
 * is neither named nor shaped like one cannot be known here: `maskValues` knows the values themselves.
 */
export const maskText = (text: string): string =>
  withoutAssigned(stronger(text).replace(authorization, (_whole, scheme: string) => `${scheme} ${mask}`)).replace(
    /(^|\s)(--?[A-Za-z][A-Za-z0-9-]*)([ \t]+)([^\s-][^\s]*)/gu,
    (whole, before, option, gap) => (isSecretKey(option) ? `${before}${option}${gap}${mask}` : whole),
  );

/** The contract's other name for the same. */
export const maskSecrets = maskText;

/** The words of a command line as they may be shown: `-CdbPassword=…`, `-Dx.password=…`, `--token …`, `NAME=…`, URLs. */
export const maskCommandLine = (words: readonly string[]): readonly string[] =>
  words.map((word, index) => {
    const before = words[index - 1] ?? "";
    if (optionBefore.test(before) && isSecretKey(before)) return mask;
    const match = /^(-C|-D|-J-D|--?)?([^=]{1,200})=([\s\S]*)$/u.exec(word);
    if (match && isSecretKey(match[2] as string)) return `${match[1] ?? ""}${match[2]}=${mask}`;
    return maskUrl(maskText(word));
  });

/** Text without these very values: the last net under everything that quotes what a machine said. Values under 4 characters stay. */
export const maskValues = (text: string, values: Iterable<string>): string =>
  [...new Set(values)]
    .filter((value) => value.length >= 4)
    .toSorted((a, b) => b.length - a.length)
    .reduce((shown, value) => shown.replaceAll(value, mask), text);
