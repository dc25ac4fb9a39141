-- Provisioning that survives its process, keys of two scopes, projects with links, a rate budget
-- that all instances share, and an audit whose entries are chained.
-- The SQLite tree has the same tables and columns; a test compares the two.

ALTER TABLE vibn_workspaces ADD COLUMN gitea_bot_token_id BIGINT;

ALTER TABLE api_keys ADD COLUMN scope TEXT NOT NULL DEFAULT 'workspace';

ALTER TABLE provision_steps
    ADD COLUMN started_at BIGINT,
    ADD COLUMN error TEXT,
    ADD COLUMN hint TEXT;

ALTER TABLE projects ADD COLUMN links TEXT NOT NULL DEFAULT '[]';

-- One run at a time for each workspace, and only the latest is kept.
CREATE TABLE provision_runs (
    workspace_id TEXT NOT NULL PRIMARY KEY,
    tenant_id TEXT NOT NULL CHECK (tenant_id <> ''),
    id TEXT NOT NULL,
    wants TEXT NOT NULL,
    lease_until BIGINT NOT NULL,
    started_at BIGINT NOT NULL,
    ended_at BIGINT,
    outcome TEXT,
    FOREIGN KEY (tenant_id, workspace_id) REFERENCES vibn_workspaces (tenant_id, id)
);

-- Belongs to no tenant: an upstream counts the calls of all of them together.
CREATE TABLE upstream_budgets (
    name TEXT NOT NULL PRIMARY KEY,
    credit BIGINT NOT NULL,
    counted_at BIGINT NOT NULL
);

-- Entries older than the chain have none of the three.
ALTER TABLE audit_log
    ADD COLUMN seq BIGINT,
    ADD COLUMN previous TEXT,
    ADD COLUMN digest TEXT;
CREATE UNIQUE INDEX audit_log_by_seq ON audit_log (tenant_id, seq);

-- The end of each tenant's chain. No references, as with the entries.
CREATE TABLE audit_heads (
    tenant_id TEXT NOT NULL PRIMARY KEY CHECK (tenant_id <> ''),
    seq BIGINT NOT NULL,
    digest TEXT NOT NULL
);

DO $$
DECLARE
    name TEXT;
BEGIN
    FOREACH name IN ARRAY ARRAY['provision_runs', 'audit_heads']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', name);
        EXECUTE format(
            'CREATE POLICY tenant ON %I '
            'USING (tenant_id = current_setting(''app.tenant_id'', true)) '
            'WITH CHECK (tenant_id = current_setting(''app.tenant_id'', true))',
            name
        );
    END LOOP;
END
$$;

-- The owner lists the tenants whose chains `audit verify` walks; their rows stay closed to it.
CREATE POLICY operator ON tenants FOR SELECT TO CURRENT_USER USING (true);

-- With a key, its presenter sees the workspace that it opens: who was refused is then known by the
-- one look-up that every refusal costs. Not correlated, so that it is asked once for a query.
CREATE POLICY credential ON vibn_workspaces FOR SELECT
    USING (id = (
        SELECT workspace_id FROM api_keys
        WHERE digest = current_setting('app.credential', true)
    ));
