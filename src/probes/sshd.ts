import { type AuthorizedKey, parseAuthorizedKey } from "../core/authorized-key.ts";
import { absent, type Fact, known, unknown } from "../model/fact.ts";
import { probe } from "../model/probe.ts";

/** A file of sshd's configuration, or one that belongs to it. */
export type SshdFile = {
  readonly path: string;
  readonly kind: "file" | "directory" | "symlink" | "other";
  /** Four octal digits. */
  readonly mode: string;
  readonly owner: string;
  readonly group: string;
  /** Exact text of a regular file; empty for anything else. */
  readonly content: string;
};

/** What `sshd -T` answers: by keyword in lower case, one value per line it printed. */
export type Effective = Readonly<Record<string, readonly string[]>>;

/** sshd's effective configuration for one kind of visitor. */
export type SshdView = {
  /** The command as a person would type it. */
  readonly asked: string;
  /** undefined: what counts for everyone, no Match block applied. */
  readonly visitor: { readonly user: string; readonly address: string } | undefined;
  readonly effective: Effective;
};

export type HostKey = {
  /** Path of the private key. */
  readonly path: string;
  /** State of the private key; undefined when sshd offers the path but nothing is there. */
  readonly file: Omit<SshdFile, "content"> | undefined;
  /** From the public half; undefined when it cannot be read. */
  readonly key: Pick<AuthorizedKey, "type" | "bits" | "fingerprint"> | undefined;
};

export type SshdUnit = {
  /** "ssh.service", "ssh.socket". */
  readonly name: string;
  readonly active: boolean;
  /** Started at boot. */
  readonly enabled: boolean;
  /** ListenStream of a socket unit as systemd tells it ("[::]:22"); empty for services. */
  readonly listens: readonly string[];
  /** Socket units: one process per connection (sshd@.service). */
  readonly accept: boolean;
};

export type Sshd = {
  /** "OpenSSH_9.2p1 Debian-2+deb12u10" */
  readonly release: string;
  /** 9.2; 0 when the release cannot be read. */
  readonly version: number;
  /** What counts for everyone comes first; further ones only where Match blocks make a difference. */
  readonly views: readonly [SshdView, ...SshdView[]];
  /** What the daemon offers when nothing is configured, and with `kex` what it knows at all. */
  readonly supported: {
    readonly kex: readonly string[];
    readonly ciphers: readonly string[];
    readonly macs: readonly string[];
    readonly hostKeyAlgorithms: readonly string[];
    readonly publicKeyAlgorithms: readonly string[];
  };
  /** sshd_config first, then every file an Include names. */
  readonly files: readonly [SshdFile, ...SshdFile[]];
  readonly dropInDirectory: SshdFile | undefined;
  /** Arguments from SSHD_OPTS (Debian) or OPTIONS (RHEL): `-o`, `-p` and `-f` there outrank every file. */
  readonly options: string;
  /** The privilege separation directory (/run/sshd) is there: without it `sshd -t` refuses to work. */
  readonly runDirectory: boolean;
  readonly units: readonly SshdUnit[];
  /** Our own drop-in for a socket unit, by unit name. */
  readonly socketDropIns: Readonly<Record<string, SshdFile>>;
  /** /etc/systemd/system/<socket unit>.d is there, by unit name. */
  readonly socketDirectories: readonly string[];
  readonly hostKeys: readonly HostKey[];
  /** The file Banner names, and /etc/issue.net, by path. */
  readonly banners: Readonly<Record<string, SshdFile>>;
  /** net.ipv4.ip_local_port_range: first and last port of outgoing connections. */
  readonly ephemeralPorts: readonly [number, number];
  /** undefined: no SELinux, or disabled. */
  readonly selinux: { readonly semanage: boolean; readonly sshPorts: readonly number[] } | undefined;
  /** Name of the system-wide crypto policy ("DEFAULT", "FIPS"); undefined where there is none. */
  readonly cryptoPolicy: string | undefined;
};

export const mainConfig = "/etc/ssh/sshd_config";
export const dropInDirectory = "/etc/ssh/sshd_config.d";
export const ownDropIn = `${dropInDirectory}/00-drawbridge.conf`;
/** Last of all names: in a unit's drop-ins the last value counts, unlike in sshd_config. */
export const socketDropIn = (unit: string): string => `/etc/systemd/system/${unit}.d/zz-drawbridge.conf`;

