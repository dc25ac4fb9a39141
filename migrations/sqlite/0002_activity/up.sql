-- What companions on developers' machines sent. Repositories, machines, worktrees and sessions are known by keys that
-- disclose nothing: HMACs with the salt of the workspace.

-- The salt of a workspace, in hexadecimal digits.
CREATE TABLE activity_salts (
    tenant_id TEXT NOT NULL CHECK (tenant_id <> ''),
    workspace_id TEXT NOT NULL,
    salt TEXT NOT NULL CHECK (length(salt) = 64),
    PRIMARY KEY (tenant_id, workspace_id),
    FOREIGN KEY (tenant_id, workspace_id) REFERENCES vibn_workspaces (tenant_id, id)
) STRICT;

-- The latest state of each worktree and of each session. `kind` is worktree or session, `subject` its key, `details` the
-- state as JSON, `at` the time of it.
CREATE TABLE activity_states (
    tenant_id TEXT NOT NULL CHECK (tenant_id <> ''),
    workspace_id TEXT NOT NULL,
    machine TEXT NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    repo TEXT NOT NULL,
    details TEXT NOT NULL,
    at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, workspace_id, kind, machine, subject),
    FOREIGN KEY (tenant_id, workspace_id) REFERENCES vibn_workspaces (tenant_id, id)
) STRICT;
CREATE INDEX activity_states_by_time ON activity_states (tenant_id, workspace_id, kind, at);
CREATE INDEX activity_states_by_end ON activity_states (expires_at);

-- The ids of items that were stored, so that an item that is sent again is stored once.
CREATE TABLE activity_items (
    tenant_id TEXT NOT NULL CHECK (tenant_id <> ''),
    workspace_id TEXT NOT NULL,
    machine TEXT NOT NULL,
    item TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, workspace_id, machine, item),
    FOREIGN KEY (tenant_id, workspace_id) REFERENCES vibn_workspaces (tenant_id, id)
) STRICT;
CREATE INDEX activity_items_by_end ON activity_items (expires_at);

-- The repositories that a machine keeps private. Items that were taken before that moment are not stored.
CREATE TABLE activity_forgotten (
    tenant_id TEXT NOT NULL CHECK (tenant_id <> ''),
    workspace_id TEXT NOT NULL,
    machine TEXT NOT NULL,
    repo TEXT NOT NULL,
    forgotten_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, workspace_id, machine, repo),
    FOREIGN KEY (tenant_id, workspace_id) REFERENCES vibn_workspaces (tenant_id, id)
) STRICT;
CREATE INDEX activity_forgotten_by_end ON activity_forgotten (expires_at);
