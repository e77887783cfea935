import { known, unknown } from "../model/fact.ts";
import { probe } from "../model/probe.ts";
import { parseIptablesSave } from "./iptables-save.ts";
import { type NftListing, type NftTable, nftRuleset, parseNftListing } from "./nft-ruleset.ts";
import type { Chain, Ruleset } from "./ruleset.ts";

/** Whose rules they are. `iptables` is what someone wrote by hand (iptables-nft); `nftables` likewise, or /etc/nftables.conf. */
export const firewallOwners = ["nftables", "ufw", "firewalld", "iptables", "iptables-legacy"] as const;
export type FirewallOwner = (typeof firewallOwners)[number];

export type UnitState = { readonly loaded: boolean; readonly active: boolean; readonly enabled: boolean };

export type FileState = {
  readonly content: string;
  readonly mode: string;
  readonly owner: string;
  readonly group: string;
};

export type Firewall = {
  /** Version of nft; empty when it is not installed. */
  readonly nft: string;
  /** Everyone who rules over incoming packets now, with what gave them away. Empty: nobody. */
  readonly owners: readonly { readonly owner: FirewallOwner; readonly evidence: string }[];
  /** Who else has rules beside the owner: "Docker", "Podman", "Kubernetes", "libvirt". Their rules are never touched. */
  readonly containers: readonly string[];
  /** All rules, however they are loaded. */
  readonly ruleset: Ruleset;
  /** Our own table as it is loaded; undefined when it is not. */
  readonly own: OwnTable | undefined;
  /** ip_forward or its IPv6 sibling is on: this machine routes packets of others. */
  readonly forwarding: boolean;
  readonly units: Readonly<Record<string, UnitState>>;
  /** Files, by path; undefined when there is nothing. Directories and links are told apart below. */
  readonly files: Readonly<Record<string, FileState | undefined>>;
  readonly directories: ReadonlySet<string>;
  /** Path of ufw's own loader (Debian, RHEL); empty without ufw. */
  readonly ufwLoader: string;
  /** Link targets by path. */
  readonly links: Readonly<Record<string, string | undefined>>;
};

export type OwnTable = {
  /** Elements by set name, as nft prints them. */
  readonly sets: Readonly<Record<string, readonly unknown[]>>;
  /** Number of rules by chain. */
  readonly rules: Readonly<Record<string, number>>;
};

export const ownTable = { family: "inet", name: "drawbridge" } as const;

export const paths = {
  ruleset: "/etc/nftables.d/drawbridge.nft",
  unit: "/etc/systemd/system/drawbridge-firewall.service",
  dropIn: "/etc/systemd/system/nftables.service.d/drawbridge.conf",
  wanted: "/etc/systemd/system/sysinit.target.wants/drawbridge-firewall.service",
  /** Has nftables.service load our table and nothing else. */
  loading: "/etc/systemd/system/nftables.service.d/zz-drawbridge.conf",
  loadingWanted: "/etc/systemd/system/sysinit.target.wants/nftables.service",
  debianConfiguration: "/etc/nftables.conf",
  ufwConfiguration: "/etc/ufw/ufw.conf",
  ufwDefaults: "/etc/default/ufw",
  firewalldConfiguration: "/etc/firewalld/firewalld.conf",
} as const;

const section = (stdout: string, name: string): string => {
  const start = stdout.indexOf(`\n== ${name}\n`);
  if (start < 0) return "";
  const from = start + name.length + 5;
  const end = stdout.indexOf("\n== ", from - 1);
  return stdout.slice(from, end < 0 ? undefined : end + 1).trim();
};

const readUnits = (text: string): Firewall["units"] =>
  Object.fromEntries(
    text.split(/\n\n+/u).flatMap((block) => {
      const fields = new Map(
        block.split("\n").map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
      );
      const id = fields.get("Id");
      if (!id) return [];
      const state: UnitState = {
        loaded: fields.get("LoadState") === "loaded",
        active: fields.get("ActiveState") === "active",
        enabled: fields.get("UnitFileState")?.startsWith("enabled") ?? false,
      };
      return [[id, state] as const];
    }),
  );

const decode = (base64: string): string =>
  new TextDecoder().decode(Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)));