/**
 * Sections begin with `@@ `; text of files and programs is indented by `|`, so it can never pass for a section.
 *
 * What is wanted of files is gathered in `wanted` and looked at by one stat(1) and one awk(1). Of a host key only its state and
 * the first line of its public half are read.
 */
const script = `
command -v sshd >/dev/null 2>&1 || exit 3
cd /etc/ssh 2>/dev/null || exit 4
config=/etc/ssh/sshd_config
[ -f "$config" ] || exit 5

newline='
'
wanted=
want() { wanted="$wanted$1 $2$newline"; }
seen=$newline matches='' keys='' banners=''
# One look at each file of the configuration: what it includes, the keys and banners it names, and whether anything in it is for some only.
collect() {
  case $seen in *"$newline$1$newline"*) return;; esac
  seen="$seen$1$newline"
  want config "$1"
  set -- "$1" "$2" "$(sed -n \\
    -e 's/^[[:space:]]*[Ii][Nn][Cc][Ll][Uu][Dd][Ee][[:space:]=]\\{1,\\}/i /p' \\
    -e 's/^[[:space:]]*[Hh][Oo][Ss][Tt][Kk][Ee][Yy][[:space:]=]\\{1,\\}/k /p' \\
    -e 's/^[[:space:]]*[Bb][Aa][Nn][Nn][Ee][Rr][[:space:]=]\\{1,\\}/b /p' \\
    -e 's/^[[:space:]]*[Mm][Aa][Tt][Cc][Hh].*/m/p' "$1")"
  case $3 in *'"'*) set -- "$1" "$2" "$(printf '%s\\n' "$3" | tr -d '"')";; esac
  set -f
  IFS=$newline
  # shellcheck disable=SC2086
  set -- "$2" $3
  unset IFS
  set +f
  depth=$1
  shift
  for line; do
    case $line in
      'k '*) keys="$keys \${line#k }";;
      'b '*) banners="$banners \${line#b }";;
      m) matches=yes;;
    esac
  done
  [ "$depth" -lt 6 ] || { depth=$((depth - 1)); return; }
  for line; do
    case $line in 'i '*) ;; *) continue;; esac
    # Splitting and globbing are wanted: that is how sshd reads an Include.
    for file in \${line#i }; do
      case $file in /*) ;; *) file=/etc/ssh/$file;; esac
      [ -f "$file" ] && collect "$file" $((depth + 1))
    done
  done
  depth=$((depth - 1))
}
collect "$config" 0

echo '@@ release'
release=$(sshd -V 2>&1)
case $release in *OpenSSH_*)
  release=OpenSSH_\${release#*OpenSSH_}
  printf '%s\\n' "\${release%%[,
]*}";;
esac
[ -e /etc/ssh/sshd_config.d ] && want directory /etc/ssh/sshd_config.d
options=
for file in /etc/default/ssh /etc/sysconfig/sshd; do
  [ -f "$file" ] || continue
  while IFS= read -r line || [ -n "$line" ]; do
    case $line in SSHD_OPTS=* | OPTIONS=*) options=\${line#*=};; esac
  done <"$file"
done
case $options in *[\\"\\']*) options=$(printf '%s' "$options" | tr -d "\\"'");; esac
printf '@@ options %s\\n' "$options"

tuples=
if [ -n "$matches" ]; then
# Who connects now: the address of the login this runs in.
pid=$$
environments=
while [ "\${pid:-1}" -gt 1 ]; do
  environments="$environments /proc/$pid/environ"
  parent=
  while read -r key value; do [ "$key" = PPid: ] && { parent=$value; break; }; done 2>/dev/null <"/proc/$pid/status"
  pid=$parent
done
client=$(cat $environments 2>/dev/null | tr '\\0' '\\n' | sed -n -e 's/^SSH_CONNECTION=\\([0-9a-fA-F.:]*\\) [0-9]* \\([0-9a-fA-F.:]*\\) \\([0-9]*\\)$/\\1 \\2 \\3/' -e 't found' -e b -e ':found' -e p -e q)
: "\${client:=203.0.113.9 127.0.0.1 22}"

# One visitor per Match block, made to fit it, and everybody who could be meant by one.
tuples=$(
  set -f
  IFS=$newline
  # shellcheck disable=SC2086
  awk -v connection="$client" '
    function sample(list,   items, n, i, item) {
      n = split(list, items, ",")
      for (i = 1; i <= n; i++) if (items[i] !~ /^!/) { item = items[i]; break }
      sub(/\\/.*/, "", item); gsub(/[*?]/, "1", item); gsub(/[^A-Za-z0-9_.:@%-]/, "", item)
      return item
    }
    function visitor(user, host, address,   tuple) {
      tuple = "user=" user ",host=" host ",addr=" address ",laddr=" local ",lport=" port
      if (!told[tuple]++ && ++tuples <= 24) print tuple
    }
    BEGIN { people = 0; split(connection, here, " "); client = here[1] }
    tolower($1) == "match" {
      any = 1; user = "root"; address = client; host = ""; local = here[2]; port = here[3]
      gsub(/["=]/, " ")
      for (i = 2; i < NF; i += 2) {
        name = tolower($i); value = sample($(i + 1))
        if (value == "") continue
        if (name == "user") { user = value; people = 1 }
        else if (name == "group") people = 1
        else if (name == "address") address = value
        else if (name == "host") host = value
        else if (name == "localaddress") local = value
        else if (name == "localport") port = value
      }
      if (host == "") host = address
      visitor(user, host, address)
      visitor("root", host, address)
    }
    END {
      if (!any) exit
      local = here[2]; port = here[3]
      visitor("root", client, client)
      visitor("root", "localhost", "127.0.0.1")
      visitor("drawbridge-nobody", client, client)
      while ((getline line < "/etc/passwd") > 0) {
        split(line, field, ":")
        if (field[3] >= 1000 && field[3] < 60000 && field[7] !~ /(nologin|false|sync)$/ && field[1] ~ /^[A-Za-z0-9_.-]+$/ && ++shown <= (people ? 16 : 2))
          visitor(field[1], client, client)
      }
    }' $seen
)
fi

# Where a Match asks for the local address or port, sshd -T alone refuses: then a visitor whom nothing should match.
ask='
newline="
"
tell() {
  printf "@@ %s\\n" "$1"
  set -f
  IFS=$newline
  for line in $2; do printf "|%s\\n" "$line"; done
  unset IFS
  set +f
}
about=
first=$(sshd -T $1 2>&1)
case $first in
  *"connection test specification"*)
    about=user=drawbridge-nobody,host=nowhere.invalid,addr=192.0.2.1,laddr=192.0.2.2,lport=1
    first=$(sshd -T $1 -C $about 2>&1);;
esac
tell "everyone $about" "$first"
case $first in *"Missing privilege separation directory"*) exit;; esac
[ -z "$2" ] || printf "%s\\n" "$2" | while IFS= read -r tuple; do tell "view $tuple" "$(sshd -T $1 -C "$tuple" 2>&1)"; done
tell defaults "$(sshd -T -f /dev/null 2>&1)"
tell kex "$(ssh -Q kex 2>/dev/null)"
'
# Once as it is; again with a /run of its own, seen by nobody else, where the directory that sshd insists on is missing.
answer=$(set -- "$options" "$tuples"; eval "$ask")
case $answer in *"|Missing privilege separation directory:"*)
  missing=$(printf '%s\\n' "$answer" | tr -d '\\r' | sed -n 's/^|Missing privilege separation directory: *//p')
  printf '@@ rundirectory missing %s\\n' "$missing"
  case $missing in
    /run/*) answer=$(unshare --mount sh -c 'mount -t tmpfs tmpfs /run && mkdir -m 755 "$3" && exec sh -c "$0" sh "$1" "$2"' "$ask" "$options" "$tuples" "$missing") || answer=;;
    *) answer=;;
  esac;;
esac
printf '%s\\n' "$answer"

echo '@@ units'
systemctl show --no-pager -p Id -p LoadState -p ActiveState -p UnitFileState -p Accept -p Listen ssh.service sshd.service ssh.socket sshd.socket 2>/dev/null
for unit in ssh.socket sshd.socket; do
  [ -d "/etc/systemd/system/$unit.d" ] && printf '@@ socketdirectory %s\\n' "$unit"
  [ -f "/etc/systemd/system/$unit.d/zz-drawbridge.conf" ] && want "socket $unit" "/etc/systemd/system/$unit.d/zz-drawbridge.conf"
done
for key in $keys /etc/ssh/ssh_host_*_key; do
  case $key in /*) [ -f "$key" ] && if [ -f "$key.pub" ]; then want hostkey "$key"; else want bare "$key"; fi;; esac
done
for file in $banners /etc/issue.net; do
  case $file in /*) [ -e "$file" ] && if [ -f "$file" ]; then want banner "$file"; else want strange "$file"; fi;; esac
done
set -f
IFS=$newline
set --
for line in $wanted; do
  case $line in 'socket '*) line=\${line#* };; esac
  set -- "$@" "\${line#* }"
done
unset IFS
set +f
# The byte 3, which no text has, makes one record of a whole file, so that a missing line break at its end shows.
{ printf '%s\\n' "$wanted"; stat -c '%a %U %G %F|%n' -- "$@" 2>/dev/null; } | awk '
  !told && $0 == "" { told = 1; next }
  !told {
    path = $0; sub(/^(socket )?[^ ]* /, "", path)
    kind = substr($0, 1, length($0) - length(path) - 1)
    kinds[path] = kinds[path] kind "\\n"
    next
  }
  {
    state = $0; sub(/[|].*/, "", state)
    path = substr($0, length(state) + 2)
    at = index(kinds[path], "\\n")
    kind = substr(kinds[path], 1, at - 1); kinds[path] = substr(kinds[path], at + 1)
    if (kind == "") next
    if (kind == "directory") { print "@@ directory\\n" state; next }
    name = kind == "bare" ? "hostkey" : kind == "strange" ? "banner" : kind
    print "@@ " name " " path "\\n" state
    if (kind == "bare" || kind == "strange") next
    if (kind == "hostkey") { if ((getline line < (path ".pub")) > 0) print "|" line; close(path ".pub"); next }
    text = ""; parts = 0
    RS = "\\003"
    while ((getline part < path) > 0) text = text (parts++ ? RS : "") part
    RS = "\\n"
    close(path)
    ends = text == "" || substr(text, length(text)) == "\\n"
    if (text != "" && ends) text = substr(text, 1, length(text) - 1)
    if (text != "" || parts) { gsub(/\\n/, "\\n|", text); print "|" text }
    if (ends) print ""
  }
  END {
    print "@@ ephemeral"
    if ((getline line < "/proc/sys/net/ipv4/ip_local_port_range") > 0) print line
  }'
case $(getenforce 2>/dev/null) in
  Enforcing | Permissive)
    printf '@@ selinux %s\\n' "$(command -v semanage)"
    sed -n 's/^portcon tcp \\([0-9]*\\) .*:ssh_port_t:.*/\\1/p' /var/lib/selinux/*/active/ports.local 2>/dev/null;;
esac
for file in /etc/crypto-policies/state/current /etc/crypto-policies/config; do
  [ -f "$file" ] && { printf '@@ cryptopolicy %s\\n' "$(grep -v '^#' "$file" | head -n 1)"; break; }
done
exit 0
`;

