/**
 * The generated accounts on real servers: Debian's PostgreSQL and MariaDB, and MySQL 8.0.15 as a Maven artefact carries it for
 * tests. SQL Server is not to be had from any registry: its scripts are read by a T-SQL grammar, and never run.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { mysql, postgresql, type Script, sqlserver } from "../../steps/runtime/databases/sql.ts";
import { type Lab, labOrSkip, must, openLab, type RunResult, releases, type Server, until } from "./harness/index.ts";
import { mysqlServer, sqlGrammar } from "./validators.ts";

const reason = labOrSkip();
const note = reason === undefined ? "" : ` (skipped: ${reason})`;

const database = {
  name: "orders",
  schema: "shop",
  owner: "",
  hosts: "localhost",
  readOnly: ["countries"],
  appendOnly: ["audit"],
  writable: [],
};

describe.each([...releases])("accounts for databases on %s", (release) => {
  describe.skipIf(reason !== undefined)(`made by the scripts${note}`, () => {
    let lab: Lab;
    let server: Server;
    beforeAll(async () => {
      lab = await openLab();
      server = await lab.server({ release, flavour: "databases" });
    }, 900_000);
    afterAll(() => lab?.close());

    const put = async (folder: string, scripts: readonly Script[]) => {
      await server.must(["install", "-d", "-m", "0755", folder]);
      for (const { name, content } of scripts) await server.writeFile(`${folder}/${name}`, content, { mode: "0644" });
    };

    describe("PostgreSQL", () => {
      const folder = "/srv/pg";
      const asAdministrator = (...words: readonly string[]) =>
        server.exec(["psql", "--no-psqlrc", "--dbname=orders", ...words], { user: "postgres" });
      const script = async (name: string, input = "", ...words: readonly string[]): Promise<RunResult> =>
        server.exec(["psql", "--no-psqlrc", "--dbname=orders", ...words, `--file=${folder}/${name}`], {
          user: "postgres",
          input,
        });
      /** As the application: over TCP, with a password. */
      const as = (account: string, password: string, sql: string, name = "orders"): Promise<RunResult> =>
        server.exec(
          [
            "psql",
            "--no-psqlrc",
            "--set=ON_ERROR_STOP=1",
            "--no-password",
            "-At",
            "--host=127.0.0.1",
            `--username=${account}`,
          ]
            .concat([`--dbname=${name}`])
            .concat([`--command=${sql}`]),
          { env: { PGPASSWORD: password } },
        );

      beforeAll(async () => {
        await server.must(["createdb", "orders"], { user: "postgres" });
        await server.must(["createdb", "payroll"], { user: "postgres" });
        const { exitCode, stderr } = await asAdministrator(
          "--set=ON_ERROR_STOP=1",
          "--command=CREATE SCHEMA shop; CREATE TABLE shop.items (id serial PRIMARY KEY, name text); CREATE TABLE shop.countries (code text); CREATE TABLE shop.audit (id serial, line text); INSERT INTO shop.countries VALUES ('DE'); CREATE SCHEMA hr; CREATE TABLE hr.salaries (amount int); GRANT USAGE ON SCHEMA hr TO postgres",
        );
        expect(exitCode, stderr).toBe(0);
        await put(folder, postgresql(database));
      });

      test("the script runs, and runs again", async () => {
        const first = await script("1-accounts.sql");
        expect(first.exitCode, first.stderr).toBe(0);
        const second = await script("1-accounts.sql");
        expect(second.exitCode, second.stderr).toBe(0);
      });

      test("the account gets a password that is in no file, and does its work", async () => {
        // \\password reads twice from standard input where there is no terminal.
        const begun = await script("2-rotate-begin.sql", "first-Pw-1\nfirst-Pw-1\n", "--set=fresh=orders_app_a");
        expect(begun.exitCode, begun.stderr).toBe(0);
        const work = await as(
          "orders_app_a",
          "first-Pw-1",
          "INSERT INTO items (name) VALUES ('a') ; UPDATE items SET name = 'b'; SELECT name FROM items; SELECT code FROM countries; INSERT INTO audit (line) VALUES ('x'); DELETE FROM items",
        );
        expect(work.exitCode, work.stderr).toBe(0);
        expect(work.stdout).toContain("DE");
      });

      test.each([
        ["make an account", "CREATE ROLE evil LOGIN"],
        ["become an administrator", "ALTER ROLE orders_app_a SUPERUSER"],
        ["make a database", "CREATE DATABASE evil"],
        ["make a table", "CREATE TABLE shop.evil (x int)"],
        ["make a table in public", "CREATE TABLE public.evil (x int)"],
        ["drop a table", "DROP TABLE shop.items"],
        ["drop the schema", "DROP SCHEMA shop CASCADE"],
        ["empty a table at once", "TRUNCATE shop.items"],
        ["change what is read only", "INSERT INTO countries VALUES ('FR')"],
        ["change what is added to only", "DELETE FROM audit"],
        ["read another schema", "SELECT * FROM hr.salaries"],
        ["read password hashes", "SELECT rolpassword FROM pg_authid"],
        ["read files of the server", "SELECT pg_read_file('/etc/passwd')"],
      ])("it cannot %s", async (_what, sql) => {
        const refused = await as("orders_app_a", "first-Pw-1", sql);
        expect(refused.exitCode).not.toBe(0);
        expect(refused.stderr).toMatch(/permission denied|must be (?:owner|superuser)|Only roles with/iu);
      });

      test("the role itself and the waiting account cannot log in", async () => {
        for (const account of ["orders_app", "orders_app_b"]) {
          expect((await as(account, "first-Pw-1", "SELECT 1")).exitCode).not.toBe(0);
        }
      });

      test("a table that comes later is worked with as well", async () => {
        await asAdministrator("--command=CREATE TABLE shop.later (x int)");
        expect((await as("orders_app_a", "first-Pw-1", "INSERT INTO later VALUES (1)")).exitCode).toBe(0);
      });

      test("rotation: both accounts work for a while, the old one is retired when nobody uses it, and not before", async () => {
        // Somebody stays connected with the old account over the whole rotation.
        await server.must([
          "systemd-run",
          "--unit=old-connection",
          "--setenv=PGPASSWORD=first-Pw-1",
          "psql",
          "--no-psqlrc",
          "--host=127.0.0.1",
          "--username=orders_app_a",
          "--dbname=orders",
          "--command=SELECT pg_sleep(600)",
        ]);
        const begun = await script("2-rotate-begin.sql", "second-Pw-2\nsecond-Pw-2\n", "--set=fresh=orders_app_b");
        expect(begun.exitCode, begun.stderr).toBe(0);
        expect((await as("orders_app_a", "first-Pw-1", "SELECT 1 FROM countries")).exitCode).toBe(0);
        expect((await as("orders_app_b", "second-Pw-2", "SELECT 1 FROM countries")).exitCode).toBe(0);
        await expect
          .poll(async () =>
            (
              await asAdministrator(
                "-At",
                "--command=SELECT count(*) FROM pg_stat_activity WHERE usename = 'orders_app_a'",
              )
            ).stdout.trim(),
          )
          .toBe("1");
        const tooEarly = await script("3-rotate-end.sql", "", "--set=stale=orders_app_a");
        expect(tooEarly.exitCode).not.toBe(0);
        expect(tooEarly.stdout).toContain("still has 1 connections");
        expect((await as("orders_app_a", "first-Pw-1", "SELECT 1")).exitCode).toBe(0);
        await server.must(["systemctl", "stop", "old-connection"]);
        // A server only notices that its client is gone when it has something to say.
        await asAdministrator(
          "--command=SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'orders_app_a'",
        );
        await expect
          .poll(async () =>
            (
              await asAdministrator(
                "-At",
                "--command=SELECT count(*) FROM pg_stat_activity WHERE usename = 'orders_app_a'",
              )
            ).stdout.trim(),
          )
          .toBe("0");
        const ended = await script("3-rotate-end.sql", "", "--set=stale=orders_app_a");
        expect(ended.exitCode, ended.stderr).toBe(0);
        expect((await as("orders_app_a", "first-Pw-1", "SELECT 1")).exitCode).not.toBe(0);
        expect((await as("orders_app_b", "second-Pw-2", "SELECT 1 FROM countries")).exitCode).toBe(0);
        // The first script changes neither who may log in nor a password.
        expect((await script("1-accounts.sql")).exitCode).toBe(0);
        expect((await as("orders_app_a", "first-Pw-1", "SELECT 1")).exitCode).not.toBe(0);
        expect((await as("orders_app_b", "second-Pw-2", "SELECT 1 FROM countries")).exitCode).toBe(0);
      });

      test("an account that is not ours is neither changed nor retired", async () => {
        for (const [name, variable] of [
          ["2-rotate-begin.sql", "fresh"],
          ["3-rotate-end.sql", "stale"],
        ] as const) {
          expect((await script(name, "x\nx\n", `--set=${variable}=postgres`)).exitCode).not.toBe(0);
        }
        expect(
          (
            await asAdministrator("-At", "--command=SELECT rolcanlogin FROM pg_roles WHERE rolname = 'postgres'")
          ).stdout.trim(),
        ).toBe("t");
      });

      test("the check shows the rights and nothing in other schemas", async () => {
        const { exitCode, stdout, stderr } = await script("4-check.sql");
        expect(exitCode, stderr).toBe(0);
        expect(stdout).toMatch(/orders_app +\| countries +\| SELECT\n/u);
        expect(stdout).toMatch(/orders_app +\| audit +\| INSERT, SELECT\n/u);
        expect(stdout).not.toContain("salaries");
      });
    });

    describe.each([
      ["mariadb", "mysql.global_priv"],
      ["mysql", "mysql.user"],
    ] as const)("%s", (kind, hashes) => {
      const folder = `/srv/${kind}`;
      const first = `/root/${kind}-first`;
      const second = `/root/${kind}-second`;
      const writable = { ...database, writable: ["items"] };
      const mysqlFolder = "/opt/mysql8";
      const socket = "/run/mysql8/socket";
      /** MySQL has no client of its own here: MariaDB's speaks to it, by the name that the scripts call. */
      const client = kind === "mysql" ? ["mariadb", "--no-defaults", `--socket=${socket}`] : ["mariadb"];
      /** As an account of the application, with a password. */
      const way = kind === "mysql" ? client : ["mariadb", "--no-defaults", "--protocol=tcp", "--host=localhost"];
      const as = async (account: string, file: string, sql: string): Promise<RunResult> => {
        const password = (await server.must(["cat", file])).trim();
        return server.exec(
          [...way, `--user=${account}`, "--database=orders", "--skip-column-names", "--batch", `--execute=${sql}`],
          { env: { MYSQL_PWD: password } },
        );
      };
      const asRoot = (sql: string) => server.exec([...client, "--skip-column-names", "--batch"], { input: sql });
      const accounts = () => server.exec(["sh", "-c", `${kind} --database=orders < ${folder}/1-accounts.sql`]);

      const startMysql = async () => {
        const there = await mysqlServer();
        if (there === undefined) throw new Error("MySQL could not be fetched");
        await must(["cp", "-r", "--no-preserve=ownership", there, `${server.root}${mysqlFolder}`]);
        await server.must(["install", "-d", "-o", "mysql", "-g", "mysql", "/srv/mysql8", "/run/mysql8"]);
        const program = [
          `${mysqlFolder}/bin/mysqld`,
          "--no-defaults",
          "--user=mysql",
          `--basedir=${mysqlFolder}`,
        ].concat(["--datadir=/srv/mysql8/data", `--lc-messages-dir=${mysqlFolder}/share`, "--skip-log-bin"]);
        const env = { LD_LIBRARY_PATH: `${mysqlFolder}/lib` };
        const made = await server.exec([...program, "--initialize-insecure"], { env, timeoutMs: 300_000 });
        expect(made.exitCode, made.stderr.slice(-2000)).toBe(0);
        await server.must([
          ...["systemd-run", "--unit=mysql8", `--setenv=LD_LIBRARY_PATH=${env.LD_LIBRARY_PATH}`, ...program],
          ...[`--socket=${socket}`, "--skip-networking", "--mysqlx=OFF"],
        ]);
        await server.writeFile("/usr/local/bin/mysql", `#!/bin/sh\nexec ${client.join(" ")} "$@"\n`, { mode: "0755" });
        await until("MySQL answers", async () => ((await asRoot("SELECT 1;")).exitCode === 0 ? true : undefined), {
          timeoutMs: 120_000,
        });
        expect((await asRoot("SELECT VERSION();")).stdout).toBe("8.0.15\n");
      };

      beforeAll(async () => {
        if (kind === "mysql") await startMysql();
        const made = await asRoot(
          "CREATE DATABASE orders; CREATE DATABASE payroll; USE orders; CREATE TABLE items (id int PRIMARY KEY AUTO_INCREMENT, name text); CREATE TABLE countries (code text); CREATE TABLE audit (line text); INSERT INTO countries VALUES ('DE'); CREATE TABLE payroll.salaries (amount int);",
        );
        expect(made.exitCode, made.stderr).toBe(0);
        await put(folder, mysql(writable, kind));
      });

      test("the script runs, and runs again", async () => {
        for (const _round of [1, 2]) {
          const made = await accounts();
          expect(made.exitCode, made.stderr).toBe(0);
        }
      });

      test("the account gets a random password that only root can read, and does its work", async () => {
        const begun = await server.exec(["sh", `${folder}/2-rotate-begin`, "orders_app_a", first]);
        expect(begun.exitCode, begun.stderr).toBe(0);
        expect((await server.must(["stat", "-c", "%a %U", first])).trim()).toBe("600 root");
        expect(begun.stdout + begun.stderr).not.toContain((await server.must(["cat", first])).trim());
        const work = await as(
          "orders_app_a",
          first,
          "INSERT INTO items (name) VALUES ('a'); UPDATE items SET name = 'b'; SELECT code FROM countries; INSERT INTO audit VALUES ('x'); DELETE FROM items",
        );
        expect(work.exitCode, work.stderr).toBe(0);
        expect(work.stdout).toContain("DE");
      });

      test.each([
        ["make an account", "CREATE USER evil"],
        ["give rights away", "GRANT ALL ON *.* TO orders_app_a@localhost"],
        ["make a table", "CREATE TABLE evil (x int)"],
        ["drop a table", "DROP TABLE items"],
        ["drop the database", "DROP DATABASE orders"],
        ["change what is read only", "INSERT INTO countries VALUES ('FR')"],
        ["change what is added to only", "DELETE FROM audit"],
        ["read another database", "SELECT * FROM payroll.salaries"],
        ["read password hashes", `SELECT * FROM ${hashes}`],
        ["read files of the server", "LOAD DATA INFILE '/etc/passwd' INTO TABLE items"],
      ])("it cannot %s", async (_what, sql) => {
        const refused = await as("orders_app_a", first, sql);
        expect(refused.exitCode).not.toBe(0);
        expect(refused.stderr).toMatch(/denied|Can't find any matching row|not allowed/iu);
      });

      test("rotation: both accounts work for a while, the old one is retired when nobody uses it, and not before", async () => {
        const password = (await server.must(["cat", first])).trim();
        await server.must([
          ...["systemd-run", `--unit=old-${kind}`, `--setenv=MYSQL_PWD=${password}`, ...way],
          ...["--user=orders_app_a", "--database=orders", "--execute=SELECT SLEEP(600)"],
        ]);
        const begun = await server.exec(["sh", `${folder}/2-rotate-begin`, "orders_app_b", second]);
        expect(begun.exitCode, begun.stderr).toBe(0);
        expect((await as("orders_app_a", first, "SELECT 1 FROM countries")).exitCode).toBe(0);
        expect((await as("orders_app_b", second, "SELECT 1 FROM countries")).exitCode).toBe(0);
        const connections = async () =>
          (
            await asRoot("SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE USER = 'orders_app_a';")
          ).stdout.trim();
        await expect.poll(connections).toBe("1");
        const tooEarly = await server.exec(["sh", `${folder}/3-rotate-end`, "orders_app_a"]);
        expect(tooEarly.exitCode).toBe(1);
        expect(tooEarly.stderr).toContain("still has 1 connections");
        await server.must(["systemctl", "stop", `old-${kind}`]);
        await asRoot(
          "SELECT CONCAT('KILL ', ID) FROM information_schema.PROCESSLIST WHERE USER = 'orders_app_a';",
        ).then(({ stdout }) =>
          stdout.trim() === "" ? undefined : asRoot(`${stdout.trim().replaceAll("\n", ";\n")};`),
        );
        await expect.poll(connections).toBe("0");
        const ended = await server.exec(["sh", `${folder}/3-rotate-end`, "orders_app_a"]);
        expect(ended.exitCode, ended.stderr).toBe(0);
        expect((await as("orders_app_a", first, "SELECT 1")).stderr).toMatch(/denied|locked/iu);
        expect((await as("orders_app_b", second, "SELECT 1 FROM countries")).exitCode).toBe(0);
        expect((await accounts()).exitCode).toBe(0);
        expect((await as("orders_app_b", second, "SELECT 1 FROM countries")).exitCode).toBe(0);
      });

      test("a password file that exists, and an account that is not ours, are left alone", async () => {
        expect((await server.exec(["sh", `${folder}/2-rotate-begin`, "orders_app_a", second])).exitCode).toBe(2);
        expect((await server.exec(["sh", `${folder}/2-rotate-begin`, "root", "/root/third"])).exitCode).toBe(2);
        expect((await server.exec(["sh", `${folder}/3-rotate-end`, "root"])).exitCode).toBe(2);
      });

      test("the check shows the rights, and the script is in nobody's history", async () => {
        const checked = await server.exec(["sh", "-c", `${kind} --table < ${folder}/4-check.sql`]);
        expect(checked.exitCode, checked.stderr).toBe(0);
        expect(checked.stdout).toContain("orders_app");
        const password = (await server.must(["cat", second])).trim();
        const found = await server.exec(["grep", "-rlF", "-e", password, "/root", "/var/log", "/tmp"]);
        expect(found.stdout.trim()).toBe(second);
      });
    });
  });
});

