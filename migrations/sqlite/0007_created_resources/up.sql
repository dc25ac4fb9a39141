-- The resources that were created on Coolify: what has the mark of one of them and another uuid was
-- delivered late by a request that had been given up.
-- The PostgreSQL tree has the same tables and columns; a test compares the two.

CREATE TABLE created_resources (
    mark TEXT NOT NULL PRIMARY KEY,
    tenant_id TEXT NOT NULL CHECK (tenant_id <> ''),
    workspace_id TEXT NOT NULL,
    name TEXT NOT NULL,
    uuid TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    FOREIGN KEY (tenant_id, workspace_id) REFERENCES vibn_workspaces (tenant_id, id)
) STRICT;
CREATE INDEX created_resources_by_workspace ON created_resources (tenant_id, workspace_id);

-- From when on whatever is created in a workspace is recorded: 0 is from its beginning.
ALTER TABLE vibn_workspaces ADD COLUMN recorded_since INTEGER NOT NULL DEFAULT 0;
UPDATE vibn_workspaces SET recorded_since = unixepoch() * 1000;
