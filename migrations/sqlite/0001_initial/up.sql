-- The tables of Co-Vibe. Times are milliseconds since the Unix epoch.
-- The PostgreSQL tree has the same tables and columns; a test compares the two.

-- Tenants and people.

-- `provider_id` is the organisation that a tenant is at the provider of identities.
CREATE TABLE tenants (
    id TEXT NOT NULL PRIMARY KEY CHECK (id <> ''),
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    provider_id TEXT
) STRICT;

-- `email_digest` is the SHA-256 digest of `email:` and the address, `provider_digest` that of `workos:` and the id
-- there: by these a person is found before their tenant is known. `photo` is the name of a file. `proved_at` is when
-- somebody proved last that the address is theirs; until then the account is of the tenant `made_in`, whose admin made
-- it, or set its password by a link.
CREATE TABLE users (
    id TEXT NOT NULL PRIMARY KEY,
    email TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    email_digest TEXT,
    provider_id TEXT,
    provider_digest TEXT,
    password TEXT,
    photo TEXT,
    last_tenant TEXT,
    proved_at INTEGER,
    made_in TEXT
) STRICT;
CREATE UNIQUE INDEX users_by_email_digest ON users (email_digest);
CREATE UNIQUE INDEX users_by_provider_digest ON users (provider_digest);
CREATE INDEX users_by_photo ON users (photo);

-- `made_by` and `made_at` are which member gave the person the present role, and when; none for the operator, WorkOS, and
-- whoever founded the tenant.
CREATE TABLE memberships (
    tenant_id TEXT NOT NULL REFERENCES tenants (id) CHECK (tenant_id <> ''),
    user_id TEXT NOT NULL REFERENCES users (id),
    role TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    made_by TEXT,
    made_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, user_id)
) STRICT;
CREATE INDEX memberships_by_user ON memberships (user_id);

-- Credentials are stored as SHA-256 digests. `active_tenant` is where the person works at present.
-- `provider_refresh` is sealed.
CREATE TABLE sessions (
    id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id),
    digest TEXT NOT NULL UNIQUE CHECK (length(digest) = 64),
    previous TEXT,
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

-- Links that open something once. `made_by` and `tenant_id` are who made a link, and for which tenant: `operator` and
-- none, or an admin and theirs. A link of an admin opens nothing once they are none there. `id` names a link to people,
-- who may not see its digest.
CREATE TABLE one_time_links (
    digest TEXT NOT NULL PRIMARY KEY CHECK (length(digest) = 64),
    user_id TEXT NOT NULL REFERENCES users (id),
    purpose TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    made_by TEXT NOT NULL,
    tenant_id TEXT CHECK (tenant_id <> ''),
    id TEXT NOT NULL UNIQUE
) STRICT;
CREATE INDEX one_time_links_by_user ON one_time_links (user_id);
CREATE INDEX one_time_links_by_tenant ON one_time_links (tenant_id, made_by);

-- How often somebody tried to sign in, or to guess a code, which all instances count together. `digest` is of what is
-- limited, such as an email address, and does not tell it. At `full_at`, all attempts are available again.
-- Not scoped to a tenant: whoever tries is not known yet.
CREATE TABLE attempts (
    digest TEXT NOT NULL PRIMARY KEY CHECK (length(digest) = 64),
    full_at INTEGER NOT NULL
) STRICT;
CREATE INDEX attempts_by_time ON attempts (full_at);

-- Workspaces, and who may use them.

-- A workspace lives in a cell: one Coolify, one Gitea and the hosts behind them. It has a mark that is recorded before
-- anything of it is created on an upstream, and the numbers that the upstream gave: they prove that something there
-- belongs to it. The bot's second token only reads repositories: Coolify clones with it. `gitea_replaced_tokens` are
-- the numbers of tokens that still have to be deleted. `coolify_destination_uuid` is the destination that is the
-- workspace's own. `dns_provider` is the one of its next domains; without one, it is the operator's usual one.
-- `gitea_hook_id` is the hook of its organisation that was made last: no other one is known to sign with its secret.
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
    gitea_bot_token_id INTEGER,
    cell TEXT NOT NULL DEFAULT 'default',
    upstream_mark TEXT,
    gitea_bot_email TEXT,
    gitea_bot_id INTEGER,
    gitea_org_id INTEGER,
    gitea_clone_token TEXT,
    gitea_clone_token_id INTEGER,
    gitea_replaced_tokens TEXT,
    coolify_destination_uuid TEXT,
    coolify_destination_server TEXT,
    dns_provider TEXT,
    gitea_hook_id INTEGER,
    UNIQUE (tenant_id, id)
) STRICT;
CREATE INDEX vibn_workspaces_by_slug ON vibn_workspaces (tenant_id, slug);

