-- The branches that apps follow, and what became of the last push to each. `claimed_commit` is what a deployment is
-- about to be queued of, and `claimed_after` the app's newest deployment before it: whoever finds a claim that was left
-- looks for what came after. `watch_paths` has one path a line.
-- `push_statuses` has the deployments whose end has to be told to Gitea, as a status of their commit.
-- The PostgreSQL tree has the same tables and columns; a test compares the two.

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
