-- What the accounts of {{database}} may do. Changes nothing. {{server}}.
--   {{client}} --table < 4-check.sql
SELECT '--- rights of the role and the accounts: rows of {{database}}, nothing else' AS '';
SHOW GRANTS FOR {{roleName}};
SHOW GRANTS FOR '{{accountA}}'@'{{hosts}}';
SHOW GRANTS FOR '{{accountB}}'@'{{hosts}}';
SELECT '--- accounts with rights over the whole server: administrators only' AS '';
SELECT GRANTEE, COUNT(*) AS RIGHTS FROM information_schema.USER_PRIVILEGES WHERE PRIVILEGE_TYPE <> 'USAGE' GROUP BY GRANTEE;
SELECT '--- who is connected' AS '';
SELECT USER, DB, COUNT(*) AS CONNECTIONS FROM information_schema.PROCESSLIST GROUP BY USER, DB;
SELECT '--- accounts that need no password and no socket: none' AS '';
SELECT User, Host, plugin FROM mysql.user WHERE plugin IN ('mysql_native_password', 'caching_sha2_password') AND authentication_string = '' AND User NOT IN ({{roleLiteral}}, '') ORDER BY User;
