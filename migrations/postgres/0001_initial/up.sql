-- The tables of Co-Vibe, what each transaction sees of them, and the functions that do as the owner of the tables what
-- the runtime role may not. Times are milliseconds since the Unix epoch.
-- The SQLite tree has the same tables and columns; a test compares the two.

-- Tenants and people.

-- `provider_id` is the organisation that a tenant is at the provider of identities.
CREATE TABLE tenants (
    id TEXT NOT NULL PRIMARY KEY CHECK (id <> ''),
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    provider_id TEXT
);

-- `email_digest` is the SHA-256 digest of `email:` and the address, `provider_digest` that of `workos:` and the id
-- there: by these a person is found before their tenant is known. `photo` is the name of a file. `proved_at` is when
-- somebody proved last that the address is theirs; until then the account is of the tenant `made_in`, whose admin made
-- it, or set its password by a link.
CREATE TABLE users (
    id TEXT NOT NULL PRIMARY KEY,
    email TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    email_digest TEXT,
    provider_id TEXT,
    provider_digest TEXT,
    password TEXT,
    photo TEXT,
    last_tenant TEXT,
    proved_at BIGINT,
    made_in TEXT
);
CREATE UNIQUE INDEX users_by_email_digest ON users (email_digest);
CREATE UNIQUE INDEX users_by_provider_digest ON users (provider_digest);
CREATE INDEX users_by_photo ON users (photo);

-- `made_by` and `made_at` are which member gave the person the present role, and when; none for the operator, WorkOS, and
-- whoever founded the tenant.
CREATE TABLE memberships (
    tenant_id TEXT NOT NULL REFERENCES tenants (id) CHECK (tenant_id <> ''),
    user_id TEXT NOT NULL REFERENCES users (id),
    role TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    made_by TEXT,
    made_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, user_id)
);
CREATE INDEX memberships_by_user ON memberships (user_id);

-- Credentials are stored as SHA-256 digests. `active_tenant` is where the person works at present.
-- `provider_refresh` is sealed.
CREATE TABLE sessions (
    id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id),
    digest TEXT NOT NULL UNIQUE CHECK (length(digest) = 64),
    previous TEXT,
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

-- Links that open something once. `made_by` and `tenant_id` are who made a link, and for which tenant: `operator` and
-- none, or an admin and theirs. A link of an admin opens nothing once they are none there. `id` names a link to people,
-- who may not see its digest.
CREATE TABLE one_time_links (
    digest TEXT NOT NULL PRIMARY KEY CHECK (length(digest) = 64),
    user_id TEXT NOT NULL REFERENCES users (id),
    purpose TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    made_by TEXT NOT NULL,
    tenant_id TEXT CHECK (tenant_id <> ''),
    id TEXT NOT NULL UNIQUE
);
CREATE INDEX one_time_links_by_user ON one_time_links (user_id);
CREATE INDEX one_time_links_by_tenant ON one_time_links (tenant_id, made_by);

-- How often somebody tried to sign in, or to guess a code, which all instances count together. `digest` is of what is
-- limited, such as an email address, and does not tell it. At `full_at`, all attempts are available again.
-- Not scoped to a tenant: whoever tries is not known yet.
CREATE TABLE attempts (
    digest TEXT NOT NULL PRIMARY KEY CHECK (length(digest) = 64),
    full_at BIGINT NOT NULL
);
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
    gitea_bot_ssh_key_id BIGINT,
    coolify_private_key_uuid TEXT,
    coolify_project_uuid TEXT,
    coolify_environment_name TEXT NOT NULL,
    provision_status TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    gitea_bot_token_id BIGINT,
    cell TEXT NOT NULL DEFAULT 'default',
    upstream_mark TEXT,
    gitea_bot_email TEXT,
    gitea_bot_id BIGINT,
    gitea_org_id BIGINT,
    gitea_clone_token TEXT,
    gitea_clone_token_id BIGINT,
    gitea_replaced_tokens TEXT,
    coolify_destination_uuid TEXT,
    coolify_destination_server TEXT,
    dns_provider TEXT,
    gitea_hook_id BIGINT,
    UNIQUE (tenant_id, id)
);
CREATE INDEX vibn_workspaces_by_slug ON vibn_workspaces (tenant_id, slug);

-- Foreign keys to a workspace include its tenant, so a row can't refer to another tenant's workspace.
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
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    ended_at BIGINT,
    accepted_by TEXT,
    FOREIGN KEY (tenant_id, workspace_id) REFERENCES vibn_workspaces (tenant_id, id)
);
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
    created_at BIGINT NOT NULL,
    last_used_at BIGINT,
    expires_at BIGINT,
    revoked_at BIGINT,
    scope TEXT NOT NULL DEFAULT 'workspace',
    access TEXT NOT NULL DEFAULT 'full',
    minted_by TEXT,
    FOREIGN KEY (tenant_id, workspace_id) REFERENCES vibn_workspaces (tenant_id, id)
);
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
    interval_ms BIGINT NOT NULL,
    polled_at BIGINT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    CHECK ((state = 'pending') = (tenant_id IS NULL)),
    FOREIGN KEY (tenant_id, workspace_id) REFERENCES vibn_workspaces (tenant_id, id)
);
CREATE INDEX device_grants_by_workspace ON device_grants (tenant_id, workspace_id);

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

