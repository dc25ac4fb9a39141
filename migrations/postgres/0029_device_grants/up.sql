-- Devices that are being set up: somebody's companion shows a short code, a person who is signed in approves it, and the
-- companion gets a key for each agent, once. Both codes are stored as SHA-256 digests. `agents` are words with spaces
-- between them. `state` is pending, approved, denied or consumed; the tenant, the workspace and the person are those of
-- the decision. Times are by the clock of the database.
-- The SQLite tree has the same tables and columns; a test compares the two.

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

ALTER TABLE device_grants ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON device_grants
    USING (tenant_id = current_setting('app.tenant_id', true))
    WITH CHECK (tenant_id = current_setting('app.tenant_id', true));

-- Whoever presents one of the codes sees the row. Until somebody has decided, it belongs to no tenant, and who presents
-- a code may change it; the decision makes it a row of their own tenant.
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
