-- The resources that were deleted on Coolify: their volumes may be on a docker host still.
-- The SQLite tree has the same tables and columns; a test compares the two.

CREATE TABLE deleted_resources (
    tenant_id TEXT NOT NULL CHECK (tenant_id <> ''),
    workspace_id TEXT NOT NULL,
    uuid TEXT NOT NULL,
    server TEXT,
    deleted_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, workspace_id, uuid),
    FOREIGN KEY (tenant_id, workspace_id) REFERENCES vibn_workspaces (tenant_id, id)
        ON DELETE CASCADE
);

ALTER TABLE deleted_resources ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON deleted_resources
    USING (tenant_id = current_setting('app.tenant_id', true))
    WITH CHECK (tenant_id = current_setting('app.tenant_id', true));
