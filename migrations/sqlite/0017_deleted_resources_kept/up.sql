-- The resources that were deleted on Coolify: their volumes may be on a docker host still.
-- The PostgreSQL tree has the same tables and columns; a test compares the two.

CREATE TABLE deleted_resources (
    tenant_id TEXT NOT NULL CHECK (tenant_id <> ''),
    workspace_id TEXT NOT NULL,
    uuid TEXT NOT NULL,
    server TEXT,
    deleted_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, workspace_id, uuid),
    FOREIGN KEY (tenant_id, workspace_id) REFERENCES vibn_workspaces (tenant_id, id)
        ON DELETE CASCADE
) STRICT;
