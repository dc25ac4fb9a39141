-- People: how they are found and sign in, the workspaces that they are members of, their sessions, the links that
-- open something once, and invitations. Credentials are stored as SHA-256 digests. `email_digest` is that of
-- `email:` and the address, `provider_digest` that of `workos:` and the id there: by these a person is found before
-- their tenant is known. `provider_refresh` is sealed. `active_tenant` is where the person works at present.
-- The SQLite tree has the same tables and columns; a test compares the two.

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
    created_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, workspace_id, user_id),
    FOREIGN KEY (tenant_id, workspace_id) REFERENCES vibn_workspaces (tenant_id, id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES memberships (tenant_id, user_id)
);

CREATE TABLE invitations (
    id TEXT NOT NULL PRIMARY KEY,
    tenant_id TEXT NOT NULL REFERENCES tenants (id) CHECK (tenant_id <> ''),
    workspace_id TEXT,
    email TEXT NOT NULL,
    role TEXT NOT NULL,
    digest TEXT NOT NULL UNIQUE CHECK (length(digest) = 64),
    provider_id TEXT,
    invited_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    ended_at BIGINT,
    accepted_by TEXT,
    FOREIGN KEY (tenant_id, workspace_id) REFERENCES vibn_workspaces (tenant_id, id)
);
CREATE INDEX invitations_by_tenant ON invitations (tenant_id, created_at);

CREATE TABLE sessions (
    id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id),
    digest TEXT NOT NULL UNIQUE CHECK (length(digest) = 64),
    previous TEXT,
    csrf TEXT NOT NULL,
    rotated_at BIGINT NOT NULL,
    active_tenant TEXT,
    active_workspace TEXT,
    created_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    address TEXT,
    agent TEXT,
    provider_session TEXT,
    provider_refresh TEXT
);
CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX sessions_by_previous ON sessions (previous);

CREATE TABLE one_time_links (
    digest TEXT NOT NULL PRIMARY KEY CHECK (length(digest) = 64),
    user_id TEXT NOT NULL REFERENCES users (id),
    purpose TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX one_time_links_by_user ON one_time_links (user_id);

DO $$
DECLARE
    name TEXT;
BEGIN
    FOREACH name IN ARRAY ARRAY['workspace_memberships', 'invitations'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', name);
        EXECUTE format(
            'CREATE POLICY tenant ON %I '
            'USING (tenant_id = current_setting(''app.tenant_id'', true)) '
            'WITH CHECK (tenant_id = current_setting(''app.tenant_id'', true))',
            name
        );
    END LOOP;
    -- What a person has apart from their tenants. A transaction has their id in its setting once they have proved who
    -- they are.
    FOREACH name IN ARRAY ARRAY['sessions', 'one_time_links'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', name);
        EXECUTE format(
            'CREATE POLICY person ON %I '
            'USING (user_id = current_setting(''app.user_id'', true)) '
            'WITH CHECK (user_id = current_setting(''app.user_id'', true))',
            name
        );
    END LOOP;
END
$$;

CREATE POLICY person ON users
    USING (id = current_setting('app.user_id', true))
    WITH CHECK (id = current_setting('app.user_id', true));
CREATE POLICY person ON memberships FOR SELECT
    USING (user_id = current_setting('app.user_id', true));
CREATE POLICY person ON workspace_memberships FOR SELECT
    USING (user_id = current_setting('app.user_id', true));

-- A presented credential shows the one row that it belongs to, to be read.
CREATE POLICY credential ON users FOR SELECT
    USING (current_setting('app.credential', true) IN (email_digest, provider_digest));
CREATE POLICY credential ON sessions FOR SELECT
    USING (current_setting('app.credential', true) IN (digest, previous));
CREATE POLICY credential ON one_time_links FOR SELECT
    USING (digest = current_setting('app.credential', true));
CREATE POLICY credential ON invitations FOR SELECT
    USING (digest = current_setting('app.credential', true));
