-- The audit in a table for each month (UTC) of its entries' times, so that old entries leave with their month
-- instead of one by one. The entries so far stay in one table, whose indexes are built anew: nothing is copied.
-- Meanwhile the audit is locked exclusively.
-- The SQLite tree has one table with the same columns; a test compares the two.
--
-- A unique index has to contain the time here, so that no index alone keeps two months from having the same entry.
-- What does:
-- - The number of an entry: only append_audit() inserts, holding the lock of the chain's head, which it compares
--   and moves, and it numbers the entries itself. Nobody else but the owner may insert, or set a head's number; a
--   head that the owner moved back is not continued.
-- - The id of an entry: a call's entry has its time from the beginning, so that a repeated one meets itself in the
--   index. An entry that the server makes of others may be made twice, at different times: append_audit() looks
--   for its id in every month.

ALTER TABLE audit_log RENAME TO audit_log_earlier;
ALTER INDEX audit_log_pkey RENAME TO audit_log_earlier_pkey;
ALTER INDEX audit_log_by_seq RENAME TO audit_log_earlier_by_seq;

CREATE TABLE audit_log (LIKE audit_log_earlier INCLUDING DEFAULTS INCLUDING CONSTRAINTS) PARTITION BY RANGE (at);
ALTER TABLE audit_log ADD PRIMARY KEY (id, at);
CREATE UNIQUE INDEX audit_log_by_seq ON audit_log (tenant_id, seq, at);

-- What has no table of its own: nothing, unless a clock is wrong or no server ran for months.
CREATE TABLE audit_log_default PARTITION OF audit_log DEFAULT;

DO $$
DECLARE
    name TEXT;
BEGIN
    FOREACH name IN ARRAY ARRAY['audit_log', 'audit_log_default']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', name);
        EXECUTE format(
            'CREATE POLICY tenant ON %I '
            'USING (tenant_id = current_setting(''app.tenant_id'', true)) '
            'WITH CHECK (tenant_id = current_setting(''app.tenant_id'', true))',
            name
        );
    END LOOP;
END
$$;

-- Whoever may use the table may go on. Nobody else needs rights on a part of it.
CREATE FUNCTION revoke_all(part REGCLASS) RETURNS VOID
LANGUAGE plpgsql AS $$
DECLARE
    grantee TEXT;
BEGIN
    FOR grantee IN
        SELECT DISTINCT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::TEXT END
        FROM pg_class c, aclexplode(c.relacl) a WHERE c.oid = part AND a.grantee <> c.relowner
    LOOP
        EXECUTE format('REVOKE ALL ON %s FROM %s', part, grantee);
    END LOOP;
END
$$;

DO $$
DECLARE
    has RECORD;
BEGIN
    FOR has IN
        SELECT a.grantee::regrole AS grantee, a.privilege_type AS may
        FROM pg_class c, aclexplode(c.relacl) a
        WHERE c.oid = 'audit_log_earlier'::regclass AND a.grantee NOT IN (0, c.relowner)
    LOOP
        EXECUTE format('GRANT %s ON audit_log TO %s', has.may, has.grantee);
    END LOOP;
    PERFORM revoke_all('audit_log_earlier');
    PERFORM revoke_all('audit_log_default');
END
$$;

-- Returns the first millisecond of a month.
CREATE FUNCTION audit_month_begin(month DATE) RETURNS BIGINT
LANGUAGE sql IMMUTABLE AS $$ SELECT (extract(epoch FROM month::TIMESTAMP) * 1000)::BIGINT $$;

-- The earlier entries up to this month's are one part of the table, which has the name of the month after them.
-- Those that a wrong clock has put into a later month wait for its table. The policies bind the owner, too, unless
-- they are not forced; nobody else uses the table until it is attached.
DO $$
DECLARE
    next DATE := date_trunc('month', now() AT TIME ZONE 'UTC') + INTERVAL '1 month';
    bound BIGINT := audit_month_begin(next);
    is_used BOOLEAN;
    name TEXT := 'audit_log_before_' || to_char(next, 'YYYY_MM');
