import { describe, expect, test } from "vitest";
import { answerReader } from "../../../../src/core/answers.ts";
import { known, unknown } from "../../../../src/model/fact.ts";
import type { Integration } from "../../../../src/model/integration.ts";
import { attestations } from "../../../../src/probes/attestations.ts";
import { integrations } from "../../../../src/probes/integrations.ts";
import { secretPlaces } from "../../../../src/probes/secret-places.ts";
import { databases } from "../../../../steps/runtime/databases/index.ts";
import { isAdministrative, loginsOf, weakConnections } from "../../../../steps/runtime/databases/logins.ts";
import { mysql, postgresql, scriptsFor } from "../../../../steps/runtime/databases/sql.ts";
import { whatRunsHere } from "../../integration-fixture.ts";
import { factsOf, problemsOf, settle } from "../../settle.ts";
import { assembled, configured, fileAt, noPlaces } from "../secrets-fixture.ts";

const path = "/opt/orders/Config.toml";
const withText = (text: string, overrides: Partial<Integration> = {}) => configured({ [path]: text }, overrides);
const facts = (all: readonly Integration[]) =>
  factsOf(
    [integrations, known(whatRunsHere(all))],
    [secretPlaces, known(noPlaces)],
    [attestations, unknown("not asked")],
  );

describe("accounts in a configuration", () => {
  test.each([
    ['dbHost = "h"\ndbPort = 3306\ndbUser = "root"\n', "dbUser", "mysql", "root"],
    ['[db]\nhost = "h"\nuser = "sa"\npassword = "x"\n', "db.user", "database", "sa"],
    ['[postgresql]\nhost = "h"\nusername = "postgres"\n', "postgresql.username", "postgresql", "postgres"],
    ['url = "jdbc:mysql://root:x@db:3306/orders"\n', "url", "mysql", "root"],
    ['url = "jdbc:sqlserver://db:1433;user=sa;encrypt=true"\n', "url", "sqlserver", "sa"],
    ['url = "postgresql://db/orders?user=app"\n', "url", "postgresql", "app"],
    ['[ldap]\nhost = "h"\nbindDn = "cn=admin,dc=example"\n', "ldap.bindDn", "ldap", "cn=admin,dc=example"],
    ['[db]\nhost = "h"\npassword = "x"\n', "db", "database", undefined],
  ])("%#", (text, where, server, account) => {
    expect(loginsOf(withText(text)).map((login) => [login.where, login.server, login.account])).toEqual([
      [where, server, account],
    ]);
  });

  test.each([
    '[notifications]\nuser = "admin"\n',
    'adminUserLimit = "root"\n',
    'upstreamUrl = "https://admin:x@host/"\n',
    '[smtp]\nhost = "mail"\npassword = "x"\n',
  ])("no database's account: %#", (text) => {
    expect(loginsOf(withText(text))).toEqual([]);
  });

  test.each([
    "root",
    "Postgres",
    "sa",
    "SYS",
    "admin@tenant",
    "cn=admin,dc=x",
    "CN=Directory Manager",
    "EXAMPLE\\Administrator",
  ])("%s administers", (account) => expect(isAdministrative(account)).toBe(true));
  test.each(["orders_app_a", "rooted", "cn=orders,ou=services", "sales"])("%s does not", (account) =>
    expect(isAdministrative(account)).toBe(false));

  test.each([
    ['[dbOptions.ssl]\nmode = "DISABLED"\n', ["plain"]],
    ['[db]\nsslMode = "PREFERRED"\n', ["plain"]],
    ['[postgres.ssl]\nmode = "VERIFY_FULL"\n', []],
    ["[db.options]\nallowPublicKeyRetrieval = true\n", ["unverified"]],
    ['url = "jdbc:sqlserver://h;encrypt=false;trustServerCertificate=true"\n', ["plain", "unverified"]],
    ['url = "ldap://h"\n', ["plain"]],
    ['[display]\nmode = "disabled"\n', []],
  ])("weak connections: %#", (text, kinds) => {
    expect(weakConnections(withText(text)).map(({ kind }) => kind)).toEqual(kinds);
  });
});

