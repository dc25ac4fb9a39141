-- Old records leave also where nobody calls any more. A server looks for them by itself, and learns by this whose they
-- are. The rows that it returns are the tenants whose first audit entry is older than audit_before, or with a key that
-- was revoked before keys_before (milliseconds). It looks at 1,000 tenants after an id, sorted, so that no call takes
-- long; the last one is returned in any case, so that the next call begins there.
-- The SQLite tree has a migration of the same name.

DO $$
BEGIN
    EXECUTE format(
        'CREATE FUNCTION tenants_with_old_records(after_id TEXT, audit_before BIGINT, keys_before BIGINT)
        RETURNS TABLE (tenant TEXT, is_old BOOLEAN)
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = %I, pg_temp AS $body$
        DECLARE
            looked BIGINT := 0;
        BEGIN
            FOR tenant IN SELECT id FROM tenants WHERE id > after_id ORDER BY id LIMIT 1000
            LOOP
                looked := looked + 1;
                PERFORM set_config(''app.tenant_id'', tenant, true);
                is_old := coalesce((
                    SELECT at < audit_before FROM audit_log WHERE tenant_id = tenant AND seq > 0 ORDER BY seq LIMIT 1
                ), false) OR EXISTS (
                    SELECT FROM api_keys WHERE tenant_id = tenant AND revoked_at < keys_before
                );
                IF is_old OR looked = 1000 THEN
                    RETURN NEXT;
                END IF;
            END LOOP;
            PERFORM set_config(''app.tenant_id'', '''', true);
        END
        $body$',
        current_schema()
    );
END
$$;

-- Removes entries as remove_cut_audit(after_seq, most) does, of months that ended before a time (milliseconds): for
-- what could not be dropped. Entries of the month in which the time is leave with it, instead of one by one each day.
CREATE FUNCTION remove_cut_audit(after_seq BIGINT, most BIGINT, before BIGINT) RETURNS BIGINT
LANGUAGE sql SECURITY DEFINER AS $$
    WITH cut AS (
        SELECT seq, at FROM audit_log
        WHERE tenant_id = current_setting('app.tenant_id', true)
            AND seq > after_seq
            AND seq <= (
                SELECT cut_seq FROM audit_heads WHERE tenant_id = current_setting('app.tenant_id', true)
            )
            AND at < audit_month_begin(date_trunc('month', to_timestamp(before / 1000.0) AT TIME ZONE 'UTC')::DATE)
            AND at <= (extract(epoch FROM now()) - 30 * 86400) * 1000
        ORDER BY seq
        LIMIT most
    ), removed AS (
        DELETE FROM audit_log l USING cut
        WHERE l.tenant_id = current_setting('app.tenant_id', true) AND l.seq = cut.seq AND l.at = cut.at
        RETURNING l.seq
    )
    SELECT max(seq) FROM removed
$$;

DO $$
BEGIN
    EXECUTE format(
        'ALTER FUNCTION remove_cut_audit(BIGINT, BIGINT, BIGINT) SET search_path = %I, pg_temp', current_schema()
    );
END
$$;

REVOKE ALL ON FUNCTION remove_cut_audit(BIGINT, BIGINT, BIGINT), tenants_with_old_records(TEXT, BIGINT, BIGINT)
FROM PUBLIC;

-- An append waits 2 s for a lock. Whoever makes a month waits less, so that no append fails that waits behind it.
ALTER FUNCTION make_audit_partition(DATE) SET lock_timeout = '1s';
ALTER FUNCTION audit_month_is_waiting(DATE) SET lock_timeout = '1s';