/** Chains that programs make for themselves, by their first letters: their presence tells who is there. */
const containerChains: readonly (readonly [RegExp, string])[] = [
  [/^DOCKER(?:-|$)/u, "Docker"],
  [/^(?:KUBE-|cali-|CILIUM_|FLANNEL)/u, "Kubernetes"],
  [/^(?:CNI-|NETAVARK)/u, "Podman"],
  [/^LIBVIRT_/u, "libvirt"],
];
const containerTables: readonly (readonly [RegExp, string])[] = [
  [/^docker-bridges$/u, "Docker"],
  [/^netavark$/u, "Podman"],
  [/^(?:kube-proxy|cilium|calico)/u, "Kubernetes"],
  [/^libvirt_network$/u, "libvirt"],
  [/^(?:lxd|incus)/u, "LXD"],
];

const programsChains = /^(?:ufw6?-|DOCKER|KUBE-|cali-|CILIUM_|FLANNEL|CNI-|NETAVARK|LIBVIRT_|f2b-|FWD|sshguard)/u;

/** What the chain that packets enter by decides by itself, apart from sending them on to the chains of other programs. */
const decides = (chain: Chain): boolean =>
  chain.base?.hook === "input" &&
  (chain.base.policy === "drop" ||
    chain.rules.some(({ actions }) =>
      actions.some(
        ({ action }) => !((action.kind === "jump" || action.kind === "goto") && programsChains.test(action.target)),
      ),
    ));

