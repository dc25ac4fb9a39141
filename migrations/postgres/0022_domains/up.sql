-- Domains, what happened to them, and what they cost.
-- The SQLite tree has the same tables and columns; a test compares the two.

CREATE TABLE domains (
    tenant_id TEXT NOT NULL CHECK (tenant_id <> ''),
    workspace_id TEXT NOT NULL,
    name TEXT NOT NULL,
    state TEXT NOT NULL,
    registrar TEXT NOT NULL,
    attempt TEXT NOT NULL,
    attempted_at BIGINT NOT NULL,
    lease_until BIGINT NOT NULL,
    years BIGINT NOT NULL,
    amount BIGINT NOT NULL,
    currency TEXT NOT NULL,
    is_private BIGINT NOT NULL,
    order_id TEXT,
    registered_at BIGINT,
    expires_at BIGINT,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, workspace_id, name),
    FOREIGN KEY (tenant_id, workspace_id) REFERENCES vibn_workspaces (tenant_id, id)
);
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
    at BIGINT NOT NULL,
    detail TEXT
);
CREATE INDEX vibn_domain_events_by_domain ON vibn_domain_events (tenant_id, workspace_id, domain, at, id);

-- Amounts are in minor units. `ref_id` is the order's id at `source`: nothing is paid for twice.
CREATE TABLE vibn_billing_ledger (
    id TEXT NOT NULL PRIMARY KEY,
    tenant_id TEXT NOT NULL CHECK (tenant_id <> ''),
    workspace_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    source TEXT NOT NULL,
    ref_id TEXT NOT NULL CHECK (ref_id <> ''),
    amount BIGINT NOT NULL,
    currency TEXT NOT NULL,
    subject TEXT NOT NULL,
    at BIGINT NOT NULL,
    UNIQUE (source, kind, ref_id)
);
CREATE INDEX vibn_billing_ledger_by_workspace ON vibn_billing_ledger (tenant_id, workspace_id, at, id);

ALTER TABLE domains ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON domains
    USING (tenant_id = current_setting('app.tenant_id', true))
    WITH CHECK (tenant_id = current_setting('app.tenant_id', true));

ALTER TABLE vibn_domain_events ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON vibn_domain_events
    USING (tenant_id = current_setting('app.tenant_id', true))
    WITH CHECK (tenant_id = current_setting('app.tenant_id', true));

ALTER TABLE vibn_billing_ledger ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON vibn_billing_ledger
    USING (tenant_id = current_setting('app.tenant_id', true))
    WITH CHECK (tenant_id = current_setting('app.tenant_id', true));

-- The server looks by itself for what became of orders, and learns by this whose they are. The owner of the
-- tables sees the domains that the registrar has to be asked about, and tells the ids of their tenants.
CREATE POLICY operator ON domains FOR SELECT TO CURRENT_USER
    USING (
        state IN ('registering', 'pending', 'held')
        OR (
            state = 'registered'
            AND (expires_at IS NULL OR expires_at < extract(epoch FROM now()) * 1000)
        )
    );

DO $$
BEGIN
    EXECUTE format(
        'CREATE FUNCTION tenants_with_due_domains() RETURNS SETOF TEXT
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = %I, pg_temp AS $body$
            SELECT DISTINCT tenant_id FROM domains
        $body$',
        current_schema()
    );
END
$$;
