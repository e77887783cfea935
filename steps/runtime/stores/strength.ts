import type { Certificate } from "../../../src/stores/certificate.ts";

const weakDigests: ReadonlySet<string> = new Set(["md2", "md5", "sha1"]);

/**
 * What is too weak in a chain (CA/Browser Forum baseline requirements 6.1.5 and 7.1.3.2): keys of every certificate, signatures of
 * all but the root, whose own signature nobody checks.
 */
export const weakness = (chain: readonly Certificate[]): string | undefined => {
  for (const { key, signature, selfSigned, subject } of chain) {
    const isRoot = selfSigned && chain.length > 1;
    if (key.type === "rsa" && key.bits < 2048) return `${subject} has an RSA key of ${key.bits} bits`;
    if (key.type === "dsa") return `${subject} has a DSA key`;
    if (key.type === "ec" && key.bits < 256) return `${subject} has an EC key of ${key.bits} bits`;
    if (!isRoot && signature.digest !== undefined && weakDigests.has(signature.digest))
      return `${subject} is signed with ${signature.name}`;
  }
  return undefined;
};
