-- What the accounts of {{database}} may do. Changes nothing.
--   psql --no-psqlrc --dbname={{database}} --file=4-check.sql
\echo '--- accounts: only an application role and two accounts, none of them an administrator'
SELECT rolname, rolcanlogin, rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls, rolvaliduntil
  FROM pg_roles WHERE rolname IN ('{{role}}', '{{accountA}}', '{{accountB}}') ORDER BY rolname;
\echo '--- rights on tables of {{schema}}'
SELECT grantee, table_name, string_agg(privilege_type, ', ' ORDER BY privilege_type) AS rights
  FROM information_schema.role_table_grants
  WHERE table_schema = '{{schema}}' AND grantee IN ('{{role}}', '{{accountA}}', '{{accountB}}', 'PUBLIC')
  GROUP BY grantee, table_name ORDER BY table_name, grantee;
\echo '--- rights in other schemas: none'
SELECT table_schema, table_name, privilege_type
  FROM information_schema.role_table_grants
  WHERE grantee IN ('{{role}}', '{{accountA}}', '{{accountB}}') AND table_schema <> '{{schema}}';
\echo '--- may create in a schema: none'
SELECT nspname FROM pg_namespace
  WHERE has_schema_privilege('{{role}}', oid, 'CREATE') AND nspname !~ '^pg_(temp|toast)';
\echo '--- who is connected, and whether over TLS'
SELECT usename, ssl, client_addr, count(*) FROM pg_stat_activity LEFT JOIN pg_stat_ssl USING (pid)
  WHERE datname = '{{database}}' GROUP BY 1, 2, 3 ORDER BY 1;
\echo '--- passwords that are stored as MD5: none (an administrator sees them)'
SELECT rolname FROM pg_authid WHERE rolpassword LIKE 'md5%';