CREATE TABLE provision_steps (
    tenant_id TEXT NOT NULL CHECK (tenant_id <> ''),
    workspace_id TEXT NOT NULL,
    name TEXT NOT NULL,
    state TEXT NOT NULL,
    at BIGINT NOT NULL,
    started_at BIGINT,
    error TEXT,
    hint TEXT,
    PRIMARY KEY (workspace_id, name),
    FOREIGN KEY (tenant_id, workspace_id) REFERENCES vibn_workspaces (tenant_id, id)
);

-- What a workspace has.

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
    links TEXT NOT NULL DEFAULT '[]',
    FOREIGN KEY (tenant_id, workspace_id) REFERENCES vibn_workspaces (tenant_id, id)
);
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
    lease_until BIGINT NOT NULL,
    started_at BIGINT NOT NULL,
    UNIQUE (workspace_id, kind, name),
    FOREIGN KEY (tenant_id, workspace_id) REFERENCES vibn_workspaces (tenant_id, id)
);
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
    created_at BIGINT NOT NULL,
    deleted_at BIGINT,
    FOREIGN KEY (tenant_id, workspace_id) REFERENCES vibn_workspaces (tenant_id, id)
);
CREATE INDEX created_resources_by_workspace ON created_resources (tenant_id, workspace_id);

-- The resources that were deleted on Coolify: their volumes may be on a docker host still.
CREATE TABLE deleted_resources (
    tenant_id TEXT NOT NULL CHECK (tenant_id <> ''),
    workspace_id TEXT NOT NULL,
    uuid TEXT NOT NULL,
    server TEXT,
    deleted_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, workspace_id, uuid),
    FOREIGN KEY (tenant_id, workspace_id) REFERENCES vibn_workspaces (tenant_id, id)
        ON DELETE CASCADE
);

-- The databases of the kinds that Coolify lists for the whole team only. Each row is one of them by its uuid, or a
-- reason to read that list: the mark of a creation whose outcome is unknown, or ''.
CREATE TABLE unlisted_databases (
    tenant_id TEXT NOT NULL CHECK (tenant_id <> ''),
    workspace_id TEXT NOT NULL,
    id TEXT NOT NULL,
    is_known BIGINT NOT NULL,
    noted_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, workspace_id, id),
    FOREIGN KEY (tenant_id, workspace_id) REFERENCES vibn_workspaces (tenant_id, id)
        ON DELETE CASCADE
);

-- The variables of apps whose values keys that only read may see, because a full key said so.
CREATE TABLE public_variables (
    tenant_id TEXT NOT NULL CHECK (tenant_id <> ''),
    workspace_id TEXT NOT NULL,
    app TEXT NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (tenant_id, workspace_id, app, name),
    FOREIGN KEY (tenant_id, workspace_id) REFERENCES vibn_workspaces (tenant_id, id)
);

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
    rejected_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, workspace_id, resource),
    FOREIGN KEY (tenant_id, workspace_id) REFERENCES vibn_workspaces (tenant_id, id)
);

-- The branches that apps follow, and what became of the last push to each. `claimed_commit` is what a deployment is
-- about to be queued of, and `claimed_after` the app's newest deployment before it: whoever finds a claim that was left
-- looks for what came after. `watch_paths` has one path a line. `remade` is 1 once the app follows a repository that was
-- made again under the name of the one that it followed: that happens once.
CREATE TABLE followed_branches (
    tenant_id TEXT NOT NULL CHECK (tenant_id <> ''),
    workspace_id TEXT NOT NULL,
    app TEXT NOT NULL,
    repository BIGINT NOT NULL,
    branch TEXT NOT NULL,
    auto_deploy BIGINT NOT NULL,
    watch_paths TEXT NOT NULL,
    seen_commit TEXT,
    seen_message TEXT,
    seen_at BIGINT,
    deployment TEXT,
    skipped TEXT,
    claimed_commit TEXT,
    claimed_after TEXT,
    deployed_commit TEXT,
    lease_until BIGINT NOT NULL,
    remade BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, workspace_id, app),
    FOREIGN KEY (tenant_id, workspace_id) REFERENCES vibn_workspaces (tenant_id, id)
);