type Section = {
  readonly name: string;
  readonly about: string;
  readonly lines: readonly string[];
  readonly plain: readonly string[];
  readonly quoted: string;
};

/** Lines behind `|` are text of the machine, exact to its last line break (an empty line follows when it has one). */
const sectionsOf = (stdout: string): readonly Section[] =>
  stdout
    .split(/^@@ /mu)
    .slice(1)
    .map((part) => {
      const [head = "", ...lines] = part.split("\n");
      const [, name = "", about = ""] = /^(\S+) ?(.*)$/u.exec(head) ?? [];
      const quoted = lines.filter((line) => line.startsWith("|")).map((line) => line.slice(1));
      const last = lines.findLastIndex((line) => line.startsWith("|"));
      const ends = last >= 0 && lines[last + 1] === "" && lines.length > last + 2;
      return {
        name,
        about,
        lines,
        plain: lines.filter((line) => line !== "" && !line.startsWith("|")),
        quoted: quoted.join("\n") + (ends ? "\n" : ""),
      };
    });

const kinds: Readonly<Record<string, SshdFile["kind"]>> = {
  "regular file": "file",
  "regular empty file": "file",
  directory: "directory",
  "symbolic link": "symlink",
};

const fileIn = (path: string, { plain, quoted }: Section): SshdFile | undefined => {
  const match = /^([0-7]+) (\S+) (\S+) (.+)$/u.exec(plain[0] ?? "");
  if (match === null) return undefined;
  const [, mode = "", owner = "", group = "", kind = ""] = match;
  return { path, kind: kinds[kind] ?? "other", mode: mode.padStart(4, "0"), owner, group, content: quoted };
};