-- Foreign keys to a workspace include its tenant, so a row can't refer to another tenant's workspace.
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

-- `invited_by` is a person, or `operator`.
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

-- `access` is what a key may do, `minted_by` who minted it, if a person did.
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
    scope TEXT NOT NULL DEFAULT 'workspace',
    access TEXT NOT NULL DEFAULT 'full',
    minted_by TEXT,
    FOREIGN KEY (tenant_id, workspace_id) REFERENCES vibn_workspaces (tenant_id, id)
) STRICT;
CREATE INDEX api_keys_by_workspace ON api_keys (tenant_id, workspace_id, created_at);

-- Devices that are being set up: somebody's companion shows a short code, a person who is signed in approves it, and the
-- companion gets a key for each agent, once. Both codes are stored as SHA-256 digests. `agents` are words with spaces
-- between them. `state` is pending, approved, denied or consumed; the tenant, the workspace and the person are those of
-- the decision. Times are by the clock of the database.
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

CREATE TABLE provision_steps (
    tenant_id TEXT NOT NULL CHECK (tenant_id <> ''),
    workspace_id TEXT NOT NULL,
    name TEXT NOT NULL,
    state TEXT NOT NULL,
    at INTEGER NOT NULL,
    started_at INTEGER,
    error TEXT,
    hint TEXT,
    PRIMARY KEY (workspace_id, name),
    FOREIGN KEY (tenant_id, workspace_id) REFERENCES vibn_workspaces (tenant_id, id)
) STRICT;

-- What a workspace has.

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
    links TEXT NOT NULL DEFAULT '[]',
    FOREIGN KEY (tenant_id, workspace_id) REFERENCES vibn_workspaces (tenant_id, id)
) STRICT;
CREATE INDEX projects_by_workspace ON projects (tenant_id, workspace_id, name);

-- The journal: what is about to be created on an upstream.
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

-- The resources that were created on Coolify: what has the mark of one of them and another uuid was delivered late by a
-- request that had been given up. The record of one that was deleted stays for as long as the upstream may deliver
-- another one of the same creation.
CREATE TABLE created_resources (
    mark TEXT NOT NULL PRIMARY KEY,
    tenant_id TEXT NOT NULL CHECK (tenant_id <> ''),
    workspace_id TEXT NOT NULL,
    name TEXT NOT NULL,
    uuid TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    deleted_at INTEGER,
    FOREIGN KEY (tenant_id, workspace_id) REFERENCES vibn_workspaces (tenant_id, id)
) STRICT;
CREATE INDEX created_resources_by_workspace ON created_resources (tenant_id, workspace_id);

-- The resources that were deleted on Coolify: their volumes may be on a docker host still.
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

-- The databases of the kinds that Coolify lists for the whole team only. Each row is one of them by its uuid, or a
-- reason to read that list: the mark of a creation whose outcome is unknown, or ''.
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

-- The variables of apps whose values keys that only read may see, because a full key said so.
CREATE TABLE public_variables (
    tenant_id TEXT NOT NULL CHECK (tenant_id <> ''),
    workspace_id TEXT NOT NULL,
    app TEXT NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (tenant_id, workspace_id, app, name),
    FOREIGN KEY (tenant_id, workspace_id) REFERENCES vibn_workspaces (tenant_id, id)
) STRICT;

-- The resources whose containers were ended because the image of one had a label that it may not have: that container's
-- service, the label's key (none if there were more labels than are read), and what was running. `image` is an
-- application's or a database's image, `file` the digest of a compose file, `hash` the commit that was built: what
-- differs from it may be started.
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

-- The branches that apps follow, and what became of the last push to each. `claimed_commit` is what a deployment is
-- about to be queued of, and `claimed_after` the app's newest deployment before it: whoever finds a claim that was left
-- looks for what came after. `watch_paths` has one path a line. `remade` is 1 once the app follows a repository that was
-- made again under the name of the one that it followed: that happens once.
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
    remade INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, workspace_id, app),
    FOREIGN KEY (tenant_id, workspace_id) REFERENCES vibn_workspaces (tenant_id, id)
) STRICT;

-- The deployments whose end has to be told to Gitea, as a status of their commit.
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

-- The object storage of workspaces: one bucket each, with the account and the key that may use it. `secret` is sealed.
-- `previous_key_id` is a key that was replaced and still has to be removed.
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
-- Of all workspaces, one has a bucket.
CREATE UNIQUE INDEX workspace_storage_by_bucket ON workspace_storage (endpoint, bucket);

-- The resources that got the key as variables.
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

-- Domains, what happened to them, and what they cost.

