-- Provisioning runs that can be resumed, key scopes, projects with links, a rate budget that all
-- instances share, and chained audit entries.
-- The SQLite migrations have the same tables and columns; a test compares the two.

ALTER TABLE vibn_workspaces ADD COLUMN gitea_bot_token_id BIGINT;

ALTER TABLE api_keys ADD COLUMN scope TEXT NOT NULL DEFAULT 'workspace';

ALTER TABLE provision_steps
    ADD COLUMN started_at BIGINT,
    ADD COLUMN error TEXT,
    ADD COLUMN hint TEXT;

ALTER TABLE projects ADD COLUMN links TEXT NOT NULL DEFAULT '[]';

-- The latest run of each workspace; a workspace has at most one at a time.
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

-- Not scoped to a tenant: an upstream counts the calls of all tenants together.
CREATE TABLE upstream_budgets (
    name TEXT NOT NULL PRIMARY KEY,
    credit BIGINT NOT NULL,
    counted_at BIGINT NOT NULL
);

-- The three columns are null in entries older than the chain.
ALTER TABLE audit_log
    ADD COLUMN seq BIGINT,
    ADD COLUMN previous TEXT,
    ADD COLUMN digest TEXT;
CREATE UNIQUE INDEX audit_log_by_seq ON audit_log (tenant_id, seq);

-- The end of each tenant's chain. Like the entries, it has no foreign keys.
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

-- The owner lists the tenants whose chains `audit verify` checks; it can't read their rows.
CREATE POLICY operator ON tenants FOR SELECT TO CURRENT_USER USING (true);

-- A presented key shows the workspace that it belongs to, so that the one look-up of a refused call
-- also finds the workspace for the audit. The subquery is uncorrelated, so it runs once per query.
CREATE POLICY credential ON vibn_workspaces FOR SELECT
    USING (id = (
        SELECT workspace_id FROM api_keys
        WHERE digest = current_setting('app.credential', true)
    ));
