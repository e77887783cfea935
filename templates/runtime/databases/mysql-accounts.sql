-- Application role and two accounts for {{database}}. {{server}}.
-- Run as an administrator of the server:
--   {{client}} --database={{database}} < 1-accounts.sql
-- May be run again: it changes nothing that is as it should be, and touches no password.
-- Nobody can log in yet: both accounts are locked. 2-rotate-begin gives the first one a password and unlocks it.

CREATE ROLE IF NOT EXISTS {{roleName}};
CREATE USER IF NOT EXISTS '{{accountA}}'@'{{hosts}}' {{requireTls}} WITH MAX_USER_CONNECTIONS 50 ACCOUNT LOCK;
CREATE USER IF NOT EXISTS '{{accountB}}'@'{{hosts}}' {{requireTls}} WITH MAX_USER_CONNECTIONS 50 ACCOUNT LOCK;

-- The application works with rows of this database; it makes, changes and drops no tables, and sees no other database.
{{grants}}

GRANT {{roleName}} TO '{{accountA}}'@'{{hosts}}';
GRANT {{roleName}} TO '{{accountB}}'@'{{hosts}}';
{{defaultRoles}}
