import { createHash } from "node:crypto";
import { type Fact, known, knownValue, unknown } from "../model/fact.ts";
import type { Integration, StoreReference } from "../model/integration.ts";
import { askable, followUp, questionLine, raw } from "../model/probe.ts";
import { candidates } from "../stores/passwords.ts";
import { readStore } from "../stores/read.ts";
import type { StoreReading } from "../stores/store.ts";
import { type Work, workPerStore } from "../stores/work.ts";
import { type FileState, type PathState, pathStates } from "./accounts.ts";
import { integrations } from "./integrations.ts";
import { type Proxies, proxies } from "./proxies.ts";
import { type ProxyPair, proxyPairs } from "./proxy-certificates.ts";

/** A setting or option that names a store, and whose it is. */
export type StoreUse = { readonly integration: string; readonly reference: StoreReference };

export type StoreFile = {
  /** As the configuration names it (made absolute), else as it was found. */
  readonly path: string;
  /** With symbolic links followed. */
  readonly real: string;
  readonly state: Exclude<PathState, { kind: "missing" }> | undefined;
  /** The folder it really lies in. */
  readonly folder: PathState | undefined;
  /** SHA-256 of what was fetched, hex digits: of the file, without a private key that lay open in it. */
  readonly sha256: string | undefined;
  readonly reading: StoreReading | { readonly state: "missing" };
  /** `openssl verify` with the machine's own authorities; undefined for other kinds than PEM. */
  readonly trustedBySystem: boolean | undefined;
  /** Who names it; empty for a file that only lies around. */
  readonly uses: readonly StoreUse[];
};

export type Stores = {
  readonly files: readonly StoreFile[];
  /** Version of openssl(1): "3.0.19"; undefined when it is not installed. */
  readonly openssl: string | undefined;
  /** keytool of each integration's Java, by the integration's id. */
  readonly keytool: ReadonlyMap<string, string>;
  /** Files that a repair writes, by path. */
  readonly texts: ReadonlyMap<string, FileState>;
  /** Those of the folders asked about that are there, with their state. */
  readonly folders: ReadonlyMap<string, PathState>;
  /** Timer of the expiry watch: "active", "inactive", "failed", "missing". */
  readonly watch: string;
  /** The machine's clock, seconds since 1970. */
  readonly now: number;
};

/** Files fetched at most, and bytes of all of them together. */
export const mostStores = 40;
const mostBytes = 2.5 * 1024 * 1024;

/** What sha256sum says when openssl said nothing. */
const emptySha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/** Where a repair keeps an integration's key, certificate and stores. Root's alone to change. */
export const storesFolder = (integration: string): string =>
  `/etc/ssl/${integration.replace(/[^A-Za-z0-9._-]/gu, "-").replace(/^[.-]+/u, "")}`;

export const watchScript = "/usr/local/lib/drawbridge/certificate-expiry";
export const watchService = "/etc/systemd/system/drawbridge-certificate-expiry.service";
export const watchTimer = "/etc/systemd/system/drawbridge-certificate-expiry.timer";

/** Files of a repair whose state has to be known before they are written. */
export const repairTexts = (integration: string): readonly string[] => {
  const folder = storesFolder(integration);
  return [`${folder}/request.cnf`, `${folder}/chain.pem`, `${folder}/certificate.pem`];
};

/**
 * Standard input: `store PATH`, `folder PATH`, `text PATH`, `keytool PATH` with a TAB between. What is asked for by name comes
 * first, so that the limits fall on what merely lies around. Named stores are followed through links; in folders only
 * regular files of the folder itself count. Words are split at line breaks alone, and nothing is taken for a pattern.
 */
