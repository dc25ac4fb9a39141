-- The databases of the kinds that Coolify lists for the whole team only. Each row is one of them by its
-- uuid, or a reason to read that list: the mark of a creation whose outcome is unknown, or ''.
-- The SQLite tree has the same tables and columns; a test compares the two.

CREATE TABLE unlisted_databases (
    tenant_id TEXT NOT NULL CHECK (tenant_id <> ''),
    workspace_id TEXT NOT NULL,
    id TEXT NOT NULL,
    is_known BIGINT NOT NULL,
    noted_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, workspace_id, id),
    FOREIGN KEY (tenant_id, workspace_id) REFERENCES vibn_workspaces (tenant_id, id)
        ON DELETE CASCADE
);

-- What the present workspaces have of them is not known yet, and servers of an earlier release may
-- create more of them for a while: the list is read for a day. The owner of the table, which is no
-- tenant, sees its rows only meanwhile.
ALTER TABLE vibn_workspaces NO FORCE ROW LEVEL SECURITY;
INSERT INTO unlisted_databases (tenant_id, workspace_id, id, is_known, noted_at)
    SELECT tenant_id, id, '', 0, ((extract(epoch FROM now()) + 86400) * 1000)::BIGINT
    FROM vibn_workspaces WHERE coolify_project_uuid IS NOT NULL;
ALTER TABLE vibn_workspaces FORCE ROW LEVEL SECURITY;

ALTER TABLE unlisted_databases ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON unlisted_databases
    USING (tenant_id = current_setting('app.tenant_id', true))
    WITH CHECK (tenant_id = current_setting('app.tenant_id', true));
