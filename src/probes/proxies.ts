import { known, unknown } from "../model/fact.ts";
import { probe } from "../model/probe.ts";
import { type NginxTree, nginxTree } from "../tls/nginx.ts";
import { pathStates } from "./accounts.ts";

/** A configuration file with what is needed to write it back. */
export type ProxyFile = {
  /** As the program names it. */
  readonly name: string;
  /** Without symlinks on the way: the one that is written. */
  readonly path: string;
  readonly content: string;
  readonly mode: string;
  readonly owner: string;
  readonly group: string;
};

export type Nginx = {
  readonly version: string;
  /** Of the OpenSSL it runs with; undefined when it does not say (another library). */
  readonly openssl: string | undefined;
  readonly active: boolean;
  /** Main file, as nginx names it. */
  readonly main: string;
  readonly files: readonly ProxyFile[];
  /** Undefined when its configuration cannot be read, with `problem` saying why. */
  readonly tree: NginxTree | undefined;
  readonly problem: string | undefined;
  /** Server names by TLS port. */
  readonly names: ReadonlyMap<number, readonly string[]>;
  /** /etc/nginx/conf.d exists and http includes *.conf of it. */
  readonly confd: boolean;
  /** Our own file of an earlier run. */
  readonly own: ProxyFile | undefined;
};

export type Haproxy = {
  readonly version: string;
  readonly openssl: string | undefined;
  readonly active: boolean;
  readonly files: readonly ProxyFile[];
};

export type Proxies = { readonly nginx: Nginx | undefined; readonly haproxy: Haproxy | undefined };

export const nginxOwnPath = "/etc/nginx/conf.d/zz-drawbridge-tls.conf";

/** Only files that say something about servers are carried: MIME types and FastCGI parameters stay where they are. */
const script = `print_file() {
  [ -f "$1" ] || return
  # What readlink -f says, where the shell can find out by itself: a folder's real path is what it is called once one is in it.
  if [ ! -L "$1" ] && real=$(cd -P -- "\${1%/*}/" 2>/dev/null && printf '%s' "\${PWD%/}/\${1##*/}"); then :; else real=$(readlink -f -- "$1") || return; fi
  printf '@file %s\\n' "$1"
  stat -c '%F|%a|%U|%G|%u|%g|%n' -- "$real"
  { head -c 262144 -- "$real"; echo .; } | sed 's/^/|/'
}
# Both are asked about at once: what systemctl takes longest for is its own start.
state='' process=''
unit() {
  [ -n "$units" ] || units=$(systemctl show -p Id -p ActiveState -p MainPID nginx.service haproxy.service 2>/dev/null)
  found=''
  while IFS='=' read -r key value; do
    case $key in
      Id) found=$value ;;
      ActiveState) state=$value ;;
      MainPID) process=$value ;;
      '') [ "$found" = "$1" ] && return ;;
    esac
  done <<END
$units

END
  state='' process=''
}
units=''
if command -v nginx >/dev/null; then
  echo '== nginx'
  nginx -V 2>&1 | sed -nE '/^(nginx version|built with|.*running with)|--conf-path/s/^/version /p'
  unit nginx.service
  printf 'active %s\\n' "$state"
  main=
  [ "\${process:-0}" -eq 0 ] || main=$(tr '\\0' '\\n' 2>/dev/null <"/proc/$process/cmdline" | sed -n 's/^.* -c \\(\\/[^ ]*\\).*$/\\1/p' | head -n 1)
  [ -n "$main" ] && printf 'main %s\\n' "$main"
  if listed=$(nginx -T -q \${main:+-c "$main"} 2>&1); then
    set -f
    set --
    IFS='
'
    for line in $listed; do
      case $line in '# configuration file /'*:) line=\${line#'# configuration file '}; set -- "$@" "\${line%:}" ;; esac
    done
    [ $# -eq 0 ] || for file in $(grep -lsE '(^|[[:space:];{}])(ssl[a-z_]*|listen|server|server_name|include|http|stream|access_log|error_log|log_format)[[:space:]]' -- "$@"); do print_file "$file"; done
    unset IFS
    set +f
  else
    printf 'problem %s\\n' "$(printf '%s\\n' "$listed" | grep -m 1 -F '[emerg]')"
  fi
fi
if command -v haproxy >/dev/null; then
  echo '== haproxy'
  haproxy -vv 2>&1 | sed -nE '/^HA-?Proxy version|OpenSSL version/s/^/version /p'
  unit haproxy.service
  printf 'active %s\\n' "$state"
  files=
  [ "\${process:-0}" -eq 0 ] || files=$(tr '\\0' '\\n' 2>/dev/null <"/proc/$process/cmdline" | awk 'previous == "-f" { print } { previous = $0 }')
  for file in \${files:-/etc/haproxy/haproxy.cfg}; do
    if [ -d "$file" ]; then for one in "$file"/*.cfg; do print_file "$one"; done; else print_file "$file"; fi
  done
fi
exit 0`;

