-- Tenants, workspaces, keys, the journals and the audit. Times are milliseconds since the Unix
-- epoch. The SQLite migrations have the same tables and columns; a test compares the two.

CREATE TABLE tenants (
    id TEXT NOT NULL PRIMARY KEY CHECK (id <> ''),
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE users (
    id TEXT NOT NULL PRIMARY KEY,
    email TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE memberships (
    tenant_id TEXT NOT NULL REFERENCES tenants (id) CHECK (tenant_id <> ''),
    user_id TEXT NOT NULL REFERENCES users (id),
    role TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, user_id)
);
CREATE INDEX memberships_by_user ON memberships (user_id);

CREATE TABLE vibn_workspaces (
    id TEXT NOT NULL PRIMARY KEY,
    tenant_id TEXT NOT NULL REFERENCES tenants (id) CHECK (tenant_id <> ''),
    slug TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    gitea_org TEXT NOT NULL,
    gitea_bot_username TEXT NOT NULL,
    gitea_bot_token TEXT,
    gitea_bot_ssh_key_id BIGINT,
    coolify_private_key_uuid TEXT,
    coolify_project_uuid TEXT,
    coolify_environment_name TEXT NOT NULL,
    provision_status TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (tenant_id, id)
);
CREATE INDEX vibn_workspaces_by_slug ON vibn_workspaces (tenant_id, slug);

-- Foreign keys to a workspace include its tenant, so a row can't refer to another tenant's
-- workspace.
CREATE TABLE api_keys (
    id TEXT NOT NULL PRIMARY KEY,
    tenant_id TEXT NOT NULL CHECK (tenant_id <> ''),
    workspace_id TEXT NOT NULL,
    name TEXT,
    prefix TEXT NOT NULL,
    digest TEXT NOT NULL UNIQUE CHECK (length(digest) = 64),
    agent_type TEXT,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT,
    expires_at BIGINT,
    revoked_at BIGINT,
    FOREIGN KEY (tenant_id, workspace_id) REFERENCES vibn_workspaces (tenant_id, id)
);
CREATE INDEX api_keys_by_workspace ON api_keys (tenant_id, workspace_id, created_at);

CREATE TABLE projects (
    id TEXT NOT NULL PRIMARY KEY,
    tenant_id TEXT NOT NULL CHECK (tenant_id <> ''),
    workspace_id TEXT NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    repo TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    FOREIGN KEY (tenant_id, workspace_id) REFERENCES vibn_workspaces (tenant_id, id)
);
CREATE INDEX projects_by_workspace ON projects (tenant_id, workspace_id, name);

CREATE TABLE provision_steps (
    tenant_id TEXT NOT NULL CHECK (tenant_id <> ''),
    workspace_id TEXT NOT NULL,
    name TEXT NOT NULL,
    state TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, name),
    FOREIGN KEY (tenant_id, workspace_id) REFERENCES vibn_workspaces (tenant_id, id)
);

CREATE TABLE creations (
    id TEXT NOT NULL PRIMARY KEY,
    tenant_id TEXT NOT NULL CHECK (tenant_id <> ''),
    workspace_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    digest TEXT NOT NULL,
    uuid TEXT,
    lease_until BIGINT NOT NULL,
    started_at BIGINT NOT NULL,
    UNIQUE (workspace_id, kind, name),
    FOREIGN KEY (tenant_id, workspace_id) REFERENCES vibn_workspaces (tenant_id, id)
);
CREATE INDEX creations_by_digest ON creations (workspace_id, kind, digest);

-- No foreign keys: an entry outlives the rows that it names, and every call writes one.
CREATE TABLE audit_log (
    id TEXT NOT NULL PRIMARY KEY,
    tenant_id TEXT NOT NULL CHECK (tenant_id <> ''),
    workspace_id TEXT,
    key_id TEXT,
    call TEXT NOT NULL,
    tool TEXT NOT NULL,
    surface TEXT NOT NULL,
    outcome TEXT NOT NULL,
    resource TEXT,
    params_digest TEXT NOT NULL,
    at BIGINT NOT NULL,
    duration_ms BIGINT NOT NULL
);
CREATE INDEX audit_log_by_workspace ON audit_log (tenant_id, workspace_id, at);

-- Each transaction sets its tenant (`SET LOCAL app.tenant_id`); without one it sees no rows. FORCE
-- applies the policies to the owner too. After a SET LOCAL, the setting reads '' in later
-- transactions, hence the CHECKs above.
DO $$
DECLARE
    name TEXT;
BEGIN
    FOREACH name IN ARRAY ARRAY[
        'memberships', 'vibn_workspaces', 'api_keys', 'projects', 'provision_steps', 'creations',
        'audit_log'
    ]
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

ALTER TABLE tenants ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON tenants
    USING (id = current_setting('app.tenant_id', true))
    WITH CHECK (id = current_setting('app.tenant_id', true));

-- A person is visible to the tenants that they are a member of. There is no policy for changes yet.
ALTER TABLE users ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY member ON users FOR SELECT
    USING (EXISTS (SELECT FROM memberships WHERE memberships.user_id = users.id));
CREATE POLICY newcomer ON users FOR INSERT WITH CHECK (true);

-- A presented credential shows the one row that it belongs to, before the tenant is known.
CREATE POLICY credential ON api_keys FOR SELECT
    USING (digest = current_setting('app.credential', true));