const script = `tab=$(printf '\\t') count=0 total=0
IFS='
'
set -f
seen=$IFS
framed() { { cat; echo .; } | sed 's/^/|/'; }
store() {
  case $seen in *"$IFS$1$IFS"*) return ;; esac
  seen="$seen$1$IFS"
  printf '@store %s\\n' "$1"
  real=$(readlink -f -- "$1") && [ -e "$real" ] || { echo missing; return; }
  states=$(stat -c '%F|%a|%U|%G|%u|%g|%n
size %s' -- "$real" "\${real%/*}/.")
  printf 'real %s\\n%s\\n' "$real" "$states"
  [ -f "$real" ] || { echo 'refused it is no regular file'; return; }
  size=\${states#*"$IFS"size } size=\${size%%"$IFS"*}
  [ "$size" -le 1048576 ] || { echo 'refused it is larger than 1 MiB'; return; }
  count=$((count + 1)) total=$((total + size))
  [ "$count" -le ${mostStores} ] && [ "$total" -le ${mostBytes} ] || { echo 'refused there are more stores here than are read at once'; return; }
  # A private key that lies open stays here: its public half says whose it is.
  public=
  if [ -n "$openssl" ] && grep -q -a -- '-----BEGIN .*PRIVATE KEY-----' "$real"; then
    public=$(openssl pkey -in "$real" -passin pass: -pubout -outform DER </dev/null 2>/dev/null | sha256sum)
    public=\${public%% *}
    [ "$public" != ${emptySha256} ] || public=
  fi
  if [ -n "$public" ]; then
    printf 'key %s\\n' "$public"
    data=$(sed '/-----BEGIN .*PRIVATE KEY-----/,/-----END .*PRIVATE KEY-----/d' <"$real" | base64 | tr -d '\\n')
  else
    data=$(base64 -w0 <"$real" 2>/dev/null) || data=$(base64 <"$real" | tr -d '\\n')
  fi
  printf 'data %s\\n' "$data"
  # "-----BEGIN CERTIFICATE", as base64 has it.
  case $openssl$data in ?*LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS*) ;; *) return ;; esac
  if timeout 2 openssl verify -untrusted "$real" "$real" </dev/null >/dev/null 2>&1; then echo 'system yes'; else echo 'system no'; fi
}
questions=$(cat)
openssl=$(command -v openssl)
printf '@now %s\\n' "$(date +%s)"
[ -n "$openssl" ] && printf '@openssl %s\\n' "$(openssl version </dev/null)"
if [ -e ${watchTimer} ]; then
  printf '@watch %s %s\\n' "$(systemctl is-active drawbridge-certificate-expiry.timer)" "$(systemctl is-failed drawbridge-certificate-expiry.service)"
fi
folders=
set --
for question in $questions; do
  path=\${question#*"$tab"}
  case $path in /*) ;; *) continue ;; esac
  case \${question%%"$tab"*} in
    store) store "$path" ;;
    keytool) if [ -x "$path" ]; then printf '@keytool %s\\n' "$path"; fi ;;
    text)
      [ -f "$path" ] && [ ! -L "$path" ] || continue
      printf '@text %s\\n' "$path"
      stat -c '%F|%a|%U|%G|%u|%g|%n' -- "$path"
      head -c 262144 -- "$path" | framed ;;
    folder)
      [ -d "$path" ] && [ ! -L "$path" ] || continue
      set -- "$@" "$path"
      folders="$folders$path$IFS" ;;
    place)
      [ -d "$path" ] && [ ! -L "$path" ] || continue
      folders="$folders$path$IFS" ;;
  esac
done
[ -n "$folders" ] && { echo '@folders here'; stat -c '%F|%a|%U|%G|%u|%g|%n' -- $folders; }
[ $# -gt 0 ] || exit 0
for file in $(find "$@" -xdev -maxdepth 3 -type f ! -path '*[[:cntrl:]]*' \\( -name '*.p12' -o -name '*.pfx' -o -name '*.jks' -o -name '*.jceks' -o -name '*.keystore' -o -name '*.truststore' -o -name '*.pem' -o -name '*.crt' -o -name '*.cer' -o -name '*.key' \\) 2>/dev/null | head -n 200); do
  store "$file"
done
exit 0`;

const parentOf = (path: string): string => path.slice(0, path.lastIndexOf("/")) || "/";

/** Folders that belong to no single program: what lies in them is not this integration's. */
const shared =
  /^\/(?:bin|boot|dev|etc|home|lib[^/]*|media|mnt|opt|proc|root|run|sbin|srv|sys|tmp|usr|var)?$|^\/(?:boot|dev|lib[^/]*|proc|sys|tmp|usr|var\/tmp)(?:\/|$)|^\/var\/(?:cache|lib|log|opt|spool|www)$|^\/home\/[^/]+$/u;

