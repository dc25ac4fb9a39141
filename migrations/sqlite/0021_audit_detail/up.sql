-- What a call was to do, where more is kept of it than the digest of its arguments: the command of an exec. The
-- digest of an entry that has it covers it; entries of earlier releases have none.
-- The PostgreSQL tree has the same tables and columns; a test compares the two.

ALTER TABLE audit_log ADD COLUMN detail TEXT;
