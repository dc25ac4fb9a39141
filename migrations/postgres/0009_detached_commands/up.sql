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
    started_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    ended_at BIGINT,
    result TEXT,
    output TEXT,
    PRIMARY KEY (tenant_id, workspace_id, id),
    FOREIGN KEY (tenant_id, workspace_id) REFERENCES vibn_workspaces (tenant_id, id)
);
CREATE INDEX detached_commands_by_time ON detached_commands (seen_at);

ALTER TABLE detached_commands ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON detached_commands
    USING (tenant_id = current_setting('app.tenant_id', true))
    WITH CHECK (tenant_id = current_setting('app.tenant_id', true));

-- Whoever they belong to, records are removed a day after their server renewed them last.
CREATE POLICY old ON detached_commands FOR DELETE
    USING (seen_at < floor(extract(epoch FROM clock_timestamp()) * 1000)::BIGINT - 86400000);
