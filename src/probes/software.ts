import { type Fact, known, unknown } from "../model/fact.ts";
import type { JavaRuntime } from "../model/integration.ts";
import { probe } from "../model/probe.ts";
import { type PathState, pathStates } from "./accounts.ts";

export type Package = {
  readonly name: string;
  readonly version: string;
  /** Someone asked for it to stay as it is (apt-mark hold). */
  readonly held: boolean;
};

export type PendingUpdate = {
  readonly name: string;
  readonly installed: string;
  readonly candidate: string;
  /** Archive and component (apt), or repository (dnf): "bookworm-security/main", "baseos". undefined: nobody says. */
  readonly source: string | undefined;
  /** It comes from an archive for security updates, or an advisory says that it is one. */
  readonly security: boolean;
};

/** What the machine's own package lists offer; they are never refreshed from here. */
export type Updates =
  | {
      readonly known: true;
      /** Of `packages` only. */
      readonly pending: readonly PendingUpdate[];
      /** Of everything that is installed. */
      readonly all: readonly PendingUpdate[];
      /** `security`: only the lists of security and stable updates were read, because apt has no cache of all of them. */
      readonly scope: "all" | "security";
    }
  | { readonly known: false; readonly reason: string };

/** A program for making programs. */
export type DevelopmentTool = {
  readonly name: string;
  readonly kind: "compiler" | "build" | "editor" | "source control";
  readonly path: string;
};

export type InstalledPath = Exclude<PathState, { kind: "missing" }>;

export type Software = {
  readonly manager: "apt" | "dnf" | "none";
  /** Installed packages that an integration stands on: Java, Ballerina, TLS, C library, proxies. */
  readonly packages: readonly Package[];
  readonly updates: Updates;
  /** Seconds since 1970 at which the package lists were fetched; undefined when they never were. */
  readonly listsFetched: number | undefined;
  /** Seconds since 1970 on the machine's clock. */
  readonly now: number;
  /** Every Java runtime found in the usual places, by its `release` file. */
  readonly java: readonly JavaRuntime[];
  readonly tools: readonly DevelopmentTool[];
  /** What installers of Ballerina and WSO2 Integrator leave open: the paths that exist, and what lies in those folders. */
  readonly installed: readonly InstalledPath[];
  /** There are more of them than `installedLimit`. */
  readonly installedCut: boolean;
};

/** Paths of installers looked at, at most. */
export const installedLimit = 400;

/** Shell completion of `bal`: read by whoever presses TAB, root included. */
export const completionFiles = ["/usr/share/bash-completion/completions/bal", "/etc/bash_completion.d/bal"] as const;

/** Folders and a file that the installer of WSO2 Integrator opens to everybody (a+rwX). */
export const controlPlanePaths = [
  "/usr/share/wso2-integrator/components/icp/bin/database",
  "/usr/share/wso2-integrator/components/icp/logs",
  "/usr/share/wso2-integrator/components/icp/www/config.json",
] as const;

const toolKinds: Readonly<Record<DevelopmentTool["kind"], readonly string[]>> = {
  compiler: ["javac", "gcc", "cc", "g++", "clang", "rustc", "go"],
  build: ["bal", "mvn", "gradle", "ant", "make", "node", "npm", "cargo"],
  editor: ["code", "code-server", "codium", "cursor", "wso2-integrator"],
  "source control": ["git"],
};
const kindOf = new Map(
  Object.entries(toolKinds).flatMap(([kind, names]) =>
    names.map((name) => [name, kind as DevelopmentTool["kind"]] as const),
  ),
);

/**
 * apt: the candidate of each package comes from apt's own cache when that is as new as lists and status (so that apt
 * does not rebuild and write it), else from the lists of security and stable updates, which are small enough to read.
 */
