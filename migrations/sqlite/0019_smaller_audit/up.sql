-- Makes audit entries smaller. Digests are bytes. The digest of the entry before is not stored a second time,
-- and the call's id only where the entry's own id does not contain it. The digest of an entry covers the same
-- texts as before. What is no digest was changed by somebody: it becomes NULL, and the chain stays broken there.
-- Nobody reads the entries of a workspace in the order of time: the index of the chain is enough.
-- The PostgreSQL tree has the same tables and columns; a test compares the two.

-- SQLite cannot change the type of a column.
CREATE TABLE audit_entries (
    id TEXT NOT NULL PRIMARY KEY,
    tenant_id TEXT NOT NULL CHECK (tenant_id <> ''),
    workspace_id TEXT,
    actor_id TEXT,
    call TEXT,
    tool TEXT NOT NULL,
    surface TEXT NOT NULL,
    outcome TEXT NOT NULL,
    resource TEXT,
    params_digest BLOB CHECK (length(params_digest) = 32),
    at INTEGER NOT NULL,
    duration_ms INTEGER NOT NULL,
    seq INTEGER,
    digest BLOB CHECK (length(digest) = 32),
    access TEXT,
    repeats INTEGER,
    since INTEGER
) STRICT;

INSERT INTO audit_entries
SELECT
    id, tenant_id, workspace_id, actor_id,
    CASE WHEN id = 'aud_' || call || '_' || outcome THEN NULL ELSE call END,
    tool, surface, outcome, resource,
    CASE WHEN length(params_digest) = 64 AND params_digest NOT GLOB '*[^0-9a-f]*' THEN unhex(params_digest) END,
    at, duration_ms, seq,
    CASE WHEN length(digest) = 64 AND digest NOT GLOB '*[^0-9a-f]*' THEN unhex(digest) END,
    access, repeats, since
FROM audit_log;

-- With its indexes and triggers, none of which runs.
DROP TABLE audit_log;
ALTER TABLE audit_entries RENAME TO audit_log;
CREATE UNIQUE INDEX audit_log_by_seq ON audit_log (tenant_id, seq);

CREATE TRIGGER audit_log_keeps_entries BEFORE DELETE ON audit_log
WHEN OLD.at > (CAST(strftime('%s', 'now') AS INTEGER) - 30 * 86400) * 1000
    OR OLD.seq IS NULL
    OR OLD.seq > coalesce((SELECT cut_seq FROM audit_heads WHERE tenant_id = OLD.tenant_id), 0)
BEGIN
    SELECT RAISE(ABORT, 'audit_log is append-only');
END;
CREATE TRIGGER audit_log_keeps_texts BEFORE UPDATE ON audit_log
BEGIN
    SELECT RAISE(ABORT, 'audit_log is append-only');
END;
