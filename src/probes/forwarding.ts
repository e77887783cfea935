import { known } from "../model/fact.ts";
import { followUp, probe, questionLine, raw } from "../model/probe.ts";
import { type Certificate, readCertificate } from "../stores/certificate.ts";
import type { FileState } from "./accounts.ts";
import { givenAnswers } from "./given-answers.ts";
import { type RsyslogConfig, readRsyslog } from "./rsyslog-config.ts";
import { contentIn, filesIn, restsOf, sectionsIn } from "./sections.ts";

export const forwardFile = "/etc/rsyslog.d/01-drawbridge-forward.conf";
export const uploadFile = "/etc/systemd/journal-upload.conf.d/zz-drawbridge.conf";
export const uploadDropIn = "/etc/systemd/system/systemd-journal-upload.service.d/zz-drawbridge.conf";
export const testService = "/etc/systemd/system/drawbridge-forwarding-test.service";
export const testProgram = "/usr/local/lib/drawbridge/forwarding-test";
export const uploadUnit = "systemd-journal-upload.service";
/** Of the records that are sent to see whether they arrive. */
export const testTag = "drawbridge-forwarding";
export const queueName = "drawbridge-forward";

export type ForwardingUnit = { readonly name: string; readonly active: string; readonly enabled: string };

/** A TCP connection of rsyslog or the uploader, established now: ss(8). */
export type Sent = {
  readonly program: "rsyslogd" | "systemd-journal-upload";
  readonly peer: string;
  readonly port: number;
  /** Bytes that the peer's kernel has acknowledged; undefined where this kernel does not tell. */
  readonly acknowledged: number | undefined;
  /** Bytes written that the peer has not acknowledged yet. */
  readonly waiting: number;
};

/** Of sd_journal_get_cursor(3): the part that orders entries of one journal, and the wall clock. */
export type Cursor = { readonly sequence: string; readonly number: bigint; readonly microseconds: number };

/** What a sender said when it could not send; `microseconds` since 1970. */
export type Complaint = {
  readonly program: Sent["program"];
  readonly microseconds: number;
  readonly text: string;
};

export type Forwarding = {
  readonly units: ReadonlyMap<string, ForwardingUnit>;
  readonly packages: readonly string[];
  readonly rsyslog: RsyslogConfig;
  /** [Upload] as systemd-analyze cat-config(1) gives it. */
  readonly upload: Readonly<Record<string, string>>;
  /** Our files that are there. */
  readonly files: ReadonlyMap<string, NonNullable<FileState>>;
  readonly folders: readonly string[];
  readonly uploadEnabled: string | undefined;
  readonly connections: readonly Sent[];
  /** Up to where the receiver has acknowledged the journal. */
  readonly uploaded: Cursor | undefined;
  /** The newest test record that this machine wrote. */
  readonly tested: Cursor | undefined;
  /** The newest record of any kind. */
  readonly newest: Cursor | undefined;
  /** What the senders complained about within the last ten minutes, newest last. */
  readonly complaints: readonly Complaint[];
  /** Bytes of the queue files of our own forwarding by rsyslog, which keeps one that was used also when it is empty. */
  readonly queuedBytes: number;
  /** Seconds since 1970. */
  readonly now: number;
};

const agents = [
  "fluent-bit.service",
  "td-agent-bit.service",
  "fluentd.service",
  "td-agent.service",
  "filebeat.service",
  "journalbeat.service",
  "promtail.service",
  "alloy.service",
  "vector.service",
  "otelcol.service",
  "otelcol-contrib.service",
  "splunk.service",
  "SplunkForwarder.service",
  "amazon-cloudwatch-agent.service",
  "google-cloud-ops-agent.service",
  "nxlog.service",
  "syslog-ng.service",
];
const units = [
  "rsyslog.service",
  uploadUnit,
  "systemd-journal-remote.service",
  "systemd-journal-remote.socket",
  ...agents,
];