const script = `date +%s
seen=''
if command -v dpkg-query >/dev/null 2>&1; then
  echo '@manager apt'
  packages=$(dpkg-query -W -f '\${db:Status-Abbrev}|\${Package}|\${Version}\\n' 'openjdk-*' 'temurin-*' 'zulu*' 'msopenjdk-*' 'java-*-amazon-corretto*' 'ballerina*' 'wso2-integrator*' openssl 'libssl[0-9]*' libc6 zlib1g ca-certificates ca-certificates-java nginx nginx-core nginx-light nginx-common haproxy 2>/dev/null | grep '^.i')
  printf '@packages\\n%s\\n' "$packages"
  installed=$(dpkg-query -W -f '\${db:Status-Abbrev}|\${Package}|\${Version}\\n' 2>/dev/null | grep '^.i')
  lists=/var/lib/apt/lists
  for stamp in /var/lib/apt/periodic/update-success-stamp "$lists/partial" "$lists"; do
    [ -e "$stamp" ] && printf '@fetched %s\\n' "$(stat -c %Y "$stamp")" && break
  done
  cache=/var/cache/apt/pkgcache.bin
  set -- "$lists"/*_Packages*
  if [ -e "$1" ]; then
    newer=$(find "$lists" /var/lib/dpkg/status /etc/apt/sources.list /etc/apt/sources.list.d /etc/apt/preferences.d -maxdepth 1 -newer "$cache" ! -name lock -type f 2>/dev/null | head -n 1)
    if [ -s "$cache" ] && [ -z "$newer" ]; then
      echo '@candidates all'
      # shellcheck disable=SC2046
      apt-cache policy $(printf '%s\\n' "$installed" | cut -d '|' -f 2) 2>/dev/null | awk '
        function tell() { if (wanted != "") print name "|" wanted "|" have "|" source; wanted = source = "" }
        /^[^ ]/ { tell(); name = $1; sub(/:$/, "", name); here = 0; next }
        /^  Installed:/ { have = $2; next }
        /^  Candidate:/ { wanted = $2 == have ? "" : $2; next }
        wanted == "" { next }
        /^     [^ ]/ { here = $1 == wanted; next }
        $1 == "***" { here = $2 == wanted; next }
        here && (source == "" || (source !~ /security/ && $3 ~ /security/)) { source = $3 }
        END { tell() }'
    else
      set --
      for list in "$lists"/*security*_Packages "$lists"/*-updates_*_Packages; do
        [ -f "$list" ] && set -- "$@" "$list"
      done
      if [ $# -gt 0 ]; then
        echo '@candidates security'
        printf '%s\\n' "$installed" | awk 'FNR == NR { split($0, field, "|"); have[field[2]] = field[3]; next }
          FNR == 1 { source = FILENAME; sub(/.*_dists_/, "", source); sub(/_binary.*/, "", source); gsub(/_/, "/", source) }
          /^Package: / { name = ($2 in have) ? $2 : "" } /^Version: / && name != "" { if ($2 != have[name]) print name "|" $2 "|" have[name] "|" source; name = "" }' - "$@"
      fi
    fi
  fi
elif command -v rpm >/dev/null 2>&1; then
  echo '@manager dnf'
  packages=$(rpm -qa --qf 'ii |%{NAME}|%{EPOCHNUM}:%{VERSION}-%{RELEASE}\\n' 'java-*-openjdk*' 'temurin-*' 'ballerina*' 'wso2-integrator*' openssl openssl-libs glibc zlib ca-certificates nginx haproxy 2>/dev/null)
  printf '@packages\\n%s\\n' "$packages"
  newest=$(stat -c %Y /var/cache/dnf/*/repodata/repomd.xml /var/cache/libdnf5/*/repodata/repomd.xml 2>/dev/null | sort -n | tail -n 1)
  if [ -n "$newest" ]; then
    printf '@fetched %s\\n' "$newest"
    waiting=$(timeout 5 dnf -q -C check-update 2>/dev/null)
    case $? in
      # The second is how it says that there are some.
      0 | 100)
        echo '@candidates all'
        if [ -n "$waiting" ]; then
          {
            rpm -qa --qf '%{NAME}|%{EPOCHNUM}:%{VERSION}-%{RELEASE}\\n'
            echo '@advisories'
            timeout 4 dnf -q -C updateinfo list --security
            echo '@waiting'
            printf '%s\\n' "$waiting"
          } 2>/dev/null | awk '
            /^@/ { part = $1; next }
            part == "" { split($0, field, "|"); have[field[1]] = field[2]; next }
            part == "@advisories" { name = $NF; sub(/-[^-]*-[^-]*$/, "", name); security[name]; next }
            /^Obsoleting / { exit }
            NF == 3 && $1 ~ /\\./ {
              name = $1
              sub(/\\.[^.]*$/, "", name)
              if (name in have) print name "|" $2 "|" have[name] "|" $3 "|" (name in security ? "security" : "")
            }'
        fi
        ;;
      *) echo '@candidates unanswered' ;;
    esac
  fi
fi
for file in /usr/lib/jvm/*/release /usr/java/*/release /opt/*/release /opt/*/*/release /usr/lib/ballerina/dependencies/*/release /usr/lib64/ballerina/dependencies/*/release /usr/share/wso2-integrator/components/dependencies/*/release; do
  [ -f "$file" ] || continue
  home=$(readlink -f -- "\${file%/release}")
  case $seen in *"|$home|"*) continue ;; esac
  seen="$seen|$home|"
  printf '@java %s\\n' "$home"
  grep -E '^(JAVA_VERSION|IMPLEMENTOR)=' "$file" | head -n 2
done
echo '@tools'
for folder in /usr/local/sbin /usr/local/bin /usr/sbin /usr/bin /snap/bin /usr/local/go/bin /opt/*/bin /usr/lib/jvm/*/bin; do
  for name in ${[...kindOf.keys()].join(" ")}; do
    [ -f "$folder/$name" ] && [ -x "$folder/$name" ] && printf '%s\\n' "$folder/$name"
  done
done
for path in /root /home/*; do
  for name in .vscode-server .vscode-server-insiders .cursor-server .vscode-oss; do
    [ -d "$path/$name" ] && printf '%s\\n' "$path/$name"
  done
done
[ -d /usr/share/wso2-integrator ] && [ ! -e /usr/bin/wso2-integrator ] && echo /usr/share/wso2-integrator
echo '@installed'
for path in ${[...completionFiles, ...controlPlanePaths].join(" ")}; do
  [ -e "$path" ] && find "$path" -xdev ! -path '*[[:cntrl:]]*' \\( -type f -o -type d \\) -exec stat -c '%F|%a|%U|%G|%u|%g|%n' {} + 2>/dev/null
done | head -n ${installedLimit + 1}
for path in /usr/lib/ballerina /usr/lib64/ballerina /usr/share/wso2-integrator/components/ballerina; do
  [ -d "$path" ] && find "$path" -xdev -maxdepth 3 -perm -0002 ! -type l ! -path '*[[:cntrl:]]*' -exec stat -c '%F|%a|%U|%G|%u|%g|%n' {} + 2>/dev/null
done | head -n 50
exit 0`;