export const absolutePath = (path: string, folder: string): string =>
  path.startsWith("/") ? path : `${folder === "/" ? "" : folder}/${path.replace(/^(?:\.\/+)+/u, "")}`;

const foldersOf = (integration: Integration): readonly string[] =>
  [
    storesFolder(integration.id),
    integration.workingDirectory,
    ...(integration.jar === undefined ? [] : [parentOf(integration.jar.path)]),
    ...integration.configuration.files.map(({ path }) => parentOf(path)),
  ].filter((folder) => folder.startsWith("/") && !shared.test(folder));

/** What the configuration names, with the path made absolute; a container's paths are not this machine's. */
const namedBy = (found: readonly Integration[]): ReadonlyMap<string, readonly StoreUse[]> => {
  const uses = new Map<string, StoreUse[]>();
  for (const integration of found.filter(({ container }) => !container)) {
    for (const reference of integration.stores) {
      const path = absolutePath(reference.path, integration.workingDirectory);
      if (!askable(path) || path === "") continue;
      uses.set(path, [...(uses.get(path) ?? []), { integration: integration.id, reference }]);
    }
  }
  return uses;
};

const keytoolOf = ({ java }: Integration): string | undefined => java && `${java.home}/bin/keytool`;

/** Where authorities' clients put what they were given (certbot(1), Debian's and Red Hat's TLS folders). */
const commonFolders = ["/etc/letsencrypt/archive", "/etc/ssl/private", "/etc/pki/tls/private"];

const questionsFor = (found: readonly Integration[], pairs: readonly ProxyPair[]): string => {
  const here = found.filter(({ container }) => !container);
  const folders = new Set([...here.flatMap(foldersOf), ...commonFolders]);
  const texts = [
    watchScript,
    watchService,
    watchTimer,
    ...[...here.map(({ id }) => id), ...pairs.map(({ server }) => server)].flatMap(repairTexts),
  ];
  const ask = (kind: string, paths: Iterable<string | undefined>): string[] =>
    [...new Set(paths)].flatMap((path) => (path !== undefined && askable(path) ? [questionLine(kind, path)] : []));
  return [
    ...ask("keytool", here.map(keytoolOf)),
    ...ask("text", texts),
    ...ask("store", namedBy(here).keys()),
    ...ask(
      "store",
      pairs.flatMap(({ certificate, key }) => [certificate, key]),
    ),
    ...ask("folder", folders),
    ...ask("place", ["/usr/local/lib/drawbridge", ...pairs.map(({ server }) => storesFolder(server))]),
  ].join("");
};

const pairsOf = (servers: Fact<Proxies>): readonly ProxyPair[] => {
  const found = knownValue(servers);
  return found === undefined ? [] : proxyPairs(found);
};

/**
 * Every key and trust store that the configuration names or that lies in an integration's folders, read on this side:
 * passwords are those of the configuration, else the ones that everybody knows, and never travel. Nor does a private key that
 * is not locked up: of it only the hash of the public half is told.
 */
export const stores = followUp({
  id: "stores",
  long: true,
  asks: "the bytes of every key and trust store that a configuration names or that lies beside a program",
  follows: { here: integrations, servers: raw(proxies) },
  script,
  timeLimit: 15,
  sizeLimit: 4 * 1024 * 1024,
  input: ({ here, servers }) => {
    const pairs = pairsOf(servers);
    const own = here.integrations.some(({ container }) => !container);
    return own || pairs.length > 0 ? questionsFor(here.integrations, pairs) : undefined;
  },
  parse: ({ stdout, truncated, timedOut }, { here }) => {
    if (truncated) return unknown("there are more stores here than can be fetched at once");
    if (timedOut) return unknown("reading the stores took too long");
    return known(readStores(stdout, here.integrations));
  },
});

type Section = { readonly name: string; readonly argument: string; readonly lines: readonly string[] };