-- `dns_provider` and `zone` are how a domain is served. `is_unlocked` is 1 while the registrar's lock is off and has to
-- be set again. `lost_at` is when the registrar's account lost the domain: its zone is removed some time later.
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
    updated_at INTEGER NOT NULL,
    dns_provider TEXT,
    zone TEXT,
    attached_at INTEGER,
    is_unlocked INTEGER NOT NULL DEFAULT 0,
    lost_at INTEGER,
    PRIMARY KEY (tenant_id, workspace_id, name),
    FOREIGN KEY (tenant_id, workspace_id) REFERENCES vibn_workspaces (tenant_id, id)
) STRICT;
-- Of all workspaces, one has a domain or is buying it.
CREATE UNIQUE INDEX domains_by_name ON domains (name) WHERE state NOT IN ('failed', 'expired');
-- An order bought one domain.
CREATE UNIQUE INDEX domains_by_order ON domains (registrar, order_id) WHERE order_id IS NOT NULL;

-- No foreign keys: what happened and what was paid outlives the rows that it names.
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

-- Amounts are in minor units. `ref_id` is the order's id at `source`: nothing is paid for twice.
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

-- What belongs to the installation, and not to a tenant.

-- One row: the id of this installation, and the person who installed the server.
CREATE TABLE installation (
    id TEXT NOT NULL PRIMARY KEY,
    owner_link TEXT,
    owner_id TEXT
) STRICT;
INSERT INTO installation (id) VALUES (lower(hex(randomblob(16))));

-- The keys that seal secrets in the database: the id of each, and a text that was sealed with it, so that a server finds
-- out at its start whether it has them.
CREATE TABLE secrets_keys (
    id TEXT NOT NULL PRIMARY KEY,
    canary TEXT
) STRICT;

-- An upstream counts the calls of all tenants together.
CREATE TABLE upstream_budgets (
    name TEXT NOT NULL PRIMARY KEY,
    credit INTEGER NOT NULL,
    counted_at INTEGER NOT NULL
) STRICT;

-- The names that the workspaces' organisations should have, by their ids in Gitea: an owner may rename one onto the name
-- that another workspace needs, which may be another tenant's.
CREATE TABLE gitea_organisations (
    cell TEXT NOT NULL,
    id INTEGER NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (cell, id)
) STRICT;

-- The slugs that no new workspace gets, because an upstream still has what belonged to a workspace of which a restored
-- backup has no record. The tenants of these workspaces may be unknown too.
CREATE TABLE reserved_slugs (
    slug TEXT NOT NULL PRIMARY KEY,
    reason TEXT NOT NULL,
    reserved_at INTEGER NOT NULL
) STRICT;

-- The audit.

-- No foreign keys: an entry outlives the rows that it names, and every call writes one. Digests are bytes. The digest of
-- the entry before is not stored a second time, and the call's id only where the entry's own id does not contain it.
-- `actor_id` is the id of a key or a person. `access` is null in an entry of full access. `repeats` is how many equal
-- refused calls an entry stands for, and `since` when the first of them came; both are null in the entry of a single
-- call. `detail` is what a call was to do, where more is kept of it than the digest of its arguments: the command of an
-- exec.
CREATE TABLE audit_log (
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
    seq INTEGER NOT NULL,
    digest BLOB NOT NULL CHECK (length(digest) = 32),
    access TEXT,
    repeats INTEGER,
    since INTEGER,
    detail TEXT
) STRICT;
CREATE UNIQUE INDEX audit_log_by_seq ON audit_log (tenant_id, seq);

-- The end of each tenant's chain, and of what was removed from it because it was too old: the number and digest of the
-- last removed entry, which the first one that is left names. Like the entries, it has no foreign keys.
CREATE TABLE audit_heads (
    tenant_id TEXT NOT NULL PRIMARY KEY CHECK (tenant_id <> ''),
    seq INTEGER NOT NULL,
    digest TEXT NOT NULL,
    cut_seq INTEGER NOT NULL DEFAULT 0,
    cut_digest TEXT NOT NULL
        DEFAULT '0000000000000000000000000000000000000000000000000000000000000000'
) STRICT;

CREATE TRIGGER audit_log_keeps_entries BEFORE DELETE ON audit_log
WHEN OLD.at > (CAST(strftime('%s', 'now') AS INTEGER) - 30 * 86400) * 1000
    OR OLD.seq > coalesce((SELECT cut_seq FROM audit_heads WHERE tenant_id = OLD.tenant_id), 0)
BEGIN
    SELECT RAISE(ABORT, 'audit_log is append-only');
END;
CREATE TRIGGER audit_log_keeps_texts BEFORE UPDATE ON audit_log
BEGIN
    SELECT RAISE(ABORT, 'audit_log is append-only');
END;
CREATE TRIGGER audit_heads_are_kept BEFORE DELETE ON audit_heads
BEGIN
    SELECT RAISE(ABORT, 'audit_heads are kept');
END;
