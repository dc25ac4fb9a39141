-- A stranger who has many addresses could otherwise fill the places of devices on which nobody has decided. The network is
-- that of the address which a device asks from; all devices of earlier servers have the same one.
ALTER TABLE device_grants ADD COLUMN network TEXT NOT NULL DEFAULT '';
CREATE INDEX device_grants_undecided_by_network ON device_grants (network, expires_at) WHERE tenant_id IS NULL;

-- The runtime role sees the row of one code. As the owner, the function below removes undecided devices of the network that
-- has the most of them, the oldest first, for somebody who presents the code of another device.
CREATE POLICY eviction ON device_grants FOR DELETE TO CURRENT_USER
    USING (tenant_id IS NULL AND current_setting('app.credential', true) <> '');
CREATE FUNCTION evict_undecided_devices(valid_after BIGINT, surplus BIGINT) RETURNS VOID
LANGUAGE sql SECURITY DEFINER AS $$
    DELETE FROM device_grants WHERE tenant_id IS NULL AND device_digest IN (
        SELECT device_digest FROM device_grants
        WHERE tenant_id IS NULL AND expires_at > valid_after AND network = (
            SELECT network FROM device_grants WHERE tenant_id IS NULL AND expires_at > valid_after
            GROUP BY network ORDER BY count(*) DESC, min(expires_at) LIMIT 1
        )
        ORDER BY expires_at LIMIT surplus
    )
$$;
DO $$
BEGIN
    EXECUTE format(
        'ALTER FUNCTION evict_undecided_devices(BIGINT, BIGINT) SET search_path = %I, pg_temp', current_schema()
    );
END
$$;
REVOKE ALL ON FUNCTION evict_undecided_devices(BIGINT, BIGINT) FROM PUBLIC;
