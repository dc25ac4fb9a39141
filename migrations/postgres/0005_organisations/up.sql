-- The names that the workspaces' organisations should have, by their ids in Gitea: an owner may rename
-- one onto the name that another workspace needs.
-- The SQLite tree has the same tables and columns; a test compares the two.

-- Not scoped to a tenant: the workspace that needs a name may be another tenant's.
CREATE TABLE gitea_organisations (
    cell TEXT NOT NULL,
    id BIGINT NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (cell, id)
);
-- The owner of the table, which is no tenant, sees its rows only meanwhile.
ALTER TABLE vibn_workspaces NO FORCE ROW LEVEL SECURITY;
INSERT INTO gitea_organisations (cell, id, name)
    SELECT cell, gitea_org_id, gitea_org FROM vibn_workspaces WHERE gitea_org_id IS NOT NULL;
ALTER TABLE vibn_workspaces FORCE ROW LEVEL SECURITY;