const effectiveIn = (text: string): Effective => {
  const effective: Record<string, string[]> = {};
  for (const line of text.split("\n")) {
    const match = /^([a-z0-9]+) ?(.*)$/u.exec(line);
    if (match === null) continue;
    const [, keyword = "", value = ""] = match;
    effective[keyword] = [...(effective[keyword] ?? []), value];
  }
  return effective;
};

/** A real answer names a port; anything else is a complaint. */
const complaint = (text: string): string | undefined =>
  /^port \d+$/mu.test(text)
    ? undefined
    : (text.split("\n").find((line) => line.trim() !== "") ?? "it printed nothing").trim();

const names = (effective: Effective, keyword: string): readonly string[] =>
  (effective[keyword] ?? []).flatMap((value) => value.split(",")).filter((name) => name !== "");

const unitsIn = (text: readonly string[]): readonly SshdUnit[] => {
  const units = new Map<string, SshdUnit>();
  let fields: Record<string, string[]> = {};
  const finish = () => {
    const name = fields.Id?.[0];
    if (name !== undefined && fields.LoadState?.[0] === "loaded") {
      units.set(name, {
        name,
        active: fields.ActiveState?.[0] === "active",
        enabled: /^enabled/u.test(fields.UnitFileState?.[0] ?? ""),
        listens: (fields.Listen ?? []).flatMap((line) => /^(\S+) \(Stream\)$/u.exec(line)?.[1] ?? []),
        accept: fields.Accept?.[0] === "yes",
      });
    }
    fields = {};
  };
  for (const line of text) {
    const at = line.indexOf("=");
    if (line === "") finish();
    if (at < 0) continue;
    const [key, value] = [line.slice(0, at), line.slice(at + 1)];
    fields[key] = [...(fields[key] ?? []), value];
  }
  finish();
  return [...units.values()];
};