-- The deployments whose end has to be told to Gitea, as a status of their commit.
CREATE TABLE push_statuses (
    tenant_id TEXT NOT NULL CHECK (tenant_id <> ''),
    workspace_id TEXT NOT NULL,
    deployment TEXT NOT NULL,
    app TEXT NOT NULL,
    repository BIGINT NOT NULL,
    hash TEXT NOT NULL,
    context TEXT NOT NULL,
    link TEXT,
    since BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, workspace_id, deployment),
    FOREIGN KEY (tenant_id, workspace_id) REFERENCES vibn_workspaces (tenant_id, id)
);

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
    lease_until BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, workspace_id),
    FOREIGN KEY (tenant_id, workspace_id) REFERENCES vibn_workspaces (tenant_id, id)
);
-- Of all workspaces, one has a bucket.
CREATE UNIQUE INDEX workspace_storage_by_bucket ON workspace_storage (endpoint, bucket);

-- The resources that got the key as variables.
CREATE TABLE storage_injections (
    tenant_id TEXT NOT NULL CHECK (tenant_id <> ''),
    workspace_id TEXT NOT NULL,
    resource TEXT NOT NULL,
    prefix TEXT NOT NULL,
    access_key_id TEXT NOT NULL,
    injected_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, workspace_id, resource, prefix),
    FOREIGN KEY (tenant_id, workspace_id) REFERENCES vibn_workspaces (tenant_id, id)
);

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
    attempted_at BIGINT NOT NULL,
    lease_until BIGINT NOT NULL,
    years BIGINT NOT NULL,
    amount BIGINT NOT NULL,
    currency TEXT NOT NULL,
    is_private BIGINT NOT NULL,
    order_id TEXT,
    registered_at BIGINT,
    expires_at BIGINT,
    updated_at BIGINT NOT NULL,
    dns_provider TEXT,
    zone TEXT,
    attached_at BIGINT,
    is_unlocked BIGINT NOT NULL DEFAULT 0,
    lost_at BIGINT,
    PRIMARY KEY (tenant_id, workspace_id, name),
    FOREIGN KEY (tenant_id, workspace_id) REFERENCES vibn_workspaces (tenant_id, id)
);
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
    at BIGINT NOT NULL,
    detail TEXT
);
CREATE INDEX vibn_domain_events_by_domain ON vibn_domain_events (tenant_id, workspace_id, domain, at, id);

-- Amounts are in minor units. `ref_id` is the order's id at `source`: nothing is paid for twice.
CREATE TABLE vibn_billing_ledger (
    id TEXT NOT NULL PRIMARY KEY,
    tenant_id TEXT NOT NULL CHECK (tenant_id <> ''),
    workspace_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    source TEXT NOT NULL,
    ref_id TEXT NOT NULL CHECK (ref_id <> ''),
    amount BIGINT NOT NULL,
    currency TEXT NOT NULL,
    subject TEXT NOT NULL,
    at BIGINT NOT NULL,
    UNIQUE (source, kind, ref_id)
);
CREATE INDEX vibn_billing_ledger_by_workspace ON vibn_billing_ledger (tenant_id, workspace_id, at, id);

-- What belongs to the installation, and not to a tenant.

-- One row: the id of this installation, and the person who installed the server.
CREATE TABLE installation (
    id TEXT NOT NULL PRIMARY KEY,
    owner_link TEXT,
    owner_id TEXT
);
INSERT INTO installation (id) VALUES (replace(gen_random_uuid()::text, '-', ''));

-- The keys that seal secrets in the database: the id of each, and a text that was sealed with it, so that a server finds
-- out at its start whether it has them.
CREATE TABLE secrets_keys (
    id TEXT NOT NULL PRIMARY KEY,
    canary TEXT
);

-- An upstream counts the calls of all tenants together.
CREATE TABLE upstream_budgets (
    name TEXT NOT NULL PRIMARY KEY,
    credit BIGINT NOT NULL,
    counted_at BIGINT NOT NULL
);

-- The names that the workspaces' organisations should have, by their ids in Gitea: an owner may rename one onto the name
-- that another workspace needs, which may be another tenant's.
CREATE TABLE gitea_organisations (
    cell TEXT NOT NULL,
    id BIGINT NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (cell, id)
);

-- The slugs that no new workspace gets, because an upstream still has what belonged to a workspace of which a restored
-- backup has no record. The tenants of these workspaces may be unknown too.
CREATE TABLE reserved_slugs (
    slug TEXT NOT NULL PRIMARY KEY,
    reason TEXT NOT NULL,
    reserved_at BIGINT NOT NULL
);

-- The audit.

-- It is in a table for each month (UTC) of its entries' times, so that old entries leave with their month instead of
-- one by one.
--
-- A unique index has to contain the time, so that no index alone keeps two months from having the same entry. What
-- does:
-- - The number of an entry: only append_audit() inserts, holding the lock of the chain's head, which it compares
--   and moves, and it numbers the entries itself. Nobody else but the owner may insert, or set a head's number; a
--   head that the owner moved back is not continued.
-- - The id of an entry: a call's entry has its time from the beginning, so that a repeated one meets itself in the
--   index. An entry that the server makes of others may be made twice, at different times: append_audit() looks
--   for its id in every month.

