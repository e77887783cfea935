import { X509Certificate } from "node:crypto";
import type { Certificate } from "./certificate.ts";

/** Longer than any chain in use. */
const longest = 10;

const signed = (certificate: Certificate, issuer: Certificate): boolean => {
  try {
    const child = new X509Certificate(certificate.pem);
    const parent = new X509Certificate(issuer.pem);
    return child.checkIssued(parent) && child.verify(parent.publicKey);
  } catch {
    return false;
  }
};

/** The certificate, then whoever signed it, and so on, as far as `pool` has them. Ends at a self-signed one. */
export const issuersOf = (leaf: Certificate, pool: readonly Certificate[]): readonly Certificate[] => {
  const chain: Certificate[] = [leaf];
  while (chain.length < longest) {
    const last = chain.at(-1) as Certificate;
    if (last.selfSigned) break;
    const issuer = pool.find(
      (candidate) =>
        candidate.subject === last.issuer &&
        !chain.some(({ sha256 }) => sha256 === candidate.sha256) &&
        signed(last, candidate),
    );
    if (issuer === undefined) break;
    chain.push(issuer);
  }
  return chain;
};

export type ChainVerdict =
  | { readonly ok: true; readonly chain: readonly Certificate[] }
  /** `problem`: a sentence's end, as in "the chain is broken: …". */
  | { readonly ok: false; readonly chain: readonly Certificate[]; readonly problem: string };

/**
 * Path validation in the sense of RFC 5280 section 6, without revocation, policies and name constraints: every signature,
 * every issuer's right to sign, every date at `now` (seconds since 1970), up to one of `anchors`.
 */
export const verifyChain = (
  leaf: Certificate,
  intermediates: readonly Certificate[],
  anchors: readonly Certificate[],
  now: number,
): ChainVerdict => {
  const chain = issuersOf(leaf, [...intermediates, ...anchors]);
  const fail = (problem: string): ChainVerdict => ({ ok: false, chain, problem });
  const trusted = chain.findIndex(({ sha256 }) => anchors.some((anchor) => anchor.sha256 === sha256));
  if (trusted < 0) {
    const last = chain.at(-1) as Certificate;
    return last.selfSigned
      ? fail(`it ends at ${last.subject}, which is not among the authorities given`)
      : fail(`nobody here signed ${last.subject}: the certificate of ${last.issuer} is missing`);
  }
  const path = chain.slice(0, trusted + 1);
  const untimely = path.find(({ notBefore, notAfter }) => now < notBefore || now > notAfter);
  if (untimely) return fail(`${untimely.subject} is not valid today`);
  const powerless = path.slice(1).find(({ authority }) => !authority);
  if (powerless) return fail(`${powerless.subject} signed it without the right to (it is no certificate authority)`);
  return { ok: true, chain: path };
};