BEGIN
    ALTER TABLE audit_log_earlier NO FORCE ROW LEVEL SECURITY;
    ALTER TABLE audit_log_default NO FORCE ROW LEVEL SECURITY;
    SELECT EXISTS (SELECT FROM audit_log_earlier) INTO is_used;
    IF NOT is_used THEN
        DROP TABLE audit_log_earlier;
    ELSE
        INSERT INTO audit_log_default SELECT * FROM audit_log_earlier WHERE at >= bound;
        DELETE FROM audit_log_earlier WHERE at >= bound;
        DROP INDEX audit_log_earlier_by_seq;
        ALTER TABLE audit_log_earlier DROP CONSTRAINT audit_log_earlier_pkey;
        ALTER TABLE audit_log_earlier ADD PRIMARY KEY (id, at);
        CREATE UNIQUE INDEX ON audit_log_earlier (tenant_id, seq, at);
        ALTER TABLE audit_log_earlier FORCE ROW LEVEL SECURITY;
        EXECUTE format('ALTER TABLE audit_log_earlier RENAME TO %I', name);
        EXECUTE format('ALTER TABLE audit_log ATTACH PARTITION %I FOR VALUES FROM (MINVALUE) TO (%s)', name, bound);
    END IF;
    ALTER TABLE audit_log_default FORCE ROW LEVEL SECURITY;
END
$$;

-- Returns the first month that may have a table of its own: the one after the entries that were there before. NULL
-- if there were none.
CREATE FUNCTION first_audit_month() RETURNS TEXT
LANGUAGE sql STABLE AS $$
    SELECT max(right(relname, 7)) FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
    WHERE inhparent = 'audit_log'::regclass AND relname LIKE 'audit\_log\_before\_%'
$$;

-- Makes the table of a month, and moves the month's entries into it that have none yet. One session at a time; it
-- stops neither appends nor reads of other tables than that of the entries without one, for which it waits 2 s.
CREATE FUNCTION make_audit_partition(month DATE) RETURNS VOID
LANGUAGE plpgsql SET lock_timeout = '2s' AS $$
DECLARE
    name TEXT := 'audit_log_' || to_char(month, 'YYYY_MM');
    begins BIGINT := audit_month_begin(month);
    ends BIGINT := audit_month_begin((month + INTERVAL '1 month')::DATE);
BEGIN
    LOCK TABLE audit_log IN SHARE UPDATE EXCLUSIVE MODE;
    IF to_regclass(name) IS NOT NULL OR to_char(month, 'YYYY_MM') < first_audit_month() THEN
        RETURN;
    END IF;
    LOCK TABLE audit_log_default IN ACCESS EXCLUSIVE MODE;
    EXECUTE format('CREATE TABLE %I (LIKE audit_log INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES)', name);
    PERFORM revoke_all(to_regclass(name));
    -- The policies bind the owner, too, unless they are not forced.
    ALTER TABLE audit_log_default NO FORCE ROW LEVEL SECURITY;
    EXECUTE format('INSERT INTO %I SELECT * FROM audit_log_default WHERE at >= %s AND at < %s', name, begins, ends);
    DELETE FROM audit_log_default WHERE at >= begins AND at < ends;
    ALTER TABLE audit_log_default FORCE ROW LEVEL SECURITY;
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', name);
    EXECUTE format(
        'CREATE POLICY tenant ON %I '
        'USING (tenant_id = current_setting(''app.tenant_id'', true)) '
        'WITH CHECK (tenant_id = current_setting(''app.tenant_id'', true))',
        name
    );
    EXECUTE format('ALTER TABLE audit_log ATTACH PARTITION %I FOR VALUES FROM (%s) TO (%s)', name, begins, ends);
END
$$;

-- Whether entries of a month are in no table of their own.
CREATE FUNCTION audit_month_is_waiting(month DATE) RETURNS BOOLEAN
LANGUAGE plpgsql SET lock_timeout = '2s' AS $$
DECLARE
    is_waiting BOOLEAN;
BEGIN
    IF pg_relation_size('audit_log_default') = 0 THEN
        RETURN false;
    END IF;
    LOCK TABLE audit_log IN SHARE UPDATE EXCLUSIVE MODE;
    LOCK TABLE audit_log_default IN ACCESS EXCLUSIVE MODE;
    ALTER TABLE audit_log_default NO FORCE ROW LEVEL SECURITY;
    SELECT EXISTS (
        SELECT FROM audit_log_default
        WHERE at >= audit_month_begin(month) AND at < audit_month_begin((month + INTERVAL '1 month')::DATE)
    ) INTO is_waiting;
    ALTER TABLE audit_log_default FORCE ROW LEVEL SECURITY;
    RETURN is_waiting;
END
$$;

-- Makes the tables of this month and the next two, and of those of the last twelve whose entries have none. The
-- runtime role owns nothing and may make none itself. Returns how many it made.
CREATE FUNCTION make_audit_partitions() RETURNS BIGINT
LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    this DATE := date_trunc('month', now() AT TIME ZONE 'UTC');
    month DATE;
    made BIGINT := 0;
