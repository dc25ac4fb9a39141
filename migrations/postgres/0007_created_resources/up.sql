-- The resources that were created on Coolify: what has the mark of one of them and another uuid was
-- delivered late by a request that had been given up.
-- The SQLite tree has the same tables and columns; a test compares the two.

CREATE TABLE created_resources (
    mark TEXT NOT NULL PRIMARY KEY,
    tenant_id TEXT NOT NULL CHECK (tenant_id <> ''),
    workspace_id TEXT NOT NULL,
    name TEXT NOT NULL,
    uuid TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    FOREIGN KEY (tenant_id, workspace_id) REFERENCES vibn_workspaces (tenant_id, id)
);
CREATE INDEX created_resources_by_workspace ON created_resources (tenant_id, workspace_id);

-- From when on whatever is created in a workspace is recorded: 0 is from its beginning.
ALTER TABLE vibn_workspaces ADD COLUMN recorded_since BIGINT NOT NULL DEFAULT 0;
-- The owner of the table, which is no tenant, sees its rows only meanwhile.
ALTER TABLE vibn_workspaces NO FORCE ROW LEVEL SECURITY;
UPDATE vibn_workspaces SET recorded_since = (extract(epoch FROM now()) * 1000)::BIGINT;
ALTER TABLE vibn_workspaces FORCE ROW LEVEL SECURITY;

ALTER TABLE created_resources ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON created_resources
    USING (tenant_id = current_setting('app.tenant_id', true))
    WITH CHECK (tenant_id = current_setting('app.tenant_id', true));
