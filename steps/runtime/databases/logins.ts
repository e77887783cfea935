import type { Integration, Setting } from "../../../src/model/integration.ts";
import { linked } from "../../../src/workload/modules.ts";

/** What a program logs in to. */
export type Server = "postgresql" | "mysql" | "sqlserver" | "ldap" | "database";

/** A place of the configuration where a program's account of a database or directory is named, or should be. */
export type Login = {
  readonly server: Server;
  /** Setting that names the account; undefined when nothing does. */
  readonly setting: Setting | undefined;
  /** In words: "dbUser", "the URL orders.database". */
  readonly where: string;
  /** The account; undefined when nothing names it. */
  readonly account: string | undefined;
};

/** Accounts that administer a server, or directory entries that may do everything. Small letters. */
const administrative: ReadonlySet<string> = new Set(
  "root postgres sa sys system admin administrator dba dbadmin sysadmin mysql mariadb rdsadmin azure_superuser cloudsqladmin".split(
    " ",
  ),
);
const administrativeEntry =
  /^(?:cn|uid)=(?:admin|administrator|manager|root|directory manager)(?:,|$)|^administrator@|\\administrator$/iu;

export const isAdministrative = (account: string): boolean =>
  administrative.has(account.toLowerCase().replace(/@[^@]*$/u, "")) ||
  administrative.has(account.toLowerCase()) ||
  administrativeEntry.test(account);

const userWord = /^(.*?)[_.-]?(?:user(?:_?name|_?id)?|login|uid|bind_?dn|principal|account)$/iu;
const databaseWord =
  /(?:^|[^a-z])(?:db|database|datasource|jdbc|sql|mysql|mariadb|postgres(?:ql)?|pg|mssql|sqlserver|oracle|ldap|directory|ad)(?:[^a-z]|$)/iu;

/** camelCase as words. */
const words = (text: string): string => text.replace(/([a-z0-9])([A-Z])/gu, "$1 $2").replace(/[_.-]+/gu, " ");

const ports: Readonly<Record<string, Server>> = {
  "5432": "postgresql",
  "3306": "mysql",
  "1433": "sqlserver",
  "389": "ldap",
  "636": "ldap",
};

/** The settings of one connection: same table, and same beginning of the name where several share a table (`dbHost`, `dbUser`). */
type Group = {
  readonly id: string;
  readonly table: string;
  readonly prefix: string;
  readonly members: ReadonlyMap<string, Setting>;
};

const member =
  /^(.*?)[_.-]?(host|hostname|server|port|name|database|db|user|user_?name|user_?id|login|bind_?dn|password|passwd|pwd|secret|url|uri|jdbc_?url|options|ssl|ssl_?mode)$/iu;

const groupsOf = ({ configuration }: Integration): readonly Group[] => {
  const groups = new Map<string, { table: string; prefix: string; members: Map<string, Setting> }>();
  for (const setting of configuration.settings) {
    const table = setting.path.slice(0, -1).join(".");
    const match = member.exec(setting.path.at(-1) as string);
    if (match === null) continue;
    const [, prefix = "", role = ""] = match;
    const id = JSON.stringify([table, prefix.toLowerCase()]);
    const group = groups.get(id) ?? { table, prefix, members: new Map<string, Setting>() };
    group.members.set(role.toLowerCase().replaceAll(/[_.-]/gu, ""), setting);
    groups.set(id, group);
  }
  return [...groups].map(([id, group]) => ({ id, ...group }));
};

const textOf = (setting: Setting | undefined): string => (setting === undefined ? "" : String(setting.value));

const serverOfGroup = (integration: Integration, { table, prefix, members }: Group): Server | undefined => {
  const port = ports[textOf(members.get("port"))];
  if (port !== undefined) return port;
  const said = words(`${table} ${prefix}`);
  if (/ldap|directory/iu.test(said)) return "ldap";
  if (/postgres|(?:^| )pg(?: |$)/iu.test(said)) return "postgresql";
  if (/mysql|mariadb/iu.test(said)) return "mysql";
  if (/mssql|sql ?server/iu.test(said)) return "sqlserver";
  if (!databaseWord.test(said)) return undefined;
  const clients = (["postgresql", "mysql", "mssql"] as const).filter((name) =>
    linked(integration, `ballerinax/${name}`),
  );
  if (clients.length === 1) return clients[0] === "mssql" ? "sqlserver" : clients[0];
  return "database";
};

const userRoles = ["user", "username", "userid", "login", "binddn"];

/** Accounts named by keys, and connections that name none. */
const keyedLogins = (integration: Integration): readonly Login[] =>
  groupsOf(integration).flatMap((group): readonly Login[] => {
    const server = serverOfGroup(integration, group);
    if (server === undefined) return [];
    const setting = userRoles.map((role) => group.members.get(role)).find((found) => found !== undefined);
    if (setting !== undefined) {
      return typeof setting.value === "string" ? [{ server, setting, where: setting.key, account: setting.value }] : [];
    }
    // Only what is surely a connection: where it goes and a password, but nobody who logs in.
    const isConnection =
      ["host", "hostname", "server"].some((role) => group.members.has(role)) &&
      ["password", "passwd", "pwd"].some((role) => group.members.has(role));
    const where = [group.table, group.prefix].filter((part) => part !== "").join(".");
    return isConnection ? [{ server, setting: undefined, where, account: undefined }] : [];
  });

