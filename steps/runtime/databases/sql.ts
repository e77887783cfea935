import { template } from "../../../src/embedded/templates.ts";
import type { ServerName } from "./questions.ts";

/** What the scripts are written from. Every name fits `identifier` of the questions and needs no quoting. */
export type Database = {
  readonly name: string;
  readonly schema: string;
  readonly owner: string;
  readonly hosts: string;
  readonly readOnly: readonly string[];
  readonly appendOnly: readonly string[];
  readonly writable: readonly string[];
};

export type Script = { readonly name: string; readonly content: string; readonly about: string };

const roleOf = ({ name }: Database): string => `${name.toLowerCase()}_app`;
export const accountsOf = (database: Database): readonly [string, string] => [
  `${roleOf(database)}_a`,
  `${roleOf(database)}_b`,
];

const fill = (source: string, values: Readonly<Record<string, string>>): string =>
  template(`runtime/databases/${source}`).replace(/\{\{(\w+)\}\}/gu, (whole, name: string) => values[name] ?? whole);

const basics = (database: Database) => {
  const [accountA, accountB] = accountsOf(database);
  return { database: database.name, schema: database.schema, role: roleOf(database), accountA, accountB };
};

const classes = ({ readOnly, appendOnly, writable }: Database) => [
  { tables: readOnly, rights: ["SELECT"] },
  { tables: appendOnly, rights: ["SELECT", "INSERT"] },
  { tables: writable, rights: ["SELECT", "INSERT", "UPDATE", "DELETE"] },
];

export const postgresql = (database: Database): readonly Script[] => {
  const { schema, owner, readOnly, appendOnly, writable } = database;
  const role = roleOf(database);
  const everyTable = writable.length === 0;
  const table = (name: string) => `${schema}.${name}`;
  const grants = everyTable
    ? [
        `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ${schema} TO ${role};`,
        ...(readOnly.length > 0
          ? [`REVOKE INSERT, UPDATE, DELETE ON ${readOnly.map(table).join(", ")} FROM ${role};`]
          : []),
        ...(appendOnly.length > 0
          ? [`REVOKE UPDATE, DELETE ON ${appendOnly.map(table).join(", ")} FROM ${role};`]
          : []),
      ]
    : [
        `REVOKE ALL ON ALL TABLES IN SCHEMA ${schema} FROM ${role};`,
        ...classes(database)
          .filter(({ tables }) => tables.length > 0)
          .map(({ tables, rights }) => `GRANT ${rights.join(", ")} ON ${tables.map(table).join(", ")} TO ${role};`),
      ];
  const whose = owner === "" ? "" : ` FOR ROLE ${owner}`;
  const defaults = everyTable
    ? [
        "-- Tables that come later get the same rights; name them here when they are to be read or added to only.",
        `ALTER DEFAULT PRIVILEGES${whose} IN SCHEMA ${schema} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO ${role};`,
        `ALTER DEFAULT PRIVILEGES${whose} IN SCHEMA ${schema} GRANT USAGE, SELECT ON SEQUENCES TO ${role};`,
      ]
    : ["-- Tables that come later get no rights by themselves: every one is named."];
  const values = { ...basics(database), grants: grants.join("\n"), defaults: defaults.join("\n") };
  return [
    {
      name: "1-accounts.sql",
      content: fill("postgresql-accounts.sql", values),
      about: "Makes the role and the accounts.",
    },
    {
      name: "2-rotate-begin.sql",
      content: fill("postgresql-rotate-begin.sql", values),
      about: "First half of a rotation.",
    },
    {
      name: "3-rotate-end.sql",
      content: fill("postgresql-rotate-end.sql", values),
      about: "Second half of a rotation.",
    },
    { name: "4-check.sql", content: fill("postgresql-check.sql", values), about: "Shows what the accounts may do." },
  ];
};