BEGIN
    FOR month IN SELECT generate_series(this - INTERVAL '12 months', this + INTERVAL '2 months', '1 month')
    LOOP
        CONTINUE WHEN to_char(month, 'YYYY_MM') < first_audit_month();
        CONTINUE WHEN to_regclass('audit_log_' || to_char(month, 'YYYY_MM')) IS NOT NULL;
        CONTINUE WHEN month < this AND NOT audit_month_is_waiting(month);
        PERFORM make_audit_partition(month);
        made := made + 1;
    END LOOP;
    RETURN made;
END
$$;

-- Whether a table of entries has some of the transaction's tenant that were not cut.
CREATE FUNCTION audit_is_kept(part REGCLASS, tenant TEXT) RETURNS BOOLEAN
LANGUAGE plpgsql AS $$
DECLARE
    is_kept BOOLEAN;
    cut BIGINT;
BEGIN
    PERFORM set_config('app.tenant_id', tenant, true);
    SELECT max(cut_seq) FROM audit_heads WHERE tenant_id = tenant INTO cut;
    EXECUTE format(
        'SELECT EXISTS (SELECT FROM %1$s WHERE tenant_id = $1 AND seq > $2) '
        'OR EXISTS (SELECT FROM %1$s WHERE tenant_id = $1 AND seq IS NULL)',
        part
    ) USING tenant, coalesce(cut, 0) INTO is_kept;
    RETURN is_kept;
END
$$;

-- Drops the tables of months that ended 30 days ago and of which every tenant's entries were cut. Returns how
-- many it dropped. A table is locked only once the tenants have nothing in it; nobody waits for that longer than
-- half a second.
CREATE FUNCTION drop_cut_audit() RETURNS BIGINT
LANGUAGE plpgsql SECURITY DEFINER SET lock_timeout = '500ms' AS $$
DECLARE
    old TEXT := to_char(now() AT TIME ZONE 'UTC' - INTERVAL '30 days', 'YYYY_MM');
    part REGCLASS;
    tenant TEXT;
    dropped BIGINT := 0;
    is_kept BOOLEAN;
BEGIN
    FOR part IN
        SELECT oid FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
        WHERE inhparent = 'audit_log'::regclass AND (
            (relname ~ '^audit_log_before_\d{4}_\d\d$' AND right(relname, 7) <= old)
            OR (relname ~ '^audit_log_\d{4}_\d\d$' AND right(relname, 7) < old)
        )
        ORDER BY relname
    LOOP
        is_kept := false;
        FOR tenant IN SELECT id FROM tenants
        LOOP
            is_kept := audit_is_kept(part, tenant);
            EXIT WHEN is_kept;
        END LOOP;
        CONTINUE WHEN is_kept;
        -- Entries may outlive their tenant: the table itself says whose it has. No policy may hide one.
        LOCK TABLE audit_log IN ACCESS EXCLUSIVE MODE;
        EXECUTE format('ALTER TABLE %s NO FORCE ROW LEVEL SECURITY', part);
        FOR tenant IN EXECUTE format(
            'WITH RECURSIVE owners AS (
                (SELECT tenant_id FROM %1$s ORDER BY tenant_id LIMIT 1)
                UNION ALL
                SELECT (SELECT tenant_id FROM %1$s WHERE tenant_id > o.tenant_id ORDER BY tenant_id LIMIT 1)
                FROM owners o WHERE o.tenant_id IS NOT NULL
            ) SELECT tenant_id FROM owners WHERE tenant_id IS NOT NULL',
            part
        )
        LOOP
            is_kept := audit_is_kept(part, tenant);
            EXIT WHEN is_kept;
        END LOOP;
        IF is_kept THEN
            EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', part);
        ELSE
            EXECUTE format('DROP TABLE %s', part);
            dropped := dropped + 1;
        END IF;
    END LOOP;
    PERFORM set_config('app.tenant_id', '', true);
    RETURN dropped;
END
$$;

