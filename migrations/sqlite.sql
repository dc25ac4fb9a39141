-- What the migrations in `sqlite/` make of an empty file, which has less to parse than they have.
-- Generated: `cargo test -p covibe-store --test it -- --ignored write_the_schema_of_an_empty_file`
-- A test compares the two; later migrations run after this.

CREATE TABLE __diesel_schema_migrations (
    version VARCHAR(50) PRIMARY KEY NOT NULL,
    run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
);

CREATE TABLE tenants (
    id TEXT NOT NULL PRIMARY KEY CHECK (id <> ''),
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL
, provider_id TEXT) STRICT;

CREATE TABLE users (
    id TEXT NOT NULL PRIMARY KEY,
    email TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL
, email_digest TEXT, provider_id TEXT, provider_digest TEXT, password TEXT, photo TEXT) STRICT;

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
    created_at INTEGER NOT NULL, gitea_bot_token_id INTEGER, cell TEXT NOT NULL DEFAULT 'default', upstream_mark TEXT, gitea_bot_email TEXT, gitea_bot_id INTEGER, gitea_org_id INTEGER, gitea_clone_token TEXT, gitea_clone_token_id INTEGER, gitea_replaced_tokens TEXT, recorded_since INTEGER NOT NULL DEFAULT 253402300799000, coolify_destination_uuid TEXT, coolify_destination_server TEXT, dns_provider TEXT,
    UNIQUE (tenant_id, id)
) STRICT;

CREATE INDEX vibn_workspaces_by_slug ON vibn_workspaces (tenant_id, slug);

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
    revoked_at INTEGER, scope TEXT NOT NULL DEFAULT 'workspace', access TEXT NOT NULL DEFAULT 'full', minted_by TEXT,
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
    updated_at INTEGER NOT NULL, links TEXT NOT NULL DEFAULT '[]',
    FOREIGN KEY (tenant_id, workspace_id) REFERENCES vibn_workspaces (tenant_id, id)
) STRICT;

CREATE INDEX projects_by_workspace ON projects (tenant_id, workspace_id, name);

CREATE TABLE provision_steps (
    tenant_id TEXT NOT NULL CHECK (tenant_id <> ''),
    workspace_id TEXT NOT NULL,
    name TEXT NOT NULL,
    state TEXT NOT NULL,
    at INTEGER NOT NULL, started_at INTEGER, error TEXT, hint TEXT,
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

CREATE TABLE upstream_budgets (
    name TEXT NOT NULL PRIMARY KEY,
    credit INTEGER NOT NULL,
    counted_at INTEGER NOT NULL
) STRICT;

CREATE TABLE audit_heads (
    tenant_id TEXT NOT NULL PRIMARY KEY CHECK (tenant_id <> ''),
    seq INTEGER NOT NULL,
    digest TEXT NOT NULL
, cut_seq INTEGER NOT NULL DEFAULT 0, cut_digest TEXT NOT NULL
    DEFAULT '0000000000000000000000000000000000000000000000000000000000000000') STRICT;

CREATE TRIGGER audit_heads_are_kept BEFORE DELETE ON audit_heads
BEGIN
    SELECT RAISE(ABORT, 'audit_heads are kept');
END;

CREATE TABLE installation (
    id TEXT NOT NULL PRIMARY KEY
, owner_link TEXT, owner_id TEXT) STRICT;

CREATE TABLE gitea_organisations (
    cell TEXT NOT NULL,
    id INTEGER NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (cell, id)
) STRICT;

CREATE TABLE created_resources (
    mark TEXT NOT NULL PRIMARY KEY,
    tenant_id TEXT NOT NULL CHECK (tenant_id <> ''),
    workspace_id TEXT NOT NULL,
    name TEXT NOT NULL,
    uuid TEXT NOT NULL,
    created_at INTEGER NOT NULL, deleted_at INTEGER,
    FOREIGN KEY (tenant_id, workspace_id) REFERENCES vibn_workspaces (tenant_id, id)
) STRICT;

CREATE INDEX created_resources_by_workspace ON created_resources (tenant_id, workspace_id);

CREATE TABLE unlisted_databases (
    tenant_id TEXT NOT NULL CHECK (tenant_id <> ''),
    workspace_id TEXT NOT NULL,
    id TEXT NOT NULL,
    is_known INTEGER NOT NULL,
    noted_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, workspace_id, id),
    FOREIGN KEY (tenant_id, workspace_id) REFERENCES vibn_workspaces (tenant_id, id)
        ON DELETE CASCADE
) STRICT;