/** MySQL and MariaDB speak almost the same; roles are named and switched on differently. */
export const mysql = (database: Database, server: "mariadb" | "mysql"): readonly Script[] => {
  const isMaria = server === "mariadb";
  const [accountA, accountB] = accountsOf(database);
  const roleName = isMaria ? roleOf(database) : `'${roleOf(database)}'@'%'`;
  const named = classes(database).filter(({ tables }) => tables.length > 0);
  const everyTable = database.writable.length === 0;
  const grants = [
    ...(everyTable && named.length > 0
      ? [
          "-- A right that is given for the whole database cannot be taken from one table: name the tables to work with",
          "-- (databases.writable) and generate again. Until then the role gets only what is named.",
        ]
      : []),
    ...(everyTable && named.length === 0
      ? [`GRANT SELECT, INSERT, UPDATE, DELETE ON \`${database.name}\`.* TO ${roleName};`]
      : []),
    ...named.flatMap(({ tables, rights }) =>
      tables.map((table) => `GRANT ${rights.join(", ")} ON \`${database.name}\`.\`${table}\` TO ${roleName};`),
    ),
  ];
  const values = {
    ...basics(database),
    hosts: database.hosts,
    server: isMaria ? "MariaDB 10.5 and newer" : "MySQL 8.0 and newer",
    client: isMaria ? "mariadb" : "mysql",
    roleName,
    roleLiteral: `'${roleOf(database)}'`,
    // Over a socket or loopback nothing is on a wire, and TLS is often not set up.
    requireTls: database.hosts === "localhost" || database.hosts.startsWith("127.") ? "REQUIRE NONE" : "REQUIRE SSL",
    grants: grants.join("\n"),
    defaultRoles: [accountA, accountB]
      .map((account) => `SET DEFAULT ROLE ${roleName} ${isMaria ? "FOR" : "TO"} '${account}'@'${database.hosts}';`)
      .join("\n"),
  };
  return [
    { name: "1-accounts.sql", content: fill("mysql-accounts.sql", values), about: "Makes the role and the accounts." },
    { name: "2-rotate-begin", content: fill("mysql-rotate-begin", values), about: "First half of a rotation." },
    { name: "3-rotate-end", content: fill("mysql-rotate-end", values), about: "Second half of a rotation." },
    { name: "4-check.sql", content: fill("mysql-check.sql", values), about: "Shows what the accounts may do." },
  ];
};

export const sqlserver = (database: Database): readonly Script[] => {
  const schema = database.schema === "public" ? "dbo" : database.schema;
  const role = roleOf(database);
  const everyTable = database.writable.length === 0;
  const grants = [
    ...(everyTable ? [`GRANT SELECT, INSERT, UPDATE, DELETE ON SCHEMA::[${schema}] TO [${role}];`] : []),
    ...(everyTable
      ? [
          ...database.readOnly.map((table) => `DENY INSERT, UPDATE, DELETE ON [${schema}].[${table}] TO [${role}];`),
          ...database.appendOnly.map((table) => `DENY UPDATE, DELETE ON [${schema}].[${table}] TO [${role}];`),
        ]
      : classes(database).flatMap(({ tables, rights }) =>
          tables.map((table) => `GRANT ${rights.join(", ")} ON [${schema}].[${table}] TO [${role}];`),
        )),
  ];
  const values = { ...basics(database), schema, grants: grants.join("\n") };
  return [
    {
      name: "1-accounts.sql",
      content: fill("sqlserver-accounts.sql", values),
      about: "Makes the role and the logins. Never run on a server.",
    },
    {
      name: "2-rotate.sql",
      content: fill("sqlserver-rotate.sql", values),
      about: "Both halves of a rotation. Never run on a server.",
    },
    {
      name: "4-check.sql",
      content: fill("sqlserver-check.sql", values),
      about: "Shows what the logins may do. Never run on a server.",
    },
  ];
};

export const scriptsFor = (server: ServerName, database: Database): readonly Script[] =>
  server === "postgresql"
    ? postgresql(database)
    : server === "sqlserver"
      ? sqlserver(database)
      : mysql(database, server);

/** What was never run on a server says so: the others were, on PostgreSQL 15 and 17, MariaDB 10.11 and 11.8, and MySQL 8.0.15. */
const untried: Partial<Record<ServerName, string>> = {
  sqlserver: ": read by a grammar of T-SQL, never run on a server",
};

export const readme = (servers: readonly ServerName[], database: Database): string =>
  fill("README.md", {
    ...basics(database),
    servers: servers.map((server) => `- \`${server}/\`${untried[server] ?? ""}`).join("\n"),
  });
