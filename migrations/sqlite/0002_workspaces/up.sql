-- Provisioning runs that can be resumed, key scopes, projects with links, a rate budget that all
-- instances share, and chained audit entries.
-- The PostgreSQL migrations have the same tables and columns; a test compares the two.

ALTER TABLE vibn_workspaces ADD COLUMN gitea_bot_token_id INTEGER;

ALTER TABLE api_keys ADD COLUMN scope TEXT NOT NULL DEFAULT 'workspace';

ALTER TABLE provision_steps ADD COLUMN started_at INTEGER;
ALTER TABLE provision_steps ADD COLUMN error TEXT;
ALTER TABLE provision_steps ADD COLUMN hint TEXT;

ALTER TABLE projects ADD COLUMN links TEXT NOT NULL DEFAULT '[]';

-- The latest run of each workspace; a workspace has at most one at a time.
CREATE TABLE provision_runs (
    workspace_id TEXT NOT NULL PRIMARY KEY,
    tenant_id TEXT NOT NULL CHECK (tenant_id <> ''),
    id TEXT NOT NULL,
    wants TEXT NOT NULL,
    lease_until INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    ended_at INTEGER,
    outcome TEXT,
    FOREIGN KEY (tenant_id, workspace_id) REFERENCES vibn_workspaces (tenant_id, id)
) STRICT;

-- Not scoped to a tenant: an upstream counts the calls of all tenants together.
CREATE TABLE upstream_budgets (
    name TEXT NOT NULL PRIMARY KEY,
    credit INTEGER NOT NULL,
    counted_at INTEGER NOT NULL
) STRICT;

-- The three columns are null in entries older than the chain.
ALTER TABLE audit_log ADD COLUMN seq INTEGER;
ALTER TABLE audit_log ADD COLUMN previous TEXT;
ALTER TABLE audit_log ADD COLUMN digest TEXT;
CREATE UNIQUE INDEX audit_log_by_seq ON audit_log (tenant_id, seq);

-- The end of each tenant's chain. Like the entries, it has no foreign keys.
CREATE TABLE audit_heads (
    tenant_id TEXT NOT NULL PRIMARY KEY CHECK (tenant_id <> ''),
    seq INTEGER NOT NULL,
    digest TEXT NOT NULL
) STRICT;

CREATE TRIGGER audit_heads_are_kept BEFORE DELETE ON audit_heads
BEGIN
    SELECT RAISE(ABORT, 'audit_heads are kept');
END;
