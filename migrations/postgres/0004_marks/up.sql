-- What proves that something on an upstream belongs to a workspace of this installation: marks that
-- are recorded before it is created, and the numbers that the upstream gave it.
-- The SQLite tree has the same tables and columns; a test compares the two.

ALTER TABLE vibn_workspaces ADD COLUMN upstream_mark TEXT;
ALTER TABLE vibn_workspaces ADD COLUMN gitea_bot_email TEXT;
ALTER TABLE vibn_workspaces ADD COLUMN gitea_bot_id BIGINT;
ALTER TABLE vibn_workspaces ADD COLUMN gitea_org_id BIGINT;

-- One row: the id of this installation. Not scoped to a tenant.
CREATE TABLE installation (
    id TEXT NOT NULL PRIMARY KEY
);
INSERT INTO installation (id) VALUES (replace(gen_random_uuid()::text, '-', ''));
