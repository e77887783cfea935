import { quoteProgram } from "../core/probe-script.ts";
import { template } from "../embedded/templates.ts";
import { type Fact, known, knownValue, unknown } from "../model/fact.ts";
import type { WhatRunsHere } from "../model/integration.ts";
import { followUp, raw } from "../model/probe.ts";
import { type Certificate, readCertificate } from "../stores/certificate.ts";
import { readSurveys, type Survey, type SurveyTarget, surveyQuestions } from "../tls/survey.ts";
import { integrations } from "./integrations.ts";
import { type Listener, listeners } from "./listeners.ts";
import { type Proxies, proxies } from "./proxies.ts";

/** A TCP listener and what it answered to hellos. */
export type ListenerSurvey = Survey & {
  readonly listener: Listener;
  /** Who answers: the process's name ("nginx", "haproxy", "java"); empty when nobody knows. */
  readonly server: string;
  /** Served chain, its own certificate first, as far as it can be read. */
  readonly chain: readonly Certificate[];
};

export type Handshakes = {
  /** The machine's clock, in seconds since 1970; 0 when nothing was asked. */
  readonly now: number;
  readonly listeners: readonly ListenerSurvey[];
};

/** Servers that speak no TLS from the first byte, or that count strange visitors against them: nothing is sent to them. */
const leftAlone: ReadonlySet<string> = new Set([
  ..."sshd dropbear systemd systemd-resolve systemd-resolved dnsmasq named unbound chronyd ntpd rpcbind rpc.statd cupsd".split(
    " ",
  ),
  ..."postgres mysqld mariadbd mongod redis-server valkey-server memcached beam.smp epmd sqlservr oracle tnslsnr".split(
    " ",
  ),
  ..."master exim4 sendmail smtpd dovecot vsftpd proftpd pure-ftpd slapd smbd nmbd named xinetd inetd avahi-daemon".split(
    " ",
  ),
]);

/** Ports of such servers, where the process is hidden in a container. */
const portsLeftAlone: ReadonlySet<number> = new Set([
  21, 22, 23, 25, 53, 110, 111, 119, 139, 143, 389, 445, 587, 631, 1433, 1521, 2049, 3306, 5432, 5672, 6379, 9042,
  11211, 27017,
]);

/** They answer at once, and never speak first. */
const servesTls: ReadonlySet<string> = new Set("nginx haproxy java apache2 httpd caddy traefik envoy".split(" "));

/** Milliseconds. A JVM that meets its first handshake loads its cryptography first. */
const patience = { known: 2000, others: 700 } as const;

/** Milliseconds within which a server that speaks first has spoken, over loopback. */
const firstWord = 50;

/** First and last of the ports that Linux gives to those who do not ask for one (ip_local_port_range). */
const anonymous = { first: 32_768, last: 60_999 } as const;

/**
 * Ports that JDWP and JMX of the integrations listen on: a hello would end in their log as a failed debugger, and RMI, which
 * JMX opens on ports of chance, says nothing at all.
 */
const isDebugPort = (here: WhatRunsHere | undefined, { port, processes }: Listener): boolean =>
  (here?.integrations ?? []).some(({ pid, jvmOptions }) => {
    if (!processes.some((process) => process.pid === pid)) return false;
    const chance = port >= anonymous.first && port <= anonymous.last;
    return jvmOptions.some(
      ({ text }) =>
        (chance && text.includes("jmxremote")) ||
        Number(/(?:jdwp.*[=,]address=(?:[^,]*:)?|jmxremote\.(?:rmi\.)?port=)(\d+)/u.exec(text)?.[1]) === port,
    );
  });

const addressOf = (listener: Listener): string =>
  listener.reach === "any" ? (listener.families.includes(4) ? "127.0.0.1" : "::1") : listener.address;

type Candidate = { readonly target: SurveyTarget; readonly listener: Listener };

/** The listeners that are asked, one target per socket that can differ. */
export const surveyCandidates = (
  sockets: readonly Listener[],
  here: WhatRunsHere | undefined,
  servers: Proxies | undefined,
): readonly Candidate[] => {
  const seen = new Set<string>();
  return sockets.flatMap((listener, index) => {
    const [holder] = listener.processes;
    const name = holder?.name ?? "";
    const { transport, port, address, device, reach } = listener;
    if (transport !== "tcp" || isDebugPort(here, listener) || leftAlone.has(name)) return [];
    if (!servesTls.has(name) && portsLeftAlone.has(port)) return [];
    if (/^fe80:/iu.test(address) || (device !== "" && device !== "lo")) return [];
    const key = reach === "any" ? `${holder?.pid ?? ""}:${port}` : `${address}:${port}`;
    if (seen.has(key)) return [];
    seen.add(key);
    const trusted = servesTls.has(name);
    return [
      {
        listener,
        target: {
          id: `t${index}`,
          address: addressOf(listener),
          port,
          serverName: servers?.nginx?.names.get(port)?.[0],
          wait: trusted ? 0 : firstWord,
          limit: trusted ? patience.known : patience.others,
        },
      },
    ];
  });
};

