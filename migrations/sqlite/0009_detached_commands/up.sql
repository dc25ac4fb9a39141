-- The commands in containers that run on without their client, and those that ended in the last day. `resource` is the uuid
-- of the app, database or auth provider. While one runs, its server renews `seen_at`, by the clock of the database; a server
-- that was killed writes no `ended_at`. `result` says how it ended, as JSON; `output` is its output, sealed.
CREATE TABLE detached_commands (
    tenant_id TEXT NOT NULL CHECK (tenant_id <> ''),
    workspace_id TEXT NOT NULL,
    id TEXT NOT NULL UNIQUE,
    resource TEXT NOT NULL,
    container TEXT NOT NULL,
    service TEXT,
    started_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL,
    ended_at INTEGER,
    result TEXT,
    output TEXT,
    PRIMARY KEY (tenant_id, workspace_id, id),
    FOREIGN KEY (tenant_id, workspace_id) REFERENCES vibn_workspaces (tenant_id, id)
) STRICT;
CREATE INDEX detached_commands_by_time ON detached_commands (seen_at);
