import type { Sshd } from "../../../src/probes/sshd.ts";

/**
 * Algorithms that ssh-audit 3.3 and the CIS profiles of ComplianceAsCode both accept, best first. `strict` holds to key
 * exchanges that a quantum computer does not undo; `compat` also lets clients older than OpenSSH 8.5 in.
 * Sources: ssh-audit's database, CIS Debian 12 5.1.6, 5.1.12, 5.1.15.
 */
export const strictness = ["strict", "compat"] as const;
export type Strictness = (typeof strictness)[number];

const postQuantum = ["mlkem768x25519-sha256", "sntrup761x25519-sha512@openssh.com"];
const ellipticCurve = ["curve25519-sha256", "curve25519-sha256@libssh.org"];

const ciphers = [
  "chacha20-poly1305@openssh.com",
  "aes256-gcm@openssh.com",
  "aes128-gcm@openssh.com",
  "aes256-ctr",
  "aes192-ctr",
  "aes128-ctr",
];

const macs = ["hmac-sha2-512-etm@openssh.com", "hmac-sha2-256-etm@openssh.com"];

const signatures = [
  "ssh-ed25519-cert-v01@openssh.com",
  "sk-ssh-ed25519-cert-v01@openssh.com",
  "rsa-sha2-512-cert-v01@openssh.com",
  "rsa-sha2-256-cert-v01@openssh.com",
  "ssh-ed25519",
  "sk-ssh-ed25519@openssh.com",
  "rsa-sha2-512",
  "rsa-sha2-256",
];

/** Keys of people who have no other: the curves are doubted, the signatures are not broken. */
const ecdsaKeys = [
  "sk-ecdsa-sha2-nistp256-cert-v01@openssh.com",
  "sk-ecdsa-sha2-nistp256@openssh.com",
  "ecdsa-sha2-nistp521",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp256",
];

/** What the oldest OpenSSH meant, 8.9, knows of all these: mlkem768 came with 9.9. */
export const knownToOldest: Sshd["supported"] = {
  kex: [...postQuantum.filter((name) => !name.startsWith("mlkem")), ...ellipticCurve],
  ciphers,
  macs,
  hostKeyAlgorithms: signatures,
  publicKeyAlgorithms: [...signatures, ...ecdsaKeys],
};

/** Key exchanges this daemon knows of those wanted; without any post-quantum one the strict list is the compatible one. */
export const wantedKeyExchanges = ({ supported }: Sshd, strictness: Strictness): readonly string[] => {
  const strict = postQuantum.filter((name) => supported.kex.includes(name));
  const all = [...strict, ...ellipticCurve.filter((name) => supported.kex.includes(name))];
  return strictness === "strict" && strict.length > 0 ? strict : all;
};

export const wantedCiphers = ({ supported }: Sshd): readonly string[] =>
  ciphers.filter((name) => supported.ciphers.includes(name));

export const wantedMacs = ({ supported }: Sshd): readonly string[] =>
  macs.filter((name) => supported.macs.includes(name));

export const wantedHostKeyAlgorithms = ({ supported }: Sshd): readonly string[] =>
  signatures.filter((name) => supported.hostKeyAlgorithms.includes(name));

export const wantedPublicKeyAlgorithms = ({ supported }: Sshd, strictness: Strictness): readonly string[] =>
  [...signatures, ...(strictness === "compat" ? ecdsaKeys : [])].filter((name) =>
    supported.publicKeyAlgorithms.includes(name),
  );

/** RequiredRSASize in bits. NIST SP 800-57: 3072 for use beyond 2030, 2048 until then. */
export const requiredRsaBits: Readonly<Record<Strictness, number>> = { strict: 3072, compat: 2048 };

/** Whether sshd, so configured, would take a key of this kind from a client. */
export const takesKey = (
  key: { readonly type: string; readonly bits: number },
  publicKeyAlgorithms: readonly string[],
  rsaBits: number,
): boolean =>
  key.type === "ssh-rsa"
    ? key.bits >= rsaBits && publicKeyAlgorithms.some((name) => /^(?:rsa-sha2-|ssh-rsa)/u.test(name))
    : publicKeyAlgorithms.includes(key.type);
