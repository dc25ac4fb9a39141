-- The deployments and starts that were accepted, in the order in which they were asked for. `kind` is application, service
-- or database, and `resource` its uuid; the deployment of a service or database is its start. `id` is what callers know one by,
-- `deployment` what Coolify knows it by once it was handed over. A state is waiting, handing, handed, superseded, cancelled
-- or failed. `waited` is 1 where the caller was answered that it waits. While one is handed over, `lease_until` is when its
-- process is taken for killed; while it waits, `not_before` is when it is handed over at the earliest. `replaced_by` is the
-- id of the one that superseded it, `reason` why it failed. A start is over after `holds_for` milliseconds at the latest; for
-- `stale_for` milliseconds, the state of what it starts may be that from before it.
CREATE TABLE queued_deployments (
    tenant_id TEXT NOT NULL CHECK (tenant_id <> ''),
    workspace_id TEXT NOT NULL,
    id TEXT NOT NULL UNIQUE,
    cell TEXT NOT NULL,
    kind TEXT NOT NULL,
    resource TEXT NOT NULL,
    hash TEXT,
    follows_branch INTEGER NOT NULL CHECK (follows_branch IN (0, 1)),
    is_forced INTEGER NOT NULL CHECK (is_forced IN (0, 1)),
    state TEXT NOT NULL,
    waited INTEGER NOT NULL CHECK (waited IN (0, 1)),
    asked_at INTEGER NOT NULL,
    stale_for INTEGER NOT NULL,
    holds_for INTEGER NOT NULL,
    not_before INTEGER NOT NULL,
    lease_until INTEGER NOT NULL,
    deployment TEXT,
    handed_at INTEGER,
    ended_at INTEGER,
    replaced_by TEXT,
    reason TEXT,
    PRIMARY KEY (tenant_id, workspace_id, id),
    FOREIGN KEY (tenant_id, workspace_id) REFERENCES vibn_workspaces (tenant_id, id)
) STRICT;
CREATE INDEX queued_deployments_open ON queued_deployments (cell) WHERE ended_at IS NULL;
CREATE INDEX queued_deployments_by_resource ON queued_deployments (tenant_id, workspace_id, resource, asked_at);
CREATE INDEX queued_deployments_by_turn ON queued_deployments (tenant_id, handed_at);
CREATE INDEX queued_deployments_by_workspace_turn ON queued_deployments (tenant_id, workspace_id, handed_at);

-- The cells in which nothing is handed over, as during an upgrade of Coolify.
CREATE TABLE paused_deployment_queues (
    cell TEXT PRIMARY KEY,
    paused_at INTEGER NOT NULL
) STRICT;
