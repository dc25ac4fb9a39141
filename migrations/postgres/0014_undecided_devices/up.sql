-- Anybody can start to set up a device, so the devices on which nobody has decided are counted before another one is
-- inserted.
CREATE INDEX device_grants_undecided ON device_grants (expires_at) WHERE tenant_id IS NULL;

-- They belong to no tenant. The owner sees them, and the function below tells the runtime role their number, and nothing
-- else.
CREATE POLICY operator ON device_grants FOR SELECT TO CURRENT_USER USING (tenant_id IS NULL);
CREATE FUNCTION undecided_devices(valid_after BIGINT) RETURNS BIGINT
LANGUAGE sql STABLE SECURITY DEFINER AS $$
    SELECT count(*) FROM device_grants WHERE tenant_id IS NULL AND expires_at > valid_after
$$;
DO $$
BEGIN
    EXECUTE format('ALTER FUNCTION undecided_devices(BIGINT) SET search_path = %I, pg_temp', current_schema());
END
$$;
REVOKE ALL ON FUNCTION undecided_devices(BIGINT) FROM PUBLIC;

-- Rows may be removed by anybody, without being seen: undecided ones once their codes have expired, and decided ones a day
-- later.
DROP POLICY old ON device_grants;
CREATE POLICY old ON device_grants FOR DELETE
    USING (
        expires_at < floor(extract(epoch FROM clock_timestamp()) * 1000)::BIGINT
            - CASE WHEN tenant_id IS NULL THEN 0 ELSE 86400000 END
    );