/** Shippers of others that run here: what they send where is not read. */
export const agentsOf = ({ units: seen }: Forwarding): readonly string[] =>
  agents.filter((name) => seen.get(name)?.active === "active").map((name) => name.replace(/\.service$/u, ""));

const ownFiles = [forwardFile, uploadFile, uploadDropIn, testService, testProgram];
const ownFolders = [
  "/etc/rsyslog.d",
  "/etc/systemd/journal-upload.conf.d",
  "/etc/systemd/system/systemd-journal-upload.service.d",
  "/etc/systemd/system/multi-user.target.wants",
  "/usr/local/lib/drawbridge",
];

/** Where logs go: rsyslog.conf(5), journal-upload.conf(5), ss(8), journalctl(1). Passwords in rsyslog's files stay there. */
export const forwarding = probe<Forwarding>({
  id: "forwarding",
  asks: "rsyslog.conf and what it includes; systemd-analyze cat-config systemd/journal-upload.conf; ss -tnpi; the uploader's cursor",
  sizeLimit: 1024 * 1024,
  script: `printf '@now %s\\n' "$(date +%s)"
systemctl show -p Id -p LoadState -p ActiveState -p UnitFileState ${units.join(" ")} 2>/dev/null | sed 's/^/@show /'
if [ -d /var/lib/dpkg ]; then
  dpkg-query --show --showformat='@package \${Package} \${db:Status-Status}\\n' rsyslog rsyslog-gnutls rsyslog-openssl systemd-journal-remote 2>/dev/null
elif command -v rpm >/dev/null; then
  rpm -q --queryformat '@package %{NAME} installed\\n' rsyslog rsyslog-gnutls rsyslog-openssl systemd-journal-remote 2>/dev/null | grep '^@'
fi
config() {
  [ -f "$1" ] || return 0
  printf '@rsyslog %s\\n' "$1"
  head -c 65536 "$1" | sed -E -e 's/((pwd|pass|passwd|password|secret|token)[A-Za-z.]*[[:space:]]*=[[:space:]]*")[^"]*/\\1***/Ig' -e 's/^/|/'
  echo
}
if [ -f /etc/rsyslog.conf ]; then
  config /etc/rsyslog.conf
  sed -n -E -e 's/^[[:space:]]*\\$IncludeConfig[[:space:]]+([^[:space:]]+).*/\\1/p' -e 's/^[[:space:]]*include\\([^)]*file="([^"]+)".*/\\1/p' /etc/rsyslog.conf | head -n 20 | while IFS= read -r pattern; do
    case $pattern in *[!A-Za-z0-9_./*?-]*) continue ;; esac
    for file in $pattern; do config "$file"; done
  done
fi
for file in ${ownFiles.join(" ")}; do
  [ -f "$file" ] && [ ! -L "$file" ] || continue
  printf '@file %s\\n' "$file"
  stat -c '%F|%a|%U|%G|%u|%g|%n' "$file"
  { head -c 65536 "$file"; echo .; } | sed 's/^/|/'
done
for folder in ${ownFolders.join(" ")}; do [ -d "$folder" ] && printf '@folder %s\\n' "$folder"; done
[ -L /etc/systemd/system/multi-user.target.wants/${uploadUnit} ] && printf '@wants %s\\n' "$(readlink /etc/systemd/system/multi-user.target.wants/${uploadUnit})"
{ [ -f /etc/rsyslog.conf ] || [ -e /usr/lib/systemd/system/${uploadUnit} ] || [ -e /lib/systemd/system/${uploadUnit} ]; } || exit 0
{ [ -e /usr/lib/systemd/system/${uploadUnit} ] || [ -e /lib/systemd/system/${uploadUnit} ]; } && systemd-analyze cat-config systemd/journal-upload.conf 2>/dev/null | grep -E '^[[:space:]]*[A-Za-z]+[[:space:]]*=' | sed 's/^[[:space:]]*/@upload /'
ss -Htnpi state established 2>/dev/null | sed -n -E '/"(rsyslogd|systemd-journal)[^"]*"/{N;s/\\n[[:space:]]*/ /;s/^/@sent /p;}'
state=/var/lib/systemd/journal-upload/state
[ -f "$state" ] && sed -n 's/^LAST_CURSOR=/@uploaded /p' "$state"
if [ -f ${testProgram} ]; then
  journalctl -q -t ${testTag} -n 1 -o export 2>/dev/null | sed -n 's/^__CURSOR=/@tested /p'
fi
journalctl -q -n 1 -o export 2>/dev/null | sed -n 's/^__CURSOR=/@newest /p'
journalctl -q -b --since=-10min -n 40 -o short-unix -t systemd-journal-upload -t rsyslogd 2>/dev/null | grep -iE 'fail|error|refus|reject|suspend|certificate|permitted|cannot|could not|not authorized' | grep -v 'invalid cert info' | tail -n 8 | cut -c 1-400 | sed 's/^/@complaint /'
for folder in /var/spool/rsyslog /var/lib/rsyslog; do
  for file in "$folder"/${queueName}.*; do [ -f "$file" ] && stat -c '@queue %s' "$file"; done
done
exit 0`,
  parse: ({ stdout }) => {
    const sections = sectionsIn(stdout);
    const of = (name: string) => restsOf(sections, name);
    return known({
      units: unitsIn(of("show")),
      packages: of("package").flatMap((text) => (text.endsWith(" installed") ? [text.split(" ")[0] as string] : [])),
      rsyslog: readRsyslog(
        sections
          .filter(({ name }) => name === "rsyslog")
          .map(({ rest, lines }) => ({ path: rest, text: `${contentIn([...lines, "|."])}` })),
      ),
      upload: Object.fromEntries(of("upload").map(pair)),
      files: filesIn(sections, "file"),
      folders: of("folder"),
      uploadEnabled: of("wants")[0],
      connections: of("sent").flatMap(connectionIn),
      uploaded: readCursor(of("uploaded")[0]),
      tested: readCursor(of("tested")[0]),
      newest: readCursor(of("newest")[0]),
      complaints: of("complaint").flatMap(complaintIn),
      queuedBytes: of("queue").reduce((sum, text) => sum + Number(text), 0),
      now: Number(of("now")[0] ?? 0),
    });
  },
});