-- No foreign keys: an entry outlives the rows that it names, and every call writes one. Digests are bytes. The digest of
-- the entry before is not stored a second time, and the call's id only where the entry's own id does not contain it.
-- `actor_id` is the id of a key or a person. `access` is null in an entry of full access. `repeats` is how many equal
-- refused calls an entry stands for, and `since` when the first of them came; both are null in the entry of a single
-- call. `detail` is what a call was to do, where more is kept of it than the digest of its arguments: the command of an
-- exec.
CREATE TABLE audit_log (
    id TEXT NOT NULL,
    tenant_id TEXT NOT NULL CHECK (tenant_id <> ''),
    workspace_id TEXT,
    actor_id TEXT,
    call TEXT,
    tool TEXT NOT NULL,
    surface TEXT NOT NULL,
    outcome TEXT NOT NULL,
    resource TEXT,
    params_digest BYTEA CHECK (octet_length(params_digest) = 32),
    at BIGINT NOT NULL,
    duration_ms BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    digest BYTEA NOT NULL CHECK (octet_length(digest) = 32),
    access TEXT,
    repeats BIGINT,
    since BIGINT,
    detail TEXT,
    PRIMARY KEY (id, at)
) PARTITION BY RANGE (at);
CREATE UNIQUE INDEX audit_log_by_seq ON audit_log (tenant_id, seq, at);
-- What has no table of its own: nothing, unless a clock is wrong or no server ran for months.
CREATE TABLE audit_log_default PARTITION OF audit_log DEFAULT;

-- The end of each tenant's chain, and of what was removed from it because it was too old: the number and digest of the
-- last removed entry, which the first one that is left names. Like the entries, it has no foreign keys.
CREATE TABLE audit_heads (
    tenant_id TEXT NOT NULL PRIMARY KEY CHECK (tenant_id <> ''),
    seq BIGINT NOT NULL,
    digest TEXT NOT NULL,
    cut_seq BIGINT NOT NULL DEFAULT 0,
    cut_digest TEXT NOT NULL DEFAULT repeat('0', 64)
);

-- What a transaction sees.

-- Each transaction sets its tenant (`SET LOCAL app.tenant_id`); without one it sees no rows. FORCE applies the policies
-- to the owner too. After a SET LOCAL, the setting reads '' in later transactions, hence the CHECKs above.
DO $$
DECLARE
    name TEXT;