-- Removes entries as remove_cut_audit(after_seq) does, this many at most. Returns the number of the last one; NULL
-- if there was none. For months of which somebody's entries are kept. The former functions stay for servers of the
-- release before this one.
CREATE FUNCTION remove_cut_audit(after_seq BIGINT, most BIGINT) RETURNS BIGINT
LANGUAGE sql SECURITY DEFINER AS $$
    WITH cut AS (
        SELECT seq, at FROM audit_log
        WHERE tenant_id = current_setting('app.tenant_id', true)
            AND seq > after_seq
            AND seq <= (
                SELECT cut_seq FROM audit_heads WHERE tenant_id = current_setting('app.tenant_id', true)
            )
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

-- As before; see the head of this file.
CREATE OR REPLACE FUNCTION append_audit(
    tenant TEXT, after_seq BIGINT, after_digest TEXT, end_seq BIGINT, end_digest TEXT, entries TEXT
) RETURNS TEXT
LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    head audit_heads%ROWTYPE;
    is_other BOOLEAN;
    written BIGINT;
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
    is_other := head.seq <> after_seq OR head.digest <> after_digest;
    -- Whoever appends has learned the head here, or has moved it itself: what is beyond it is found once.
    IF (is_other OR after_seq = 0) AND EXISTS (
        SELECT FROM audit_log WHERE tenant_id = tenant AND seq > head.seq
    ) THEN
        RAISE unique_violation USING MESSAGE = 'an entry has the number after the head';
    END IF;
    IF is_other THEN
        RETURN head.seq || ' ' || head.digest;
    END IF;
    -- A text search is cheaper than reading the entries twice. Where it finds too many, they are only looked for.
    IF entries LIKE '%"surface":"server"%' AND EXISTS (
        SELECT FROM audit_log
        WHERE tenant_id = tenant AND id = ANY (ARRAY(
            SELECT entry.id FROM json_to_recordset(entries::json) AS entry (id TEXT, surface TEXT)
            WHERE entry.surface = 'server'
        ))
    ) THEN
        RAISE unique_violation USING MESSAGE = 'an entry has the id of another one';
    END IF;
    INSERT INTO audit_log (
        id, tenant_id, workspace_id, actor_id, call, tool, surface, outcome, resource, params_digest,
        at, duration_ms, seq, digest, access, repeats, since, detail
    )
    SELECT
        id, tenant, workspace_id, actor_id,
        CASE WHEN id = 'aud_' || call || '_' || outcome THEN NULL ELSE call END,
        tool, surface, outcome, resource, decode(nullif(params_digest, ''), 'hex'),
        at, duration_ms, after_seq + number, decode(digest, 'hex'), access, repeats, since, detail
    FROM ROWS FROM (json_to_recordset(entries::json) AS (
        id TEXT, workspace_id TEXT, actor_id TEXT, call TEXT, tool TEXT, surface TEXT,
        outcome TEXT, resource TEXT, params_digest TEXT, at BIGINT, duration_ms BIGINT,
        digest TEXT, access TEXT, repeats BIGINT, since BIGINT, detail TEXT
    )) WITH ORDINALITY AS entry (
        id, workspace_id, actor_id, call, tool, surface, outcome, resource, params_digest, at, duration_ms,
        digest, access, repeats, since, detail, number
    );
    GET DIAGNOSTICS written = ROW_COUNT;
    IF after_seq + written <> end_seq THEN
        RAISE 'an append of % entries cannot end with the number %', written, end_seq;
    END IF;
    UPDATE audit_heads SET seq = end_seq, digest = end_digest WHERE tenant_id = tenant;
    RETURN end_seq || ' ' || end_digest;
END
$$;

-- Servers of the release before this one look for the right to insert, and do not use it: the table lets in what
-- somebody inserts who may delete entries too, which is its owner.
CREATE POLICY appended ON audit_log AS RESTRICTIVE FOR INSERT
    WITH CHECK (has_table_privilege('audit_log'::regclass, 'DELETE'));

-- What runs as the owner looks for nothing in a schema that a caller could choose.
DO $$
DECLARE
    signature TEXT;
BEGIN
    FOREACH signature IN ARRAY ARRAY[
        'append_audit(TEXT, BIGINT, TEXT, BIGINT, TEXT, TEXT)', 'remove_cut_audit(BIGINT, BIGINT)',
        'make_audit_partitions()', 'make_audit_partition(DATE)', 'audit_month_is_waiting(DATE)',
        'drop_cut_audit()', 'audit_is_kept(REGCLASS, TEXT)', 'revoke_all(REGCLASS)'
    ]
    LOOP
        EXECUTE format('ALTER FUNCTION %s SET search_path = %I, pg_temp', signature, current_schema());
    END LOOP;
END
$$;

REVOKE ALL ON FUNCTION make_audit_partitions(), drop_cut_audit(), remove_cut_audit(BIGINT, BIGINT) FROM PUBLIC;

SELECT make_audit_partitions();