const sectionsOf = (text: string): readonly Section[] => {
  const sections: { name: string; argument: string; lines: string[] }[] = [];
  for (const line of text.split("\n")) {
    const marker = /^@(now|openssl|watch|keytool|text|folders|store) (.*)$/u.exec(line);
    if (marker) sections.push({ name: marker[1] as string, argument: marker[2] as string, lines: [] });
    else if (line !== "") sections.at(-1)?.lines.push(line);
  }
  return sections;
};

const after = (lines: readonly string[], prefix: string): string | undefined =>
  lines.find((line) => line.startsWith(prefix))?.slice(prefix.length);

const contentOf = (lines: readonly string[]): string => {
  const framed = lines.filter((line) => line.startsWith("|")).map((line) => line.slice(1));
  return [...framed.slice(0, -1).map((line) => `${line}\n`), (framed.at(-1) ?? ".").slice(0, -1)].join("");
};

/** Rounds of hashing for all stores of a machine together: ordinary ones need a hundredth of it. */
const workPerMachine = 5 * workPerStore;

const readStores = (text: string, found: readonly Integration[]): Stores => {
  const sections = sectionsOf(text);
  const all = (name: string) => sections.filter((section) => section.name === name);
  const uses = namedBy(found);
  const keytools = new Set(all("keytool").map(({ argument }) => argument));
  const work: Work = { left: workPerMachine };
  const read = new Map<string, StoreReading>();
  return {
    files: all("store").map((section) => readFile(section, uses.get(section.argument) ?? [], work, read)),
    openssl: /^OpenSSL (\S+)/u.exec(all("openssl")[0]?.argument ?? "")?.[1],
    keytool: new Map(
      found.flatMap((integration) => {
        const path = keytoolOf(integration);
        return path !== undefined && keytools.has(path) ? [[integration.id, path] as const] : [];
      }),
    ),
    texts: new Map(
      all("text").flatMap(({ argument, lines }) => {
        const [state] = pathStates(lines);
        if (state === undefined) return [];
        const { mode, owner, group } = state;
        return [[argument, { content: contentOf(lines), mode, owner, group }] as const];
      }),
    ),
    folders: new Map(
      all("folders").flatMap(({ lines }) => pathStates(lines).map((state) => [state.path, state] as const)),
    ),
    watch: all("watch").length === 0 ? "missing" : (all("watch")[0]?.argument ?? "missing"),
    now: Number(all("now")[0]?.argument ?? 0),
  };
};

const readFile = (
  { argument, lines }: Section,
  uses: readonly StoreUse[],
  work: Work,
  read: Map<string, StoreReading>,
): StoreFile => {
  const states = pathStates(lines);
  const state = states.find(({ path }) => !path.endsWith("/."));
  const folder = states.find(({ path }) => path.endsWith("/."));
  const system = after(lines, "system ");
  const common = {
    path: argument,
    real: after(lines, "real ") ?? argument,
    state,
    folder: folder && { ...folder, path: folder.path.replace(/\/\.$/u, "") || "/" },
    trustedBySystem: system === undefined ? undefined : system === "yes",
    uses,
  };
  if (lines.includes("missing")) return { ...common, sha256: undefined, reading: { state: "missing" } };
  const refused = after(lines, "refused ");
  const data = after(lines, "data ");
  if (refused !== undefined || data === undefined) {
    const reason = refused ?? "it could not be fetched";
    return { ...common, sha256: undefined, reading: { state: "unreadable", reason } };
  }
  const bytes = Buffer.from(data, "base64");
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const passwords = uses.flatMap(({ reference: { password } }) => (password === undefined ? [] : [password]));
  // Ten integrations with the same store and password are read once.
  const apart = lines.filter((line) => /^key [0-9a-f]{64}$/u.test(line)).map((line) => line.slice(4));
  const key = JSON.stringify([sha256, passwords, apart]);
  const share: Work = { left: Math.min(workPerStore, work.left) };
  const before = share.left;
  const reading = read.get(key) ?? readStore(bytes, candidates(passwords), share, apart);
  work.left -= before - share.left;
  read.set(key, reading);
  return { ...common, sha256, reading };
};
