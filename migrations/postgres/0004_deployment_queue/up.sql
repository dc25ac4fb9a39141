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
    follows_branch BIGINT NOT NULL CHECK (follows_branch IN (0, 1)),
    is_forced BIGINT NOT NULL CHECK (is_forced IN (0, 1)),
    state TEXT NOT NULL,
    waited BIGINT NOT NULL CHECK (waited IN (0, 1)),
    asked_at BIGINT NOT NULL,
    stale_for BIGINT NOT NULL,
    holds_for BIGINT NOT NULL,
    not_before BIGINT NOT NULL,
    lease_until BIGINT NOT NULL,
    deployment TEXT,
    handed_at BIGINT,
    ended_at BIGINT,
    replaced_by TEXT,
    reason TEXT,
    PRIMARY KEY (tenant_id, workspace_id, id),
    FOREIGN KEY (tenant_id, workspace_id) REFERENCES vibn_workspaces (tenant_id, id)
);
CREATE INDEX queued_deployments_open ON queued_deployments (cell) WHERE ended_at IS NULL;
CREATE INDEX queued_deployments_by_resource ON queued_deployments (tenant_id, workspace_id, resource, asked_at);
CREATE INDEX queued_deployments_by_turn ON queued_deployments (tenant_id, handed_at);
CREATE INDEX queued_deployments_by_workspace_turn ON queued_deployments (tenant_id, workspace_id, handed_at);

ALTER TABLE queued_deployments ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON queued_deployments
    USING (tenant_id = current_setting('app.tenant_id', true))
    WITH CHECK (tenant_id = current_setting('app.tenant_id', true));

-- Who is next depends on what all tenants have in progress, and on whose turn was longest ago. The server learns ids and
-- times of it, and nothing else.
CREATE POLICY operator ON queued_deployments FOR SELECT TO CURRENT_USER USING (true);
CREATE FUNCTION open_deployments_of_cell(cell_name TEXT) RETURNS TABLE (
    tenant_id TEXT, workspace_id TEXT, id TEXT, kind TEXT, resource TEXT, state TEXT, deployment TEXT, asked_at BIGINT,
    stale_for BIGINT, holds_for BIGINT, not_before BIGINT, lease_until BIGINT, handed_at BIGINT, tenant_turn BIGINT, workspace_turn BIGINT
)
LANGUAGE sql STABLE SECURITY DEFINER AS $$
    SELECT q.tenant_id, q.workspace_id, q.id, q.kind, q.resource, q.state, q.deployment, q.asked_at,
        q.stale_for, q.holds_for, q.not_before, q.lease_until, q.handed_at,
        (SELECT max(o.handed_at) FROM queued_deployments o WHERE o.tenant_id = q.tenant_id),
        (SELECT max(o.handed_at) FROM queued_deployments o
            WHERE o.tenant_id = q.tenant_id AND o.workspace_id = q.workspace_id)
    FROM queued_deployments q WHERE q.cell = cell_name AND q.ended_at IS NULL
    ORDER BY q.asked_at, q.id LIMIT 10000
$$;
DO $$
BEGIN
    EXECUTE format(
        'ALTER FUNCTION open_deployments_of_cell(TEXT) SET search_path = %I, pg_temp', current_schema()
    );
END
$$;

-- The cells in which nothing is handed over, as during an upgrade of Coolify.
CREATE TABLE paused_deployment_queues (
    cell TEXT PRIMARY KEY,
    paused_at BIGINT NOT NULL
);