const pair = (text: string): readonly [string, string] => {
  const at = text.indexOf("=");
  return [text.slice(0, at).trim(), text.slice(at + 1).trim()];
};

const unitsIn = (lines: readonly string[]): ReadonlyMap<string, ForwardingUnit> =>
  new Map(
    lines
      .join("\n")
      .split(/\n\n+/u)
      .flatMap((block) => {
        const fields = Object.fromEntries(block.split("\n").map(pair));
        return fields.Id === undefined || fields.LoadState === "not-found"
          ? []
          : [[fields.Id, { name: fields.Id, active: fields.ActiveState ?? "", enabled: fields.UnitFileState ?? "" }]];
      }),
  );

/** As journalctl -o short-unix prints it: "1763824000.123456 host rsyslogd[12]: text". */
const complaintIn = (line: string): readonly Complaint[] => {
  const [, seconds, micro, name, text] =
    /^(\d+)\.(\d{6}) \S+ (rsyslogd|systemd-journal-upload)[^:]*: (.+)$/u.exec(line) ?? [];
  return text === undefined
    ? []
    : [{ program: name as Sent["program"], microseconds: Number(seconds) * 1_000_000 + Number(micro), text }];
};

/** `0 0 10.0.0.1:50000 10.0.0.2:6514 users:(("rsyslogd",…)) … bytes_acked:123 …` */
const connectionIn = (text: string): readonly Sent[] => {
  const [, waiting, peer = "", port, name = ""] =
    /^\d+\s+(\d+)\s+\S+\s+\[?([^\s\]]+)\]?:(\d+)\s+users:\(\("([^"]+)"/u.exec(text) ?? [];
  if (port === undefined) return [];
  const acknowledged = /\bbytes_acked:(\d+)/u.exec(text)?.[1];
  return [
    {
      program: name.startsWith("systemd") ? "systemd-journal-upload" : "rsyslogd",
      peer: peer.replace(/^::ffff:/u, ""),
      port: Number(port),
      acknowledged: acknowledged === undefined ? undefined : Number(acknowledged),
      waiting: Number(waiting),
    },
  ];
};