BEGIN
    FOREACH name IN ARRAY ARRAY[
        'memberships', 'one_time_links', 'vibn_workspaces', 'workspace_memberships', 'invitations', 'api_keys',
        'device_grants', 'provision_runs', 'provision_steps', 'projects', 'creations', 'created_resources',
        'deleted_resources', 'unlisted_databases', 'public_variables', 'rejections', 'followed_branches',
        'push_statuses', 'workspace_storage', 'storage_injections', 'domains', 'vibn_domain_events', 'vibn_billing_ledger', 'audit_log',
        'audit_log_default', 'audit_heads'
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

-- A person is visible to the tenants that they are a member of.
ALTER TABLE users ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY member ON users FOR SELECT
    USING (EXISTS (SELECT FROM memberships WHERE memberships.user_id = users.id));
CREATE POLICY newcomer ON users FOR INSERT WITH CHECK (true);

-- What a person has apart from their tenants. A transaction has their id in its setting once they have proved who they
-- are.
ALTER TABLE sessions ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY person ON sessions
    USING (user_id = current_setting('app.user_id', true))
    WITH CHECK (user_id = current_setting('app.user_id', true));
CREATE POLICY person ON one_time_links
    USING (user_id = current_setting('app.user_id', true))
    WITH CHECK (user_id = current_setting('app.user_id', true));
CREATE POLICY person ON users
    USING (id = current_setting('app.user_id', true))
    WITH CHECK (id = current_setting('app.user_id', true));
CREATE POLICY person ON memberships FOR SELECT
    USING (user_id = current_setting('app.user_id', true));
CREATE POLICY person ON workspace_memberships FOR SELECT
    USING (user_id = current_setting('app.user_id', true));

-- A presented credential shows the one row that it belongs to, to be read, before the tenant is known.
CREATE POLICY credential ON api_keys FOR SELECT
    USING (digest = current_setting('app.credential', true));
CREATE POLICY credential ON users FOR SELECT
    USING (current_setting('app.credential', true) IN (email_digest, provider_digest));
CREATE POLICY credential ON sessions FOR SELECT
    USING (current_setting('app.credential', true) IN (digest, previous));
CREATE POLICY credential ON one_time_links FOR SELECT
    USING (digest = current_setting('app.credential', true));
CREATE POLICY credential ON invitations FOR SELECT
    USING (digest = current_setting('app.credential', true));
-- A key also shows the workspace that it belongs to, so that the one look-up of a refused call also finds the workspace
-- for the audit. The subquery is uncorrelated, so it runs once per query.
CREATE POLICY credential ON vibn_workspaces FOR SELECT
    USING (id = (
        SELECT workspace_id FROM api_keys
        WHERE digest = current_setting('app.credential', true)
    ));

-- The watch of a docker host's containers finds the workspace by the slug that Coolify's label has, and with it its
-- tenant. A transaction with that slug in its setting sees this one row, and only reads it.
CREATE POLICY slug ON vibn_workspaces FOR SELECT
    USING (slug = current_setting('app.slug', true));

-- A delivery of Gitea's names an organisation, and nothing else says whose it is. A transaction with the organisation's
-- number in its setting sees this one row, and only reads it.
CREATE POLICY organisation ON vibn_workspaces FOR SELECT
    USING (gitea_org_id::TEXT = current_setting('app.organisation', true));

-- Whoever presents one of the codes of a device sees the row. Until somebody has decided, it belongs to no tenant, and
-- who presents a code may change it; the decision makes it a row of their own tenant.
CREATE POLICY credential ON device_grants FOR SELECT
    USING (current_setting('app.credential', true) IN (device_digest, user_digest));
CREATE POLICY newcomer ON device_grants FOR INSERT
    WITH CHECK (tenant_id IS NULL AND device_digest = current_setting('app.credential', true));
CREATE POLICY pending ON device_grants FOR UPDATE
    USING (
        tenant_id IS NULL
        AND current_setting('app.credential', true) IN (device_digest, user_digest)
    )
    WITH CHECK (
        tenant_id IS NULL
        AND current_setting('app.credential', true) IN (device_digest, user_digest)
    );
-- A day after their end, rows may be removed by anybody, without being seen.
CREATE POLICY old ON device_grants FOR DELETE
    USING (expires_at < floor(extract(epoch FROM clock_timestamp()) * 1000)::BIGINT - 86400000);

-- What the server looks for in all tenants.

-- The owner of the tables sees these rows, and the functions below tell the runtime role whose they are: no more than
-- the ids of the tenants. The owner lists the tenants whose chains `audit verify` checks; it can't read their rows.
CREATE POLICY operator ON tenants FOR SELECT TO CURRENT_USER USING (true);

-- A sandbox uses no database that has tenants of a server. The server's role sees one tenant at a time; it learns by
-- this whether there are others, and nothing of them.
CREATE FUNCTION has_other_tenants(tenant TEXT) RETURNS BOOLEAN
LANGUAGE sql STABLE SECURITY DEFINER AS $$
    SELECT EXISTS (SELECT FROM tenants WHERE id <> tenant)
$$;

-- The domains that the registrar has to be asked about: what became of orders and of domains at their end, locks that
-- have to be set again, and zones of domains that were lost.
CREATE POLICY operator ON domains FOR SELECT TO CURRENT_USER
    USING (
        state IN ('registering', 'pending', 'held')
        OR (
            state = 'registered'
            AND (
                is_unlocked = 1
                OR expires_at IS NULL
                OR expires_at < extract(epoch FROM now()) * 1000
            )
        )
        OR (state = 'expired' AND zone IS NOT NULL)
    );
CREATE FUNCTION tenants_with_due_domains() RETURNS SETOF TEXT
LANGUAGE sql STABLE SECURITY DEFINER AS $$
    SELECT DISTINCT tenant_id FROM domains
$$;

-- The server looks by itself for pushes that nobody told.
CREATE POLICY operator ON followed_branches FOR SELECT TO CURRENT_USER USING (auto_deploy = 1);
CREATE POLICY operator ON push_statuses FOR SELECT TO CURRENT_USER USING (true);
CREATE FUNCTION tenants_that_follow_branches() RETURNS SETOF TEXT
LANGUAGE sql STABLE SECURITY DEFINER AS $$
    SELECT tenant_id FROM followed_branches UNION SELECT tenant_id FROM push_statuses
$$;

-- A killed server can leave the file of a photo that no row names. The server looks for such files by itself, and learns
-- by this which of the names it found are those of photos that people have.
CREATE POLICY operator ON users FOR SELECT TO CURRENT_USER USING (photo IS NOT NULL);
CREATE FUNCTION photos_of_people(names TEXT[]) RETURNS SETOF TEXT
LANGUAGE sql STABLE SECURITY DEFINER AS $$
    SELECT photo FROM users WHERE photo = ANY (names)
$$;

-- Old records leave also where nobody calls any more. The rows that this returns are the tenants whose first audit entry
-- is older than audit_before, or with a key that was revoked before keys_before (milliseconds). It looks at 1,000
-- tenants after an id, sorted, so that no call takes long; the last one is returned in any case, so that the next call
-- begins there.
CREATE FUNCTION tenants_with_old_records(after_id TEXT, audit_before BIGINT, keys_before BIGINT)
RETURNS TABLE (tenant TEXT, is_old BOOLEAN)
LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    looked BIGINT := 0;
BEGIN
    FOR tenant IN SELECT id FROM tenants WHERE id > after_id ORDER BY id LIMIT 1000
    LOOP
        looked := looked + 1;
        PERFORM set_config('app.tenant_id', tenant, true);
        is_old := coalesce((
            SELECT at < audit_before FROM audit_log WHERE tenant_id = tenant AND seq > 0 ORDER BY seq LIMIT 1
        ), false) OR EXISTS (
            SELECT FROM api_keys WHERE tenant_id = tenant AND revoked_at < keys_before
        );
        IF is_old OR looked = 1000 THEN
            RETURN NEXT;
        END IF;
    END LOOP;
    PERFORM set_config('app.tenant_id', '', true);
END
$$;

-- The tables of the audit's months.

-- Whoever may use the audit goes on to. Nobody else needs rights on a part of it.
CREATE FUNCTION revoke_all(part REGCLASS) RETURNS VOID
LANGUAGE plpgsql AS $$
DECLARE
    grantee TEXT;
BEGIN
    FOR grantee IN
        SELECT DISTINCT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::TEXT END
        FROM pg_class c, aclexplode(c.relacl) a WHERE c.oid = part AND a.grantee <> c.relowner
    LOOP
        EXECUTE format('REVOKE ALL ON %s FROM %s', part, grantee);
    END LOOP;
END
$$;

SELECT revoke_all('audit_log_default');

-- Returns the first millisecond of a month.
CREATE FUNCTION audit_month_begin(month DATE) RETURNS BIGINT
LANGUAGE sql IMMUTABLE AS $$ SELECT (extract(epoch FROM month::TIMESTAMP) * 1000)::BIGINT $$;

-- Makes the table of a month, and moves the month's entries into it that have none yet. One session at a time; it
-- stops neither appends nor reads of other tables than that of the entries without one, for which it waits 1 s. An
-- append waits 2 s for a lock: whoever makes a month waits less, so that no append fails that waits behind it.
CREATE FUNCTION make_audit_partition(month DATE) RETURNS VOID
LANGUAGE plpgsql SET lock_timeout = '1s' AS $$
DECLARE
    name TEXT := 'audit_log_' || to_char(month, 'YYYY_MM');
    begins BIGINT := audit_month_begin(month);
    ends BIGINT := audit_month_begin((month + INTERVAL '1 month')::DATE);
BEGIN
    LOCK TABLE audit_log IN SHARE UPDATE EXCLUSIVE MODE;
    IF to_regclass(name) IS NOT NULL THEN
        RETURN;
    END IF;
    LOCK TABLE audit_log_default IN ACCESS EXCLUSIVE MODE;
    EXECUTE format('CREATE TABLE %I (LIKE audit_log INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES)', name);
    PERFORM revoke_all(to_regclass(name));
    -- The policies bind the owner, too, unless they are not forced.
    ALTER TABLE audit_log_default NO FORCE ROW LEVEL SECURITY;
    EXECUTE format('INSERT INTO %I SELECT * FROM audit_log_default WHERE at >= %s AND at < %s', name, begins, ends);
    DELETE FROM audit_log_default WHERE at >= begins AND at < ends;
    ALTER TABLE audit_log_default FORCE ROW LEVEL SECURITY;
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', name);
    EXECUTE format(
        'CREATE POLICY tenant ON %I '
        'USING (tenant_id = current_setting(''app.tenant_id'', true)) '
        'WITH CHECK (tenant_id = current_setting(''app.tenant_id'', true))',
        name
    );
    EXECUTE format('ALTER TABLE audit_log ATTACH PARTITION %I FOR VALUES FROM (%s) TO (%s)', name, begins, ends);
END
$$;

-- Whether entries of a month are in no table of their own.
CREATE FUNCTION audit_month_is_waiting(month DATE) RETURNS BOOLEAN
LANGUAGE plpgsql SET lock_timeout = '1s' AS $$
DECLARE
    is_waiting BOOLEAN;
BEGIN
    IF pg_relation_size('audit_log_default') = 0 THEN
        RETURN false;
    END IF;
    LOCK TABLE audit_log IN SHARE UPDATE EXCLUSIVE MODE;
    LOCK TABLE audit_log_default IN ACCESS EXCLUSIVE MODE;
    ALTER TABLE audit_log_default NO FORCE ROW LEVEL SECURITY;
    SELECT EXISTS (
        SELECT FROM audit_log_default
        WHERE at >= audit_month_begin(month) AND at < audit_month_begin((month + INTERVAL '1 month')::DATE)
    ) INTO is_waiting;
    ALTER TABLE audit_log_default FORCE ROW LEVEL SECURITY;
    RETURN is_waiting;
END
$$;

-- Makes the tables of this month and the next two, and of those of the last twelve whose entries have none. The
-- runtime role owns nothing and may make none itself. Returns how many it made.
CREATE FUNCTION make_audit_partitions() RETURNS BIGINT
LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    this DATE := date_trunc('month', now() AT TIME ZONE 'UTC');
    month DATE;
    made BIGINT := 0;
BEGIN
    FOR month IN SELECT generate_series(this - INTERVAL '12 months', this + INTERVAL '2 months', '1 month')
    LOOP
        CONTINUE WHEN to_regclass('audit_log_' || to_char(month, 'YYYY_MM')) IS NOT NULL;
        CONTINUE WHEN month < this AND NOT audit_month_is_waiting(month);
        PERFORM make_audit_partition(month);
        made := made + 1;
    END LOOP;
    RETURN made;
END
$$;

-- Whether a table of entries has some of the transaction's tenant that were not cut.
CREATE FUNCTION audit_is_kept(part REGCLASS, tenant TEXT) RETURNS BOOLEAN
LANGUAGE plpgsql AS $$
DECLARE
    is_kept BOOLEAN;
    cut BIGINT;
BEGIN
    PERFORM set_config('app.tenant_id', tenant, true);
    SELECT max(cut_seq) FROM audit_heads WHERE tenant_id = tenant INTO cut;
    EXECUTE format(
        'SELECT EXISTS (SELECT FROM %1$s WHERE tenant_id = $1 AND seq > $2)', part
    ) USING tenant, coalesce(cut, 0) INTO is_kept;
    RETURN is_kept;
END
$$;

-- Drops the tables of months that ended 30 days ago and of which every tenant's entries were cut. Returns how
-- many it dropped. A table is locked only once the tenants have nothing in it; nobody waits for that longer than
-- half a second.
CREATE FUNCTION drop_cut_audit() RETURNS BIGINT
LANGUAGE plpgsql SECURITY DEFINER SET lock_timeout = '500ms' AS $$
DECLARE
    old TEXT := to_char(now() AT TIME ZONE 'UTC' - INTERVAL '30 days', 'YYYY_MM');
    part REGCLASS;
    tenant TEXT;
    dropped BIGINT := 0;
    is_kept BOOLEAN;
BEGIN
    FOR part IN
        SELECT oid FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
        WHERE inhparent = 'audit_log'::regclass
            AND relname ~ '^audit_log_\d{4}_\d\d$' AND right(relname, 7) < old
        ORDER BY relname
    LOOP
        is_kept := false;
        FOR tenant IN SELECT id FROM tenants
        LOOP
            is_kept := audit_is_kept(part, tenant);
            EXIT WHEN is_kept;
        END LOOP;
        CONTINUE WHEN is_kept;
        -- Entries may outlive their tenant: the table itself says whose it has. No policy may hide one.
        LOCK TABLE audit_log IN ACCESS EXCLUSIVE MODE;
        EXECUTE format('ALTER TABLE %s NO FORCE ROW LEVEL SECURITY', part);
        FOR tenant IN EXECUTE format(
            'WITH RECURSIVE owners AS (
                (SELECT tenant_id FROM %1$s ORDER BY tenant_id LIMIT 1)
                UNION ALL
                SELECT (SELECT tenant_id FROM %1$s WHERE tenant_id > o.tenant_id ORDER BY tenant_id LIMIT 1)
                FROM owners o WHERE o.tenant_id IS NOT NULL
            ) SELECT tenant_id FROM owners WHERE tenant_id IS NOT NULL',
            part
        )
        LOOP
            is_kept := audit_is_kept(part, tenant);
            EXIT WHEN is_kept;
        END LOOP;
        IF is_kept THEN
            EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', part);
        ELSE
            EXECUTE format('DROP TABLE %s', part);
            dropped := dropped + 1;
        END IF;
    END LOOP;
    PERFORM set_config('app.tenant_id', '', true);
    RETURN dropped;