const uncommented = (text: string): string => text.replace(/^\s*#.*$/gmu, "");

type Seen = {
  readonly listing: NftListing | undefined;
  readonly modern: Ruleset;
  readonly legacy: Ruleset;
  readonly native: Ruleset;
  readonly units: Firewall["units"];
  readonly files: Firewall["files"];
};

/** Detection in the order that told the owners apart on real machines: services, ufw's own switch, tables and chains. */
const ownersOf = ({ modern, legacy, native, units, files }: Seen): Firewall["owners"] => {
  const owners: { owner: FirewallOwner; evidence: string }[] = [];
  const isActive = (unit: string) => units[unit]?.active ?? false;
  const firewalldTable = native.chains.some(({ table }) => table === "firewalld");
  if (isActive("firewalld.service") || firewalldTable) {
    owners.push({
      owner: "firewalld",
      evidence: firewalldTable ? "table inet firewalld is loaded" : "firewalld.service is active",
    });
  }
  const switchedOn = /^\s*ENABLED\s*=\s*["']?yes/imu.test(files[paths.ufwConfiguration]?.content ?? "");
  const entry = modern.chains.find(({ base, name }) => base?.hook === "input" && name === "INPUT");
  const callsUfw = entry?.rules.some(({ actions }) =>
    actions.some(({ action }) => "target" in action && /^ufw6?-/u.test(action.target)),
  );
  // "ufw disable" leaves its chains behind, empty or unreachable: they rule over nothing.
  const ruledByUfw = callsUfw === true && entry?.base?.policy === "drop";
  if (switchedOn || ruledByUfw) {
    owners.push({
      owner: "ufw",
      evidence: switchedOn
        ? `${paths.ufwConfiguration} says ENABLED=yes`
        : "ufw's chains are loaded and drop by default",
    });
  }
  const foreign = native.chains.find(
    (chain) => !["firewalld", ownTable.name].includes(chain.table) && !isProgram(chain.table) && decides(chain),
  );
  const own = native.chains.some(({ table, base }) => table === ownTable.name && base?.hook === "input");
  if (foreign !== undefined || own) {
    const what = foreign ? `table ${foreign.family} ${foreign.table}` : `table inet ${ownTable.name}`;
    owners.push({ owner: "nftables", evidence: `${what} filters incoming packets` });
  } else if (isActive("nftables.service") && decidesInFile(files[paths.debianConfiguration]?.content ?? "")) {
    owners.push({
      owner: "nftables",
      evidence: `nftables.service is active with rules in ${paths.debianConfiguration}`,
    });
  }
  if (!switchedOn && !ruledByUfw) {
    const byHand = modern.chains.find((chain) => decides(chain) && chain.table === "filter");
    const firewalldsOwn = modern.chains.some(({ name }) => /^IN_public/u.test(name)) && isActive("firewalld.service");
    if (byHand !== undefined && !firewalldsOwn) {
      owners.push({
        owner: "iptables",
        evidence: `${byHand.family === "ip6" ? "ip6tables" : "iptables"} has rules of its own in ${byHand.name}`,
      });
    }
  }
  const old = legacy.chains.find((chain) => chain.rules.length > 0 || chain.base?.policy === "drop");
  if (old !== undefined) {
    owners.push({ owner: "iptables-legacy", evidence: `iptables-legacy has rules in ${old.table} ${old.name}` });
  }
  return owners;
};

const isProgram = (table: string): boolean => containerTables.some(([name]) => name.test(table)) || /^f2b/u.test(table);

/** Debian ships nftables.conf with three empty chains that accept everything. */
export const decidesInFile = (text: string): boolean => {
  const rules = uncommented(text);
  return (
    /hook\s+input\b/u.test(rules) &&
    /\b(?:policy\s+drop|accept\s*$|drop\s*$|reject\b)/mu.test(rules.replace(/policy accept/gu, ""))
  );
};

const containersIn = (chains: readonly Chain[], tables: readonly NftTable[]): readonly string[] => [
  ...new Set([
    ...chains.flatMap(({ name }) => containerChains.filter(([pattern]) => pattern.test(name)).map(([, who]) => who)),
    ...tables.flatMap(({ name }) => containerTables.filter(([pattern]) => pattern.test(name)).map(([, who]) => who)),
  ]),
];

const ownTableIn = (listing: NftListing | undefined): OwnTable | undefined => {
  if (!listing?.tables.some(({ family, name }) => family === ownTable.family && name === ownTable.name)) return;
  const prefix = `${ownTable.family} ${ownTable.name} `;
  const rules: Record<string, number> = {};
  for (const chain of listing.chains) {
    if (chain.table === ownTable.name && chain.family === ownTable.family) rules[String(chain.name)] = 0;
  }
  for (const rule of listing.rules) {
    if (rule.table !== ownTable.name || rule.family !== ownTable.family) continue;
    const chain = String(rule.chain);
    rules[chain] = (rules[chain] ?? 0) + 1;
  }
  return {
    rules,
    sets: Object.fromEntries(
      [...listing.sets]
        .filter(([key]) => key.startsWith(prefix))
        .map(([key, elements]) => [key.slice(prefix.length), elements]),
    ),
  };
};

const parseFirewall = (stdout: string): Firewall => {
  const listed = section(stdout, "ruleset");
  const listing = listed === "" ? undefined : parseNftListing(listed);
  const modern = [
    parseIptablesSave(section(stdout, "iptables"), 4),
    parseIptablesSave(section(stdout, "ip6tables"), 6),
  ].reduce(joined);
  const legacy = [
    parseIptablesSave(section(stdout, "iptables-legacy"), 4),
    parseIptablesSave(section(stdout, "ip6tables-legacy"), 6),
  ].reduce(joined);
  // nft shows what iptables-nft loaded too, but not what its matches mean: iptables-save says that better.
  const saved = new Set(modern.chains.map(({ family, table, name }) => `${family} ${table} ${name}`));
  const native = listing
    ? nftRuleset(listing, (family, table, chain) => saved.has(`${family} ${table} ${chain}`))
    : { chains: [], published: [] };
  const files: Record<string, FileState | undefined> = {};
  const directories = new Set<string>();
  const links: Record<string, string | undefined> = {};
  for (const line of section(stdout, "files").split("\n")) {
    const [kind, path = "", ...rest] = line.split("\t");
    if (kind === "file") {
      const [mode = "", owner = "", group = "", content = ""] = rest;
      files[path] = { content: decode(content), mode: mode.padStart(4, "0"), owner, group };
    } else if (kind === "directory") directories.add(path);
    else if (kind === "link") links[path] = rest[0] ?? "";
  }
  const units = readUnits(section(stdout, "units"));
  const ruleset = [native, modern, legacy].reduce(joined);
  return {
    nft: listing?.version ?? "",
    owners: ownersOf({ listing, modern, legacy, native, units, files }),
    containers: containersIn(ruleset.chains, listing?.tables ?? []),
    ruleset,
    own: ownTableIn(listing),
    forwarding: /^1$/mu.test(section(stdout, "forwarding")),
    units,
    files,
    directories,
    ufwLoader: section(stdout, "ufw"),
    links,
  };
};

const joined = (a: Ruleset, b: Ruleset): Ruleset => ({
  chains: [...a.chains, ...b.chains],
  published: [...a.published, ...b.published],
});

const readable = [
  paths.ruleset,
  paths.unit,
  paths.dropIn,
  paths.loading,
  paths.debianConfiguration,
  paths.ufwConfiguration,
  paths.ufwDefaults,
  paths.firewalldConfiguration,
];
const parents = [
  "/etc/nftables.d",
  "/etc/systemd/system/sysinit.target.wants",
  "/etc/systemd/system/nftables.service.d",
];

/**
 * Who rules over packets, by which rules, and what is set up for the next boot. nft(8), iptables-save(8), ufw(8),
 * firewalld(1). Nothing is loaded by asking: iptables is asked only where it has tables already.
 */
export const firewall = probe<Firewall>({
  id: "firewall",
  asks: "nft -j list ruleset; iptables-save; systemctl show firewalld nftables ufw drawbridge-firewall",
  sizeLimit: 4 * 1024 * 1024,
  script: `
has() { command -v "$1" >/dev/null 2>&1; }
echo
echo '== ruleset'; if has nft; then ruleset=$(nft -j list ruleset) || exit 1; printf '%s\\n' "$ruleset"; fi
case $ruleset in
  *'"table": {"family": "ip", '*) echo '== iptables'
    if has iptables-nft-save; then iptables-nft-save; elif has iptables-save; then iptables-save; fi 2>/dev/null;;
esac
case $ruleset in
  *'"table": {"family": "ip6", '*) echo '== ip6tables'
    if has ip6tables-nft-save; then ip6tables-nft-save; elif has ip6tables-save; then ip6tables-save; fi 2>/dev/null;;
esac
if [ -n "$(cat /proc/net/ip_tables_names 2>/dev/null)" ]; then echo '== iptables-legacy'
  if has iptables-legacy-save; then iptables-legacy-save; elif has iptables-save; then iptables-save; fi 2>/dev/null; fi
if [ -n "$(cat /proc/net/ip6_tables_names 2>/dev/null)" ]; then echo '== ip6tables-legacy'
  if has ip6tables-legacy-save; then ip6tables-legacy-save; elif has ip6tables-save; then ip6tables-save; fi 2>/dev/null; fi
echo '== forwarding'; cat /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv6/conf/all/forwarding 2>/dev/null
echo '== units'; has systemctl && systemctl show --property=Id,LoadState,ActiveState,UnitFileState \\
  firewalld.service nftables.service ufw.service netfilter-persistent.service drawbridge-firewall.service 2>/dev/null
echo; echo '== ufw'
for path in /lib/ufw/ufw-init /usr/libexec/ufw/ufw-init; do [ -x "$path" ] && { echo "$path"; break; }; done
echo '== files'
for path in ${readable.join(" ")}; do
  if [ -f "$path" ] && [ ! -L "$path" ]; then
    printf 'file\\t%s\\t%s\\t' "$path" "$(stat -c '%a\t%U\t%G' "$path")"; base64 -w 0 "$path" 2>/dev/null || base64 "$path" | tr -d '\\n'; echo
  fi
done
for path in ${parents.join(" ")}; do [ -d "$path" ] && printf 'directory\\t%s\\n' "$path"; done
for path in ${paths.wanted} ${paths.loadingWanted}; do [ -L "$path" ] && printf 'link\\t%s\\t%s\\n' "$path" "$(readlink "$path")"; done
exit 0
`,
  parse: ({ stdout, exitCode, truncated, timedOut }) => {
    if (timedOut) return unknown("nft did not answer in time");
    if (exitCode !== 0)
      return unknown("nft list ruleset failed: the kernel does not let this program see its packet filter");
    if (truncated) return unknown("the ruleset is larger than 4 MiB");
    return known(parseFirewall(stdout));
  },
});
