import { z } from "zod";
import { type Fact, knownValue } from "../../../src/model/fact.ts";
import type { WhatRunsHere } from "../../../src/model/integration.ts";
import { raw } from "../../../src/model/probe.ts";
import { question } from "../../../src/model/question.ts";
import { integrations } from "../../../src/probes/integrations.ts";
import { isAdministrative, loginsOf } from "./logins.ts";

const needs = { here: raw(integrations) };
type Asked = { readonly here: Fact<WhatRunsHere> };

/** Names that need no quotes in any of the servers, so that nothing typed here can become SQL. */
const identifier = z
  .string()
  .trim()
  .regex(/^[A-Za-z_][A-Za-z0-9_]{0,40}$/u, "must be letters, digits and _, beginning with a letter, at most 41");

const found = ({ here }: Asked) => knownValue(here)?.integrations ?? [];

const serverNames = ["postgresql", "mariadb", "mysql", "sqlserver"] as const;
export type ServerName = (typeof serverNames)[number];

export const databaseServers = question({
  id: "databases.servers",
  kind: "multiselect",
  label: "Database servers",
  title: "For which database servers should accounts be written?",
  why: "Each gets a script that makes a role with the rights of an application and two accounts for rotation. Proposed are the servers that the configuration names; where it names none, all of them.",
  schema: z.array(z.enum(serverNames)),
  needs,
  choices: () => [
    { value: "postgresql", label: "PostgreSQL" },
    { value: "mariadb", label: "MariaDB" },
    { value: "mysql", label: "MySQL" },
    { value: "sqlserver", label: "SQL Server", hint: "read by a grammar, never run" },
  ],
  default: (facts) => {
    const servers = new Set(found(facts).flatMap((integration) => loginsOf(integration).map(({ server }) => server)));
    const derived = serverNames.filter((name) => servers.has(name === "mariadb" ? "mysql" : name));
    return derived.length > 0 ? derived : [...serverNames];
  },
});

export const databaseName = question({
  id: "databases.name",
  kind: "text",
  label: "Database",
  title: "What is the integration's database called?",
  why: "The role gets rights in this database and in no other. Proposed is the name in the configuration.",
  schema: identifier,
  needs,
  default: (facts) => {
    for (const { configuration } of found(facts)) {
      const named = configuration.settings.find(
        ({ path, value }) =>
          /^(?:db|database)(?:_?name)?$/iu.test(path.at(-1) as string) &&
          typeof value === "string" &&
          identifier.safeParse(value).success,
      );
      if (named !== undefined) return named.value as string;
    }
    return "integration";
  },
});

export const databaseSchema = question({
  id: "databases.schema",
  kind: "text",
  label: "Schema",
  title: "In which schema are the integration's tables?",
  why: "PostgreSQL and SQL Server have schemas inside of a database: public and dbo where nobody made others. MySQL and MariaDB have none.",
  schema: identifier,
  needs: {},
  default: () => "public",
});

export const databaseOwner = question({
  id: "databases.owner",
  kind: "text",
  label: "Owner of the tables",
  title: "Which account makes the tables (migrations)?",
  why: "PostgreSQL: tables that this account makes later get the same rights by themselves. Empty: tables that whoever runs the script makes.",
  schema: z.union([z.literal(""), identifier]),
  needs: {},
  default: () => "",
});

export const databaseHosts = question({
  id: "databases.hosts",
  kind: "text",
  label: "Where the integration connects from",
  title: "From which host or network does the integration connect?",
  why: "MySQL and MariaDB bind an account to where it comes from: an address, a name, or a network as 10.1.2.0/255.255.255.0. localhost where both are on one machine.",
  schema: z
    .string()
    .trim()
    .regex(/^[A-Za-z0-9.:%_/-]{1,60}$/u, "must be an address, a name or a network such as 10.1.2.0/255.255.255.0"),
  needs: {},
  default: () => "localhost",
});

const tables = z.array(identifier);

export const databaseReadOnly = question({
  id: "databases.read-only",
  kind: "list",
  label: "Tables to read only",
  title: "Which tables does the integration only read?",
  why: "Reference data that a broken-in integration must not change. It may read them and nothing else.",
  schema: tables,
  needs: {},
  default: () => [],
});

export const databaseAppendOnly = question({
  id: "databases.append-only",
  kind: "list",
  label: "Tables to add to only",
  title: "To which tables does the integration only add rows?",
  why: "Audit trails and ledgers: it may read and add, but neither change nor delete what is written.",
  schema: tables,
  needs: {},
  default: () => [],
});

export const databaseWritable = question({
  id: "databases.writable",
  kind: "list",
  label: "Tables to work with",
  title: "Which tables does the integration read, add to, change and delete from?",
  why: "Empty: all tables that are not named before. MySQL and MariaDB cannot take a right away from one table that is given for all: name them here when others are read or added to only.",
  schema: tables,
  needs: {},
  default: () => [],
});

export const databaseAccount = question({
  id: "databases.account",
  kind: "text",
  label: "New database account",
  title: "Which account should the integration use instead of the administrator's?",
  why: "Only once the account exists and has the password that is configured now: the generated scripts make it. Then its name is written into the configuration, the integration is restarted, and it must answer as before. Empty: leave the configuration.",
  schema: z.union([z.literal(""), identifier]),
  needs,
  when: (facts) =>
    found(facts).some((integration) =>
      loginsOf(integration).some(
        ({ account, setting }) => account !== undefined && setting !== undefined && isAdministrative(account),
      ),
    ),
  default: () => "",
  check: (value) => (value !== "" && isAdministrative(value) ? `${value} is an administrator's account` : undefined),
});

export const questions = [
  databaseServers,
  databaseName,
  databaseSchema,
  databaseOwner,
  databaseHosts,
  databaseReadOnly,
  databaseAppendOnly,
  databaseWritable,
  databaseAccount,
];