const parse = (stdout: string): Fact<Sshd> => {
  const sections = sectionsOf(stdout);
  const all = (name: string) => sections.filter((section) => section.name === name);
  const one = (name: string) => sections.find((section) => section.name === name);
  const options = one("options")?.about.trim() ?? "";
  if (/(?:^|\s)-f/u.test(options)) {
    return unknown(
      `sshd is started with a configuration file of its own (options "${options}"), which is not read here`,
    );
  }
  const views = [...all("everyone"), ...all("view")].map(({ name, about, quoted }) => {
    const visitor = name === "everyone" ? null : /^user=([^,]*),host=[^,]*,addr=([^,]*)/u.exec(about);
    return {
      asked: about === "" ? "sshd -T" : `sshd -T -C ${about}`,
      visitor: visitor === null ? undefined : { user: visitor[1] as string, address: visitor[2] as string },
      // What sshd complains about ends its lines with CR LF.
      effective: effectiveIn(quoted.replaceAll("\r", "")),
      complaint: complaint(quoted),
    };
  });
  const run = one("rundirectory")?.about;
  const [first, ...rest] = views;
  if (first === undefined) {
    return unknown(
      `sshd -T needs the directory ${run?.split(" ")[1] ?? "/run/sshd"}, which is missing: mkdir -m 0755 it, or start ssh once`,
    );
  }
  const broken = views.find((view) => view.complaint !== undefined);
  if (broken !== undefined) return unknown(`${broken.asked} fails: ${broken.complaint}`);
  const files = all("config").flatMap((section) => fileIn(section.about, section) ?? []);
  const [main, ...included] = files;
  if (main === undefined) return unknown("/etc/ssh/sshd_config cannot be read");
  const garbled = files.find(({ content }) => content.includes("\uFFFD"));
  if (garbled !== undefined) return unknown(`${garbled.path} is not UTF-8 text: change nothing in it, or convert it`);
  const defaults = effectiveIn(one("defaults")?.quoted ?? "");
  const kex = (one("kex")?.quoted ?? "").split("\n").filter((name) => name !== "");
  const release = one("release")?.plain[0]?.trim() ?? "";
  const directory = one("directory");
  const selinux = one("selinux");
  const [from, to] = (one("ephemeral")?.plain[0] ?? "").trim().split(/\s+/u).map(Number);
  const withoutComplaint = ({ asked, visitor, effective }: SshdView): SshdView => ({ asked, visitor, effective });
  return known({
    release,
    version: Number(/OpenSSH_(\d+\.\d+)/u.exec(release)?.[1] ?? 0),
    views: [withoutComplaint(first), ...rest.map(withoutComplaint)],
    supported: {
      kex: kex.length > 0 ? kex : names(defaults, "kexalgorithms"),
      ciphers: names(defaults, "ciphers"),
      macs: names(defaults, "macs"),
      hostKeyAlgorithms: names(defaults, "hostkeyalgorithms"),
      publicKeyAlgorithms: [
        ...names(defaults, "pubkeyacceptedalgorithms"),
        ...names(defaults, "pubkeyacceptedkeytypes"),
      ],
    },
    files: [main, ...included],
    dropInDirectory: directory && fileIn(dropInDirectory, directory),
    options,
    runDirectory: run === undefined,
    units: unitsIn(one("units")?.lines ?? []),
    socketDropIns: Object.fromEntries(
      all("socket").flatMap((section) => {
        const [unit = "", path = ""] = section.about.split(" ");
        const file = fileIn(path, section);
        return file ? [[unit, file]] : [];
      }),
    ),
    socketDirectories: all("socketdirectory").map(({ about }) => about),
    hostKeys: hostKeysIn(all("hostkey"), first.effective.hostkey ?? []),
    banners: Object.fromEntries(
      all("banner").flatMap((section) => {
        const file = fileIn(section.about, section);
        return file ? [[file.path, file]] : [];
      }),
    ),
    ephemeralPorts: from && to ? [from, to] : [32768, 60999],
    selinux: selinux && { semanage: selinux.about !== "", sshPorts: selinux.plain.map(Number) },
    cryptoPolicy: one("cryptopolicy")?.about,
  });
};

