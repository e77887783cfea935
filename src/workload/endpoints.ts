import type { Endpoint, Setting, TomlValue } from "../model/integration.ts";

/** What a program calls, by its settings: addresses, and groups of host and port. Names are the developer's: words decide. */

type Scheme = Endpoint["scheme"];

const schemeNames: Readonly<Record<string, Scheme>> = {
  http: "http",
  ws: "http",
  grpc: "http",
  https: "https",
  wss: "https",
  postgresql: "postgresql",
  postgres: "postgresql",
  mysql: "mysql",
  mariadb: "mysql",
  sqlserver: "sqlserver",
  mssql: "sqlserver",
  ldap: "ldap",
  ldaps: "ldaps",
  amqp: "amqp",
  rabbitmq: "amqp",
  amqps: "amqps",
  kafka: "kafka",
  tcp: "tcp",
};

const defaultPorts: Readonly<Record<Scheme, number>> = {
  http: 80,
  https: 443,
  postgresql: 5432,
  mysql: 3306,
  sqlserver: 1433,
  ldap: 389,
  ldaps: 636,
  amqp: 5672,
  amqps: 5671,
  kafka: 9092,
  tcp: 0,
};

const schemeOfPort = new Map<number, Scheme>([
  ...(Object.entries(defaultPorts) as [Scheme, number][])
    .filter(([, port]) => port !== 0)
    .map(([scheme, port]) => [port, scheme] as const),
  [8080, "http"],
  [8443, "https"],
  [9093, "kafka"],
]);

const keyWords: readonly (readonly [RegExp, Scheme])[] = [
  [/postgres|\bpg/iu, "postgresql"],
  [/mysql|maria/iu, "mysql"],
  [/mssql|sqlserver/iu, "sqlserver"],
  [/ldaps/iu, "ldaps"],
  [/ldap/iu, "ldap"],
  [/amqp|rabbit/iu, "amqp"],
  [/kafka|bootstrap/iu, "kafka"],
];

/** Groups that describe what the program offers, not what it calls. */
const offered =
  /(?:^|\.)(?:ballerina\.http\.defaultListenerConfig|ballerinax\.prometheus|ballerina\.http\.traceLog)|listen|bind/iu;
const ownAddress = /^(?:0\.0\.0\.0|::|\[::\]|\*)$/u;

const parentOf = (path: readonly string[]): readonly string[] => path.slice(0, -1);
const startsWith = (path: readonly string[], start: readonly string[]): boolean =>
  start.every((part, index) => path[index]?.toLowerCase() === part.toLowerCase());

/** `upstreamUrl` speaks about `upstream`, `endpoint` about its whole table: undefined. */
const stemOf = (name: string): string | undefined => {
  const stem = name.replace(/_?(?:base)?_?(?:url|uri|endpoint|host|hostname|host_name|address|server|servers)$/iu, "");
  return stem === name || stem === "" ? undefined : stem;
};

/** Settings beside an address: those of its own table, or with the same beginning of their names. */
export const besides = (setting: Setting, settings: readonly Setting[]): readonly Setting[] => {
  const table = parentOf(setting.path);
  const stem = stemOf(setting.path.at(-1) ?? "")?.toLowerCase();
  return settings.filter(({ path }) => {
    if (!startsWith(path, table)) return false;
    const name = path[table.length]?.toLowerCase() ?? "";
    // In a table of its own everything is about it; among other settings only what begins alike.
    return stem === undefined
      ? table.length > 0 || path.length > 1
      : name.startsWith(stem) || (table.length > 0 && path.length > table.length + 1);
  });
};

const lowered = (value: TomlValue): string => String(value).toLowerCase();

const weakModes = new Set(["disable", "disabled", "allow", "prefer", "preferred"]);

const verificationOf = (
  setting: Setting,
  settings: readonly Setting[],
  parameters: URLSearchParams | undefined,
): Endpoint["verification"] => {
  const near = besides(setting, settings);
  const inTls = ({ path }: Setting) => /secureSocket|ssl|tls/iu.test(path.join("."));
  const switchedOff = near
    .filter((other) => {
      const name = (other.path.at(-1) ?? "").toLowerCase();
      const value = lowered(other.value);
      if (/^(?:enable|enabled|verify|validate|enablessl|usessl|ssl|tls)$/u.test(name) && value === "false")
        return inTls(other);
      if (/(?:ssl|tls)mode$/u.test(name) || (name === "mode" && inTls(other))) return weakModes.has(value);
      if (
        /^(?:trustservercertificate|allowinsecure|insecure|insecureskipverify|allowpublickeyretrieval|disableverification|allowinsecuretls)$/u.test(
          name,
        )
      )
        return value === "true";
      return name === "encrypt" && value === "false";
    })
    .map(({ key }) => key);
  const inUrl = [...(parameters ?? [])]
    .filter(([name, value]) => {
      const [key, said] = [name.toLowerCase(), value.toLowerCase()];
      if (key === "sslmode") return weakModes.has(said) || said === "require";
      if (/^(?:usessl|requiressl|verifyservercertificate|encrypt)$/u.test(key)) return said === "false";
      return /^(?:trustservercertificate|allowpublickeyretrieval)$/u.test(key) && said === "true";
    })
    .map(([name, value]) => `${setting.key} (${name}=${value})`);
  const trust = near.find(
    ({ path, value }) =>
      typeof value === "string" &&
      value !== "" &&
      /(?:^|\.)(?:[a-z]*truststore(?:path)?|[a-z]*cert|cert\.path|[a-z]*cacert|rootcert|sslrootcert)$/iu.test(
        path.join(".").replace(/_/gu, ""),
      ),
  )?.value;
  return {
    switchedOff: [...switchedOff, ...inUrl],
    hostName: near.some(
      ({ path, value }) => /^verify_?host_?name$/iu.test(path.at(-1) ?? "") && lowered(value) === "false",
    ),
    trust: typeof trust === "string" ? trust : undefined,
  };
};

