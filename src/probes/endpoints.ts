import { known, knownValue } from "../model/fact.ts";
import type { Endpoint, Integration } from "../model/integration.ts";
import { followUp, questionLine, raw } from "../model/probe.ts";
import type { Certificate } from "../stores/certificate.ts";
import { readable } from "./handshakes.ts";
import { integrations } from "./integrations.ts";
import { type Network, network } from "./network.ts";

/** One place that integrations call, with everybody who calls it. */
export type Place = {
  readonly host: string;
  readonly port: number;
  readonly scheme: Endpoint["scheme"];
  /** It does not leave the machine: loopback, or an address of its own. */
  readonly local: boolean;
  readonly calls: readonly { readonly integration: string; readonly endpoint: Endpoint }[];
  /** Numeric addresses its name stands for; empty when it could not be looked up. */
  readonly addresses: readonly string[];
  /** What a handshake with it came to; undefined where none was made. */
  readonly tls: PlaceTls | undefined;
};

export type PlaceTls = {
  readonly port: number;
  /** `answered`: it speaks TLS. `plain`: something answered that is not TLS. `unreachable`: nobody answered in time. */
  readonly state: "answered" | "plain" | "unreachable";
  /** "TLSv1.3". */
  readonly protocol: string | undefined;
  /** Number and words of openssl's verification against the machine's own authorities; 0 is fine. */
  readonly verification: { readonly code: number; readonly words: string } | undefined;
  /** What the server sent, its own certificate first. */
  readonly chain: readonly Certificate[];
};

export type Places = {
  readonly places: readonly Place[];
  /** Why there are no handshakes; undefined when there are. */
  readonly withoutTls: string | undefined;
  /** The machine's clock, seconds since 1970. */
  readonly now: number;
};

/** Schemes that begin with TLS, and those that could have it on a port that is known. */
const tlsPort = ({ scheme, port }: Pick<Endpoint, "scheme" | "port">): number | undefined => {
  if (scheme === "https" || scheme === "ldaps" || scheme === "amqps") return port;
  // A plain address may still be answered with TLS: on the same port, or on the well-known one beside it.
  if (scheme === "http") return port === 80 ? 443 : port;
  if (scheme === "ldap" && port === 389) return 636;
  if (scheme === "amqp" && port === 5672) return 5671;
  return undefined;
};

const isLoopback = (host: string): boolean =>
  /^(?:localhost|(?:[^.]+\.)*localhost|127(?:\.\d{1,3}){3}|::1)$/iu.test(host);

const ownAddresses = (facts: Network | undefined): ReadonlySet<string> =>
  new Set((facts?.interfaces ?? []).flatMap(({ addresses }) => addresses.map(({ address }) => address)));

type Asked = Omit<Place, "addresses" | "tls">;

/** At most so many places are asked: each costs a connection. */
const most = 60;

/** Who is called from here, each place once. */
export const placesOf = (here: readonly Integration[], net: Network | undefined): readonly Asked[] => {
  const own = ownAddresses(net);
  const found = new Map<string, { -readonly [K in keyof Asked]: Asked[K] }>();
  for (const { id, endpoints } of here) {
    for (const endpoint of endpoints) {
      const { host, port, scheme } = endpoint;
      if (!/^[A-Za-z0-9._:-]{1,253}$/u.test(host) || host.startsWith("-")) continue;
      const key = `${scheme}|${host.toLowerCase()}|${port}`;
      const known = found.get(key);
      const call = { integration: id, endpoint };
      if (known !== undefined) known.calls = [...known.calls, call];
      else found.set(key, { host, port, scheme, local: isLoopback(host) || own.has(host), calls: [call] });
    }
  }
  return [...found.values()].slice(0, most);
};

/** Seconds for a look-up and for a handshake: a partner that is further away than this is unreachable from here. */
const patience = { lookUp: 1, handshake: 1.5 } as const;

