import { createHash } from "node:crypto";
import { covers, parseNetwork } from "./address.ts";

/** One usable line of an authorized_keys file, sshd(8) AUTHORIZED_KEYS FILE FORMAT. */
export type AuthorizedKey = {
  /** "ssh-ed25519", "ssh-rsa", "sk-ssh-ed25519@openssh.com" … */
  readonly type: string;
  /** Modulus bits for RSA and DSA, curve bits otherwise; 0 when the type is not known here. */
  readonly bits: number;
  /** "SHA256:…" as `ssh-keygen -l` prints it. */
  readonly fingerprint: string;
  readonly comment: string;
  /** As written, split at the commas outside quotes: `from="10.0.0.0/8"`, `restrict`. */
  readonly options: readonly string[];
  /** The line without surrounding white space. */
  readonly line: string;
};

const types: Readonly<Record<string, number>> = {
  "ssh-rsa": 0,
  "ssh-dss": 0,
  "ssh-ed25519": 256,
  "sk-ssh-ed25519@openssh.com": 256,
  "ecdsa-sha2-nistp256": 256,
  "sk-ecdsa-sha2-nistp256@openssh.com": 256,
  "ecdsa-sha2-nistp384": 384,
  "ecdsa-sha2-nistp521": 521,
};

const typeWords = Object.keys(types).map((type) => type.replace(/[.]/gu, "\\."));
/** A key type, its base64 blob and the rest, after nothing or after options that end outside quotes. */
const keyPart = new RegExp(
  `^(${typeWords.join("|")}|[a-z0-9-]+(?:-cert-v01)?@openssh\\.com)[ \\t]+([A-Za-z0-9+/]+={0,2})(?:[ \\t]+(.*))?$`,
  "u",
);

/** Reads one line; undefined for blank lines, comments and whatever sshd would skip as well. */
export const parseAuthorizedKey = (text: string): AuthorizedKey | undefined => {
  const line = text.trim();
  if (line === "" || line.startsWith("#")) return undefined;
  const bare = keyPart.exec(line);
  if (bare) return readKey(line, [], bare);
  const end = endOfOptions(line);
  if (end === undefined) return undefined;
  const behind = keyPart.exec(line.slice(end).trim());
  return behind ? readKey(line, splitOptions(line.slice(0, end)), behind) : undefined;
};

const readKey = (line: string, options: readonly string[], match: RegExpExecArray): AuthorizedKey | undefined => {
  const [, type = "", base64 = "", comment = ""] = match;
  const blob = Buffer.from(base64, "base64");
  const fields = wireFields(blob);
  if (fields[0]?.toString("latin1") !== type) return undefined;
  return {
    type,
    bits: bitsOf(type, fields),
    fingerprint: `SHA256:${createHash("sha256").update(blob).digest("base64").replace(/=+$/u, "")}`,
    comment: comment.trim(),
    options,
    line,
  };
};

/** RFC 4251 section 5: every field is a 32-bit length and that many bytes; an ill-formed rest ends the list. */
const wireFields = (blob: Buffer): readonly Buffer[] => {
  const fields: Buffer[] = [];
  for (let at = 0; at + 4 <= blob.length; ) {
    const length = blob.readUInt32BE(at);
    if (at + 4 + length > blob.length) return fields;
    fields.push(blob.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return fields;
};

/** RFC 4253 section 6.6: "ssh-rsa" e n; "ssh-dss" p q g y. */
const bitsOf = (type: string, fields: readonly Buffer[]): number => {
  if (type === "ssh-rsa") return integerBits(fields[2]);
  if (type === "ssh-dss") return integerBits(fields[1]);
  return types[type] ?? 0;
};

const integerBits = (field: Buffer | undefined): number => {
  const digits = field?.toString("hex").replace(/^0+/u, "") ?? "";
  return digits === "" ? 0 : (digits.length - 1) * 4 + Number.parseInt(digits.slice(0, 1), 16).toString(2).length;
};

/** Index of the blank that ends the options: the first one outside double quotes; undefined when a quote stays open. */
const endOfOptions = (line: string): number | undefined => {
  let quoted = false;
  for (let at = 0; at < line.length; at += 1) {
    const character = line[at];
    if (character === "\\" && line[at + 1] === '"') at += 1;
    else if (character === '"') quoted = !quoted;
    else if (!quoted && (character === " " || character === "\t")) return at;
  }
  return undefined;
};

const splitOptions = (text: string): readonly string[] => {
  const options: string[] = [];
  let quoted = false;
  let current = "";
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at] as string;
    if (character === "\\" && text[at + 1] === '"') {
      current += '\\"';
      at += 1;
      continue;
    }
    if (character === '"') quoted = !quoted;
    if (character === "," && !quoted) {
      options.push(current);
      current = "";
    } else current += character;
  }
  return [...options, current].filter((option) => option !== "");
};

/** The value of `name="value"` among the key's options; undefined when it is not there. */
export const optionValue = (key: AuthorizedKey, name: string): string | undefined => {
  const option = key.options.find((candidate) => candidate.toLowerCase().startsWith(`${name}=`));
  return option
    ?.slice(name.length + 1)
    .replace(/^"(.*)"$/u, "$1")
    .replaceAll('\\"', '"');
};

/**
 * Whether a `from=` pattern list lets an address in, ssh_config(5) PATTERNS: wildcards, CIDR, `!` refuses. Host names
 * cannot be judged without asking a name server: they let in, the fresh login shows the truth.
 */
export const fromAllows = (patterns: string, address: string): boolean => {
  let allowed = false;
  for (const item of patterns.split(",")) {
    const negated = item.startsWith("!");
    const pattern = item.replace(/^!/u, "").trim();
    const isName = /[g-z]/iu.test(pattern) || (/[a-f]/iu.test(pattern) && !pattern.includes(":"));
    if (!negated && isName) allowed = true;
    else if (!isName && matchesAddress(pattern, address)) {
      if (negated) return false;
      allowed = true;
    }
  }
  return allowed;
};

const matchesAddress = (pattern: string, address: string): boolean => {
  if (/[*?]/u.test(pattern)) {
    const body = pattern
      .replace(/[.+^${}()|[\]\\]/gu, "\\$&")
      .replaceAll("*", ".*")
      .replaceAll("?", ".");
    return new RegExp(`^${body}$`, "iu").test(address);
  }
  const [network, source] = [parseNetwork(pattern), parseNetwork(address.replace(/%.*$/u, ""))];
  return network !== undefined && source !== undefined && covers(network, source);
};
