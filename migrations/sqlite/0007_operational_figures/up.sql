-- The row that a health check writes, so that it waits for no lock of anything else.
CREATE TABLE health_probes (
    name TEXT NOT NULL PRIMARY KEY,
    written_at INTEGER NOT NULL
) STRICT;
DELETE FROM upstream_budgets WHERE name = 'health probe';

-- What the metrics show of all tenants together: numbers and times.
CREATE VIEW operational_figures (name, label, number, oldest) AS
    SELECT 'workspaces', provision_status, count(*), NULL FROM vibn_workspaces GROUP BY provision_status
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