const script = `date '+@now %s'
command -v openssl >/dev/null || echo '@none'
while IFS='	' read -r kind id host port tls; do
  [ "$kind" = place ] || continue
  {
    looked=$(timeout ${patience.lookUp} getent ahosts "$host" 2>/dev/null | awk '{ print $1 }' | sort -u | head -n 16 | tr '\\n' ' ')
    printf '%s\\taddresses %s\\n' "$id" "$looked"
    if [ "$tls" != 0 ] && [ -n "$looked" ] && command -v openssl >/dev/null; then
      case $host in *:*) at="[$host]" ;; *) at=$host ;; esac
      case $host in *[!0-9.:]*) name=$host ;; *) name= ;; esac
      timeout ${patience.handshake} openssl s_client -connect "$at:$tls" \${name:+-servername "$name"} -showcerts </dev/null 2>&1 | head -c 65536 |
        awk -v id="$id" '/^(CONNECTED|New, | *Protocol|Verif| *Verify return code|-----)|^[A-Za-z0-9+\\/=]+$/ { print id "\\t" substr($0, 1, 200); fflush() }'
    fi
  } &
done
wait
exit 0`;

/** Every place that the integrations' configuration names: its addresses, and what a TLS handshake with it comes to. */
export const endpointPlaces = followUp({
  id: "endpoint-places",
  long: true,
  asks: "getent ahosts and openssl s_client for every endpoint in the integrations' configuration",
  follows: { here: integrations, net: raw(network) },
  script,
  timeLimit: 12,
  sizeLimit: 2 * 1024 * 1024,
  input: ({ here, net }) => {
    const places = placesOf(here.integrations, knownValue(net));
    if (places.length === 0) return undefined;
    return places
      .map((place, index) =>
        questionLine("place", `p${index}`, place.host, String(place.port), String(tlsPort(place) ?? 0)),
      )
      .join("");
  },
  parse: ({ stdout }, { here, net }) => {
    // Every line names its place: the answers come in side by side.
    const answers = new Map<string, string>();
    for (const line of stdout.split("\n")) {
      const [, id, text] = /^(p\d+)\t(.*)$/u.exec(line) ?? [];
      if (id !== undefined) answers.set(id, `${answers.get(id) ?? ""}${text}\n`);
    }
    const withoutTls = /^@none$/mu.test(stdout)
      ? "openssl is not installed there: no handshake could be made"
      : undefined;
    const places = placesOf(here.integrations, knownValue(net)).map((asked, index): Place => {
      const body = answers.get(`p${index}`);
      const addresses = (/^addresses (.*)$/mu.exec(body ?? "")?.[1] ?? "").split(" ").filter((one) => one !== "");
      const port = tlsPort(asked);
      const tls =
        port === undefined || body === undefined || withoutTls !== undefined ? undefined : readTls(body, port);
      return { ...asked, addresses, tls };
    });
    return known({ places, withoutTls, now: Number(/^@now (\d+)$/mu.exec(stdout)?.[1] ?? 0) } satisfies Places);
  },
});

/** What s_client said. It keeps no promise about its format: what is not found counts as not said. */
const readTls = (body: string, port: number): PlaceTls => {
  const pems = [...body.matchAll(/-----BEGIN CERTIFICATE-----\n([\s\S]*?)-----END CERTIFICATE-----/gu)];
  const chain = readable(pems.map(([, base64 = ""]) => Uint8Array.from(Buffer.from(base64, "base64"))));
  const protocol = /^(?:New, (TLSv[\d.]+)|\s*Protocol\s*: (TLSv[\d.]+|SSLv3)|Protocol version: (TLSv[\d.]+))/mu.exec(
    body,
  );
  const verified = /Verify return code: (\d+) \(([^)]*)\)/u.exec(body);
  const connected = /^CONNECTED/mu.test(body);
  const state = chain.length > 0 ? "answered" : connected ? "plain" : "unreachable";
  return {
    port,
    state,
    protocol: protocol?.[1] ?? protocol?.[2] ?? protocol?.[3],
    verification: verified === null ? undefined : { code: Number(verified[1]), words: verified[2] ?? "" },
    chain,
  };
};

export const describePlace = ({ host, port, scheme }: Pick<Place, "host" | "port" | "scheme">): string =>
  `${scheme}://${host.includes(":") ? `[${host}]` : host}:${port}`;