const urlSchemes: Readonly<Record<string, Server>> = {
  postgresql: "postgresql",
  postgres: "postgresql",
  mysql: "mysql",
  mariadb: "mysql",
  sqlserver: "sqlserver",
  ldap: "ldap",
  ldaps: "ldap",
};

/** `jdbc:mysql://root:…@host/db`, `jdbc:sqlserver://host;user=sa`, `postgresql://host/db?user=postgres`. */
const urlLogins = ({ configuration }: Integration): readonly Login[] =>
  configuration.settings.flatMap((setting): readonly Login[] => {
    const match = typeof setting.value === "string" ? /^(?:jdbc:)?([a-z]+):\/\/(\S*)$/iu.exec(setting.value) : null;
    const server = urlSchemes[match?.[1]?.toLowerCase() ?? ""];
    if (match === null || server === undefined) return [];
    const rest = match[2] ?? "";
    const authority = rest.split(/[/?;]/u)[0] ?? "";
    const inAuthority = authority.includes("@")
      ? authority.slice(0, authority.lastIndexOf("@")).split(":")[0]
      : undefined;
    const parameter = /[?&;]user(?:name|Name)?=([^&;]+)/iu.exec(rest)?.[1];
    const account = inAuthority ?? parameter;
    return account === undefined || account === ""
      ? []
      : [{ server, setting, where: setting.key, account: decode(account) }];
  });

const decode = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

/** Keys whose name alone says that a directory's or a database's account is meant, outside of any group. */
const namedLogins = ({ configuration }: Integration): readonly Login[] =>
  configuration.settings.flatMap((setting): readonly Login[] => {
    const name = setting.path.at(-1) as string;
    if (typeof setting.value !== "string" || !userWord.test(name) || !databaseWord.test(words(setting.key))) return [];
    const server = /ldap|bind|directory/iu.test(setting.key) ? "ldap" : "database";
    return [{ server, setting, where: setting.key, account: setting.value }];
  });

export const loginsOf = (integration: Integration): readonly Login[] => [
  ...new Map(
    [...namedLogins(integration), ...urlLogins(integration), ...keyedLogins(integration)].map((login) => [
      login.where,
      login,
    ]),
  ).values(),
];

/** What a Ballerina client logs in as when nothing names an account: ballerinax/mysql and ballerinax/postgresql. */
export const defaultAccount = (server: Server): string =>
  server === "postgresql"
    ? "postgres"
    : server === "mysql"
      ? "root"
      : server === "database"
        ? "root or postgres"
        : "an administrator";

/** A setting beside a database that gives up TLS, or does not look at who answers. */
export type WeakConnection = {
  readonly setting: Setting;
  readonly what: string;
  readonly kind: "plain" | "unverified";
};

const plainModes: ReadonlySet<string> = new Set([
  "disable",
  "disabled",
  "ssl_disabled",
  "allow",
  "prefer",
  "preferred",
  "ssl_preferred",
]);
const unverifiedModes: ReadonlySet<string> = new Set(["require", "required", "ssl_required"]);

export const weakConnections = ({ configuration }: Integration): readonly WeakConnection[] =>
  configuration.settings.flatMap((setting): readonly WeakConnection[] => {
    const name = (setting.path.at(-1) as string).toLowerCase();
    const value = typeof setting.value === "string" ? setting.value : String(setting.value);
    const inDatabase = databaseWord.test(words(setting.key));
    const say = (kind: WeakConnection["kind"], what: string): readonly WeakConnection[] => [{ setting, kind, what }];
    if (/^(?:ssl_?mode|mode)$/u.test(name) && (inDatabase || /ssl/iu.test(setting.key))) {
      if (plainModes.has(value.toLowerCase())) return say("plain", `${setting.key} = ${value}`);
      if (unverifiedModes.has(value.toLowerCase()))
        return say("unverified", `${setting.key} = ${value} encrypts without looking who answers`);
    }
    if (name === "allowpublickeyretrieval" && value === "true")
      return say("unverified", `${setting.key} = true hands the password's key to whoever answers`);
    if (name === "trustservercertificate" && value === "true")
      return say("unverified", `${setting.key} = true trusts any certificate`);
    if (name === "encrypt" && value === "false" && inDatabase) return say("plain", `${setting.key} = false`);
    if (
      typeof setting.value !== "string" ||
      !/^(?:jdbc:)?(?:postgres(?:ql)?|mysql|mariadb|sqlserver|ldaps?):\/\//iu.test(value)
    )
      return [];
    const found: WeakConnection[] = [];
    if (
      /[?&;](?:sslmode=(?:disable|allow|prefer)|usessl=false|sslmode=disabled|sslmode=preferred|encrypt=false)(?:[&;]|$)/iu.test(
        value,
      )
    )
      found.push({ setting, kind: "plain", what: `the URL ${setting.key} gives up TLS` });
    if (/^ldap:\/\//iu.test(value))
      found.push({ setting, kind: "plain", what: `the URL ${setting.key} is ldap without TLS` });
    if (
      /[?&;](?:trustservercertificate=true|allowpublickeyretrieval=true|verifyservercertificate=false)(?:[&;]|$)/iu.test(
        value,
      )
    )
      found.push({ setting, kind: "unverified", what: `the URL ${setting.key} trusts whoever answers` });
    return found;
  });
