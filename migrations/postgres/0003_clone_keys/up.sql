-- The keys by which Coolify clones the repositories of apps over SSH, with GITEA_CLONE=ssh. Coolify alone has the private
-- halves. `id` is the mark of the key at Coolify, `creation` that of the creation of its app (none once another key was made
-- for that), `app` the app's uuid once it is known, `private_key` the key's uuid at Coolify once it is known. `repository`
-- is the number of the repository that the key opens, `left_repository` that of the one that it opened before, until it is
-- closed there.
CREATE TABLE clone_keys (
    tenant_id TEXT NOT NULL CHECK (tenant_id <> ''),
    workspace_id TEXT NOT NULL,
    id TEXT NOT NULL,
    creation TEXT,
    app TEXT,
    private_key TEXT,
    public_key TEXT NOT NULL,
    repository BIGINT NOT NULL,
    left_repository BIGINT,
    made_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, workspace_id, id),
    UNIQUE (tenant_id, workspace_id, creation),
    UNIQUE (tenant_id, workspace_id, app),
    FOREIGN KEY (tenant_id, workspace_id) REFERENCES vibn_workspaces (tenant_id, id)
);

ALTER TABLE clone_keys ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON clone_keys
    USING (tenant_id = current_setting('app.tenant_id', true))
    WITH CHECK (tenant_id = current_setting('app.tenant_id', true));
