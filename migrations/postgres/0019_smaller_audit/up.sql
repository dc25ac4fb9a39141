-- Makes audit entries smaller. Digests are bytes. The digest of the entry before is not stored a second time,
-- and the call's id only where the entry's own id does not contain it. The digest of an entry covers the same
-- texts as before. What is no digest was changed by somebody: it becomes NULL, and the chain stays broken there.
-- Nobody reads the entries of a workspace in the order of time: the index of the chain is enough.
-- The SQLite tree has the same tables and columns; a test compares the two.

DROP INDEX audit_log_by_workspace;

-- All in one statement, which writes the table once.
ALTER TABLE audit_log
    DROP COLUMN previous,
    ALTER COLUMN call DROP NOT NULL,
    ALTER COLUMN call TYPE TEXT
        USING CASE WHEN id = 'aud_' || call || '_' || outcome THEN NULL ELSE call END,
    ALTER COLUMN params_digest DROP NOT NULL,
    ALTER COLUMN params_digest TYPE BYTEA
        USING CASE WHEN params_digest ~ '^[0-9a-f]{64}$' THEN decode(params_digest, 'hex') END,
    ALTER COLUMN digest TYPE BYTEA
        USING CASE WHEN digest ~ '^[0-9a-f]{64}$' THEN decode(digest, 'hex') END,
    ADD CHECK (octet_length(params_digest) = 32),
    ADD CHECK (octet_length(digest) = 32);

-- The entries are a JSON array in the form that they had before, so that servers which append by this function
-- still do once the table is rewritten.
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
        at, duration_ms, seq, digest, access, repeats, since
    )
    SELECT
        id, tenant_id, workspace_id, actor_id,
        CASE WHEN id = 'aud_' || call || '_' || outcome THEN NULL ELSE call END,
        tool, surface, outcome, resource, decode(nullif(params_digest, ''), 'hex'),
        at, duration_ms, seq, decode(digest, 'hex'), access, repeats, since
    FROM json_to_recordset(entries::json) AS entry (
        id TEXT, tenant_id TEXT, workspace_id TEXT, actor_id TEXT, call TEXT, tool TEXT, surface TEXT,
        outcome TEXT, resource TEXT, params_digest TEXT, at BIGINT, duration_ms BIGINT, seq BIGINT,
        digest TEXT, access TEXT, repeats BIGINT, since BIGINT
    );
    UPDATE audit_heads SET seq = end_seq, digest = end_digest WHERE tenant_id = tenant;
    RETURN end_seq || ' ' || end_digest;
END
$$;