/** "s=…;i=1f;b=…;m=…;t=5f0…;x=…", numbers in hexadecimal. */
export const readCursor = (text: string | undefined): Cursor | undefined => {
  const fields = Object.fromEntries((text ?? "").split(";").map(pair));
  const hex = /^[0-9a-f]{1,16}$/u;
  if (fields.s === undefined || !hex.test(fields.i ?? "") || !hex.test(fields.t ?? "")) return undefined;
  return {
    sequence: fields.s,
    number: BigInt(`0x${fields.i}`),
    microseconds: Number(BigInt(`0x${fields.t}`)),
  };
};

/** Whether what stands at `place` is not younger than `record`. */
export const reaches = (place: Cursor, record: Cursor): boolean =>
  place.sequence === record.sequence ? place.number >= record.number : place.microseconds >= record.microseconds;

/** The defaults of journal-upload.conf(5). */
export const uploadDefaults = {
  key: "/etc/ssl/private/journal-upload.pem",
  certificate: "/etc/ssl/certs/journal-upload.pem",
  authority: "/etc/ssl/ca/trusted.pem",
} as const;

/** A way that logs take, whatever carries them. */
export type Path = {
  readonly by: "rsyslog" | "journal-upload";
  readonly where: string;
  readonly receiver: string;
  readonly host: string;
  readonly port: number;
  readonly encrypted: boolean;
  readonly unchecked: string | undefined;
  readonly authority: string | undefined;
  readonly certificate: string | undefined;
  readonly key: string | undefined;
  readonly queued: boolean;
  readonly ours: boolean;
};

/** What stands in the way of running. */
const runs = (unit: ForwardingUnit | undefined): boolean =>
  unit !== undefined && (unit.active !== "inactive" || unit.enabled === "enabled");

const uploadPath = (seen: Forwarding): readonly Path[] => {
  const { URL: url, TrustedCertificateFile: trusted } = seen.upload;
  if (url === undefined || url === "" || !runs(seen.units.get(uploadUnit))) return [];
  const [, scheme = "https", six, four, port = "19532"] =
    /^(?:(https?):\/\/)?(?:\[([^\]]+)\]|([^:/]+))(?::(\d+))?/iu.exec(url) ?? [];
  const host = six ?? four ?? url;
  const encrypted = scheme.toLowerCase() === "https";
  const file = (key: string, usual: string): string | undefined => {
    const value = seen.upload[key];
    return value === "-" ? undefined : value === undefined || value === "" ? usual : value;
  };
  const credential = /^\/run\/credentials\//u;
  const loaded = /^LoadCredential=key:(\/\S+)$/mu.exec(seen.files.get(uploadDropIn)?.content ?? "")?.[1];
  const key = file("ServerKeyFile", uploadDefaults.key);
  return [
    {
      by: "journal-upload",
      where: "journal-upload.conf",
      receiver: `${host}:${port}`,
      host,
      port: Number(port),
      encrypted,
      unchecked:
        encrypted && /^(?:-|all)$/u.test(trusted ?? "")
          ? "any certificate is accepted (TrustedCertificateFile=all)"
          : undefined,
      authority: /^(?:-|all)$/u.test(trusted ?? "") ? undefined : trusted || uploadDefaults.authority,
      certificate: file("ServerCertificateFile", uploadDefaults.certificate),
      key: key !== undefined && credential.test(key) ? loaded : key,
      queued: true,
      ours: seen.files.has(uploadFile),
    },
  ];
};

