import { known } from "../model/fact.ts";
import { probe } from "../model/probe.ts";
import { aptMentions, restsOf, sectionsIn } from "./sections.ts";

/** What each is for, and what took its place. */
export const legacyPackages = {
  telnet: "logs in to other machines in clear text: ssh",
  "inetutils-telnet": "logs in to other machines in clear text: ssh",
  "rsh-client": "logs in to other machines without a password: ssh",
  "rsh-redone-client": "logs in to other machines without a password: ssh",
  talk: "talks to other terminals in clear text",
  "inetutils-talk": "talks to other terminals in clear text",
  ftp: "moves files in clear text: sftp",
  tnftp: "moves files in clear text: sftp",
  "inetutils-ftp": "moves files in clear text: sftp",
  nis: "shares hashes of passwords with the network: LDAP over TLS",
  "ypbind-mt": "shares hashes of passwords with the network: LDAP over TLS",
  telnetd: "lets people in over clear text: sshd",
  "inetutils-telnetd": "lets people in over clear text: sshd",
  "rsh-server": "lets people in by their address: sshd",
  "rsh-redone-server": "lets people in by their address: sshd",
  talkd: "lets other terminals talk in clear text",
  tftpd: "gives files to whoever asks",
  "tftpd-hpa": "gives files to whoever asks",
  xinetd: "starts services of the past for whoever connects: sockets of systemd",
  "openbsd-inetd": "starts services of the past for whoever connects: sockets of systemd",
  "inetutils-inetd": "starts services of the past for whoever connects: sockets of systemd",
  ypserv: "shares hashes of passwords with the network: LDAP over TLS",
} as const;

/** Services of desktops and laptops that come with other packages and have nothing to do on most servers. */
export const needlessServices = {
  "avahi-daemon.service": "tells the network about this machine and listens to what others tell",
  "bluetooth.service": "speaks to devices by radio",
  "cups.service": "prints",
  "ModemManager.service": "looks for modems on every serial port",
  "rpcbind.service": "tells where services for NFS version 3 and older listen",
  "wpa_supplicant.service": "joins wireless networks",
} as const;

export type LegacyPackage = {
  readonly name: string;
  readonly version: string;
  /** Installed packages that need it by name and nothing else would do: they would go with it. */
  readonly dependents: readonly string[];
};

export type PackageSource = {
  readonly path: string;
  readonly line: number;
  readonly text: string;
};

export type LegacySoftware = {
  readonly manager: "apt" | "dnf" | "none";
  readonly packages: readonly LegacyPackage[];
  /** ActiveState and UnitFileState of those that are there. */
  readonly services: readonly { readonly unit: string; readonly active: boolean; readonly state: string }[];
  /** Lines of sources.list(5), deb822 and yum.repos.d that name an archive or switch off its signature, comments left out. */
  readonly sources: readonly PackageSource[];
  /** apt.conf(5) keys that let unsigned archives in, or dnf's gpgcheck, as they are in effect. */
  readonly allowed: readonly string[];
};

const names = Object.keys(legacyPackages);

