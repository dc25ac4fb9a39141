-- Domains, what happened to them, and what they cost.
-- The PostgreSQL tree has the same tables and columns; a test compares the two.

CREATE TABLE domains (
    tenant_id TEXT NOT NULL CHECK (tenant_id <> ''),
    workspace_id TEXT NOT NULL,
    name TEXT NOT NULL,
    state TEXT NOT NULL,
    registrar TEXT NOT NULL,
    attempt TEXT NOT NULL,
    attempted_at INTEGER NOT NULL,
    lease_until INTEGER NOT NULL,
    years INTEGER NOT NULL,
    amount INTEGER NOT NULL,
    currency TEXT NOT NULL,
    is_private INTEGER NOT NULL,
    order_id TEXT,
    registered_at INTEGER,
    expires_at INTEGER,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, workspace_id, name),
    FOREIGN KEY (tenant_id, workspace_id) REFERENCES vibn_workspaces (tenant_id, id)
) STRICT;
-- Of all workspaces, one has a domain or is buying it.
CREATE UNIQUE INDEX domains_by_name ON domains (name) WHERE state NOT IN ('failed', 'expired');
-- An order bought one domain.
CREATE UNIQUE INDEX domains_by_order ON domains (registrar, order_id) WHERE order_id IS NOT NULL;

-- No foreign keys: what happened and what was paid outlives the rows that it names.
CREATE TABLE vibn_domain_events (
    id TEXT NOT NULL PRIMARY KEY,
    tenant_id TEXT NOT NULL CHECK (tenant_id <> ''),
    workspace_id TEXT NOT NULL,
    domain TEXT NOT NULL,
    kind TEXT NOT NULL,
    at INTEGER NOT NULL,
    detail TEXT
) STRICT;
CREATE INDEX vibn_domain_events_by_domain ON vibn_domain_events (tenant_id, workspace_id, domain, at, id);

-- Amounts are in minor units. `ref_id` is the order's id at `source`: nothing is paid for twice.
CREATE TABLE vibn_billing_ledger (
    id TEXT NOT NULL PRIMARY KEY,
    tenant_id TEXT NOT NULL CHECK (tenant_id <> ''),
    workspace_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    source TEXT NOT NULL,
    ref_id TEXT NOT NULL CHECK (ref_id <> ''),
    amount INTEGER NOT NULL,
    currency TEXT NOT NULL,
    subject TEXT NOT NULL,
    at INTEGER NOT NULL,
    UNIQUE (source, kind, ref_id)
) STRICT;
CREATE INDEX vibn_billing_ledger_by_workspace ON vibn_billing_ledger (tenant_id, workspace_id, at, id);

CREATE TRIGGER vibn_domain_events_keeps_rows BEFORE DELETE ON vibn_domain_events
BEGIN
    SELECT RAISE(ABORT, 'vibn_domain_events is append-only');
END;

CREATE TRIGGER vibn_domain_events_keeps_texts BEFORE UPDATE ON vibn_domain_events
BEGIN
    SELECT RAISE(ABORT, 'vibn_domain_events is append-only');
END;

CREATE TRIGGER vibn_billing_ledger_keeps_rows BEFORE DELETE ON vibn_billing_ledger
BEGIN
    SELECT RAISE(ABORT, 'vibn_billing_ledger is append-only');
END;

CREATE TRIGGER vibn_billing_ledger_keeps_texts BEFORE UPDATE ON vibn_billing_ledger
BEGIN
    SELECT RAISE(ABORT, 'vibn_billing_ledger is append-only');
END;