/** Every way in force: what is configured for a service that runs or will at the next boot. */
export const pathsOf = (seen: Forwarding): readonly Path[] => [
  ...(runs(seen.units.get("rsyslog.service"))
    ? seen.rsyslog.sendings
        .filter(({ host }) => !/^(?:localhost|127\.\d+\.\d+\.\d+|::1)$/u.test(host))
        .map((sending) => ({
          by: "rsyslog" as const,
          receiver: `${sending.host}:${sending.port}`,
          ours: sending.where.startsWith(`${forwardFile}:`),
          ...sending,
        }))
    : []),
  ...uploadPath(seen),
];

export type ForwardingFile = {
  readonly mode: string;
  readonly owner: string;
  readonly group: string;
  /** Those in it, where they are twenty at most. */
  readonly certificates: readonly Certificate[];
  /** How many there are. */
  readonly count: number;
  readonly holdsKey: boolean;
};

export type ForwardingFiles = ReadonlyMap<string, ForwardingFile | null>;

/** Paths that this run was told about, before they are in any configuration. */
export const fileQuestions = ["forwarding.authority", "forwarding.certificate", "forwarding.key"] as const;

/** Files that log forwarding names, by path; null: there is none. No key leaves the machine. */
export const forwardingFiles = followUp({
  id: "forwarding-files",
  asks: "stat and certificates of the files that log forwarding names",
  follows: { seen: forwarding, given: raw(givenAnswers) },
  sizeLimit: 1024 * 1024,
  input: ({ seen, given }) => {
    const named = pathsOf(seen).flatMap(({ authority, certificate, key }) => [authority, certificate, key]);
    const answered = given.state === "known" ? fileQuestions.map((id) => given.value[id]) : [];
    const paths = [...named, ...answered].filter(
      (path): path is string => typeof path === "string" && /^\/[^\t\n\r\0]*$/u.test(path),
    );
    return paths.length === 0 ? undefined : [...new Set(paths)].map((path) => questionLine(path)).join("");
  },
  script: `while IFS= read -r path; do
  printf '@path %s\\n' "$path"
  [ -f "$path" ] || continue
  stat -L -c '@stat %a %U %G' "$path"
  count=$(grep -c -e '-----BEGIN CERTIFICATE-----' "$path")
  printf '@count %s\\n' "$count"
  grep -q -e 'PRIVATE KEY-----' "$path" && echo '@key'
  # Longer lists are the distribution's.
  [ "$count" -gt 20 ] || sed -n '/-----BEGIN CERTIFICATE-----/,/-----END CERTIFICATE-----/p' "$path" | head -n 1200 | sed 's/^/|/'
done
exit 0`,
  parse: ({ stdout }) => {
    const files = new Map<string, ForwardingFile | null>();
    for (const part of stdout.split(/^(?=@path )/mu)) {
      const sections = sectionsIn(part);
      const [path] = restsOf(sections, "path");
      const [mode, owner, group] = restsOf(sections, "stat")[0]?.split(" ") ?? [];
      if (path === undefined) continue;
      if (mode === undefined || owner === undefined || group === undefined) {
        files.set(path, null);
        continue;
      }
      files.set(path, {
        mode: mode.padStart(4, "0"),
        owner,
        group,
        certificates: certificatesIn(part),
        count: Number(restsOf(sections, "count")[0] ?? 0),
        holdsKey: restsOf(sections, "key").length > 0,
      });
    }
    return known<ForwardingFiles>(files);
  },
});

/** What the distribution trusts. */
export const systemAuthorities = "/etc/ssl/certs/ca-certificates.crt";

/** The first twenty that can be read: to read all of a distribution's authorities takes longer than the rest of a round. */
const certificatesIn = (text: string): readonly Certificate[] => {
  const read: Certificate[] = [];
  for (const [, body = ""] of text.matchAll(/-----BEGIN CERTIFICATE-----\n([\s\S]*?)-----END CERTIFICATE-----/gu)) {
    try {
      read.push(readCertificate(Buffer.from(body.replace(/[|\s]/gu, ""), "base64")));
    } catch {
      continue;
    }
    if (read.length === 20) break;
  }
  return read;
};
