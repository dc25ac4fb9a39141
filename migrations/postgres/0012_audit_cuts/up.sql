-- The end of what was removed from each tenant's chain because it was too old: the number and digest of the
-- last removed entry, which the first one that is left names.
-- The SQLite tree has the same tables and columns; a test compares the two.

ALTER TABLE audit_heads
    ADD COLUMN cut_seq BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN cut_digest TEXT NOT NULL DEFAULT repeat('0', 64);

-- The runtime role may delete no entries. This function deletes those of its transaction's tenant that
-- were cut and are older than 30 days. It runs as the owner, whom the policies bind too, and looks for no
-- table in a schema that a caller could choose.
DO $$
BEGIN
    EXECUTE format(
        'CREATE FUNCTION remove_cut_audit() RETURNS BIGINT
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = %I, pg_temp AS $body$
        DECLARE
            removed BIGINT;
        BEGIN
            DELETE FROM audit_log
            WHERE tenant_id = current_setting(''app.tenant_id'', true)
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
