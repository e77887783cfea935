-- What the accounts of {{database}} may do. Changes nothing. A grammar of T-SQL reads it; no server ever ran it.
--   sqlcmd -b -N -S HOST -d {{database}} -i 4-check.sql
SELECT m.name AS account, r.name AS server_role
  FROM sys.server_role_members AS rm
  JOIN sys.server_principals AS r ON r.principal_id = rm.role_principal_id
  JOIN sys.server_principals AS m ON m.principal_id = rm.member_principal_id
  WHERE m.name IN (N'{{accountA}}', N'{{accountB}}');
SELECT m.name AS account, r.name AS database_role
  FROM sys.database_role_members AS rm
  JOIN sys.database_principals AS r ON r.principal_id = rm.role_principal_id
  JOIN sys.database_principals AS m ON m.principal_id = rm.member_principal_id
  WHERE m.name IN (N'{{accountA}}', N'{{accountB}}', N'{{role}}');
SELECT p.state_desc, p.permission_name, p.class_desc, OBJECT_SCHEMA_NAME(p.major_id) AS in_schema, OBJECT_NAME(p.major_id) AS on_object
  FROM sys.database_permissions AS p
  JOIN sys.database_principals AS g ON g.principal_id = p.grantee_principal_id
  WHERE g.name IN (N'{{role}}', N'{{accountA}}', N'{{accountB}}', N'public') ORDER BY g.name, p.permission_name;
SELECT login_name, encrypt_option, COUNT(*) AS sessions
  FROM sys.dm_exec_sessions AS s JOIN sys.dm_exec_connections AS c ON c.session_id = s.session_id
  WHERE database_id = DB_ID(N'{{database}}') GROUP BY login_name, encrypt_option;
GO
