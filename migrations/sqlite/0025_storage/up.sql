-- The object storage of workspaces: one bucket each, with the account and the key that may use it, and the
-- resources that got the key as variables. `secret` is sealed. `previous_key_id` is a key that was replaced and
-- still has to be removed.
-- The PostgreSQL tree has the same tables and columns; a test compares the two.

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
    lease_until INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, workspace_id),
    FOREIGN KEY (tenant_id, workspace_id) REFERENCES vibn_workspaces (tenant_id, id)
) STRICT;
-- Of all workspaces, one has a bucket.
CREATE UNIQUE INDEX workspace_storage_by_bucket ON workspace_storage (endpoint, bucket);

CREATE TABLE storage_injections (
    tenant_id TEXT NOT NULL CHECK (tenant_id <> ''),
    workspace_id TEXT NOT NULL,
    resource TEXT NOT NULL,
    prefix TEXT NOT NULL,
    access_key_id TEXT NOT NULL,
    injected_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, workspace_id, resource, prefix),
    FOREIGN KEY (tenant_id, workspace_id) REFERENCES vibn_workspaces (tenant_id, id)
) STRICT;