describe.skipIf(reason !== undefined)(`scripts for servers that are not here${note}`, () => {
  const scratch = mkdtempSync(join(tmpdir(), "drawbridge-sql-"));
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));

  /**
   * sqlcmd's own lines are no T-SQL. The grammar has no brackets behind DEFAULT_DATABASE and no ALTER LOGIN, which SQL Server
   * has: those three forms are the manual's, and stand aside.
   */
  const statements = (text: string) =>
    text
      .replaceAll(/^:.*$/gmu, "")
      .replaceAll(/(DEFAULT_DATABASE = )\[(\w+)\]/gu, "$1$2")
      .replaceAll(/ALTER LOGIN \[[\w$()]+\] (?:DISABLE|ENABLE|WITH PASSWORD = N'[^']+');/gu, "PRINT N'';");

  test.each([
    ["every table", database],
    ["named tables", { ...database, writable: ["items"] }],
  ])("SQL Server, %s: a T-SQL grammar reads every statement", async (_what, wanted) => {
    const grammar = await sqlGrammar("tsql");
    if (grammar === undefined) throw new Error("the grammar could not be fetched");
    for (const { name, content } of sqlserver(wanted)) {
      const path = join(scratch, name);
      writeFileSync(path, statements(content));
      const { fine, said } = await grammar(path);
      expect(fine, `${name}: ${said.slice(-1500)}`).toBe(true);
    }
    const spoiled = join(scratch, "spoiled.sql");
    writeFileSync(spoiled, readFileSync(join(scratch, "1-accounts.sql"), "utf8").replace("FOR LOGIN", "FOR LOGINS"));
    expect((await grammar(spoiled)).fine).toBe(false);
  });
});
