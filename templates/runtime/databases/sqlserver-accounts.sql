-- Application role and two logins for {{database}}. SQL Server 2017 and newer, Azure SQL Managed Instance.
-- A grammar of T-SQL reads it; no server ever ran it. Try it on a copy first.
-- Run as an administrator of the server; sqlcmd fills the variables from the environment, so that no password is in this file
-- or on the command line:
--   read -rs PasswordA; export PasswordA; read -rs PasswordB; export PasswordB
--   sqlcmd -b -N -S HOST -d {{database}} -i 1-accounts.sql
-- May be run again: a login that exists keeps its password.
:on error exit
SET XACT_ABORT ON;
GO
IF SUSER_ID(N'{{accountA}}') IS NULL
    CREATE LOGIN [{{accountA}}] WITH PASSWORD = N'$(PasswordA)', CHECK_POLICY = ON, CHECK_EXPIRATION = OFF, DEFAULT_DATABASE = [{{database}}];
GO
-- Waits for the first rotation.
IF SUSER_ID(N'{{accountB}}') IS NULL
BEGIN
    CREATE LOGIN [{{accountB}}] WITH PASSWORD = N'$(PasswordB)', CHECK_POLICY = ON, CHECK_EXPIRATION = OFF, DEFAULT_DATABASE = [{{database}}];
    ALTER LOGIN [{{accountB}}] DISABLE;
END;
GO
USE [{{database}}];
GO
IF DATABASE_PRINCIPAL_ID(N'{{accountA}}') IS NULL CREATE USER [{{accountA}}] FOR LOGIN [{{accountA}}] WITH DEFAULT_SCHEMA = [{{schema}}];
IF DATABASE_PRINCIPAL_ID(N'{{accountB}}') IS NULL CREATE USER [{{accountB}}] FOR LOGIN [{{accountB}}] WITH DEFAULT_SCHEMA = [{{schema}}];
IF DATABASE_PRINCIPAL_ID(N'{{role}}') IS NULL CREATE ROLE [{{role}}] AUTHORIZATION [dbo];
ALTER ROLE [{{role}}] ADD MEMBER [{{accountA}}];
ALTER ROLE [{{role}}] ADD MEMBER [{{accountB}}];
GO
-- The application works with rows; it makes, changes and drops no tables.
{{grants}}
DENY ALTER ON SCHEMA::[{{schema}}] TO [{{role}}];
REVOKE CONNECT FROM [guest];
GO
