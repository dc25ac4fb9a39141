-- The resources whose containers were ended because the image of one had a label that it may not have: that container's
-- service, the label's key (none if there were more labels than are read), and what was running. `image` is an
-- application's or a database's image, `file` the digest of a compose file, `hash` the commit that was built: what
-- differs from it may be started.
-- The SQLite tree has the same tables and columns; a test compares the two.

CREATE TABLE rejections (
    tenant_id TEXT NOT NULL CHECK (tenant_id <> ''),
    workspace_id TEXT NOT NULL,
    resource TEXT NOT NULL,
    container TEXT NOT NULL,
    label TEXT,
    image TEXT,
    file TEXT,
    hash TEXT,
    rejected_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, workspace_id, resource),
    FOREIGN KEY (tenant_id, workspace_id) REFERENCES vibn_workspaces (tenant_id, id)
);

ALTER TABLE rejections ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON rejections
    USING (tenant_id = current_setting('app.tenant_id', true))
    WITH CHECK (tenant_id = current_setting('app.tenant_id', true));
