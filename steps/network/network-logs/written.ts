import { isRotated } from "../../../src/probes/log-rotation.ts";
import { type NetworkLogs, type Rotation, readRotations } from "../../../src/probes/network-logs.ts";
import type { Proxies } from "../../../src/probes/proxies.ts";
import { readHaproxy } from "../../../src/tls/haproxy.ts";

/** Proxies of this machine that run: one that is installed and stopped writes nothing. */
export const runningProxies = ({ nginx, haproxy }: Proxies): readonly ("nginx" | "haproxy")[] => [
  ...(nginx?.active ? (["nginx"] as const) : []),
  ...(haproxy?.active ? (["haproxy"] as const) : []),
];

const nginxFaults = (nginx: NonNullable<Proxies["nginx"]>): readonly string[] => {
  if (nginx.tree === undefined) return [];
  return nginx.tree.places.flatMap(({ directive, context, file }) => {
    const [first] = directive.words;
    const where = `${file}, ${context.at(-1) ?? "at the top"}`;
    // A location that is asked every second may stay out of the log; a whole server may not.
    const wide = context.at(-1) !== "location" && !context.includes("location") && context.at(-1) !== "if";
    if (directive.name === "access_log" && first?.text === "off" && wide) return [`nginx: access_log off (${where})`];
    if (directive.name === "error_log" && first?.text === "/dev/null") return [`nginx: error_log /dev/null (${where})`];
    return [];
  });
};

/** haproxy configuration manual 8: a section logs where it says `log`, and `global` says where to. */
const haproxyFaults = (haproxy: NonNullable<Proxies["haproxy"]>): readonly string[] => {
  const lines = haproxy.files.flatMap(({ content }) => readHaproxy(content));
  const has = (section: string, ...names: readonly string[]) =>
    lines.some((line) => line.section === section && names.includes(line.words.map(({ text }) => text).join(" ")));
  const global = lines.some(({ section, words }) => section === "global" && words[0]?.text === "log");
  const fronts = [...new Set(lines.map(({ section }) => section))].filter((name) =>
    /^(?:frontend|listen) /u.test(name),
  );
  const says = (section: string) =>
    lines.some((line) => line.section === section && line.words[0]?.text === "log" && line.words[1] !== undefined);
  const byDefault = lines.some(({ section, words }) => section.startsWith("defaults") && words[0]?.text === "log");
  const silent = fronts.filter((section) => has(section, "no log") || !(says(section) || byDefault));
  return [
    ...(global || fronts.length === 0 ? [] : ["haproxy: global names no log"]),
    ...silent.map((section) => `haproxy: ${section} logs nothing`),
  ];
};

/** What is not written down, in words. */
export const unwritten = (proxies: Proxies): readonly string[] => [
  ...(proxies.nginx?.active ? nginxFaults(proxies.nginx) : []),
  ...(proxies.haproxy?.active ? haproxyFaults(proxies.haproxy) : []),
];

export type Stanza = Rotation & { readonly path: string };

export const stanzas = ({ rotations }: NetworkLogs): readonly Stanza[] =>
  [...rotations].flatMap(([path, { content }]) => readRotations(content).map((rotation) => ({ ...rotation, path })));

/** The last stanza that names a log file decides nothing: logrotate refuses doubles, so there is one at most. */
export const stanzaOf = (logs: NetworkLogs, path: string): Stanza | undefined =>
  stanzas(logs).find(({ patterns }) => isRotated(path, patterns));

/** Patterns for what no stanza names, one for each proxy. */
export const unrotated = (logs: NetworkLogs): readonly string[] =>
  logs.files.map(({ path }) => path).filter((path) => stanzaOf(logs, path) === undefined);
