-- The row that a health check writes, so that it waits for no lock of anything else.
CREATE TABLE health_probes (
    name TEXT NOT NULL PRIMARY KEY,
    written_at BIGINT NOT NULL
);
DELETE FROM upstream_budgets WHERE name = 'health probe';

-- What the metrics show of all tenants together: numbers and times. The server learns nothing else of other tenants, and
-- the owner sees their rows within this function alone.
CREATE POLICY figures ON vibn_workspaces FOR SELECT TO CURRENT_USER
    USING (current_setting('covibe.figures', true) = 'on');
CREATE POLICY figures ON creations FOR SELECT TO CURRENT_USER
    USING (current_setting('covibe.figures', true) = 'on');
CREATE POLICY figures ON provision_runs FOR SELECT TO CURRENT_USER
    USING (current_setting('covibe.figures', true) = 'on');
CREATE FUNCTION operational_figures() RETURNS TABLE (name TEXT, label TEXT, number BIGINT, oldest BIGINT)
LANGUAGE plpgsql SECURITY DEFINER AS $$
#variable_conflict use_column
BEGIN
    PERFORM set_config('covibe.figures', 'on', true);
    RETURN QUERY
    SELECT 'workspaces', provision_status, count(*), NULL::BIGINT FROM vibn_workspaces GROUP BY provision_status
    UNION ALL
    SELECT
        'tenants',
        CASE
            WHEN deleted_at IS NOT NULL THEN 'deleted'
            WHEN deletion_began_at IS NOT NULL THEN 'deleting'
            WHEN suspended_at IS NOT NULL THEN 'suspended'
            ELSE 'active'
        END,
        count(*),
        NULL
    FROM tenants GROUP BY 2
    UNION ALL
    SELECT 'open', 'creations', count(*), min(started_at) FROM creations
    UNION ALL
    SELECT 'open', 'provisioning', count(*), min(started_at) FROM provision_runs WHERE ended_at IS NULL
    UNION ALL
    SELECT 'open', 'domain_orders', count(*), min(attempted_at) FROM domains
    WHERE state IN ('registering', 'pending', 'held');
    PERFORM set_config('covibe.figures', '', true);
END
$$;
DO $$
BEGIN
    EXECUTE format('ALTER FUNCTION operational_figures() SET search_path = %I, pg_temp', current_schema());
END
$$;