END
$$;

-- Removes entries of the transaction's tenant that were cut and are older than 30 days, come after a number, and are of
-- months that ended before a time (milliseconds), this many at most: what could not be dropped, because somebody's
-- entries of the month are kept. Entries of the month in which the time is leave with it, instead of one by one each
-- day. Without the number, each of many removals would read the index entries of all that were removed before, until the
-- table is vacuumed. Returns the number of the last one; NULL if there was none. The runtime role may delete no entries.
CREATE FUNCTION remove_cut_audit(after_seq BIGINT, most BIGINT, before BIGINT) RETURNS BIGINT
LANGUAGE sql SECURITY DEFINER AS $$
    WITH cut AS (
        SELECT seq, at FROM audit_log
        WHERE tenant_id = current_setting('app.tenant_id', true)
            AND seq > after_seq
            AND seq <= (
                SELECT cut_seq FROM audit_heads WHERE tenant_id = current_setting('app.tenant_id', true)
            )
            AND at < audit_month_begin(date_trunc('month', to_timestamp(before / 1000.0) AT TIME ZONE 'UTC')::DATE)
            AND at <= (extract(epoch FROM now()) - 30 * 86400) * 1000
        ORDER BY seq
        LIMIT most
    ), removed AS (
        DELETE FROM audit_log l USING cut
        WHERE l.tenant_id = current_setting('app.tenant_id', true) AND l.seq = cut.seq AND l.at = cut.at
        RETURNING l.seq
    )
    SELECT max(seq) FROM removed
