-- Devices that are being set up: somebody's companion shows a short code, a person who is signed in approves it, and the
-- companion gets a key for each agent, once. Both codes are stored as SHA-256 digests. `agents` are words with spaces
-- between them. `state` is pending, approved, denied or consumed; the tenant, the workspace and the person are those of
-- the decision. Times are by the clock of the database.
-- The PostgreSQL tree has the same tables and columns; a test compares the two.

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
