-- Rotation, first half: the account that waits may log in, with a new password. Nobody is disconnected.
--   psql --no-psqlrc --dbname={{database}} --set=fresh={{accountB}} --file=2-rotate-begin.sql
-- psql asks for the new password twice. Then give the integration the account and its password (its secrets file), restart
-- it, and run 3-rotate-end.sql when it answers.
\set ON_ERROR_STOP on
SELECT :'fresh' IN ('{{accountA}}', '{{accountB}}') AS ours \gset
\if :ours
\else
  \echo 'fresh must be {{accountA}} or {{accountB}}'
  SELECT 1 / 0 AS "stop: not one of our accounts";
\endif
\password :fresh
ALTER ROLE :"fresh" LOGIN;
