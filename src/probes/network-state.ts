import { template } from "../embedded/templates.ts";
import { absent, known, unknown } from "../model/fact.ts";
import { probe } from "../model/probe.ts";
import type { FileState } from "./accounts.ts";
import { filesIn, restsOf, sectionsIn } from "./sections.ts";

export const networkStateProgram = "/usr/local/lib/drawbridge/network-state";
export const networkBaseline = "/etc/drawbridge/network-baseline";

export const networkKinds = ["route", "rule", "forwarding", "neighbour", "dns"] as const;
export type NetworkKind = (typeof networkKinds)[number];

/** One thing about how packets leave this machine: "route", "4", "default via 192.0.2.1 dev eth0". */
export type NetworkLine = { readonly kind: NetworkKind; readonly subject: string; readonly value: string };

export type NetworkState = {
  readonly now: readonly NetworkLine[];
  /** What was agreed to; undefined before anything was recorded. */
  readonly agreed: readonly NetworkLine[] | undefined;
  /** The program that records, and that the daily audit runs. */
  readonly program: FileState;
  readonly folders: readonly string[];
};

const isKind = (text: string): text is NetworkKind => (networkKinds as readonly string[]).includes(text);

export const readNetworkLines = (lines: readonly string[]): readonly NetworkLine[] =>
  lines.flatMap((line) => {
    const [kind = "", subject, value] = line.split("\t");
    return isKind(kind) && subject !== undefined && value !== undefined ? [{ kind, subject, value }] : [];
  });

const most = 4000;

/**
 * Routes, rules, forwarding, gateways' hardware addresses and name servers, with what of them was agreed to. The program
 * that records them prints the same. ip-route(8), ip-rule(8), ip-neighbour(8), resolv.conf(5).
 */
export const networkState = probe<NetworkState>({
  id: "network-state",
  asks: `ip route show table all; ip rule; ip neighbour; sysctl net.ipv4.ip_forward; /etc/resolv.conf; ${networkBaseline}`,
  sizeLimit: 1024 * 1024,
  script: `echo '@now'
(
${template("network/network-state")}) | head -n ${most}
[ -f ${networkBaseline} ] && [ ! -L ${networkBaseline} ] && { echo '@agreed'; grep -v '^#' ${networkBaseline} | head -n ${most}; }
command -v ip >/dev/null 2>&1 && echo '@ip'
for folder in /usr/local/lib/drawbridge /etc/drawbridge; do [ -d "$folder" ] && printf '@folder %s\\n' "$folder"; done
if [ -f ${networkStateProgram} ] && [ ! -L ${networkStateProgram} ]; then echo '@file ${networkStateProgram}'; stat -c '%F|%a|%U|%G|%u|%g|%n' ${networkStateProgram}; { cat ${networkStateProgram}; echo .; } | sed 's/^/|/'; fi
exit 0`,
  parse: ({ stdout, truncated, timedOut }) => {
    if (timedOut) return unknown("ip did not answer in time");
    const sections = sectionsIn(stdout);
    const linesOf = (name: string) => sections.find((section) => section.name === name)?.lines;
    if (!sections.some(({ name }) => name === "ip")) return absent("ip is not installed (iproute2)");
    const now = linesOf("now") ?? [];
    if (truncated || now.length >= most) return unknown("there are more routes than are compared (a router?)");
    const agreed = linesOf("agreed");
    return known({
      now: readNetworkLines(now),
      agreed: agreed === undefined ? undefined : readNetworkLines(agreed),
      program: filesIn(sections, "file").get(networkStateProgram) ?? null,
      folders: restsOf(sections, "folder"),
    });
  },
});
