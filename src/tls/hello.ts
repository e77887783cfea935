import { suiteByCode } from "./suites.ts";

/**
 * ClientHellos and what servers answer to them, as bytes. SSLv3 (RFC 6101), TLS 1.0-1.2 (RFC 2246, 4346, 5246), 1.3 (RFC 8446).
 *
 * Hellos are made by hand because the OpenSSL of a hardened machine refuses to speak the protocols that have to be looked for.
 * Bytes are written as hex digits: that is how they travel to the machine and back.
 */

export const protocols = ["SSLv3", "TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"] as const;
export type Protocol = (typeof protocols)[number];

/** ProtocolVersion on the wire. */
export const protocolCodes: Readonly<Record<Protocol, string>> = {
  SSLv3: "0300",
  TLSv1: "0301",
  "TLSv1.1": "0302",
  "TLSv1.2": "0303",
  "TLSv1.3": "0304",
};
const protocolOf = (code: string): Protocol | undefined => protocols.find((name) => protocolCodes[name] === code);

/** Named groups by their number, with OpenSSL's names. IANA TLS Supported Groups registry. */
export const groups: Readonly<Record<string, string>> = {
  "11ec": "X25519MLKEM768",
  "001d": "X25519",
  "0017": "prime256v1",
  "0018": "secp384r1",
  "0019": "secp521r1",
  "001e": "X448",
  "001a": "brainpoolP256r1",
  "001b": "brainpoolP384r1",
  "001c": "brainpoolP512r1",
  "0016": "secp256k1",
  "0015": "secp224r1",
  "0013": "prime192v1",
  "0100": "ffdhe2048",
  "0101": "ffdhe3072",
  "0102": "ffdhe4096",
  "0103": "ffdhe6144",
  "0104": "ffdhe8192",
};
export const groupName = (code: string): string => groups[code] ?? `0x${code}`;

/** ecdsa, rsa_pss_rsae, rsa_pkcs1, ed25519, ed448, and the SHA-1 ones that old servers know alone. RFC 8446 4.2.3. */
const signatureAlgorithms = [
  "0403",
  "0503",
  "0603",
  "0807",
  "0808",
  "0804",
  "0805",
  "0806",
  "0809",
  "080a",
  "080b",
  "0401",
  "0501",
  "0601",
  "0303",
  "0301",
  "0203",
  "0201",
  "0202",
  "0402",
];

export type Hello = {
  readonly protocol: Protocol;
  /** Code points, most wanted first. */
  readonly suites: readonly string[];
  /** Name asked for (SNI); undefined or an address: none is sent, as RFC 6066 wants. */
  readonly serverName?: string | undefined;
  /** Code points of groups, most wanted first. */
  readonly groups?: readonly string[];
  readonly alpn?: readonly string[];
};

const hex = (number: number, bytes: number): string => number.toString(16).padStart(bytes * 2, "0");
const sized = (content: string, bytes: 1 | 2 | 3): string => hex(content.length / 2, bytes) + content;
const ascii = (text: string): string => Buffer.from(text, "latin1").toString("hex");
const extension = (type: string, content: string): string => type + sized(content, 2);

/** Always the same: nothing is ever derived from a hello that is thrown away, and what is asked stays comparable. */
const random = "d7a3bd1d".repeat(8);
const sessionId = "5ca1ab1e".repeat(8);