type Section = { readonly name: string; readonly argument: string; readonly lines: string[] };

/** Java, Ballerina and what they stand on: versions, updates that wait, development tools, what installers left open. */
export const software = probe<Software>({
  id: "software",
  asks: "dpkg-query -W, apt-cache policy (or rpm -qa, dnf -C check-update); release files of Java; development tools; stat of what installers made",
  script,
  parse: ({ stdout }) => parseSoftware(stdout),
});

export const parseSoftware = (text: string): Fact<Software> => {
  const [first = "", ...rest] = text.split("\n");
  const now = Number(first);
  if (!/^\d+$/u.test(first)) return unknown("the search for software answered something unreadable");
  const sections: Section[] = [];
  for (const line of rest) {
    const marker = /^@(manager|packages|fetched|candidates|java|tools|installed) ?(.*)$/u.exec(line);
    if (marker) sections.push({ name: marker[1] as string, argument: marker[2] as string, lines: [] });
    else if (line !== "") sections.at(-1)?.lines.push(line);
  }
  const section = (name: string) => sections.find((one) => one.name === name);
  const manager = section("manager");
  const packages = (section("packages")?.lines ?? []).flatMap((line) => {
    const [status = "", name = "", version = ""] = line.split("|");
    return name === "" || version === "" ? [] : [{ name, version, held: status.startsWith("h") }];
  });
  const installed = pathStates(section("installed")?.lines ?? []);
  return known({
    manager: manager?.argument === "apt" ? "apt" : manager?.argument === "dnf" ? "dnf" : "none",
    packages,
    updates: readUpdates(section("candidates"), packages, manager?.argument),
    listsFetched: Number(section("fetched")?.argument) || undefined,
    now,
    java: sections.filter(({ name }) => name === "java").map(readJava),
    tools: (section("tools")?.lines ?? []).flatMap(readTool),
    installed: installed.slice(0, installedLimit),
    installedCut: installed.length > installedLimit,
  });
};