CREATE TABLE secrets_keys (
    id TEXT NOT NULL PRIMARY KEY,
    canary TEXT
) STRICT;

CREATE TABLE reserved_slugs (
    slug TEXT NOT NULL PRIMARY KEY,
    reason TEXT NOT NULL,
    reserved_at INTEGER NOT NULL
) STRICT;

CREATE TABLE deleted_resources (
    tenant_id TEXT NOT NULL CHECK (tenant_id <> ''),
    workspace_id TEXT NOT NULL,
    uuid TEXT NOT NULL,
    server TEXT,
    deleted_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, workspace_id, uuid),
    FOREIGN KEY (tenant_id, workspace_id) REFERENCES vibn_workspaces (tenant_id, id)
        ON DELETE CASCADE
) STRICT;

CREATE TABLE "audit_log" (
    id TEXT NOT NULL PRIMARY KEY,
    tenant_id TEXT NOT NULL CHECK (tenant_id <> ''),
    workspace_id TEXT,
    actor_id TEXT,
    call TEXT,
    tool TEXT NOT NULL,
    surface TEXT NOT NULL,
    outcome TEXT NOT NULL,
    resource TEXT,
    params_digest BLOB CHECK (length(params_digest) = 32),
    at INTEGER NOT NULL,
    duration_ms INTEGER NOT NULL,
    seq INTEGER,
    digest BLOB CHECK (length(digest) = 32),
    access TEXT,
    repeats INTEGER,
    since INTEGER
, detail TEXT) STRICT;

CREATE UNIQUE INDEX audit_log_by_seq ON audit_log (tenant_id, seq);

CREATE TRIGGER audit_log_keeps_entries BEFORE DELETE ON audit_log
WHEN OLD.at > (CAST(strftime('%s', 'now') AS INTEGER) - 30 * 86400) * 1000
    OR OLD.seq IS NULL
    OR OLD.seq > coalesce((SELECT cut_seq FROM audit_heads WHERE tenant_id = OLD.tenant_id), 0)
BEGIN
    SELECT RAISE(ABORT, 'audit_log is append-only');
END;

CREATE TRIGGER audit_log_keeps_texts BEFORE UPDATE ON audit_log
BEGIN
    SELECT RAISE(ABORT, 'audit_log is append-only');
END;

CREATE TABLE domains (
    tenant_id TEXT NOT NULL CHECK (tenant_id <> ''),
    workspace_id TEXT NOT NULL,
    name TEXT NOT NULL,
    state TEXT NOT NULL,
    registrar TEXT NOT NULL,
    attempt TEXT NOT NULL,
    attempted_at INTEGER NOT NULL,
    lease_until INTEGER NOT NULL,
    years INTEGER NOT NULL,
    amount INTEGER NOT NULL,
    currency TEXT NOT NULL,
    is_private INTEGER NOT NULL,
    order_id TEXT,
    registered_at INTEGER,
    expires_at INTEGER,
    updated_at INTEGER NOT NULL, dns_provider TEXT, zone TEXT, attached_at INTEGER, is_unlocked INTEGER NOT NULL DEFAULT 0, lost_at INTEGER,
    PRIMARY KEY (tenant_id, workspace_id, name),
    FOREIGN KEY (tenant_id, workspace_id) REFERENCES vibn_workspaces (tenant_id, id)
) STRICT;