/**
 * The questions come in once and are used twice. Programs in order of what machines have: perl-base is essential on Debian and
 * Ubuntu, python3 runs dnf on RHEL. What only TLS 1.3 speaks hides its certificate: openssl(1) looks there, if it is there.
 */
const script = `input=$(cat)
date '+now%t%s'
# A perl without its modules says nothing and fails.
answers='' asked=''
command -v perl >/dev/null && answers=$(printf '%s\\n' "$input" | perl -e ${quoteProgram(template("tls/handshakes.pl"))}) && asked=yes
if [ -z "$asked$answers" ]; then
  python=$(command -v python3 || command -v /usr/libexec/platform-python)
  if [ -n "$python" ]; then answers=$(printf '%s\\n' "$input" | "$python" -I -c ${quoteProgram(template("tls/handshakes.py"))})
  elif command -v bash >/dev/null && command -v od >/dev/null; then answers=$(printf '%s\\n' "$input" | bash -c ${quoteProgram(template("tls/handshakes.bash"))})
  else echo nobody; exit 0; fi
fi
printf '%s\\n' "$answers"
command -v openssl >/dev/null || exit 0
hidden=$(printf '%s\\n' "$answers" | awk -F '\\t' '$2 == "TLSv1.3" && $4 ~ /^16/ { hidden[$1] = 1 } $2 ~ /^(TLSv1.2|TLSv1.1|TLSv1|SSLv3)$/ && $4 ~ /^16/ { shown[$1] = 1 } END { for (id in hidden) if (!(id in shown)) print id }')
for id in $hidden; do
  printf '%s\\n' "$input" | awk -F '\\t' -v id="$id" '$1 == "target" && $2 == id { print $3, $4 }' | while read -r address port; do
    case $address in *:*) address="[$address]" ;; esac
    timeout 2 openssl s_client -connect "$address:$port" -showcerts </dev/null 2>/dev/null | awk -v id="$id" '/-BEGIN CERT/ { open = 1 } open { print id "\\tpem\\t" $0; fflush() } /-END CERT/ { open = 0 }'
  done &
done
wait
exit 0`;

/** Protocols, suites, groups and certificates of every TCP listener that could be TLS, by raw hellos from the machine itself. */
export const handshakes = followUp({
  id: "handshakes",
  long: true,
  asks: "a TLS handshake per protocol and suite with every listener",
  follows: { sockets: listeners, here: raw(integrations), servers: raw(proxies) },
  script,
  timeLimit: 15,
  sizeLimit: 8 * 1024 * 1024,
  input: ({ sockets, here, servers }) => {
    const candidates = candidatesFrom(sockets, here, servers);
    return candidates.length === 0 ? undefined : surveyQuestions(candidates.map(({ target }) => target));
  },
  parse: ({ stdout }, { sockets, here, servers }): Fact<Handshakes> => {
    const candidates = candidatesFrom(sockets, here, servers);
    if (candidates.length === 0) return known({ now: 0, listeners: [] });
    if (stdout.trim() === "nobody") return unknown("there is neither perl, python3 nor bash to make handshakes with");
    if (!/^over$/mu.test(stdout)) return unknown("the handshakes broke off");
    const surveys = readSurveys(stdout);
    const pems = pemsIn(stdout);
    return known({
      now: Number(/^now\t(\d+)$/mu.exec(stdout)?.[1] ?? 0),
      listeners: candidates.flatMap(({ target, listener }) => {
        const survey = surveys.get(target.id);
        if (survey === undefined) return [];
        const certificates = survey.certificates.length > 0 ? survey.certificates : (pems.get(target.id) ?? []);
        return [
          {
            ...survey,
            certificates,
            listener,
            server: listener.processes[0]?.name ?? "",
            chain: readable(certificates),
          },
        ];
      }),
    });
  },
});

const candidatesFrom = (sockets: readonly Listener[], here: Fact<WhatRunsHere>, servers: Fact<Proxies>) =>
  surveyCandidates(sockets, knownValue(here), knownValue(servers));

/** PEM blocks behind `ID TAB pem TAB`, as DER. */
const pemsIn = (stdout: string): ReadonlyMap<string, readonly Uint8Array[]> => {
  const found = new Map<string, Uint8Array[]>();
  const open = new Map<string, string>();
  for (const line of stdout.split("\n")) {
    const [id = "", kind, text = ""] = line.split("\t");
    if (kind !== "pem") continue;
    if (text.startsWith("-----BEGIN")) open.set(id, "");
    else if (text.startsWith("-----END")) {
      found.set(id, [...(found.get(id) ?? []), Uint8Array.from(Buffer.from(open.get(id) ?? "", "base64"))]);
    } else open.set(id, (open.get(id) ?? "") + text);
  }
  return found;
};

/** Certificates up to the first that cannot be read: what a stranger sends may be anything. */
export const readable = (certificates: readonly Uint8Array[]): readonly Certificate[] => {
  const read: Certificate[] = [];
  for (const der of certificates.slice(0, 10)) {
    try {
      read.push(readCertificate(der));
    } catch {
      break;
    }
  }
  return read;
};
