-- `suspended_at` is since when the keys and sessions of a tenant are refused and nothing of it is started.
-- `deletion_began_at` is when its operator began to delete it, which is not taken back, and `deleted_at` when that was
-- done; the audit and what was kept stay.
ALTER TABLE tenants ADD COLUMN suspended_at BIGINT;
ALTER TABLE tenants ADD COLUMN deletion_began_at BIGINT;
ALTER TABLE tenants ADD COLUMN deleted_at BIGINT;
CREATE INDEX tenants_suspended ON tenants (id) WHERE suspended_at IS NOT NULL;

-- The queue of deployments starts nothing of these. The server learns their ids, and nothing else.
CREATE FUNCTION suspended_tenants() RETURNS SETOF TEXT
LANGUAGE sql STABLE SECURITY DEFINER AS $$
    SELECT id FROM tenants WHERE suspended_at IS NOT NULL
$$;
DO $$
BEGIN
    EXECUTE format('ALTER FUNCTION suspended_tenants() SET search_path = %I, pg_temp', current_schema());
END
$$;
