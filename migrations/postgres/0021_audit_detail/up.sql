-- What a call was to do, where more is kept of it than the digest of its arguments: the command of an exec. The
-- digest of an entry that has it covers it; entries of earlier releases have none.
-- The SQLite tree has the same tables and columns; a test compares the two.

ALTER TABLE audit_log ADD COLUMN detail TEXT;

-- The entries of servers that do not know the column have none.
CREATE OR REPLACE FUNCTION append_audit(
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
    INSERT INTO audit_log (
        id, tenant_id, workspace_id, actor_id, call, tool, surface, outcome, resource, params_digest,
        at, duration_ms, seq, digest, access, repeats, since, detail
    )
    SELECT
        id, tenant_id, workspace_id, actor_id,
        CASE WHEN id = 'aud_' || call || '_' || outcome THEN NULL ELSE call END,
        tool, surface, outcome, resource, decode(nullif(params_digest, ''), 'hex'),
        at, duration_ms, seq, decode(digest, 'hex'), access, repeats, since, detail
    FROM json_to_recordset(entries::json) AS entry (
        id TEXT, tenant_id TEXT, workspace_id TEXT, actor_id TEXT, call TEXT, tool TEXT, surface TEXT,
        outcome TEXT, resource TEXT, params_digest TEXT, at BIGINT, duration_ms BIGINT, seq BIGINT,
        digest TEXT, access TEXT, repeats BIGINT, since BIGINT, detail TEXT
    );
    UPDATE audit_heads SET seq = end_seq, digest = end_digest WHERE tenant_id = tenant;
    RETURN end_seq || ' ' || end_digest;
END
$$;
