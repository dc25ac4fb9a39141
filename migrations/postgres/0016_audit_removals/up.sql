-- Removes the entries of remove_cut_audit() that come after a number. Without that bound, each of many
-- removals reads the index entries of all that were removed before, until the table is vacuumed.
-- The former function stays for servers of the release before this one.
-- The SQLite tree needs no such function: the server deletes the entries itself.

DO $$
BEGIN
    EXECUTE format(
        'CREATE FUNCTION remove_cut_audit(after_seq BIGINT) RETURNS BIGINT
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = %I, pg_temp AS $body$
        DECLARE
            removed BIGINT;
        BEGIN
            DELETE FROM audit_log
            WHERE tenant_id = current_setting(''app.tenant_id'', true)
                AND seq > after_seq
                AND seq <= (
                    SELECT cut_seq FROM audit_heads
                    WHERE tenant_id = current_setting(''app.tenant_id'', true)
                )
                AND at <= (extract(epoch FROM now()) - 30 * 86400) * 1000;
            GET DIAGNOSTICS removed = ROW_COUNT;
            RETURN removed;
        END
        $body$',
        current_schema()
    );
END
$$;
