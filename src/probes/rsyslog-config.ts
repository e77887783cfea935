/** Where an rsyslog sends what it gets, and whom it listens to, read from its configuration: rsyslog.conf(5), omfwd, omrelp. */

export type ConfigFile = { readonly path: string; readonly text: string };

export type Sending = {
  /** "/etc/rsyslog.d/forward.conf:3" */
  readonly where: string;
  readonly host: string;
  readonly port: number;
  readonly transport: "udp" | "tcp" | "relp";
  readonly encrypted: boolean;
  /** Why the receiver is not certain to be the one that is meant; undefined when certificate and name are checked. */
  readonly unchecked: string | undefined;
  readonly authority: string | undefined;
  readonly certificate: string | undefined;
  readonly key: string | undefined;
  /** What waits is kept on disk, and sending is tried again for ever. */
  readonly queued: boolean;
};

export type RsyslogConfig = {
  readonly sendings: readonly Sending[];
  /** "imtcp port 514 (/etc/rsyslog.conf:12)" */
  readonly inputs: readonly string[];
};

type Statement = {
  readonly kind: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly where: string;
};

/** Comments go, line numbers stay. A `#` inside quotes is no comment. */
const withoutComments = (text: string): string =>
  text
    .replace(/"(?:[^"\\\n]|\\.)*"|\/\*[\s\S]*?\*\//gu, (found) =>
      found.startsWith("/*") ? found.replace(/[^\n]/gu, " ") : found,
    )
    .replace(/"(?:[^"\\\n]|\\.)*"|(?:^|(?<=\s))#[^\n]*/gu, (found) => (found.startsWith('"') ? found : ""));

const lineAt = (text: string, index: number): number => text.slice(0, index).split("\n").length;