/** dpkg-query(1), sources.list(5), apt-config(8), dnf.conf(5). Nothing is fetched and no cache is built. */
export const legacySoftware = probe<LegacySoftware>({
  id: "legacy-software",
  asks: "dpkg-query of packages of the past and what needs them; sources.list(5); apt-config dump",
  script: `if [ -d /var/lib/dpkg ]; then
  echo '@manager apt'
  found=$(dpkg-query -W -f '\${db:Status-Abbrev}|\${Package}|\${Version}\\n' ${names.join(" ")} 2>/dev/null | grep '^ii')
  if [ -n "$found" ]; then
    printf '%s\\n' "$found" | sed 's/^[^|]*|/@package /'
    dpkg-query -W -f '\${db:Status-Abbrev}|\${Package}|\${Pre-Depends}, \${Depends}\\n' 2>/dev/null | grep '^ii' |
      grep -E '(^|[ ,|])(${names.map((name) => name.replaceAll("+", "\\\\+")).join("|")})([ ,:|(]|$)' | sed 's/^[^|]*|/@needs /'
  fi
  set --
  for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources; do [ -f "$file" ] && set -- "$@" "$file"; done
  [ $# -eq 0 ] || awk '/^[[:space:]]*(deb|deb-src)[[:space:]]/ || /^[[:space:]]*(URIs|Trusted|Allow-Insecure|Allow-Weak|Signed-By|Enabled)[[:space:]]*:/ { print "@source " FILENAME "|" FNR "|" $0 }' "$@"
  ${aptMentions("Allow(Unauthenticated|InsecureRepositories|WeakRepositories|DowngradeToInsecureRepositories)")} && apt-config dump 2>/dev/null | grep -iE '^(APT::Get::AllowUnauthenticated|Acquire::AllowInsecureRepositories|Acquire::AllowWeakRepositories|Acquire::AllowDowngradeToInsecureRepositories) "(1|true|yes)"' | sed 's/^/@allowed /'
elif command -v rpm >/dev/null; then
  echo '@manager dnf'
  rpm -q --qf 'ii|%{NAME}|%{VERSION}-%{RELEASE}\\n' telnet rsh ypbind ypserv talk ftp tftp telnet-server rsh-server tftp-server xinetd 2>/dev/null | grep '^ii|' | sed 's/^ii|/@package /'
  for file in /etc/dnf/dnf.conf /etc/yum.repos.d/*.repo; do
    [ -f "$file" ] && awk -v file="$file" '/^[[:space:]]*(baseurl|mirrorlist|metalink|gpgcheck|sslverify)[[:space:]]*=/ { print "@source " file "|" NR "|" $0 }' "$file"
  done
fi
command -v systemctl >/dev/null && systemctl show -p Id -p LoadState -p ActiveState -p UnitFileState ${Object.keys(needlessServices).join(" ")} 2>/dev/null | sed 's/^/@show /'
exit 0`,
  parse: ({ stdout }) => {
    const sections = sectionsIn(stdout);
    const of = (name: string) => restsOf(sections, name);
    const needs = of("needs").map((text) => {
      const [name = "", wanted = ""] = text.split("|", 1).concat(text.slice(text.indexOf("|") + 1));
      return { name, wanted };
    });
    const [manager] = of("manager");
    return known({
      manager: manager === "apt" || manager === "dnf" ? manager : "none",
      packages: of("package").map((text) => {
        const [name = "", version = ""] = text.split("|");
        return {
          name,
          version,
          dependents: needs
            .filter((each) => each.name !== name && mustHave(each.wanted, name))
            .map((each) => each.name),
        };
      }),
      services: servicesIn(of("show")),
      sources: of("source").map((text) => {
        const [path = "", line = "", ...rest] = text.split("|");
        return { path, line: Number(line), text: rest.join("|").trim() };
      }),
      allowed: of("allowed").map((text) => text.replace(/;$/u, "")),
    });
  },
});

/** Whether a Depends field asks for the package without an alternative: `a | b` is content with either. */
const mustHave = (field: string, name: string): boolean =>
  field.split(",").some((clause) => {
    const ways = clause.split("|").map((way) => way.trim().split(/[\s:(]/u)[0]);
    return ways.length === 1 && ways[0] === name;
  });

const servicesIn = (lines: readonly string[]): LegacySoftware["services"] =>
  lines
    .join("\n")
    .split(/\n\n+/u)
    .flatMap((block) => {
      const field = (name: string) => new RegExp(`^${name}=(.*)$`, "mu").exec(block)?.[1] ?? "";
      const unit = field("Id");
      return unit === "" || field("LoadState") === "not-found"
        ? []
        : [{ unit, active: field("ActiveState") === "active", state: field("UnitFileState") }];
    });