/** nginx and haproxy of this host: versions, configuration files, servers. nginx(8), haproxy(1). */
export const proxies = probe<Proxies>({
  id: "proxies",
  asks: "nginx -T; haproxy -vv; their configuration files",
  script,
  sizeLimit: 2 * 1024 * 1024,
  parse: ({ stdout, truncated }) => {
    if (truncated) return unknown("the proxies' configuration is larger than is read");
    const parts = new Map(
      stdout.split(/^== /mu).flatMap((part) => {
        const end = part.indexOf("\n");
        return end < 0 ? [] : [[part.slice(0, end), part.slice(end + 1)] as const];
      }),
    );
    const nginx = parts.get("nginx");
    const haproxy = parts.get("haproxy");
    return known({
      nginx: nginx === undefined ? undefined : readNginxPart(nginx),
      haproxy: haproxy === undefined ? undefined : readHaproxyPart(haproxy),
    });
  },
});

const words = (lines: readonly string[], prefix: string): readonly string[] =>
  lines.filter((line) => line.startsWith(`${prefix} `)).map((line) => line.slice(prefix.length + 1));

const head = (text: string): readonly string[] => text.split(/^@file /mu)[0]?.split("\n") ?? [];

const filesIn = (text: string): readonly ProxyFile[] =>
  text
    .split(/^@file /mu)
    .slice(1)
    .flatMap((part) => {
      const [name = "", stat = "", ...rest] = part.split("\n");
      const [state] = pathStates([stat]);
      if (state === undefined || state.kind !== "file") return [];
      const framed = rest.filter((line) => line.startsWith("|")).map((line) => line.slice(1));
      const content = framed.join("\n").replace(/\.$/u, "");
      return [{ name, path: state.path, content, mode: state.mode, owner: state.owner, group: state.group }];
    });

const opensslIn = (lines: readonly string[], pattern: RegExp): string | undefined =>
  lines.map((line) => pattern.exec(line)?.[1]).findLast((version) => version !== undefined);

const readNginxPart = (text: string): Nginx => {
  const lines = head(text);
  const versions = words(lines, "version");
  const files = filesIn(text);
  const main =
    words(lines, "main")[0] ??
    versions.map((line) => /--conf-path=(\S+)/u.exec(line)?.[1]).find((path) => path !== undefined) ??
    "/etc/nginx/nginx.conf";
  let tree: NginxTree | undefined;
  let problem = words(lines, "problem")[0];
  if (problem === undefined) {
    try {
      tree = nginxTree(main, new Map(files.map(({ name, content }) => [name, content])));
    } catch (error) {
      problem = error instanceof Error ? error.message : String(error);
    }
  }
  const names = new Map<number, string[]>();
  for (const server of tree?.servers ?? [])
    for (const port of server.tlsPorts) names.set(port, [...(names.get(port) ?? []), ...server.names]);
  const mainText = files.find(({ name }) => name === main)?.content ?? "";
  return {
    version: versions.map((line) => /^nginx version: nginx\/([\d.]+)/u.exec(line)?.[1]).find((found) => found) ?? "",
    openssl: opensslIn(versions, /(?:built with|running with) OpenSSL (\d[\w.]*)/u),
    active: words(lines, "active")[0] === "active",
    main,
    files,
    tree,
    problem,
    names,
    confd: /^\s*include\s+(?:\/etc\/nginx\/)?conf\.d\/\*\.conf\s*;/mu.test(mainText),
    own: files.find(({ path }) => path === nginxOwnPath),
  };
};

const readHaproxyPart = (text: string): Haproxy => {
  const lines = head(text);
  const versions = words(lines, "version");
  return {
    version: versions.map((line) => /^HA-?Proxy version (\d+(?:\.\d+)*)/u.exec(line)?.[1]).find((found) => found) ?? "",
    openssl: opensslIn(versions, /OpenSSL version : OpenSSL (\d[\w.]*)/u),
    active: words(lines, "active")[0] === "active",
    files: filesIn(text),
  };
};