$$;

-- Appends entries to a tenant's chain in one statement, so that no instance holds the lock of a head while it waits for
-- the network. The entries are a JSON array, which continues the head (after_seq, after_digest) and ends with (end_seq,
-- end_digest). Writes nothing if the chain has another head. Returns the number and the digest of the head that the
-- chain then has, separated by a space; NULL if another session holds the head, for which it does not wait.
CREATE FUNCTION append_audit(
    tenant TEXT, after_seq BIGINT, after_digest TEXT, end_seq BIGINT, end_digest TEXT, entries TEXT
) RETURNS TEXT
LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    head audit_heads%ROWTYPE;
    is_other BOOLEAN;
    written BIGINT;
BEGIN
    PERFORM set_config('app.tenant_id', tenant, true), set_config('lock_timeout', '2s', true);
    IF after_seq = 0 THEN
        INSERT INTO audit_heads (tenant_id, seq, digest) VALUES (tenant, 0, repeat('0', 64))
        ON CONFLICT DO NOTHING;
    END IF;
    SELECT * INTO head FROM audit_heads WHERE tenant_id = tenant FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    is_other := head.seq <> after_seq OR head.digest <> after_digest;
    -- Whoever appends has learned the head here, or has moved it itself: what is beyond it is found once.
    IF (is_other OR after_seq = 0) AND EXISTS (
        SELECT FROM audit_log WHERE tenant_id = tenant AND seq > head.seq
    ) THEN
        RAISE unique_violation USING MESSAGE = 'an entry has the number after the head';
    END IF;
    IF is_other THEN
        RETURN head.seq || ' ' || head.digest;
    END IF;
    -- A text search is cheaper than reading the entries twice. Where it finds too many, they are only looked for.
    IF entries LIKE '%"surface":"server"%' AND EXISTS (
        SELECT FROM audit_log
        WHERE tenant_id = tenant AND id = ANY (ARRAY(
            SELECT entry.id FROM json_to_recordset(entries::json) AS entry (id TEXT, surface TEXT)
            WHERE entry.surface = 'server'
        ))
    ) THEN
        RAISE unique_violation USING MESSAGE = 'an entry has the id of another one';
    END IF;
    INSERT INTO audit_log (
        id, tenant_id, workspace_id, actor_id, call, tool, surface, outcome, resource, params_digest,
        at, duration_ms, seq, digest, access, repeats, since, detail
    )
    SELECT
        id, tenant, workspace_id, actor_id,
        CASE WHEN id = 'aud_' || call || '_' || outcome THEN NULL ELSE call END,
        tool, surface, outcome, resource, decode(nullif(params_digest, ''), 'hex'),
        at, duration_ms, after_seq + number, decode(digest, 'hex'), access, repeats, since, detail
    FROM ROWS FROM (json_to_recordset(entries::json) AS (
        id TEXT, workspace_id TEXT, actor_id TEXT, call TEXT, tool TEXT, surface TEXT,
        outcome TEXT, resource TEXT, params_digest TEXT, at BIGINT, duration_ms BIGINT,
        digest TEXT, access TEXT, repeats BIGINT, since BIGINT, detail TEXT
    )) WITH ORDINALITY AS entry (
        id, workspace_id, actor_id, call, tool, surface, outcome, resource, params_digest, at, duration_ms,
        digest, access, repeats, since, detail, number
    );
    GET DIAGNOSTICS written = ROW_COUNT;
    IF after_seq + written <> end_seq THEN
        RAISE 'an append of % entries cannot end with the number %', written, end_seq;
    END IF;
    UPDATE audit_heads SET seq = end_seq, digest = end_digest WHERE tenant_id = tenant;
    RETURN end_seq || ' ' || end_digest;