const isName = (name: string | undefined): name is string =>
  name !== undefined &&
  /^(?=.{1,253}$)[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?$/u.test(name) &&
  !/^[\d.]+$/u.test(name);

/** Where a hello is cut so that a machine can put other suites or groups into it: it only has to count lengths. */
export type HelloParts = {
  /** Version of the record: two bytes. */
  readonly record: string;
  /** Handshake body before the list of suites: version, random, session id. */
  readonly head: string;
  /** Between suites and extensions: the compression methods. */
  readonly middle: string;
  /** All extensions but supported_groups. */
  readonly extensions: string;
  readonly groups: readonly string[];
  readonly suites: readonly string[];
};

/**
 * A TLS 1.3 hello carries no key share: the server answers with a HelloRetryRequest that names its suite and group, and
 * nobody has computed anything yet (RFC 8446 4.1.4).
 */
export const helloParts = (hello: Hello): HelloParts => {
  const { protocol } = hello;
  const legacy = protocol === "TLSv1.3" ? protocolCodes["TLSv1.2"] : protocolCodes[protocol];
  const modern = protocol === "TLSv1.2" || protocol === "TLSv1.3";
  const extensions =
    protocol === "SSLv3"
      ? ""
      : [
          isName(hello.serverName) ? extension("0000", sized(`00${sized(ascii(hello.serverName), 2)}`, 2)) : "",
          extension("000b", "0100"),
          extension("ff01", "00"),
          modern ? extension("000d", sized(signatureAlgorithms.join(""), 2)) : "",
          hello.alpn?.length
            ? extension("0010", sized(hello.alpn.map((name) => sized(ascii(name), 1)).join(""), 2))
            : "",
          protocol === "TLSv1.3"
            ? extension("002b", sized(protocolCodes["TLSv1.3"], 1)) +
              extension("002d", "0101") +
              extension("0033", "0000")
            : "",
        ].join("");
  return {
    // Some old servers shut the door on a first record that says more than TLS 1.0 (RFC 8446 5.1).
    record: protocol === "SSLv3" ? "0300" : "0301",
    head: `${legacy}${random}${protocol === "TLSv1.3" ? sized(sessionId, 1) : "00"}`,
    middle: "0100",
    extensions,
    groups: protocol === "SSLv3" ? [] : (hello.groups ?? Object.keys(groups)),
    suites: hello.suites,
  };
};

/** The whole record, ready to be sent. */
export const clientHello = (hello: Hello): string => {
  const parts = helloParts(hello);
  const extensions =
    parts.extensions + (parts.groups.length > 0 ? extension("000a", sized(parts.groups.join(""), 2)) : "");
  const body =
    parts.head + sized(parts.suites.join(""), 2) + parts.middle + (extensions === "" ? "" : sized(extensions, 2));
  return `16${parts.record}${sized(`01${sized(body, 3)}`, 2)}`;
};

export type Answer =
  /** `group`: chosen by a TLS 1.3 server, or from the ServerKeyExchange of an elliptic curve. */
  | {
      readonly kind: "hello";
      readonly protocol: Protocol;
      readonly suite: string;
      /** HelloRetryRequest: the handshake would go on. */
      readonly retry: boolean;
      readonly group: string | undefined;
      /** Bits of the prime of a finite-field exchange. */
      readonly dhBits: number | undefined;
      /** DER of what the server sent openly, its own first; nothing for TLS 1.3, which hides it. */
      readonly certificates: readonly Uint8Array[];
      /** The server asks the client for a certificate (mutual TLS). */
      readonly asksCertificate: boolean;
    }
  | { readonly kind: "alert"; readonly description: number; readonly name: string }
  /** `text`: printable beginning of what came instead. */
  | { readonly kind: "other"; readonly text: string }
  | { readonly kind: "nothing" };

/** RFC 8446 6, RFC 6066, RFC 7301. */
export const alertNames: Readonly<Record<number, string>> = {
  0: "close_notify",
  10: "unexpected_message",
  20: "bad_record_mac",
  40: "handshake_failure",
  42: "bad_certificate",
  47: "illegal_parameter",
  48: "unknown_ca",
  50: "decode_error",
  51: "decrypt_error",
  70: "protocol_version",
  71: "insufficient_security",
  80: "internal_error",
  86: "inappropriate_fallback",
  90: "user_canceled",
  109: "missing_extension",
  110: "unsupported_extension",
  112: "unrecognized_name",
  116: "certificate_required",
  120: "no_application_protocol",
};

/** SHA-256 of "HelloRetryRequest": the random of a ServerHello that is one. RFC 8446 4.1.3. */
const retryRandom = "cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c";

/** Reads bytes in order. Going past the end is an error: the answer was cut. */
const reader = (bytes: Uint8Array) => {
  let at = 0;
  const take = (length: number): Uint8Array => {
    if (at + length > bytes.length) throw new RangeError("cut off");
    at += length;
    return bytes.subarray(at - length, at);
  };
  const number = (length: 1 | 2 | 3): number => take(length).reduce((sum, byte) => sum * 256 + byte, 0);
  return {
    take,
    number,
    vector: (length: 1 | 2 | 3): Uint8Array => take(number(length)),
    left: () => bytes.length - at,
  };
};

const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

const bitLength = (bytes: Uint8Array): number => {
  const first = bytes.findIndex((byte) => byte !== 0);
  return first < 0 ? 0 : (bytes.length - first - 1) * 8 + (32 - Math.clz32(bytes[first] as number));
};

type Flight = { readonly handshake: Uint8Array; readonly alert: number | undefined };

/** Payloads of the records, joined; what is cut at the end is left out. Undefined when it is not TLS at all. */
const records = (bytes: Uint8Array): Flight | undefined => {
  const parts: Uint8Array[] = [];
  let alert: number | undefined;
  let warned: number | undefined;
  let at = 0;
  while (at + 5 <= bytes.length) {
    const type = bytes[at];
    const length = ((bytes[at + 3] as number) << 8) | (bytes[at + 4] as number);
    if (bytes[at + 1] !== 3 || length > 18432 || type === undefined || type < 20 || type > 24) {
      if (at === 0) return undefined;
      break;
    }
    const payload = bytes.subarray(at + 5, at + 5 + length);
    if (type === 22) parts.push(payload);
    else if (type === 21 && payload.length === 2) {
      // A warning that the name is not known is followed by the hello all the same (RFC 6066 3).
      if (!(payload[0] === 1 && payload[1] === 112)) {
        alert ??= payload[1];
        break;
      }
      warned = payload[1];
    } else break;
    at += 5 + length;
  }
  alert ??= warned;
  return parts.length === 0 && alert === undefined ? undefined : { handshake: Buffer.concat(parts), alert };
};

/** What a server answered to a ClientHello; never throws, whatever it is given. */
export const readAnswer = (bytes: Uint8Array): Answer => {
  if (bytes.length === 0) return { kind: "nothing" };
  const flight = records(bytes);
  if (flight === undefined) {
    const text = Buffer.from(bytes.subarray(0, 60))
      .toString("latin1")
      .replaceAll(/[^\x20-\x7e]+/gu, ".");
    return { kind: "other", text };
  }
  const messages = reader(flight.handshake);
  let hello: { protocol: Protocol; suite: string; retry: boolean; group: string | undefined } | undefined;
  let dhBits: number | undefined;
  let group: string | undefined;
  let asksCertificate = false;
  const certificates: Uint8Array[] = [];
  try {
    while (messages.left() >= 4) {
      const type = messages.number(1);
      const body = reader(messages.vector(3));
      if (type === 2) hello = readServerHello(body);
      else if (type === 11) {
        const list = reader(body.vector(3));
        while (list.left() > 0) certificates.push(Uint8Array.from(list.vector(3)));
      } else if (type === 12 && hello !== undefined) {
        const exchange = readKeyExchange(hello.suite, body);
        dhBits = exchange?.dhBits;
        group = exchange?.group;
      } else if (type === 13) asksCertificate = true;
    }
  } catch {
    // Cut off, or made up: what was read so far stands.
  }
  if (hello !== undefined)
    return { kind: "hello", ...hello, group: hello.group ?? group, dhBits, certificates, asksCertificate };
  if (flight.alert !== undefined)
    return { kind: "alert", description: flight.alert, name: alertNames[flight.alert] ?? `alert ${flight.alert}` };
  return { kind: "other", text: "a TLS record without a ServerHello" };
};

const readServerHello = (body: ReturnType<typeof reader>) => {
  const legacy = toHex(body.take(2));
  const retry = toHex(body.take(32)) === retryRandom;
  body.vector(1);
  const suite = toHex(body.take(2));
  body.take(1);
  let version = legacy;
  let group: string | undefined;
  if (body.left() >= 2) {
    const extensions = reader(body.vector(2));
    while (extensions.left() >= 4) {
      const type = extensions.number(2);
      const content = extensions.vector(2);
      if (type === 0x2b && content.length === 2) version = toHex(content);
      if (type === 0x33 && content.length >= 2) group = toHex(content.subarray(0, 2));
    }
  }
  const protocol = protocolOf(version);
  if (protocol === undefined) throw new RangeError("a version that does not exist");
  return { protocol, suite, retry, group };
};

/** ServerKeyExchange. DHE: prime, generator, public value (RFC 5246 7.4.3); ECDHE: named curve (RFC 8422 5.4). */
const readKeyExchange = (suite: string, body: ReturnType<typeof reader>) => {
  const name = suiteByCode(suite)?.iana ?? "";
  if (/^TLS_(?:DHE_(?!PSK)|DH_anon)/u.test(name)) return { dhBits: bitLength(body.vector(2)), group: undefined };
  if (/^TLS_(?:ECDHE_(?!PSK)|ECDH_anon)/u.test(name) && body.number(1) === 3)
    return { dhBits: undefined, group: toHex(body.take(2)) };
  return undefined;
};