/** `action(…)`, `input(…)`, `module(…)`, `global(…)` with their parameters, names in small letters. */
const statementsIn = ({ path, text }: ConfigFile): readonly Statement[] =>
  [
    ...text.matchAll(
      /\b(action|input|module|global)\s*\(((?:[^()"]|"(?:[^"\\]|\\.)*"|\[[^\]]*\]|\((?:[^()])*\))*)\)/giu,
    ),
  ].map((match) => ({
    kind: (match[1] as string).toLowerCase(),
    where: `${path}:${lineAt(text, match.index)}`,
    parameters: Object.fromEntries(
      [
        ...(match[2] as string).matchAll(/([A-Za-z][\w.]*)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|(\[[^\]]*\])|([^\s"[\]]+))/gu),
      ].map(([, name, quoted, list, bare]) => [(name as string).toLowerCase(), quoted ?? list ?? bare ?? ""]),
    ),
  }));

type Line = { readonly where: string; readonly text: string };
const linesOf = ({ path, text }: ConfigFile): readonly Line[] =>
  text.split("\n").map((line, index) => ({ where: `${path}:${index + 1}`, text: line.trim() }));

const isOn = (value: string | undefined): boolean => /^(?:on|1|yes|true)$/iu.test(value ?? "");

const checks = (
  mode: string | undefined,
  peers: string | undefined,
  expired: string | undefined,
): string | undefined => {
  const known = (mode ?? "anon").toLowerCase();
  if (known === "anon" || known === "") return "any certificate is accepted (StreamDriverAuthMode is anon)";
  if (known === "x509/certvalid") return "any name is accepted (StreamDriverAuthMode is x509/certvalid)";
  if (known !== "x509/fingerprint" && known !== "x509/name") return `StreamDriverAuthMode is ${known}`;
  if ((peers ?? "") === "") return "no permitted name is given (StreamDriverPermittedPeers)";
  return isOn(expired) ? "expired certificates are accepted" : undefined;
};

const hostAndPort = (text: string, port: number): { readonly host: string; readonly port: number } => {
  const [, six, four, given] = /^(?:\[([^\]]+)\]|([^:;\s]+))(?::(\d+))?/u.exec(text) ?? [];
  return { host: six ?? four ?? text, port: given === undefined ? port : Number(given) };
};

const keptOnDisk = (type: string | undefined, file: string | undefined, retries: string | undefined): boolean =>
  (type ?? "direct").toLowerCase() !== "direct" && (file ?? "") !== "" && retries === "-1";

const isTls = (driver: string | undefined): boolean => /^(?:gtls|ossl|mbedtls)$/iu.test(driver ?? "");

/** Files in the order in which rsyslog reads them. Legacy directives hold for the actions below them. */
export const readRsyslog = (files: readonly ConfigFile[]): RsyslogConfig => {
  const clean = files.map(({ path, text }) => ({ path, text: withoutComments(text) }));
  const statements = clean.flatMap(statementsIn);
  const globals = Object.assign(
    {},
    ...statements.filter(({ kind }) => kind === "global").map((s) => s.parameters),
  ) as Record<string, string>;
  const legacy: Record<string, string> = {};
  const sendings: Sending[] = [];
  const inputs: string[] = [];
  const global = (name: string): string | undefined => globals[name.toLowerCase()] ?? legacy[name.toLowerCase()];
  const files_ = () => ({
    authority: global("defaultnetstreamdrivercafile"),
    certificate: global("defaultnetstreamdrivercertfile"),
    key: global("defaultnetstreamdriverkeyfile"),
  });

  for (const file of clean) {
    for (const { where, text } of linesOf(file)) {
      const [, name, value = ""] = /^\$(\w+)\s+(.*)$/u.exec(text) ?? [];
      if (name !== undefined) {
        legacy[name.toLowerCase()] = value.trim();
        if (/^(?:UDPServerRun|InputTCPServerRun|InputPTCPServerRun|InputRELPServerRun)$/iu.test(name))
          inputs.push(`${name} ${value.trim()} (${where})`);
        continue;
      }
      const [, at, options = "", place] =
        /^[^\s#$:][^\s]*\s+-?(@@?)(?:\(([^)]*)\))?(\[[^\]]+\](?::\d+)?|[^\s;]+)/u.exec(text) ?? [];
      if (at !== undefined && place !== undefined) {
        const tcp = at === "@@";
        const encrypted = tcp && isTls(global("defaultnetstreamdriver")) && legacy.actionsendstreamdrivermode === "1";
        sendings.push({
          where,
          ...hostAndPort(place, 514),
          transport: tcp ? "tcp" : "udp",
          encrypted,
          unchecked: checks(
            legacy.actionsendstreamdriverauthmode,
            legacy.actionsendstreamdriverpermittedpeer,
            legacy.actionsendstreamdriverpermitexpiredcerts,
          ),
          ...files_(),
          queued: keptOnDisk(legacy.actionqueuetype, legacy.actionqueuefilename, legacy.actionresumeretrycount),
        });
        void options;
      }
      const [, relp] = /^[^\s#$][^\s]*\s+:omrelp:(\S+)/u.exec(text) ?? [];
      if (relp !== undefined)
        sendings.push({
          where,
          ...hostAndPort(relp, 2514),
          transport: "relp",
          encrypted: false,
          unchecked: "it is not encrypted",
          authority: undefined,
          certificate: undefined,
          key: undefined,
          queued: keptOnDisk(legacy.actionqueuetype, legacy.actionqueuefilename, legacy.actionresumeretrycount),
        });
    }
    for (const { kind, parameters: p, where } of statementsIn(file)) {
      const type = (p.type ?? "").toLowerCase();
      if (kind === "input" && /^im(?:udp|tcp|ptcp|relp)$/u.test(type))
        inputs.push(`${type} port ${p.port ?? "514"} (${where})`);
      if (kind !== "action") continue;
      const queued = keptOnDisk(p["queue.type"], p["queue.filename"], p["action.resumeretrycount"]);
      if (type === "omfwd") {
        const tcp = (p.protocol ?? "udp").toLowerCase() === "tcp";
        const defaults = files_();
        sendings.push({
          where,
          host: p.target ?? "",
          port: Number(p.port ?? 514),
          transport: tcp ? "tcp" : "udp",
          encrypted: tcp && p.streamdrivermode === "1" && isTls(p.streamdriver ?? global("defaultnetstreamdriver")),
          unchecked: checks(p.streamdriverauthmode, p.streamdriverpermittedpeers, p["streamdriver.permitexpiredcerts"]),
          authority: p["streamdriver.cafile"] ?? defaults.authority,
          certificate: p["streamdriver.certfile"] ?? defaults.certificate,
          key: p["streamdriver.keyfile"] ?? defaults.key,
          queued,
        });
      }
      if (type === "omrelp")
        sendings.push({
          where,
          host: p.target ?? "",
          port: Number(p.port ?? 2514),
          transport: "relp",
          encrypted: isOn(p.tls),
          unchecked:
            /^(?:name|fingerprint)$/iu.test(p["tls.authmode"] ?? "") && (p["tls.permittedpeer"] ?? "") !== ""
              ? undefined
              : "the receiver's name is not checked (tls.authmode, tls.permittedpeer)",
          authority: p["tls.cacert"],
          certificate: p["tls.mycert"],
          key: p["tls.myprivkey"],
          queued,
        });
    }
  }
  return { sendings, inputs };
};
