-- The keys that seal secrets in the database: the id of each, and a text that was sealed with it, so that a
-- server finds out at its start whether it has them. The text is null until a server with the key starts.
-- The SQLite tree has the same tables and columns; a test compares the two.

-- Not scoped to a tenant: the same key seals the secrets of all tenants.
CREATE TABLE secrets_keys (
    id TEXT NOT NULL PRIMARY KEY,
    canary TEXT
);
-- The owner of the table, which is no tenant, sees its rows only meanwhile.
ALTER TABLE vibn_workspaces NO FORCE ROW LEVEL SECURITY;
INSERT INTO secrets_keys (id)
    SELECT DISTINCT split_part(token, '.', 2)
    FROM (
        SELECT gitea_bot_token AS token FROM vibn_workspaces
        UNION ALL SELECT gitea_clone_token FROM vibn_workspaces
    ) sealed
    WHERE token LIKE 'v1.%.%';
ALTER TABLE vibn_workspaces FORCE ROW LEVEL SECURITY;