const readUpdates = (
  candidates: Section | undefined,
  packages: readonly Package[],
  manager: string | undefined,
): Updates => {
  if (manager === undefined) return { known: false, reason: "neither dpkg nor rpm is here" };
  if (candidates === undefined) return { known: false, reason: "no package lists are here: fetch them first" };
  if (candidates.argument === "unanswered")
    return { known: false, reason: "dnf -C check-update failed or took longer than 5 seconds: run it by hand" };
  type Offer = Pick<PendingUpdate, "candidate" | "source" | "security">;
  const offered = new Map<string, Offer>();
  const installed = new Map<string, string>();
  for (const line of candidates.lines) {
    const [name = "", candidate = "", here = "", source = "", kind = ""] = line.split("|");
    if (here !== "") installed.set(name, here);
    if (candidate === "" || candidate === "(none)") continue;
    const earlier = offered.get(name);
    if (earlier !== undefined && comparePackageVersions(earlier.candidate, candidate) >= 0) continue;
    const security = kind === "security" || /security/iu.test(source);
    offered.set(name, { candidate, source: source === "" ? undefined : source, security });
  }
  const waiting = (name: string, version: string): readonly PendingUpdate[] => {
    const offer = offered.get(name);
    return offer !== undefined && comparePackageVersions(version, offer.candidate) < 0
      ? [{ name, installed: version, ...offer }]
      : [];
  };
  return {
    known: true,
    scope: candidates.argument === "all" ? "all" : "security",
    pending: packages.flatMap(({ name, version }) => waiting(name, version)),
    all: [...installed].flatMap(([name, version]) => waiting(name, version)),
  };
};

const readJava = ({ argument, lines }: Section): JavaRuntime => {
  const field = (name: string) =>
    lines
      .find((line) => line.startsWith(`${name}=`))
      ?.slice(name.length + 1)
      .replaceAll('"', "")
      .trim();
  const version = field("JAVA_VERSION");
  return { home: argument, version, major: majorOf(version), vendor: field("IMPLEMENTOR") };
};

/** 17 of "17.0.15", 8 of "1.8.0_402". */
const majorOf = (version: string | undefined): number | undefined => {
  const major = /^(?:1\.)?(\d+)/u.exec(version ?? "")?.[1];
  return major === undefined ? undefined : Number(major);
};

const readTool = (path: string): readonly DevelopmentTool[] => {
  const name = path.split("/").at(-1) ?? "";
  const kind = name.startsWith(".") ? "editor" : kindOf.get(name);
  return kind === undefined ? [] : [{ name, kind, path }];
};

/**
 * Order of Debian package versions (deb-version(7)): epoch, upstream, revision; "~" sorts before the end. Good for RPM's
 * version-release too, as long as the epoch is the same.
 */
export const comparePackageVersions = (a: string, b: string): number => {
  // Nearly every package is what is offered.
  if (a === b) return 0;
  const [left, right] = [splitVersion(a), splitVersion(b)];
  return (
    left.epoch - right.epoch ||
    compareAlternating(left.upstream, right.upstream) ||
    compareAlternating(left.revision, right.revision)
  );
};

const splitVersion = (version: string) => {
  const epoch = /^(\d+):/u.exec(version);
  const rest = epoch ? version.slice(epoch[0].length) : version;
  const dash = rest.lastIndexOf("-");
  return {
    epoch: Number(epoch?.[1] ?? 0),
    upstream: dash < 0 ? rest : rest.slice(0, dash),
    revision: dash < 0 ? "" : rest.slice(dash + 1),
  };
};

/** "~" before the end of the text, the end before letters, letters before everything else. */
const weight = (character: string | undefined): number => {
  if (character === undefined || /\d/u.test(character)) return 0;
  if (character === "~") return -1;
  return /[A-Za-z]/u.test(character) ? character.charCodeAt(0) : character.charCodeAt(0) + 256;
};

/** Text and numbers in turn: text by `weight`, numbers by value. */
const compareAlternating = (a: string, b: string): number => {
  let [left, right] = [a, b];
  while (left !== "" || right !== "") {
    const [leftText, rightText] = [/^\D*/u.exec(left)?.[0] ?? "", /^\D*/u.exec(right)?.[0] ?? ""];
    for (let index = 0; index < Math.max(leftText.length, rightText.length); index += 1) {
      const difference = weight(leftText[index]) - weight(rightText[index]);
      if (difference !== 0) return difference;
    }
    [left, right] = [left.slice(leftText.length), right.slice(rightText.length)];
    const [leftDigits, rightDigits] = [/^\d*/u.exec(left)?.[0] ?? "", /^\d*/u.exec(right)?.[0] ?? ""];
    const [leftNumber, rightNumber] = [BigInt(leftDigits || "0"), BigInt(rightDigits || "0")];
    if (leftNumber !== rightNumber) return leftNumber < rightNumber ? -1 : 1;
    [left, right] = [left.slice(leftDigits.length), right.slice(rightDigits.length)];
  }
  return 0;
};