END
$$;

-- What runs as the owner looks for nothing in a schema that a caller could choose.
DO $$
DECLARE
    signature TEXT;
BEGIN
    FOREACH signature IN ARRAY ARRAY[
        'has_other_tenants(TEXT)', 'tenants_with_due_domains()', 'tenants_that_follow_branches()',
        'photos_of_people(TEXT[])', 'tenants_with_old_records(TEXT, BIGINT, BIGINT)',
        'append_audit(TEXT, BIGINT, TEXT, BIGINT, TEXT, TEXT)', 'make_audit_partitions()',
        'make_audit_partition(DATE)', 'audit_month_is_waiting(DATE)', 'drop_cut_audit()',
        'audit_is_kept(REGCLASS, TEXT)', 'revoke_all(REGCLASS)',
        'remove_cut_audit(BIGINT, BIGINT, BIGINT)'
    ]
    LOOP
        EXECUTE format('ALTER FUNCTION %s SET search_path = %I, pg_temp', signature, current_schema());
    END LOOP;
END
$$;

REVOKE ALL ON FUNCTION
    has_other_tenants(TEXT), tenants_with_old_records(TEXT, BIGINT, BIGINT), make_audit_partitions(), drop_cut_audit(),
    remove_cut_audit(BIGINT, BIGINT, BIGINT)
FROM PUBLIC;

SELECT make_audit_partitions();
