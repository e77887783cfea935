import { type Answer, type Hello, helloParts, type Protocol, protocols, readAnswer } from "./hello.ts";
import { suites } from "./suites.ts";

/** A TCP listener to ask, on the machine itself. */
export type SurveyTarget = {
  /** Letters, digits, dots, colons: comes back with every answer. */
  readonly id: string;
  /** Address to connect to, without brackets. */
  readonly address: string;
  readonly port: number;
  /** Asked for when the server refuses those who name nobody. */
  readonly serverName: string | undefined;
  /** Milliseconds given to those who speak first, before anything is sent to them. */
  readonly wait: number;
  /** Milliseconds for one answer. */
  readonly limit: number;
};

/** What one listener accepts. */
export type Survey = {
  /** `tls`: it answered a TLS hello as a TLS server. `other`: it speaks something else. `silent`: nobody knows. */
  readonly speaks: "tls" | "other" | "silent";
  /** What it said when it is not TLS, printable: "HTTP/1.1 400 Bad Request". */
  readonly said: string;
  readonly protocols: readonly Protocol[];
  /** Accepted suites by protocol, in the order the server chose them. */
  readonly suites: Readonly<Partial<Record<Protocol, readonly string[]>>>;
  /** Groups taken in TLS 1.3, of those in common use, the server's favourite first. */
  readonly groups13: readonly string[];
  /** Curves of fewer than 250 bits that it takes in TLS 1.2. */
  readonly weakGroups: readonly string[];
  /** Smallest prime of a finite-field exchange, in bits. */
  readonly dhBits: number | undefined;
  /** DER, the server's own first; nothing when only TLS 1.3 is spoken, which hides it. */
  readonly certificates: readonly Uint8Array[];
  /** It asks clients for a certificate. */
  readonly mutual: boolean;
  /** Why the answer is not whole: the list of suites is then a lower bound. */
  readonly incomplete: string | undefined;
};

const legacySuites = suites.filter(({ tls13 }) => !tls13).map(({ code }) => code);
const suites13 = suites.filter(({ tls13 }) => tls13).map(({ code }) => code);

/** secp224r1, secp192r1, secp160*, and the binary curves below 250 bits. */
const weakGroupCodes = [
  "0015",
  "0013",
  "0014",
  "0012",
  "000f",
  "0010",
  "0011",
  "0001",
  "0002",
  "0003",
  "0004",
  "0005",
  "0006",
  "0007",
  "0008",
];

/** What servers agree on in practice: X25519MLKEM768, X25519, P-256, P-384, P-521, X448. Each further one costs a handshake. */
const usualGroups = ["11ec", "001d", "0017", "0018", "0019", "001e"];

type Asked = { readonly name: string; readonly drop: "once" | "suites" | "groups"; readonly hello: Hello };

/** One harmless hello of a client of today decides whether this is TLS; the rest is asked of TLS servers only. */
const asked: readonly Asked[] = [
  {
    name: "first",
    drop: "once",
    hello: {
      protocol: "TLSv1.3",
      suites: [...suites13, ...legacySuites.filter((code) => /^(?:c0|cc|00)/u.test(code))],
    },
  },
  { name: "TLSv1.2", drop: "suites", hello: { protocol: "TLSv1.2", suites: legacySuites } },
  { name: "TLSv1.3", drop: "suites", hello: { protocol: "TLSv1.3", suites: suites13 } },
  { name: "SSLv3", drop: "suites", hello: { protocol: "SSLv3", suites: legacySuites } },
  { name: "TLSv1", drop: "suites", hello: { protocol: "TLSv1", suites: legacySuites } },
  { name: "TLSv1.1", drop: "suites", hello: { protocol: "TLSv1.1", suites: legacySuites } },
  { name: "groups", drop: "groups", hello: { protocol: "TLSv1.3", suites: suites13, groups: usualGroups } },
  {
    name: "weak-groups",
    drop: "once",
    hello: {
      protocol: "TLSv1.2",
      suites: legacySuites.filter((code) => /^(?:c0|cc)/u.test(code)),
      groups: weakGroupCodes,
    },
  },
];

