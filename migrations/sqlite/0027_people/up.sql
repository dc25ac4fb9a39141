-- People: how they are found and sign in, the workspaces that they are members of, their sessions, the links that
-- open something once, and invitations. Credentials are stored as SHA-256 digests. `email_digest` is that of
-- `email:` and the address, `provider_digest` that of `workos:` and the id there: by these a person is found before
-- their tenant is known. `provider_refresh` is sealed. `active_tenant` is where the person works at present.
-- The PostgreSQL tree has the same tables and columns; a test compares the two.

ALTER TABLE users ADD COLUMN email_digest TEXT;
ALTER TABLE users ADD COLUMN provider_id TEXT;
ALTER TABLE users ADD COLUMN provider_digest TEXT;
ALTER TABLE users ADD COLUMN password TEXT;
ALTER TABLE users ADD COLUMN photo TEXT;
CREATE UNIQUE INDEX users_by_email_digest ON users (email_digest);
CREATE UNIQUE INDEX users_by_provider_digest ON users (provider_digest);

-- The organisation that a tenant is at the provider of identities, and the person who installed the server.
ALTER TABLE tenants ADD COLUMN provider_id TEXT;
ALTER TABLE installation ADD COLUMN owner_link TEXT;
ALTER TABLE installation ADD COLUMN owner_id TEXT;

-- Who minted a key, if a person did.
ALTER TABLE api_keys ADD COLUMN minted_by TEXT;

CREATE TABLE workspace_memberships (
    tenant_id TEXT NOT NULL CHECK (tenant_id <> ''),
    workspace_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    role TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, workspace_id, user_id),
    FOREIGN KEY (tenant_id, workspace_id) REFERENCES vibn_workspaces (tenant_id, id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES memberships (tenant_id, user_id)
) STRICT;

CREATE TABLE invitations (
    id TEXT NOT NULL PRIMARY KEY,
    tenant_id TEXT NOT NULL REFERENCES tenants (id) CHECK (tenant_id <> ''),
    workspace_id TEXT,
    email TEXT NOT NULL,
    role TEXT NOT NULL,
    digest TEXT NOT NULL UNIQUE CHECK (length(digest) = 64),
    provider_id TEXT,
    invited_by TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    ended_at INTEGER,
    accepted_by TEXT,
    FOREIGN KEY (tenant_id, workspace_id) REFERENCES vibn_workspaces (tenant_id, id)
) STRICT;
CREATE INDEX invitations_by_tenant ON invitations (tenant_id, created_at);

CREATE TABLE sessions (
    id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id),
    digest TEXT NOT NULL UNIQUE CHECK (length(digest) = 64),
    previous TEXT,
    csrf TEXT NOT NULL,
    rotated_at INTEGER NOT NULL,
    active_tenant TEXT,
    active_workspace TEXT,
    created_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL,
    address TEXT,
    agent TEXT,
    provider_session TEXT,
    provider_refresh TEXT
) STRICT;
CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX sessions_by_previous ON sessions (previous);

CREATE TABLE one_time_links (
    digest TEXT NOT NULL PRIMARY KEY CHECK (length(digest) = 64),
    user_id TEXT NOT NULL REFERENCES users (id),
    purpose TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX one_time_links_by_user ON one_time_links (user_id);