/** The keys sshd offers, and those that lie ready under the usual names. */
const hostKeysIn = (sections: readonly Section[], offered: readonly string[]): readonly HostKey[] => {
  const found = new Map(
    sections.map((section): [string, HostKey] => {
      const file = fileIn(section.about, { ...section, quoted: "" });
      const key = parseAuthorizedKey(section.quoted);
      return [
        section.about,
        {
          path: section.about,
          file: file && { path: file.path, kind: file.kind, mode: file.mode, owner: file.owner, group: file.group },
          key: key && { type: key.type, bits: key.bits, fingerprint: key.fingerprint },
        },
      ];
    }),
  );
  for (const path of offered) if (!found.has(path)) found.set(path, { path, file: undefined, key: undefined });
  return [...found.values()];
};

/** The SSH server: its effective configuration for every kind of visitor, its files, keys and units. sshd(8), sshd_config(5). */
export const sshd = probe<Sshd>({
  id: "sshd",
  long: true,
  asks: "sshd -T (and -C user=…,host=…,addr=… where Match blocks make a difference); cat /etc/ssh/sshd_config",
  script,
  sizeLimit: 512 * 1024,
  parse: ({ stdout, exitCode, truncated, timedOut }) => {
    if (timedOut) return unknown("sshd -T did not answer in time");
    if (exitCode === 3) return absent("no SSH server is installed");
    if (exitCode === 4 || exitCode === 5)
      return unknown("/etc/ssh/sshd_config is missing: sshd is not configured here");
    if (truncated) return unknown("the SSH configuration is longer than is read");
    return parse(stdout);
  },
});
