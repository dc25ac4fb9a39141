-- Tenants, workspaces, keys, the journals and the audit. Times are milliseconds since the Unix
-- epoch. The PostgreSQL migrations have the same tables and columns; a test compares the two.

CREATE TABLE tenants (
    id TEXT NOT NULL PRIMARY KEY CHECK (id <> ''),
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE users (
    id TEXT NOT NULL PRIMARY KEY,
    email TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE memberships (
    tenant_id TEXT NOT NULL REFERENCES tenants (id) CHECK (tenant_id <> ''),
    user_id TEXT NOT NULL REFERENCES users (id),
    role TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, user_id)
) STRICT;
CREATE INDEX memberships_by_user ON memberships (user_id);

CREATE TABLE vibn_workspaces (
    id TEXT NOT NULL PRIMARY KEY,
    tenant_id TEXT NOT NULL REFERENCES tenants (id) CHECK (tenant_id <> ''),
    slug TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    gitea_org TEXT NOT NULL,
    gitea_bot_username TEXT NOT NULL,
    gitea_bot_token TEXT,
    gitea_bot_ssh_key_id INTEGER,
    coolify_private_key_uuid TEXT,
    coolify_project_uuid TEXT,
    coolify_environment_name TEXT NOT NULL,
    provision_status TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    UNIQUE (tenant_id, id)
) STRICT;
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
    created_at INTEGER NOT NULL,
    last_used_at INTEGER,
    expires_at INTEGER,
    revoked_at INTEGER,
    FOREIGN KEY (tenant_id, workspace_id) REFERENCES vibn_workspaces (tenant_id, id)
) STRICT;
CREATE INDEX api_keys_by_workspace ON api_keys (tenant_id, workspace_id, created_at);

CREATE TABLE projects (
    id TEXT NOT NULL PRIMARY KEY,
    tenant_id TEXT NOT NULL CHECK (tenant_id <> ''),
    workspace_id TEXT NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    repo TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    FOREIGN KEY (tenant_id, workspace_id) REFERENCES vibn_workspaces (tenant_id, id)
) STRICT;
CREATE INDEX projects_by_workspace ON projects (tenant_id, workspace_id, name);

CREATE TABLE provision_steps (
    tenant_id TEXT NOT NULL CHECK (tenant_id <> ''),
    workspace_id TEXT NOT NULL,
    name TEXT NOT NULL,
    state TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, name),
    FOREIGN KEY (tenant_id, workspace_id) REFERENCES vibn_workspaces (tenant_id, id)
) STRICT;

CREATE TABLE creations (
    id TEXT NOT NULL PRIMARY KEY,
    tenant_id TEXT NOT NULL CHECK (tenant_id <> ''),
    workspace_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    digest TEXT NOT NULL,
    uuid TEXT,
    lease_until INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    UNIQUE (workspace_id, kind, name),
    FOREIGN KEY (tenant_id, workspace_id) REFERENCES vibn_workspaces (tenant_id, id)
) STRICT;
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
    at INTEGER NOT NULL,
    duration_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX audit_log_by_workspace ON audit_log (tenant_id, workspace_id, at);

CREATE TRIGGER audit_log_keeps_entries BEFORE DELETE ON audit_log
BEGIN
    SELECT RAISE(ABORT, 'audit_log is append-only');
END;
CREATE TRIGGER audit_log_keeps_texts BEFORE UPDATE ON audit_log
BEGIN
    SELECT RAISE(ABORT, 'audit_log is append-only');
END;
