-- Rotation without an outage, in three runs. A grammar of T-SQL reads it; no server ever ran it.
-- 1. The login that waits gets a new password and may log in (Fresh is {{accountA}} or {{accountB}}):
--      export Step=begin Fresh={{accountB}} Stale={{accountA}}; read -rs Password; export Password
--      sqlcmd -b -N -S HOST -d master -i 2-rotate.sql
-- 2. Give the integration the login and its password (its secrets file) and restart it.
-- 3. When it answers: export Step=end and run it again. Refused while the old login still has sessions.
:on error exit
IF N'$(Fresh)' NOT IN (N'{{accountA}}', N'{{accountB}}') OR N'$(Stale)' NOT IN (N'{{accountA}}', N'{{accountB}}') OR N'$(Fresh)' = N'$(Stale)'
BEGIN
    THROW 50000, 'Fresh and Stale must be the two accounts', 1;
END
ELSE IF N'$(Step)' = N'begin'
BEGIN
    ALTER LOGIN [$(Fresh)] WITH PASSWORD = N'$(Password)';
    ALTER LOGIN [$(Fresh)] ENABLE;
END
ELSE
BEGIN
    IF EXISTS (SELECT 1 FROM sys.dm_exec_sessions WHERE login_name = N'$(Stale)')
    BEGIN
        THROW 50001, 'the old login still has sessions: nothing was changed', 1;
    END;
    ALTER LOGIN [$(Stale)] DISABLE;
END;
GO
