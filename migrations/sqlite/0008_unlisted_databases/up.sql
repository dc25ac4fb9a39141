-- The databases of the kinds that Coolify lists for the whole team only. Each row is one of them by its
-- uuid, or a reason to read that list: the mark of a creation whose outcome is unknown, or ''.
-- The PostgreSQL tree has the same tables and columns; a test compares the two.

CREATE TABLE unlisted_databases (
    tenant_id TEXT NOT NULL CHECK (tenant_id <> ''),
    workspace_id TEXT NOT NULL,
    id TEXT NOT NULL,
    is_known INTEGER NOT NULL,
    noted_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, workspace_id, id),
    FOREIGN KEY (tenant_id, workspace_id) REFERENCES vibn_workspaces (tenant_id, id)
        ON DELETE CASCADE
) STRICT;

-- What the present workspaces have of them is not known yet, and a server of an earlier release may
-- create more of them for a while: the list is read for a day.
INSERT INTO unlisted_databases (tenant_id, workspace_id, id, is_known, noted_at)
    SELECT tenant_id, id, '', 0, (unixepoch() + 86400) * 1000
    FROM vibn_workspaces WHERE coolify_project_uuid IS NOT NULL;