CREATE UNIQUE INDEX domains_by_name ON domains (name) WHERE state NOT IN ('failed', 'expired');

CREATE UNIQUE INDEX domains_by_order ON domains (registrar, order_id) WHERE order_id IS NOT NULL;

CREATE TABLE vibn_domain_events (
    id TEXT NOT NULL PRIMARY KEY,
    tenant_id TEXT NOT NULL CHECK (tenant_id <> ''),
    workspace_id TEXT NOT NULL,
    domain TEXT NOT NULL,
    kind TEXT NOT NULL,
    at INTEGER NOT NULL,
    detail TEXT
) STRICT;

CREATE INDEX vibn_domain_events_by_domain ON vibn_domain_events (tenant_id, workspace_id, domain, at, id);

CREATE TABLE vibn_billing_ledger (
    id TEXT NOT NULL PRIMARY KEY,
    tenant_id TEXT NOT NULL CHECK (tenant_id <> ''),
    workspace_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    source TEXT NOT NULL,
    ref_id TEXT NOT NULL CHECK (ref_id <> ''),
    amount INTEGER NOT NULL,
    currency TEXT NOT NULL,
    subject TEXT NOT NULL,
    at INTEGER NOT NULL,
    UNIQUE (source, kind, ref_id)
) STRICT;

CREATE INDEX vibn_billing_ledger_by_workspace ON vibn_billing_ledger (tenant_id, workspace_id, at, id);

CREATE TRIGGER vibn_domain_events_keeps_rows BEFORE DELETE ON vibn_domain_events
BEGIN
    SELECT RAISE(ABORT, 'vibn_domain_events is append-only');
END;

CREATE TRIGGER vibn_domain_events_keeps_texts BEFORE UPDATE ON vibn_domain_events
BEGIN
    SELECT RAISE(ABORT, 'vibn_domain_events is append-only');
END;

CREATE TRIGGER vibn_billing_ledger_keeps_rows BEFORE DELETE ON vibn_billing_ledger
BEGIN
    SELECT RAISE(ABORT, 'vibn_billing_ledger is append-only');
END;

CREATE TRIGGER vibn_billing_ledger_keeps_texts BEFORE UPDATE ON vibn_billing_ledger
BEGIN
    SELECT RAISE(ABORT, 'vibn_billing_ledger is append-only');
END;

CREATE TABLE workspace_storage (
    tenant_id TEXT NOT NULL CHECK (tenant_id <> ''),
    workspace_id TEXT NOT NULL,
    provider TEXT NOT NULL,
    state TEXT NOT NULL,
    bucket TEXT NOT NULL,
    location TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    region TEXT NOT NULL,
    account TEXT,
    access_key_id TEXT,
    secret TEXT,
    previous_key_id TEXT,
    lease_until INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, workspace_id),
    FOREIGN KEY (tenant_id, workspace_id) REFERENCES vibn_workspaces (tenant_id, id)
) STRICT;

CREATE UNIQUE INDEX workspace_storage_by_bucket ON workspace_storage (endpoint, bucket);

CREATE TABLE storage_injections (
    tenant_id TEXT NOT NULL CHECK (tenant_id <> ''),
    workspace_id TEXT NOT NULL,
    resource TEXT NOT NULL,
    prefix TEXT NOT NULL,
    access_key_id TEXT NOT NULL,
    injected_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, workspace_id, resource, prefix),
    FOREIGN KEY (tenant_id, workspace_id) REFERENCES vibn_workspaces (tenant_id, id)
) STRICT;