const portOf = (value: TomlValue | undefined): number | undefined => {
  const port = Number(value);
  return value !== undefined && typeof value !== "boolean" && Number.isInteger(port) && port > 0 && port < 65536
    ? port
    : undefined;
};

/** `jdbc:` in front, `;`-separated properties of SQL Server, several Kafka brokers: the first is taken, as a URL. */
const urlOf = (text: string): URL | undefined => {
  const plain = text.trim().replace(/^jdbc:/iu, "");
  if (!/^[A-Za-z][A-Za-z0-9+.-]*:\/\/[^/]/u.test(plain)) return undefined;
  const [address = "", ...properties] = plain.split(";");
  // Only schemes that URL knows parse hosts as hosts; http stands in for all of them.
  const [scheme = "", rest = ""] = [address.slice(0, address.indexOf(":")), address.slice(address.indexOf("://") + 3)];
  if (schemeNames[scheme.toLowerCase()] === undefined) return undefined;
  try {
    const first = rest.replace(/^([^/?#]*),[^/?#]*/u, "$1");
    const url = new URL(`ftp://${first}`);
    for (const property of properties) {
      const [name = "", value = ""] = property.split("=");
      if (name.trim() !== "") url.searchParams.set(name.trim(), value);
    }
    url.hash = scheme.toLowerCase();
    return url;
  } catch {
    return undefined;
  }
};

const fromUrl = (setting: Setting, settings: readonly Setting[]): Endpoint | undefined => {
  const url = typeof setting.value === "string" ? urlOf(setting.value) : undefined;
  if (url === undefined || url.hostname === "") return undefined;
  const scheme = schemeNames[url.hash.slice(1)] as Scheme;
  // 21 is the port that the stand-in scheme hides.
  const port =
    url.port === "" ? (/:21(?:[/?#;]|$)/u.test(String(setting.value)) ? 21 : defaultPorts[scheme]) : Number(url.port);
  const host = url.hostname.replace(/^\[|\]$/gu, "");
  if (ownAddress.test(host)) return undefined;
  return { key: setting.key, scheme, host, port, verification: verificationOf(setting, settings, url.searchParams) };
};

const hostKey = /(?:^|_|[a-z])(?:host|hostname|host_name|server|address)$/iu;

const fromHost = (setting: Setting, settings: readonly Setting[]): Endpoint | undefined => {
  const { path, value, key } = setting;
  const name = path.at(-1) ?? "";
  if (typeof value !== "string" || !hostKey.test(name) || offered.test(key)) return undefined;
  if (!/^[A-Za-z0-9._-]+(?::\d{1,5})?$|^\[?[0-9a-fA-F:.]+\]?$/u.test(value) || ownAddress.test(value)) return undefined;
  // httpHost beside httpPort is where the program itself listens.
  if (/^https?_?host(?:name)?$/iu.test(name)) return undefined;
  const stem = stemOf(name)?.toLowerCase() ?? "";
  const table = parentOf(path);
  const portSetting = settings.find(
    (other) =>
      other.path.length === path.length &&
      startsWith(other.path, table) &&
      (other.path.at(-1) ?? "").toLowerCase().replace(/_/gu, "") === `${stem.replace(/_/gu, "")}port`,
  );
  const inline = /^[^:]+:(\d{1,5})$/u.exec(value);
  const stated = portOf(portSetting?.value) ?? portOf(inline?.[1]);
  const word = keyWords.find(([pattern]) => pattern.test(key))?.[1];
  const scheme: Scheme = word ?? (stated === undefined ? undefined : schemeOfPort.get(stated)) ?? "tcp";
  const port = stated ?? defaultPorts[scheme];
  // A lone name without a port may be anything.
  if (port === 0) return undefined;
  const host = inline ? value.slice(0, value.indexOf(":")) : value.replace(/^\[|\]$/gu, "");
  return { key, scheme, host, port, verification: verificationOf(setting, settings, undefined) };
};

/** Kafka's bootstrapServers: "broker-1:9093, broker-2:9093", or an array of them. */
const fromBrokers = (setting: Setting, settings: readonly Setting[]): readonly Endpoint[] => {
  if (!/bootstrap_?servers?$|brokers?$/iu.test(setting.key)) return [];
  const listed = Array.isArray(setting.value) ? setting.value.map(String) : String(setting.value).split(",");
  return listed.flatMap((broker) => {
    const match = /^\s*(?:[A-Za-z_]+:\/\/)?([A-Za-z0-9._-]+):(\d{1,5})\s*$/u.exec(broker);
    if (!match) return [];
    return [
      {
        key: setting.key,
        scheme: "kafka" as const,
        host: match[1] as string,
        port: Number(match[2]),
        verification: verificationOf(setting, settings, undefined),
      },
    ];
  });
};

/** Endpoints looked for, at most: whoever may write a configuration must not be able to hold up whoever inspects it. */
const endpointLimit = 200;

/** Everything the settings call. A setting is in it once for each host that it names. */
export const endpointsOf = (settings: readonly Setting[]): readonly Endpoint[] => {
  const found: Endpoint[] = [];
  for (const setting of settings) {
    const brokers = fromBrokers(setting, settings);
    const single = brokers.length > 0 ? undefined : (fromUrl(setting, settings) ?? fromHost(setting, settings));
    found.push(...brokers, ...(single === undefined ? [] : [single]));
    if (found.length >= endpointLimit) break;
  }
  return found.slice(0, endpointLimit);
};
