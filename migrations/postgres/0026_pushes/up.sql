-- The branches that apps follow, and what became of the last push to each. `claimed_commit` is what a deployment is
-- about to be queued of, and `claimed_after` the app's newest deployment before it: whoever finds a claim that was left
-- looks for what came after. `watch_paths` has one path a line.
-- `push_statuses` has the deployments whose end has to be told to Gitea, as a status of their commit.
-- The SQLite tree has the same tables and columns; a test compares the two.

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
    PRIMARY KEY (tenant_id, workspace_id, app),
    FOREIGN KEY (tenant_id, workspace_id) REFERENCES vibn_workspaces (tenant_id, id)
);

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

ALTER TABLE followed_branches ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON followed_branches
    USING (tenant_id = current_setting('app.tenant_id', true))
    WITH CHECK (tenant_id = current_setting('app.tenant_id', true));

ALTER TABLE push_statuses ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON push_statuses
    USING (tenant_id = current_setting('app.tenant_id', true))
    WITH CHECK (tenant_id = current_setting('app.tenant_id', true));

-- A delivery of Gitea's names an organisation, and nothing else says whose it is. A transaction with the
-- organisation's number in its setting sees this one row, and only reads it.
CREATE POLICY organisation ON vibn_workspaces FOR SELECT
    USING (gitea_org_id::TEXT = current_setting('app.organisation', true));

-- The server looks by itself for pushes that nobody told, and learns by this whose apps follow a branch. The owner of
-- the tables sees these rows, and tells the ids of their tenants.
CREATE POLICY operator ON followed_branches FOR SELECT TO CURRENT_USER USING (auto_deploy = 1);
CREATE POLICY operator ON push_statuses FOR SELECT TO CURRENT_USER USING (true);

DO $$
BEGIN
    EXECUTE format(
        'CREATE FUNCTION tenants_that_follow_branches() RETURNS SETOF TEXT
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = %I, pg_temp AS $body$
            SELECT tenant_id FROM followed_branches UNION SELECT tenant_id FROM push_statuses
        $body$',
        current_schema()
    );
END
$$;