/** supported_versions of a client that speaks both 1.3 and 1.2: put in place of 1.3 alone in the first hello. */
const bothVersions = (extensions: string): string => extensions.replace("002b0003020304", "002b00050403040303");

const sniExtension = (name: string | undefined): string =>
  /^(?:0000(?:[0-9a-f]{4}).*?)(?=000b)/u.exec(
    helloParts({ protocol: "TLSv1.2", suites: [], serverName: name }).extensions,
  )?.[0] ?? "";

/** Standard input of templates/tls/handshakes.pl and its siblings. */
export const surveyQuestions = (targets: readonly SurveyTarget[]): string =>
  [
    ...asked.map(({ name, drop, hello }) => {
      const parts = helloParts(hello);
      const extensions = name === "first" ? bothVersions(parts.extensions) : parts.extensions;
      const fields = [parts.record, parts.head, parts.middle, extensions, parts.groups.join(""), parts.suites.join("")];
      return ["hello", name, drop, ...fields].join("\t");
    }),
    ...targets.map(({ id, address, port, serverName, wait, limit }) =>
      ["target", id, address, port, sniExtension(serverName), wait, limit].join("\t"),
    ),
    "",
  ].join("\n");

type Line = { readonly name: string; readonly state: string; readonly answer: Answer; readonly text: string };

/** What the program printed, by target. A target that is missing was not asked. */
export const readSurveys = (stdout: string): ReadonlyMap<string, Survey> => {
  const lines = new Map<string, Line[]>();
  for (const line of stdout.split("\n")) {
    const [id = "", name, state, bytes = ""] = line.split("\t");
    if (name === undefined || state === undefined || !/^(?:[0-9a-f]{2})*$/u.test(bytes)) continue;
    const raw = Buffer.from(bytes, "hex");
    const text = raw
      .toString("latin1")
      .replaceAll(/[^\x20-\x7e]+/gu, " ")
      .trim();
    lines.set(id, [...(lines.get(id) ?? []), { name, state, answer: readAnswer(raw), text }]);
  }
  return new Map([...lines].map(([id, said]) => [id, surveyOf(said)]));
};

const surveyOf = (lines: readonly Line[]): Survey => {
  const first = lines.find(({ name }) => name === "first");
  const isTls = first?.answer.kind === "hello" || first?.answer.kind === "alert";
  const accepted = (name: string) =>
    lines.flatMap((line) => (line.name === name && line.answer.kind === "hello" ? [line.answer] : []));
  const of = (protocol: Protocol) => accepted(protocol).filter((answer) => answer.protocol === protocol);
  const spoken = protocols.filter((protocol) => of(protocol).length > 0);
  const hellos = protocols.flatMap(of);
  const bits = hellos.flatMap(({ dhBits }) => dhBits ?? []);
  const groupsOf = (name: string) => [...new Set(accepted(name).flatMap(({ group }) => group ?? []))];
  const late = lines.filter(({ name, state }) => state === "limit" && name !== "first").map(({ name }) => name);
  return {
    speaks: isTls ? "tls" : first === undefined || first.text === "" ? "silent" : "other",
    said: isTls ? "" : (first?.text.slice(0, 60) ?? ""),
    protocols: spoken,
    suites: Object.fromEntries(
      spoken.map((protocol) => [protocol, [...new Set(of(protocol).map(({ suite }) => suite))]]),
    ),
    groups13: groupsOf("groups"),
    weakGroups: groupsOf("weak-groups").filter((group) => weakGroupCodes.includes(group)),
    dhBits: bits.length === 0 ? undefined : Math.min(...bits),
    certificates: hellos.find(({ certificates }) => certificates.length > 0)?.certificates ?? [],
    mutual: hellos.some(({ asksCertificate }) => asksCertificate),
    incomplete: isTls && late.length > 0 ? `no answer in time to ${[...new Set(late)].join(", ")}` : undefined,
  };
};
