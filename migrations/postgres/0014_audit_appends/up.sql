-- Appends entries to a tenant's chain in one statement, so that no instance holds the lock of a head while
-- it waits for the network. The entries are a JSON array of rows of audit_log, which continue the head
-- (after_seq, after_digest) and end with (end_seq, end_digest). Writes nothing if the chain has another head.
-- Returns the number and the digest of the head that the chain then has, separated by a space; NULL if another
-- session holds the head, for which it does not wait.
-- The SQLite tree needs no such function: it has one writer at a time.

CREATE FUNCTION append_audit(
    tenant TEXT, after_seq BIGINT, after_digest TEXT, end_seq BIGINT, end_digest TEXT, entries TEXT
) RETURNS TEXT
LANGUAGE plpgsql AS $$
DECLARE
    head audit_heads%ROWTYPE;
BEGIN
    PERFORM set_config('app.tenant_id', tenant, true), set_config('lock_timeout', '2s', true);
    IF after_seq = 0 THEN
        INSERT INTO audit_heads (tenant_id, seq, digest) VALUES (tenant, 0, repeat('0', 64))
        ON CONFLICT DO NOTHING;
    END IF;
    SELECT * INTO head FROM audit_heads WHERE tenant_id = tenant FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    IF head.seq <> after_seq OR head.digest <> after_digest THEN
        RETURN head.seq || ' ' || head.digest;
    END IF;
    INSERT INTO audit_log SELECT * FROM json_populate_recordset(NULL::audit_log, entries::json);
    UPDATE audit_heads SET seq = end_seq, digest = end_digest WHERE tenant_id = tenant;
    RETURN end_seq || ' ' || end_digest;
END
$$;
