-- The end of what was removed from each tenant's chain because it was too old: the number and digest of the
-- last removed entry, which the first one that is left names.
-- The PostgreSQL tree has the same tables and columns; a test compares the two.

ALTER TABLE audit_heads ADD COLUMN cut_seq INTEGER NOT NULL DEFAULT 0;
ALTER TABLE audit_heads ADD COLUMN cut_digest TEXT NOT NULL
    DEFAULT '0000000000000000000000000000000000000000000000000000000000000000';

DROP TRIGGER audit_log_keeps_entries;
CREATE TRIGGER audit_log_keeps_entries BEFORE DELETE ON audit_log
WHEN OLD.at > (CAST(strftime('%s', 'now') AS INTEGER) - 30 * 86400) * 1000
    OR OLD.seq IS NULL
    OR OLD.seq > coalesce((SELECT cut_seq FROM audit_heads WHERE tenant_id = OLD.tenant_id), 0)
BEGIN
    SELECT RAISE(ABORT, 'audit_log is append-only');
END;
