-- The limit on what a tenant spends on domains in a day sums the latest orders of all its workspaces.
CREATE INDEX domains_by_attempt ON domains (tenant_id, attempted_at);