CREATE TABLE followed_branches (
    tenant_id TEXT NOT NULL CHECK (tenant_id <> ''),
    workspace_id TEXT NOT NULL,
    app TEXT NOT NULL,
    repository INTEGER NOT NULL,
    branch TEXT NOT NULL,
    auto_deploy INTEGER NOT NULL,
    watch_paths TEXT NOT NULL,
    seen_commit TEXT,
    seen_message TEXT,
    seen_at INTEGER,
    deployment TEXT,
    skipped TEXT,
    claimed_commit TEXT,
    claimed_after TEXT,
    deployed_commit TEXT,
    lease_until INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, workspace_id, app),
    FOREIGN KEY (tenant_id, workspace_id) REFERENCES vibn_workspaces (tenant_id, id)
) STRICT;

CREATE TABLE push_statuses (
    tenant_id TEXT NOT NULL CHECK (tenant_id <> ''),
    workspace_id TEXT NOT NULL,
    deployment TEXT NOT NULL,
    app TEXT NOT NULL,
    repository INTEGER NOT NULL,
    hash TEXT NOT NULL,
    context TEXT NOT NULL,
    link TEXT,
    since INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, workspace_id, deployment),
    FOREIGN KEY (tenant_id, workspace_id) REFERENCES vibn_workspaces (tenant_id, id)
) STRICT;

CREATE UNIQUE INDEX users_by_email_digest ON users (email_digest);

CREATE UNIQUE INDEX users_by_provider_digest ON users (provider_digest);

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
, made_by TEXT, tenant_id TEXT CHECK (tenant_id <> '')) STRICT;

CREATE INDEX one_time_links_by_user ON one_time_links (user_id);

CREATE TABLE attempts (
    digest TEXT NOT NULL PRIMARY KEY CHECK (length(digest) = 64),
    full_at INTEGER NOT NULL
) STRICT;

CREATE INDEX attempts_by_time ON attempts (full_at);

CREATE TABLE device_grants (
    device_digest TEXT NOT NULL PRIMARY KEY CHECK (length(device_digest) = 64),
    user_digest TEXT NOT NULL UNIQUE CHECK (length(user_digest) = 64),
    machine TEXT NOT NULL,
    agents TEXT NOT NULL,
    address TEXT,
    state TEXT NOT NULL,
    tenant_id TEXT CHECK (tenant_id <> ''),
    workspace_id TEXT,
    user_id TEXT,
    interval_ms INTEGER NOT NULL,
    polled_at INTEGER,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    CHECK ((state = 'pending') = (tenant_id IS NULL)),
    FOREIGN KEY (tenant_id, workspace_id) REFERENCES vibn_workspaces (tenant_id, id)
) STRICT;

CREATE INDEX device_grants_by_workspace ON device_grants (tenant_id, workspace_id);

CREATE INDEX users_by_photo ON users (photo);

CREATE INDEX one_time_links_by_tenant ON one_time_links (tenant_id, made_by);

CREATE TABLE rejections (
    tenant_id TEXT NOT NULL CHECK (tenant_id <> ''),
    workspace_id TEXT NOT NULL,
    resource TEXT NOT NULL,
    container TEXT NOT NULL,
    label TEXT,
    image TEXT,
    file TEXT,
    hash TEXT,
    rejected_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, workspace_id, resource),
    FOREIGN KEY (tenant_id, workspace_id) REFERENCES vibn_workspaces (tenant_id, id)
) STRICT;

INSERT INTO installation (id) VALUES (lower(hex(randomblob(16))));
INSERT INTO __diesel_schema_migrations (version) VALUES
    ('0001'), ('0002'), ('0003'), ('0004'), ('0005'), ('0006'), ('0007'), ('0008'), ('0009'), ('0010'), ('0011'), ('0012'), ('0013'), ('0014'), ('0015'), ('0016'), ('0017'), ('0018'), ('0019'), ('0020'), ('0021'), ('0022'), ('0023'), ('0024'), ('0025'), ('0026'), ('0027'), ('0028'), ('0029'), ('0030'), ('0031'), ('0032'), ('0033'), ('0034'), ('0035');
