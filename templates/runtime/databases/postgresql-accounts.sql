-- Application role and two accounts for {{database}}. PostgreSQL 13 and newer.
-- Run as an administrator of the server:
--   psql --no-psqlrc --dbname={{database}} --file=1-accounts.sql
-- May be run again: it changes nothing that is as it should be, and touches no password.
-- Afterwards give the account that is in use a password. psql asks for it, hashes it itself and sends only the hash:
--   psql --no-psqlrc --dbname={{database}} --command='\password {{accountA}}'
\set ON_ERROR_STOP on
BEGIN;

-- The role holds the rights and cannot log in; the accounts only inherit them.
SELECT 'CREATE ROLE {{role}} NOLOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{{role}}') \gexec
ALTER ROLE {{role}} NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
-- {{accountA}} is the first in use; {{accountB}} waits for the first rotation.
SELECT 'CREATE ROLE {{accountA}} LOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{{accountA}}') \gexec
SELECT 'CREATE ROLE {{accountB}} NOLOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{{accountB}}') \gexec
ALTER ROLE {{accountA}} INHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS CONNECTION LIMIT 50;
ALTER ROLE {{accountB}} INHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS CONNECTION LIMIT 50;
GRANT {{role}} TO {{accountA}}, {{accountB}};

-- What is open to everyone is closed. Other accounts that live on PUBLIC's rights need grants of their own first:
-- 4-check.sql lists who is connected.
REVOKE ALL ON DATABASE {{database}} FROM PUBLIC;
REVOKE ALL ON SCHEMA {{schema}} FROM PUBLIC;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
REVOKE ALL ON ALL TABLES IN SCHEMA {{schema}} FROM PUBLIC;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA {{schema}} FROM PUBLIC;
REVOKE ALL ON ALL ROUTINES IN SCHEMA {{schema}} FROM PUBLIC;

-- The application works with rows; it makes, changes and drops no tables.
GRANT CONNECT ON DATABASE {{database}} TO {{role}};
GRANT USAGE ON SCHEMA {{schema}} TO {{role}};
{{grants}}
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {{schema}} TO {{role}};
{{defaults}}

-- A stuck statement or a forgotten transaction ends by itself.
ALTER ROLE {{accountA}} IN DATABASE {{database}} SET search_path = {{schema}};
ALTER ROLE {{accountB}} IN DATABASE {{database}} SET search_path = {{schema}};
ALTER ROLE {{accountA}} SET idle_in_transaction_session_timeout = '5min';
ALTER ROLE {{accountB}} SET idle_in_transaction_session_timeout = '5min';
COMMIT;
