-- Rotation, second half: the account that is no longer used loses its password and its login.
--   psql --no-psqlrc --dbname={{database}} --set=stale={{accountA}} --file=3-rotate-end.sql
-- Refused while it still has connections: whoever has them was not given the new account yet.
\set ON_ERROR_STOP on
SELECT :'stale' IN ('{{accountA}}', '{{accountB}}') AS ours \gset
\if :ours
\else
  \echo 'stale must be {{accountA}} or {{accountB}}'
  SELECT 1 / 0 AS "stop: not one of our accounts";
\endif
SELECT count(*) > 0 AS busy, count(*) AS connections FROM pg_stat_activity WHERE usename = :'stale' \gset
\if :busy
  \echo :stale 'still has' :connections 'connections: nothing was changed'
  SELECT 1 / 0 AS "stop: still in use";
\endif
ALTER ROLE :"stale" NOLOGIN PASSWORD NULL;