describe("controls", () => {
  const bad = withText(
    'dbHost = "h"\ndbPort = 3306\ndbUser = "root" # why?\ndbPassword = "MARKED-db"\n\n[dbOptions.ssl]\nmode = "DISABLED"\n',
  );
  const good = withText('dbHost = "h"\ndbPort = 3306\ndbUser = "orders_app_a"\n');

  test("database-administrative-account, directory-account, database-account-named, database-connection-encrypted", () => {
    expect(settle([databases], facts([bad])).results).toMatchObject({
      "database-administrative-account": "fail",
      "directory-account": "notapplicable",
      "database-account-named": "pass",
      "database-connection-encrypted": "fail",
      "database-accounts-rotated": "unknown",
    });
    expect(settle([databases], facts([good])).results).toMatchObject({
      "database-administrative-account": "pass",
      "database-connection-encrypted": "pass",
    });
    const directory = withText(
      '[ldap]\nhost = "h"\nbindDn = "cn=admin,dc=x"\npassword = "x"\n\n[db]\nhost = "h"\npassword = "y"\n',
    );
    expect(settle([databases], facts([directory])).results).toMatchObject({
      "directory-account": "fail",
      "database-account-named": "fail",
    });
    expect(settle([databases], facts([withText("port = 1\n")])).results["database-administrative-account"]).toBe(
      "notapplicable",
    );
  });

  test("nothing is changed before somebody says that the account exists", () => {
    expect(settle([databases], facts([bad])).changes).toEqual([]);
    const { changes } = settle([databases], facts([bad]), { "databases.account": "orders_app_a" });
    const text = bad.configuration.files[0]?.content ?? "";
    expect(assembled(fileAt(changes, path), { [path]: text })).toBe(text.replace('"root"', '"orders_app_a"'));
    expect(JSON.stringify(changes)).not.toContain("MARKED");
  });

  test("an administrator is no new account", () => {
    expect(settle([databases], facts([bad]), { "databases.account": "sa" }).problems).toEqual([
      "databases.account: sa is an administrator's account",
    ]);
  });
});

describe("scripts", () => {
  const database = {
    name: "orders",
    schema: "shop",
    owner: "",
    hosts: "10.1.2.0/255.255.255.0",
    readOnly: [],
    appendOnly: [],
    writable: [],
  };

  test.each([
    "postgresql",
    "mariadb",
    "mysql",
    "sqlserver",
  ] as const)("%s: nothing is left to fill in, and no password is in it", (server) => {
    for (const { content } of scriptsFor(server, database)) {
      expect(content).not.toMatch(/\{\{/u);
      expect(content).not.toMatch(/IDENTIFIED BY '[^%]/u);
      expect(content).not.toMatch(/PASSWORD = N'[^$]/u);
    }
  });

  test("PostgreSQL: classes of tables, and later tables by the owner's hand", () => {
    const [accounts] = postgresql({ ...database, owner: "migrations", readOnly: ["a"], appendOnly: ["b"] });
    expect(accounts?.content).toContain("REVOKE INSERT, UPDATE, DELETE ON shop.a FROM orders_app;");
    expect(accounts?.content).toContain("REVOKE UPDATE, DELETE ON shop.b FROM orders_app;");
    expect(accounts?.content).toContain("ALTER DEFAULT PRIVILEGES FOR ROLE migrations IN SCHEMA shop");
    const [named] = postgresql({ ...database, writable: ["c"] });
    expect(named?.content).toContain("GRANT SELECT, INSERT, UPDATE, DELETE ON shop.c TO orders_app;");
    expect(named?.content).not.toContain("ALL TABLES IN SCHEMA shop TO");
  });

  test("MySQL and MariaDB: a table is never both open and closed; over a network TLS is required", () => {
    const [open] = mysql(database, "mysql");
    expect(open?.content).toContain("GRANT SELECT, INSERT, UPDATE, DELETE ON `orders`.* TO 'orders_app'@'%';");
    expect(open?.content).toContain("REQUIRE SSL");
    expect(open?.content).toContain("SET DEFAULT ROLE 'orders_app'@'%' TO 'orders_app_a'@'10.1.2.0/255.255.255.0';");
    const [closed] = mysql({ ...database, readOnly: ["a"], hosts: "localhost" }, "mariadb");
    expect(closed?.content).not.toContain("`orders`.*");
    expect(closed?.content).toContain("GRANT SELECT ON `orders`.`a` TO orders_app;");
    expect(closed?.content).toContain("SET DEFAULT ROLE orders_app FOR 'orders_app_a'@'localhost';");
  });

  test("answers that could become SQL are refused", () => {
    const problems = problemsOf([databases], facts([]), {
      "databases.name": "orders; DROP",
      "databases.hosts": "'%",
    });
    expect(problems).toHaveLength(2);
  });

  test("without an integration the files are generated from answers", () => {
    const files = databases.generate?.(answerReader(facts([]), {})) ?? [];
    expect(files.map(({ path: name }) => name)).toContain("/databases/postgresql/1-accounts.sql");
    expect(files.find(({ path: name }) => name === "/databases/README.md")?.content).toContain(
      "orders_app".replace("orders", "integration"),
    );
  });
});
