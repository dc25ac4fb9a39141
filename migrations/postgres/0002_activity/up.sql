-- What companions on developers' machines sent. Repositories, machines, worktrees and sessions are known by keys that
-- disclose nothing: HMACs with the salt of the workspace.

-- The salt of a workspace, in hexadecimal digits.
CREATE TABLE activity_salts (
    tenant_id TEXT NOT NULL CHECK (tenant_id <> ''),
    workspace_id TEXT NOT NULL,
    salt TEXT NOT NULL CHECK (length(salt) = 64),
    PRIMARY KEY (tenant_id, workspace_id),
    FOREIGN KEY (tenant_id, workspace_id) REFERENCES vibn_workspaces (tenant_id, id)
);

-- The latest state of each worktree and of each session. `kind` is worktree or session, `subject` its key, `details` the
-- state as JSON, `at` the time of it.
CREATE TABLE activity_states (
    tenant_id TEXT NOT NULL CHECK (tenant_id <> ''),
    workspace_id TEXT NOT NULL,
    machine TEXT NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    repo TEXT NOT NULL,
    details TEXT NOT NULL,
    at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, workspace_id, kind, machine, subject),
    FOREIGN KEY (tenant_id, workspace_id) REFERENCES vibn_workspaces (tenant_id, id)
);
CREATE INDEX activity_states_by_time ON activity_states (tenant_id, workspace_id, kind, at);
CREATE INDEX activity_states_by_end ON activity_states (expires_at);

-- The ids of items that were stored, so that an item that is sent again is stored once.
CREATE TABLE activity_items (
    tenant_id TEXT NOT NULL CHECK (tenant_id <> ''),
    workspace_id TEXT NOT NULL,
    machine TEXT NOT NULL,
    item TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, workspace_id, machine, item),
    FOREIGN KEY (tenant_id, workspace_id) REFERENCES vibn_workspaces (tenant_id, id)
);
CREATE INDEX activity_items_by_end ON activity_items (expires_at);

-- The repositories that a machine keeps private. Items that were taken before that moment are not stored.
CREATE TABLE activity_forgotten (
    tenant_id TEXT NOT NULL CHECK (tenant_id <> ''),
    workspace_id TEXT NOT NULL,
    machine TEXT NOT NULL,
    repo TEXT NOT NULL,
    forgotten_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, workspace_id, machine, repo),
    FOREIGN KEY (tenant_id, workspace_id) REFERENCES vibn_workspaces (tenant_id, id)
);
CREATE INDEX activity_forgotten_by_end ON activity_forgotten (expires_at);

-- Each transaction sees the rows of its tenant, as in all tables of tenants. Rows past their end may be removed by
-- anybody, without being seen.
DO $$
DECLARE
    name TEXT;
BEGIN
    FOREACH name IN ARRAY ARRAY['activity_salts', 'activity_states', 'activity_items', 'activity_forgotten']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', name);
        EXECUTE format(
            'CREATE POLICY tenant ON %I '
            'USING (tenant_id = current_setting(''app.tenant_id'', true)) '
            'WITH CHECK (tenant_id = current_setting(''app.tenant_id'', true))',
            name
        );
    END LOOP;
    FOREACH name IN ARRAY ARRAY['activity_states', 'activity_items', 'activity_forgotten']
    LOOP
        EXECUTE format(
            'CREATE POLICY old ON %I FOR DELETE '
            'USING (expires_at < floor(extract(epoch FROM clock_timestamp()) * 1000)::BIGINT)',
            name
        );
    END LOOP;
END
$$;
